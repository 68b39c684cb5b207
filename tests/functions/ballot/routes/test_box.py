"""A box from outside: its phases, its receipts, its turnout, each for those who may see it."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.contracts.definition import Definition
from tests.elections import Running, running
from tests.world import World

PAPER = {"chair": ["ada"]}


async def box(day: Running) -> dict[str, Any]:
    seen: dict[str, Any] = (await day.world.client("ballot").get(f"/boxes/{day.id}")).json()
    return seen


async def test_the_phases_of_a_box_follow_the_clock_the_seal_and_the_count(world: World) -> None:
    opens, closes = datetime.now(UTC) + timedelta(days=1), datetime.now(UTC) + timedelta(days=2)
    day = await running(world, voters=1, opens_at=opens.isoformat(), closes_at=closes.isoformat())

    async def at(moment: datetime) -> str:
        await world.stop(moment)
        return str((await box(day))["phase"])

    first = await box(day)
    assert (first["phase"], first["papers"], first["receipts_digest"]) == ("waiting", None, None)
    assert Definition.model_validate(first["definition"]).digest() == first["digest"]
    assert await at(opens - timedelta(microseconds=1)) == "waiting"
    assert await at(opens) == "open"
    assert (await day.cast(await day.pass_for(day.links[0]), PAPER)).status_code == 201
    assert await at(closes - timedelta(microseconds=1)) == "open"
    assert await at(closes) == "closing"
    world.down.add("result")
    await day.settle()
    sealed = await box(day)
    assert (sealed["phase"], sealed["papers"], sealed["definition"]) == ("sealed", 1, first["definition"])
    assert datetime.fromisoformat(sealed["closes_at"]) == closes
    world.down.discard("result")
    await world.stop(closes + timedelta(hours=1))
    await day.until("counted")
    assert await box(day) == {**sealed, "phase": "cleared"}


async def test_a_box_whose_election_was_stopped_says_so(world: World) -> None:
    later = {"opens_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    for stop, phase, times in (("cancel", "cancelled", later), ("annul", "annulled", {})):
        day = await running(world, voters=1, **times)
        await day.election("POST", f"/{stop}", {"reason": "A mistake"})
        await world.settle()
        assert (await box(day))["phase"] == phase
    answer = await world.client("ballot").get(f"/boxes/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_box")


async def test_receipts_are_listed_sorted_after_the_seal_and_found_one_by_one_before(world: World) -> None:
    day = await running(world, voters=5)
    anyone = world.client("ballot")
    answer = await anyone.get(f"/boxes/{day.id}/receipts")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_sealed")
    given = []
    for link in day.links[:4]:
        given.append((await day.cast(await day.pass_for(link), PAPER)).json()["receipt"])
    service = world.client("ballot", world.token_service("voter", "ballot"))
    await service.post(f"/boxes/{day.id}/void", json={"pass_id": "00" * 16})

    one = given[0]
    for written in (one, one.lower(), f"{one[:4]}-{one[4:8]} {one[8:12]}-{one[12:]}"):
        answer = await anyone.get(f"/boxes/{day.id}/receipts/{written}")
        assert answer.json() == {"receipt": one, "in_box": True}
    for wrong in (one[:-1], one + "A", "A" * 16, "1" * 16, "%00" * 16, "é" * 16):
        answer = await anyone.get(f"/boxes/{day.id}/receipts/{wrong}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_receipt"), wrong
    assert (await anyone.get(f"/boxes/{uuid4()}/receipts/{one}")).json()["code"] == "no_such_receipt"

    await day.finish()
    for phase in ("cleared", "cleared"):
        listed = await anyone.get(f"/boxes/{day.id}/receipts")
        assert listed.headers["content-type"] == "text/plain; charset=utf-8"
        assert listed.text.split("\n") == sorted(given)
        assert (await anyone.get(f"/boxes/{day.id}/receipts/{one}")).status_code == 200
        seen = await box(day)
        assert seen["phase"] == phase
        assert seen["receipts_digest"] == hashlib.sha256("\n".join(sorted(given)).encode()).hexdigest()
    assert (await anyone.get(f"/boxes/{uuid4()}/receipts")).json()["code"] == "no_such_box"


async def test_turnout_is_for_those_who_watch_the_election(world: World) -> None:
    day = await running(world, voters=3)
    for link in day.links[:2]:
        await day.cast(await day.pass_for(link), PAPER)
    service = world.client("ballot", world.token_service("voter", "ballot"))
    await service.post(f"/boxes/{day.id}/void", json={"pass_id": "00" * 16})
    observer = world.client("ballot", world.token_grant(day.id, role="observer"))
    assert (await observer.get(f"/boxes/{day.id}/turnout")).json() == {"papers": 2}
    for token, code in (
        (None, "unauthenticated"),
        (world.token_session(administrator=True), "bad_token"),
        (world.token_pass(day.id, b"p" * 16), "bad_token"),
        (world.token_service("voter", "ballot"), "bad_token"),
        (world.token_grant(uuid4(), role="owner"), "wrong_election"),
    ):
        answer = await world.client("ballot", token).get(f"/boxes/{day.id}/turnout")
        assert answer.json()["code"] == code
