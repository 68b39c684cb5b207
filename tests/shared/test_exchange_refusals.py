"""Events that are not what they should be change nothing, and the Broker is told not to send them again."""

import base64
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.contracts.states import OWNERS
from tests.shared.owners import Owners, post, signed, state
from tests.world import World

Forge = Callable[[World, UUID], Any]


async def everything(world: World) -> list[tuple[Any, ...]]:
    """Every row of the four tables of the exchange."""
    admin = await asyncpg.connect(world.database.admin_url)
    try:
        tables = [await admin.fetch(f"select * from {owner}.exchange order by 1") for owner in OWNERS.values()]
    finally:
        await admin.close()
    return [tuple(row) for table in tables for row in table]


def own_key(world: World, function: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((world.keys / f"{function}.signing.json").read_text())
    return found


def payload(election: UUID, **more: Any) -> dict[str, Any]:
    """The claims of a good event of the box, signed by nobody yet."""
    now = int(time.time())
    times = {"iat": now, "exp": now + 60, "iss": "ballot", "aud": ["voter", "election", "result"]}
    body = {"thing": "box", "election": str(election), "version": 9, "seen": {}, "asks": []}
    return {**body, "state": state("box", 9).model_dump(mode="json"), **times, **more}


def coded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def unsigned(world: World, election: UUID) -> str:
    return signed(world, "box", election, version=9).rpartition(".")[0] + "."


def changed_after_signing(world: World, election: UUID) -> str:
    head, _, signature = signed(world, "box", election, version=9).split(".")
    return ".".join((head, coded(json.dumps(payload(election, version=10)).encode()), signature))


def alg_none(world: World, election: UUID) -> str:
    head = {"alg": "none", "typ": "event+jwt", "kid": own_key(world, "ballot")["kid"]}
    return f"{coded(json.dumps(head).encode())}.{coded(json.dumps(payload(election)).encode())}."


def hs256_with_the_public_key(world: World, election: UUID) -> str:
    key = own_key(world, "ballot")
    public = base64.urlsafe_b64decode(key["x"] + "=")
    return jwt.encode(payload(election), public, "HS256", headers={"kid": key["kid"], "typ": "event+jwt"})


def foreign_key(world: World, election: UUID) -> str:
    kid = own_key(world, "ballot")["kid"]
    key = Ed25519PrivateKey.generate()
    return jwt.encode(payload(election), key, "EdDSA", headers={"kid": kid, "typ": "event+jwt"})


def unknown_key(world: World, election: UUID) -> str:
    key = Ed25519PrivateKey.generate()
    return jwt.encode(payload(election), key, "EdDSA", headers={"kid": "ballot-0", "typ": "event+jwt"})


def signed_by(function: str, **more: Any) -> Forge:
    def forge(world: World, election: UUID) -> str:
        audience = [owner for owner in OWNERS.values() if owner != function]
        said = {name: value for name, value in payload(election).items() if name not in {"iss", "aud", "iat", "exp"}}
        return world.sign(function, "event", audience, {**said, **more})

    return forge


def another_kind(world: World, election: UUID) -> str:
    return world.sign("ballot", "service", ["voter"], payload(election))


def another_audience(world: World, election: UUID) -> str:
    return world.sign("ballot", "event", ["election", "result"], payload(election))


def its_own_thing(world: World, election: UUID) -> str:
    said = payload(election, thing="roll", state=state("roll", 9).model_dump(mode="json"))
    return world.sign("voter", "event", ["voter", "election"], said)


def good(**more: Any) -> Forge:
    """Signed as it should be, and wrong in this."""
    return signed_by("ballot", **more)


def without(name: str) -> Forge:
    def forge(world: World, election: UUID) -> str:
        said = {key: value for key, value in payload(election).items() if key != name}
        return world.sign("ballot", "event", ["voter"], said)

    return forge


def box_state(**more: Any) -> dict[str, Any]:
    return {**state("box", 9).model_dump(mode="json"), **more}


DEEP = coded(b'{"a":' * 5_000)
FORGED: dict[str, Forge] = {
    "unsigned": unsigned,
    "changed after signing": changed_after_signing,
    "alg none": alg_none,
    "HS256 with the public key": hs256_with_the_public_key,
    "a foreign key under a known name": foreign_key,
    "an unknown key": unknown_key,
    "signed by another owner": signed_by("result"),
    "signed by a function that owns nothing": signed_by("auth"),
    "another kind of token": another_kind,
    "for another audience": another_audience,
    "of the taker's own thing": its_own_thing,
    "not a token": lambda *_: "x",
    "an empty token": lambda *_: "",
    "no text": lambda *_: 7,
    "no token": lambda *_: None,
    "a header without end": lambda *_: f"{DEEP}.{DEEP}.{DEEP}",
    "a state of another thing": good(state=state("count", 1).model_dump(mode="json")),
    "a state with a member too many": good(state=box_state(voter="ada")),
    "a state with a member too few": good(state={"phase": "ready"}),
    "a state with a wrong type": good(state=box_state(papers="many")),
    "no state": good(state=None),
    "version 0": good(version=0),
    "no version": without("version"),
    "no thing": without("thing"),
    "an unknown thing": good(thing="urn"),
    "an election that is no id": good(election="spring"),
    "asks for an unknown thing": good(asks=["urn"]),
    "seen that is no number": good(seen={"roll": "all"}),
}


async def test_an_event_that_is_not_its_owners_or_not_understood_changes_nothing(
    owners: Owners, election: UUID
) -> None:
    world = owners.world
    assert await post(world, "voter", signed(world, "box", election, version=3)) == 204
    before = await everything(world)
    for name, forge in FORGED.items():
        assert await post(world, "voter", forge(world, election)) == 400, name
        assert await everything(world) == before, name
    await world.quiet()
    assert owners.sent() == []


async def test_the_form_that_the_forged_ones_differ_from_is_taken(owners: Owners, election: UUID) -> None:
    token = signed_by("ballot")(owners.world, election)
    assert await post(owners.world, "voter", token) == 204
    assert await owners.row("roll", election, "others -> 'box' ->> 'version'") == "9"


async def test_a_late_event_is_taken_and_can_only_be_outdated(owners: Owners, election: UUID) -> None:
    world = owners.world

    def late(version: int) -> str:
        said = {"thing": "box", "election": str(election), "version": version, "seen": {}, "asks": []}
        said["state"] = state("box", version).model_dump(mode="json")
        return world.sign("ballot", "event", ["voter"], said, lifetime=-timedelta(days=30).total_seconds())

    assert await post(world, "voter", late(2)) == 204
    assert await owners.row("roll", election, "others -> 'box' ->> 'version'") == "2"
    before = await everything(world)
    assert await post(world, "voter", late(1)) == 204
    assert await everything(world) == before


async def test_an_event_of_an_owner_whose_clock_is_ahead_is_taken(
    owners: Owners, election: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    with monkeypatch.context() as ahead:
        ahead.setattr("shared.security.time.time", lambda: now + 30)
        token = signed(owners.world, "box", election)
    assert await post(owners.world, "voter", token) == 204
    assert await owners.row("roll", election, "others -> 'box' ->> 'version'") == "1"


async def test_an_election_nobody_has_heard_of_is_remembered_for_when_it_is(owners: Owners, election: UUID) -> None:
    assert await post(owners.world, "election", signed(owners.world, "box", election, asks=["election"])) == 204
    row = await owners.row("election", election)
    assert (row["version"], row["state"], row["next_send"], row["work_at"]) == (0, None, None, None)
    await owners.changed("election", election)
    (event,) = owners.sent()
    assert event["seen"] == {"box": 1}


class _Nowhere:
    """A database that nobody answers for."""

    admin_url = "postgresql://nobody@127.0.0.1:1/none"

    def url(self, _: str) -> str:
        return self.admin_url


async def test_a_database_that_does_not_answer_is_the_brokers_reason_to_try_again(keys: Path, election: UUID) -> None:
    async with World(_Nowhere(), keys) as world:
        assert await post(world, "voter", signed(world, "box", election)) == 503


async def test_a_mistake_of_ours_is_not_held_against_the_event(
    owners: Owners, election: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mistaken(*_: Any) -> Any:
        raise ValueError

    monkeypatch.setattr(owners.exchange("roll"), "reconcile", mistaken)
    assert await post(owners.world, "voter", signed(owners.world, "box", election)) == 500
    assert await everything(owners.world) == []


@pytest.mark.parametrize(
    "trouble", [asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError]
)
async def test_a_database_in_trouble_is_the_brokers_reason_to_try_again(
    owners: Owners, election: UUID, trouble: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def troubled(*_: Any) -> Any:
        raise trouble

    monkeypatch.setattr(owners.exchange("roll"), "reconcile", troubled)
    assert await post(owners.world, "voter", signed(owners.world, "box", election)) == 503
    assert await everything(owners.world) == []
