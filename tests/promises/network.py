"""Brokers that lose, repeat and disorder, an election that goes through them, and events that nobody's owner sent."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from shared.contracts.states import BoxState
from shared.security import Signer
from tests.elections import Running
from tests.world import Broker, Event, World


def lossy() -> Broker:
    """Loses every event the first time its owner says it."""
    said: set[str] = set()

    def broker(events: list[Event]) -> list[Event]:
        fresh = {state_in(event) for event in events} - said
        said.update(fresh)
        return [event for event in events if state_in(event) not in fresh]

    return broker


def disorderly() -> Broker:
    """Of events that wait with one state delivers the last, the newest state first, and those of before once more."""
    late: list[Event] = []

    def broker(events: list[Event]) -> list[Event]:
        kept = list({state_in(event): event for event in events}.values())
        now, late[:] = [*reversed(kept), *late], kept
        return now

    return broker


def state_in(event: Event) -> str:
    """Which thing, and which version of it."""
    said = jwt.decode(json.loads(event[1])["data"]["token"], options={"verify_signature": False})
    return f"{said['thing']} {said['version']}"


async def to_the_end(day: Running, broker: Broker) -> tuple[dict[str, Any], Sequence[Event]]:
    """Three vote, the closing is put off, then brought forward; ticks, until all is settled. And every event sent."""
    sent: dict[str, Event] = {}

    def noted(events: list[Event]) -> Sequence[Event]:
        sent.update((state_in(event), event) for event in events)
        return broker(events)

    for link, mark in zip(day.links, ("ada", "ada", "bob"), strict=False):
        assert (await day.cast(await day.pass_for(link), {"chair": [mark]})).status_code == 201
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    assert (await day.election("POST", "/extend", {"closes_at": later, "reason": "Snow"})).status_code == 200
    assert (await day.election("POST", "/close-now", {"reason": "All are here"})).status_code == 200
    for minutes in range(60):
        await day.world.shift(timedelta(minutes=minutes))
        await day.world.settle(noted)
        await day.world.tick()
        seen = await day.seen()
        if seen["phase"] == "published" and not seen["behind"]:
            return seen, list(sent.values())
    raise AssertionError(f"not settled in an hour: {seen}")


async def everything(world: World) -> dict[str, list[Any]]:
    """What every function holds, but for when it says it again."""
    row = "to_jsonb(t) - '{next_send, pause, look_at, work_at, work_pause}'::text[]"
    return {
        table: await world.rows(f"select {row} as row from {table} t order by row") for table in await _tables(world)
    }


async def row_versions(world: World) -> dict[str, set[Any]]:
    """Every row of every function, with its place, who wrote it and who locked it last."""
    question = "select xmin, xmax, ctid, to_jsonb(t) from {} t"
    return {table: set(await world.rows(question.format(table))) for table in await _tables(world)}


async def _tables(world: World) -> list[str]:
    found = await world.rows(
        """
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname in ('auth', 'election', 'voter', 'ballot', 'result')
        """
    )
    return [table for (table,) in found]


def sealed_box(day: Running, digest: str = "0" * 64) -> dict[str, Any]:
    """The claims of an event that says that the box is sealed with one paper in it."""
    now = datetime.now(UTC)
    state = BoxState(
        phase="sealed", opens_at=now, closes_at=now, papers=1, papers_digest=digest, receipts_digest="0" * 64
    )
    said = {"thing": "box", "election": str(day.id), "version": 99, "state": state.model_dump(mode="json")}
    return {**said, "seen": {}, "asks": ["election", "roll", "count"]}


def event_of(token: str) -> Event:
    """A box event with this token in it."""
    attributes = {"specversion": "1.0", "id": "1", "source": "/uvote/ballot", "type": "org.uvote.box.changed.v1"}
    body = json.dumps({**attributes, "data": {"token": token}}).encode()
    return {"content-type": "application/cloudevents+json"}, body


def signed(folder: Path, function: str, said: dict[str, Any], issuer: str = "ballot") -> str:
    """The claims under a function's key, in the name of `issuer`."""
    signer = Signer.from_file(str(folder / f"{function}.signing.json"))
    return Signer(issuer, signer.kid, signer.key).sign("event", ["election", "voter", "result"], 900, said)
