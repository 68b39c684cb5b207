"""One voter is added, corrected and removed; who has voted is not."""

from uuid import uuid4

from tests.elections import running
from tests.functions.voter.people import MARKS, THREE, Organiser, ask_pass, organiser_of
from tests.functions.voter.routes.test_roll import TWO_STYLES
from tests.world import World

EVE = {"email": "Eve@Example.org", "name": "Eve", "external_id": "E-5"}


async def test_a_voter_is_added_while_the_election_is_open_and_votes(world: World) -> None:
    day = await running(world, voters=1)
    ada = organiser_of(day)
    answer = await ada.ask("POST", "/voters", json=EVE)
    assert answer.status_code == 201
    assert (answer.json()["email"], answer.json()["state"]) == ("eve@example.org", "on the roll")
    assert (await day.cast(await day.pass_for((await ada.links())["Eve"]), MARKS)).status_code == 201


async def test_an_address_stands_on_a_roll_once_until_its_voter_is_removed(world: World) -> None:
    ada = Organiser(world, uuid4())
    await ada.import_roll(THREE)
    voters = await ada.voters()
    for answer in (
        await ada.ask("POST", "/voters", json={"email": "BOB@example.org", "name": "Another Bob"}),
        await ada.ask("PUT", f"/voters/{voters['Cyd']['id']}", json={"email": "bob@example.org", "name": "Cyd"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "address_taken")
    assert await ada.voters() == voters
    assert (await ada.ask("DELETE", f"/voters/{voters['Bob']['id']}")).status_code == 204
    assert (await ada.ask("POST", "/voters", json={"email": "bob@example.org", "name": "Bob II"})).status_code == 201
    assert set(await ada.voters()) == {"Ada", "Bob II", "Cyd"}


async def test_who_is_not_on_this_roll_is_not_changed(world: World) -> None:
    ada, other = Organiser(world, uuid4()), Organiser(world, uuid4())
    await ada.import_roll(THREE)
    await other.import_roll(THREE)
    foreign = (await other.voters())["Bob"]["id"]
    for voter in (foreign, uuid4()):
        for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/link")):
            answer = await ada.ask(method, f"/voters/{voter}{path}", json=EVE if method == "PUT" else None)
            assert (answer.status_code, answer.json()["code"]) == (404, "no_such_voter"), (method, path)
    assert set(await other.voters()) == {"Ada", "Bob", "Cyd"}


async def test_a_removed_voter_has_neither_link_nor_pass(world: World) -> None:
    day = await running(world, voters=2)
    ada = organiser_of(day)
    voters = await ada.voters()
    bearers = [await day.pass_for(link) for link in day.links]
    assert (await ada.ask("DELETE", f"/voters/{voters['Voter 0']['id']}")).status_code == 204
    assert set(await ada.voters()) == {"Voter 1"}
    assert (await ask_pass(world, day.id, day.links[0].rpartition("/")[2])).json()["code"] == "no_such_link"
    assert (await day.cast(bearers[0], MARKS)).json()["code"] == "pass_void"

    assert (await day.cast(bearers[1], MARKS)).status_code == 201
    answer = await ada.ask("DELETE", f"/voters/{voters['Voter 1']['id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_voted")
    assert set(await ada.voters()) == {"Voter 1"}
    await day.finish()
    summary = await ada.summary()
    assert (summary["size"], summary["marked"], summary["unknown"]) == (1, 1, 0)


async def test_a_name_and_an_address_are_corrected_and_the_link_stays(world: World) -> None:
    day = await running(world, voters=1)
    ada = organiser_of(day)
    voter = (await ada.voters())["Voter 0"]
    answer = await ada.ask("PUT", f"/voters/{voter['id']}", json=EVE)
    assert answer.json() == {**voter, "email": "eve@example.org", "name": "Eve", "external_id": "E-5"}
    await day.pass_for(day.links[0])


async def test_another_style_is_another_link_and_nothing_for_who_has_voted(world: World) -> None:
    day = await running(world, voters=1, **TWO_STYLES)
    ada = organiser_of(day)
    roll = "email,name,style\nada@example.org,Ada,north\nbob@example.org,Bob,north\n"
    assert (await ada.import_roll(roll)).status_code == 200
    voters, links = await ada.voters(), await ada.links()
    bearers = {name: await day.pass_for(links[name]) for name in ("Ada", "Bob")}
    assert (await day.cast(bearers["Bob"], {"chair": ["ada"]})).status_code == 201

    def restyled(name: str, style: str) -> dict[str, str]:
        return {"email": voters[name]["email"], "name": f"{name} the Second", "style": style}

    answer = await ada.ask("PUT", f"/voters/{voters['Ada']['id']}", json=restyled("Ada", "south"))
    assert (answer.json()["style"], answer.json()["issue"], answer.json()["name"]) == ("south", 2, "Ada the Second")
    assert (await day.cast(bearers["Ada"], {"chair": ["ada"]})).json()["code"] == "pass_void"
    answer = await ask_pass(world, day.id, (await ada.links())["Ada the Second"])
    assert answer.json()["style"] == "south"

    answer = await ada.ask("PUT", f"/voters/{voters['Bob']['id']}", json=restyled("Bob", "south"))
    assert (answer.status_code, answer.json()["code"]) == (409, "already_voted")
    answer = await ada.ask("PUT", f"/voters/{voters['Bob']['id']}", json=restyled("Bob", "west"))
    assert (answer.status_code, answer.json()["code"]) == (422, "no_such_style")
    assert (await ada.voters())["Bob"] == voters["Bob"]
    answer = await ada.ask("POST", "/voters", json={**EVE, "style": "west"})
    assert (answer.status_code, answer.json()["code"]) == (422, "no_such_style")


async def test_in_a_draft_another_style_is_written_at_once_and_the_link_stays(world: World) -> None:
    ada = Organiser(world, uuid4(), links=True)
    await ada.import_roll(THREE)
    links = await ada.links()
    voter = (await ada.voters())["Ada"]
    wanted = {"email": voter["email"], "name": "Ada", "style": "north"}
    answer = await ada.ask("PUT", f"/voters/{voter['id']}", json=wanted)
    assert (answer.json()["style"], answer.json()["issue"]) == ("north", 1)
    assert await ada.links() == links


async def test_who_changed_whom_is_kept(world: World) -> None:
    ada = Organiser(world, uuid4())
    await ada.import_roll(THREE)
    voters = await ada.voters()
    await ada.ask("PUT", f"/voters/{voters['Ada']['id']}", json=EVE)
    await ada.ask("POST", f"/voters/{voters['Bob']['id']}/link")
    await ada.ask("DELETE", f"/voters/{voters['Cyd']['id']}")
    noted = await world.rows("select who, what, details from voter.activity order by id offset 1")
    assert noted == [
        ("Ada", "voter corrected", voters["Ada"]["id"]),
        ("Ada", "voter: link", voters["Bob"]["id"]),
        ("Ada", "voter: remove", voters["Cyd"]["id"]),
    ]
