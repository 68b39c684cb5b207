"""A roll is taken whole or not at all, by those who may, and told in numbers."""

import time
from uuid import uuid4

import pytest

from functions.voter import roll_file
from tests.elections import CHAIR, running
from tests.functions.voter.people import THREE, Organiser, organiser_of
from tests.world import World

TWO_STYLES = {
    "contests": [CHAIR],
    "styles": [
        {"id": "north", "name": "North", "contests": ["chair"]},
        {"id": "south", "name": "South", "contests": ["chair"]},
    ],
}


async def test_a_roll_is_imported_and_read_page_by_page(world: World) -> None:
    ada = Organiser(world, uuid4())
    answer = await ada.import_roll(THREE)
    assert (answer.status_code, answer.json()) == (200, {"added": 3, "unchanged": 0})

    first = (await ada.ask("GET", "/roll", params={"limit": 2})).json()
    last = (await ada.ask("GET", "/roll", params={"limit": 2, "after": first["next"]})).json()
    assert [voter["name"] for voter in (*first["voters"], *last["voters"])] == ["Ada", "Bob", "Cyd"]
    assert last["next"] is None
    assert first["voters"][0]["state"] == "on the roll"

    found = (await ada.ask("GET", "/roll", params={"q": "BOB@"})).json()["voters"]
    assert [voter["name"] for voter in found] == ["Bob"]


async def test_one_bad_line_and_nobody_is_added(world: World) -> None:
    ada = Organiser(world, uuid4())
    answer = await ada.import_roll(THREE + "nobody,Dan\neve@example.org,Eve\nada@example.org,Ada\n")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_roll")
    assert [fault["line"] for fault in answer.json()["faults"]] == [5, 7]
    assert await ada.voters() == {}


async def test_importing_again_corrects_names_and_styles_of_a_draft_and_keeps_the_links(world: World) -> None:
    ada = Organiser(world, uuid4(), links=True)
    await ada.import_roll(THREE)
    before = await ada.links()
    again = "email,name,id,style\nADA@example.org,Ada Lovelace,17,north\ndan@example.org,Dan,18,north\n"
    answer = await ada.import_roll(again)
    assert answer.json() == {"added": 1, "unchanged": 1}
    voters = await ada.voters()
    assert set(voters) == {"Ada Lovelace", "Bob", "Cyd", "Dan"}
    assert (voters["Ada Lovelace"]["external_id"], voters["Ada Lovelace"]["style"]) == ("17", "north")
    assert (await ada.links())["Ada Lovelace"] == before["Ada"]


async def test_a_scheduled_roll_takes_more_voters_but_no_style_it_has_no_paper_for(world: World) -> None:
    day = await running(world, voters=2, **TWO_STYLES)
    ada = organiser_of(day)
    assert (await ada.summary())["without_paper"] == 2

    answer = await ada.import_roll("email,name,style\neve@example.org,Eve,north\ndan@example.org,Dan,west\n")
    assert (answer.status_code, [fault["line"] for fault in answer.json()["faults"]]) == (422, [3])
    answer = await ada.import_roll("email,name,style\neve@example.org,Eve,north\n")
    assert answer.json() == {"added": 1, "unchanged": 0}
    answer = await ada.import_roll("email,name,style\neve@example.org,Eve,south\n")
    assert [fault["line"] for fault in answer.json()["faults"]] == [2]
    assert (await ada.voters())["Eve"]["style"] == "north"


async def test_twenty_thousand_voters_take_a_few_seconds(world: World) -> None:
    ada = Organiser(world, uuid4(), links=True)
    roll = "email,name\n" + "".join(f"voter{n}@example.org,Voter {n}\n" for n in range(20_000))
    began = time.monotonic()
    assert (await ada.import_roll(roll)).json() == {"added": 20_000, "unchanged": 0}
    assert len(await ada.links()) == 20_000
    assert time.monotonic() - began < 20


