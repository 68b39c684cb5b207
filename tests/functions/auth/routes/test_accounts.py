"""Accounts: made, found, disabled by administrators alone, and every act is kept with who did it."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.functions.auth.staff import Office, code


class Desk:
    """An administrator at work."""

    def __init__(self, office: Office, id_: str, session: str) -> None:
        self.office, self.id, self.session = office, id_, session

    async def ask(self, method: str, path: str, json: Any = None) -> Any:
        return await self.office.ask(method, path, session=self.session, json=json)

    async def make(self, email: str = "bob@example.org", **more: Any) -> Any:
        return await self.ask("POST", "/accounts", {"email": email, "name": "Bob", **more})


@pytest.fixture
async def desk(office: Office) -> Desk:
    made = await office.add("ada", administrator=True)
    return Desk(office, made, (await office.session())["session"])


async def test_an_account_is_made_with_a_link_to_set_its_password(desk: Desk) -> None:
    answer = await desk.make(" BOB@example.org ")
    assert answer.status_code == 201
    made = answer.json()
    assert (await desk.office.set_password(made["token"], "another password")).status_code == 204
    session = await desk.office.session("bob@example.org", "another password")
    assert session["staff"] == {"id": made["id"], "email": "bob@example.org", "name": "Bob", "administrator": False}


async def test_an_address_has_one_account_however_many_ask_at_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.make() for _ in range(4)), desk.make("Bob@Example.org"))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert code(await desk.make("ada@example.org")) == (409, "account_exists")


async def test_administrators_see_who_has_set_a_password(desk: Desk) -> None:
    await desk.make()
    listed = (await desk.ask("GET", "/accounts")).json()["accounts"]
    assert [(one["name"], one["administrator"], one["has_password"], one["disabled"]) for one in listed] == [
        ("Ada", True, True, False),
        ("Bob", False, False, False),
    ]
    assert "$2b$" not in json.dumps(listed)


async def test_a_disabled_account_ends_at_once_and_can_be_enabled_again(desk: Desk) -> None:
    bob = await desk.office.add("bob")
    session = await desk.office.session("bob@example.org")
    assert (await desk.ask("POST", f"/accounts/{bob}/disable")).status_code == 204
    assert code(await desk.office.refresh(session["refresh"])) == (401, "session_ended")
    assert code(await desk.office.log_in("bob@example.org")) == (401, "wrong_credentials")
    assert (await desk.ask("GET", "/accounts/find?email=bob@example.org")).status_code == 404
    assert (await desk.ask("POST", f"/accounts/{bob}/enable")).status_code == 204
    assert (await desk.office.log_in("bob@example.org")).status_code == 200
    assert code(await desk.office.refresh(session["refresh"])) == (401, "session_ended")


async def test_nobody_disables_their_own_account(desk: Desk) -> None:
    assert code(await desk.ask("POST", f"/accounts/{desk.id}/disable")) == (409, "not_yourself")
    assert (await desk.office.log_in()).status_code == 200


async def test_a_new_link_takes_the_place_of_the_old_and_leaves_the_password_until_it_is_used(desk: Desk) -> None:
    bob = await desk.office.add("bob")
    old = (await desk.ask("POST", f"/accounts/{bob}/link")).json()["token"]
    new = (await desk.ask("POST", f"/accounts/{bob}/link")).json()["token"]
    assert (await desk.office.log_in("bob@example.org")).status_code == 200
    assert code(await desk.office.set_password(old, "another password")) == (401, "link_used_up")
    assert (await desk.office.set_password(new, "another password")).status_code == 204


async def test_staff_find_an_active_account_by_its_address_however_it_is_written(desk: Desk) -> None:
    bob = await desk.office.add("bob")
    session = (await desk.office.session("bob@example.org"))["session"]
    found = await desk.office.ask("GET", "/accounts/find", session=session, params={"email": " ADA@example.org"})
    assert found.json() == {"id": desk.id, "email": "ada@example.org", "name": "Ada"}
    assert (await desk.office.ask("GET", "/me", session=session)).json()["id"] == bob
    missing = await desk.office.ask("GET", "/accounts/find", session=session, params={"email": "eve@example.org"})
    assert code(missing) == (404, "no_such_account")


async def test_accounts_are_for_administrators_alone(desk: Desk) -> None:
    bob = await desk.office.add("bob")
    session = (await desk.office.session("bob@example.org"))["session"]
    body = {"email": "eve@example.org", "name": "Eve", "administrator": True}
    before = await desk.office.rows("select * from auth.accounts order by id")
    for method, path in [
        ("GET", "/accounts"),
        ("POST", "/accounts"),
        ("POST", f"/accounts/{bob}/link"),
        ("POST", f"/accounts/{desk.id}/disable"),
        ("POST", f"/accounts/{bob}/enable"),
    ]:
        for bearer, refusal in [
            (session, (403, "forbidden")),
            (None, (401, "unauthenticated")),
            (desk.office.world.sign("election", "session", ["auth"], {"administrator": True}), (401, "bad_token")),
        ]:
            answer = await desk.office.ask(method, path, session=bearer, json=body if path == "/accounts" else None)
            assert code(answer) == refusal, (method, path)
    assert await desk.office.rows("select * from auth.accounts order by id") == before
    assert await desk.office.rows("select from auth.links") == []


async def test_what_was_done_to_an_account_is_kept_with_who_did_it(desk: Desk) -> None:
    bob = (await desk.make()).json()
    for what in ("link", "disable", "enable"):
        await desk.ask("POST", f"/accounts/{bob['id']}/{what}")
    noted = await desk.office.rows("select who, what from auth.activity where account = $1 order by id", bob["id"])
    assert [tuple(row) for row in noted] == [
        ("Ada", "made"),
        ("Ada", "one-time link"),
        ("Ada", "disabled"),
        ("Ada", "enabled"),
    ]


@pytest.mark.parametrize("what", ["link", "disable", "enable"])
async def test_nothing_is_done_to_an_account_that_is_not_there(desk: Desk, what: str) -> None:
    assert code(await desk.ask("POST", f"/accounts/{uuid4()}/{what}")) == (404, "no_such_account")


@pytest.mark.parametrize("who", ["", "bob", "bob@", "@example.org", "b ob@example.org", "a@b@c", "x" * 300 + "@b.c"])
async def test_an_address_nobody_could_have_is_refused(desk: Desk, who: str) -> None:
    assert code(await desk.make(who)) == (422, "invalid")


async def test_everyone_can_have_the_public_keys_and_no_private_one(office: Office) -> None:
    keys = (await office.ask("GET", "/.well-known/jwks.json")).json()["keys"]
    assert {key["function"] for key in keys} == {"auth", "voter", "election", "ballot", "result"}
    assert all("d" not in key for key in keys)
