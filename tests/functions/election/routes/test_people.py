"""Who may do what in an election: staff belong to elections, not to the system."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from functions.election import queries
from shared import security
from tests.database import until_waiting
from tests.elections import draft
from tests.functions.election.office import Member, code, rows
from tests.routes import EVERY
from tests.world import World

LATER = {"closes_at": "2126-01-01T00:00:00Z", "reason": "x"}
WHY = {"reason": "x"}
PART = {"role": "observer", "email": "eve@example.org", "name": "Eve"}
ACTS: list[tuple[str, str, Any, str]] = [
    ("GET", "", None, "observer"),
    ("GET", "/activity", None, "observer"),
    ("GET", "/staff", None, "observer"),
    ("POST", "/grant", None, "observer"),
    ("PUT", "", draft(), "organiser"),
    ("POST", "/copy", None, "organiser"),
    ("POST", "/schedule", None, "organiser"),
    ("POST", "/open-now", None, "organiser"),
    ("POST", "/extend", LATER, "organiser"),
    ("POST", "/close-now", WHY, "organiser"),
    ("POST", "/cancel", WHY, "organiser"),
    ("POST", "/decide", {"contest": "chair", "stage": 1, "order": ["ada", "bob"]}, "organiser"),
    ("POST", "/publish", None, "organiser"),
    ("POST", "/annul", WHY, "owner"),
    ("PUT", f"/staff/{uuid4()}", PART, "owner"),
    ("DELETE", f"/staff/{uuid4()}", None, "owner"),
]
"""Everything that is done to an election, and the lowest role that may do it."""
ROLES = ("observer", "organiser", "owner")


@pytest.mark.parametrize("role", [*ROLES, None])
async def test_each_role_does_what_is_its_own_and_to_strangers_the_election_does_not_exist(
    ada: Member, role: str | None
) -> None:
    await ada.make()
    member = await ada.invite("Bob", role) if role else Member(ada.world, "Bob", ada.election)
    for method, path, body, lowest in ACTS:
        answer = await member.ask(method, path, body)
        if role is None:
            assert code(answer) == (404, "no_such_election"), (method, path)
        elif ROLES.index(role) < ROLES.index(lowest):
            assert code(answer) == (403, "role_too_low"), (method, path)
        else:
            assert answer.status_code not in {401, 403}, (method, path, answer.text)
    if role is None:
        assert (await member.client.get("/elections")).json() == {"elections": []}


async def test_every_route_of_an_election_is_in_the_table_of_roles() -> None:
    of_election = [route for route in EVERY if route.function == "election" and route.token == "session"]
    in_table = {(method, path.rpartition("/")[0] if "/staff/" in path else path) for method, path, _, _ in ACTS}
    for route in of_election:
        path = route.path.removeprefix("/elections/{election}").replace("/staff/{staff}", "/staff")
        assert route.path == "/elections" or (route.method, path) in in_table, str(route)


async def test_an_owner_gives_parts_changes_them_and_takes_them_back(ada: Member) -> None:
    await ada.make()
    bob = await ada.invite("Bob", "observer")
    assert (await bob.seen())["role"] == "observer"
    answer = await ada.ask(
        "PUT", f"/staff/{bob.id}", {"role": "organiser", "links": True, "email": "B@x.org", "name": "Bob"}
    )
    assert answer.json() == {"id": str(bob.id), "email": "b@x.org", "name": "Bob", "role": "organiser", "links": True}
    assert ((await bob.seen())["role"], (await bob.seen())["links"]) == ("organiser", True)
    people = (await bob.ask("GET", "/staff")).json()["staff"]
    assert [(person["name"], person["role"]) for person in people] == [("Ada", "owner"), ("Bob", "organiser")]
    assert (await ada.ask("DELETE", f"/staff/{bob.id}")).status_code == 204
    assert code(await bob.ask("GET")) == (404, "no_such_election")
    assert code(await ada.ask("DELETE", f"/staff/{bob.id}")) == (404, "no_such_person")


async def test_the_last_owner_stays(ada: Member) -> None:
    await ada.make()
    await ada.invite("Bob", "organiser")
    part = {"role": "organiser", "email": ada.email, "name": "Ada"}
    assert code(await ada.ask("PUT", f"/staff/{ada.id}", part)) == (409, "last_owner")
    assert code(await ada.ask("DELETE", f"/staff/{ada.id}")) == (409, "last_owner")
    assert (await ada.seen())["role"] == "owner"


async def test_of_two_owners_who_leave_at_once_one_stays(ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    await ada.make()
    bob = await ada.invite("Bob", "owner")
    looked, both_looked = 0, asyncio.Event()
    staff = queries.staff

    async def slowly(*given: Any) -> Any:
        """Each goes on when the other has looked who is left too, or waits for the first."""
        nonlocal looked
        seen = await staff(*given)
        looked += 1
        if looked == 2:
            both_looked.set()
        other = {asyncio.ensure_future(both_looked.wait()), asyncio.ensure_future(until_waiting(database))}
        _, waiting = await asyncio.wait(other, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()
        return seen

    database = ada.world.database.admin_url
    monkeypatch.setattr(queries, "staff", slowly)
    answers = await asyncio.gather(ada.ask("DELETE", f"/staff/{ada.id}"), bob.ask("DELETE", f"/staff/{bob.id}"))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    remaining = await rows(ada.world, "select role from election.staff where election = $1", ada.election)
    assert [row["role"] for row in remaining] == ["owner"]


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("role", ROLES)
async def test_a_grant_says_who_may_do_what_in_which_election_for_a_quarter_of_an_hour(
    ada: Member, role: str, links: bool
) -> None:
    await ada.make()
    bob = await ada.invite("Bob", role, links)
    given = (await bob.ask("POST", "/grant")).json()
    assert (given["role"], given["links"], given["expires_in"]) == (role, links, 900)
    for function in ("voter", "ballot", "result"):
        keys = security.keys(str(ada.world.keys / "jwks.json"))
        said = keys.verify("grant", given["grant"], function)
        assert (said["sub"], said["name"], said["election"]) == (str(bob.id), "Bob", str(ada.election))
        assert (said["role"], said["links"], said["copied_from"]) == (role, links, None)
        assert said["exp"] - said["iat"] == 900


async def test_reading_out_links_is_a_permission_of_its_own(world: World) -> None:
    ada = Member(world)
    await ada.make()
    bob = await ada.invite("Bob", "organiser", links=True)
    for member, status in ((ada, 403), (bob, 200)):
        grant = (await member.ask("POST", "/grant")).json()["grant"]
        client = world.client("voter", grant)
        answer = await client.post(f"/elections/{ada.election}/links", json={"reason": "a test"})
        assert answer.status_code == status, answer.text