async def test_a_body_beyond_twenty_megabytes_is_refused(world: World) -> None:
    ada = Organiser(world, uuid4())
    answer = await ada.import_roll(b"email,name\n" + b"x" * (20 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_the_sum_of_imports_is_bounded_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = Organiser(world, uuid4())
    await ada.import_roll(THREE)
    monkeypatch.setattr(roll_file, "MOST_VOTERS", 4)
    answer = await ada.import_roll("email,name\ndan@example.org,Dan\neve@example.org,Eve\n")
    assert answer.json()["code"] == "bad_roll"
    assert set(await ada.voters()) == {"Ada", "Bob", "Cyd"}


async def test_a_roll_is_copied_with_new_links(world: World) -> None:
    old = Organiser(world, uuid4(), links=True)
    await old.import_roll(THREE)
    removed = (await old.voters())["Cyd"]["id"]
    await old.ask("DELETE", f"/voters/{removed}")

    new = Organiser(world, uuid4(), links=True, copied_from=old.election)
    answer = await new.ask("POST", "/roll/copy")
    assert answer.json() == {"added": 2, "unchanged": 0}
    assert set(await new.voters()) == {"Ada", "Bob"}
    assert not set((await new.links()).values()) & set((await old.links()).values())


async def test_only_the_roll_that_the_grant_names_is_copied(world: World) -> None:
    await Organiser(world, uuid4()).import_roll(THREE)
    answer = await Organiser(world, uuid4()).ask("POST", "/roll/copy")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_roll_to_copy")


async def test_a_grant_for_another_election_or_a_lower_role_opens_nothing(world: World) -> None:
    election = uuid4()
    await Organiser(world, election).import_roll(THREE)
    voter = str((await Organiser(world, election).voters())["Ada"]["id"])
    everything = [
        ("POST", "/roll", "organiser"),
        ("GET", "/roll", "organiser"),
        ("GET", "/roll/summary", "observer"),
        ("POST", "/roll/copy", "organiser"),
        ("POST", "/voters", "organiser"),
        ("PUT", f"/voters/{voter}", "organiser"),
        ("DELETE", f"/voters/{voter}", "organiser"),
        ("POST", f"/voters/{voter}/link", "organiser"),
        ("POST", "/links", "organiser"),
    ]
    body = {"email": "eve@example.org", "name": "Eve"}
    foreign = world.token_grant(uuid4(), role="owner", links=True)
    for method, path, role in everything:
        json = {"reason": "curious"} if path == "/links" else body
        for token, code in (
            (foreign, "wrong_election"),
            (world.token_session(), "bad_token"),
            (None, "unauthenticated"),
            *(
                [(world.token_grant(election, role="observer", links=True), "role_too_low")]
                if role != "observer"
                else []
            ),
        ):
            answer = await world.client("voter", token).request(method, f"/elections/{election}{path}", json=json)
            assert answer.json()["code"] == code, (method, path, answer.text)
    assert set(await Organiser(world, election).voters()) == {"Ada", "Bob", "Cyd"}


async def test_an_observer_reads_the_numbers(world: World) -> None:
    day = await running(world, voters=3)
    observer = Organiser(world, day.id, role="observer")
    assert await observer.summary() == {
        "size": 3,
        "styles": {"all": 3},
        "without_paper": 0,
        "marked": None,
        "unknown": None,
        "links_read": 3,
        "closed": False,
    }


async def test_who_imported_is_kept_and_no_address_is(world: World) -> None:
    ada = Organiser(world, uuid4())
    await ada.import_roll(THREE)
    noted = await world.rows("select who, what, details from voter.activity where election = $1", ada.election)
    assert noted == [("Ada", "roll imported", "3 added")]


async def test_a_closed_roll_takes_no_change(world: World) -> None:
    day = await running(world, voters=2)
    ada = organiser_of(day)
    voter = (await ada.voters())["Voter 0"]["id"]
    await day.finish()
    assert (await ada.summary())["closed"]
    someone = {"email": "eve@example.org", "name": "Eve"}
    for answer in (
        await ada.import_roll(THREE),
        await ada.ask("POST", "/voters", json=someone),
        await ada.ask("PUT", f"/voters/{voter}", json=someone),
        await ada.ask("DELETE", f"/voters/{voter}"),
        await ada.ask("POST", f"/voters/{voter}/link"),
        await ada.ask("POST", "/links", json={"reason": "too late"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "roll_closed")
    assert set(await ada.voters()) == {"Voter 0", "Voter 1"}
