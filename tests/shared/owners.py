"""Four owners whose states a test sets: the real exchange, in the real functions, with a `reconcile` that only says."""

from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import jwt

from shared.changes import open_change
from shared.contracts.definition import BoxKey, Contest, Definition, Frozen, Option, Style
from shared.contracts.states import OWNERS, BoxState, CountState, ElectionState, RollState
from shared.database import Connection
from shared.exchange import Case, Exchange, Reconcile, Verdict
from tests.world import Event, World

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
THINGS = tuple(OWNERS)


def state(thing: str, number: int) -> Frozen:
    """A state of `thing`; another number, another state."""
    match thing:
        case "election":
            definition = Definition(
                id=UUID(int=7),
                title="An election",
                time_zone="UTC",
                opens_at=NOON,
                closes_at=NOON,
                contests=(
                    Contest(id="c", title="C", method="plurality", seats=1, options=(Option(id="o", name="O"),)),
                ),
                styles=(Style(id="all", name="All", contests=("c",)),),
                publish="by hand",
                box=BoxKey(public_key="0" * 64, seed_commitment="0" * 64, proof="none"),
            )
            later = NOON + timedelta(minutes=number)
            return ElectionState(
                phase="scheduled", definition=definition, digest="0" * 64, opens_at=NOON, closes_at=later
            )
        case "roll":
            return RollState(phase="open", links_read=number)
        case "box":
            return BoxState(phase="ready", opens_at=NOON, closes_at=NOON, papers=number)
    return CountState(phase="waiting", papers=number)


@dataclass
class Said:
    """What one owner's `reconcile` says: the number of its state (0: none yet), when to look again, work or not."""

    number: int = 0
    look_at: datetime | None = None
    work: bool = False


@dataclass
class Owners:
    """The four in a world. `said[thing, election]` is what a `reconcile` says."""

    world: World
    said: dict[tuple[str, UUID], Said] = field(default_factory=lambda: defaultdict(Said))

    def __post_init__(self) -> None:
        for thing in THINGS:
            self.exchange(thing).reconcile = self._reconcile(thing)
            self.exchange(thing).work = None

    def exchange(self, thing: str) -> Exchange:
        found: Exchange = self.world.apps[OWNERS[thing]].state.exchange
        return found

    def _reconcile(self, thing: str) -> Reconcile:
        async def reconcile(_: Connection, case: Case) -> Verdict:
            said = self.said[thing, case.id]
            return Verdict(state(thing, said.number) if said.number else None, said.look_at, said.work)

        return reconcile

    @asynccontextmanager
    async def change(self, thing: str, election: UUID, number: int) -> Any:
        """A route that changes the thing: inside, the change is made and not committed."""
        request: Any = SimpleNamespace(app=self.world.apps[OWNERS[thing]])
        async with asynccontextmanager(open_change)(request) as change:
            self.said[thing, election].number = number
            await change.look(election)
            yield change

    async def changed(self, thing: str, election: UUID, number: int = 1) -> None:
        """Change the thing, and wait until all that starts by itself is done."""
        async with self.change(thing, election, number):
            pass
        await self.world.quiet()

    async def all_told(self, election: UUID) -> None:
        """Each of the four has a state, and the others have it."""
        for thing in THINGS:
            await self.changed(thing, election)
        await self.world.settle()
        assert [await self.row(thing, election, "next_send") for thing in THINGS] == [None] * 4

    async def row(self, thing: str, election: UUID, columns: str = "*") -> Any:
        """The row of the exchange as the database holds it; the value alone where one column is asked for."""
        admin = await asyncpg.connect(self.world.database.admin_url)
        try:
            row = await admin.fetchrow(f"select {columns} from {OWNERS[thing]}.exchange where election = $1", election)
        finally:
            await admin.close()
        return row[0] if row is not None and len(row) == 1 else row

    async def due(self, thing: str) -> bool:
        """What the clock's login is answered."""
        clock = await asyncpg.connect(self.world.database.url("clock"))
        try:
            return bool(await clock.fetchval(f"select {OWNERS[thing]}.due()"))
        finally:
            await clock.close()

    async def tick(self, thing: str) -> None:
        """One tick, and whatever it starts."""
        response = await self.world.client(OWNERS[thing]).post("/tick")
        assert response.status_code == 204, response.text
        await self.world.quiet()

    def sent(self) -> list[dict[str, Any]]:
        """The claims of the events that wait in the broker; the broker is emptied."""
        waiting, self.world.events = self.world.events, []
        return [claims(event) for event in waiting]


def claims(event: Event) -> dict[str, Any]:
    """What an event says, believed without looking at its signature."""
    data = httpx.Response(200, content=event[1]).json()["data"]
    said: dict[str, Any] = jwt.decode(data["token"], options={"verify_signature": False})
    return said


def signed(world: World, thing: str, election: UUID, **more: Any) -> str:
    """An event's token as its owner signs it."""
    said = {"thing": thing, "election": str(election), "version": 1, "seen": {}, "asks": []}
    said |= {"state": state(thing, 1).model_dump(mode="json"), **more}
    return world.sign(OWNERS[thing], "event", [owner for other, owner in OWNERS.items() if other != thing], said)


async def post(world: World, function: str, token: Any) -> int:
    """Deliver a token in an event of its own."""
    event = {"specversion": "1.0", "id": "1", "source": "/test", "type": "t", "data": {"token": token}}
    headers = {"content-type": "application/cloudevents+json"}
    return (await world.client(function).post("/events", json=event, headers=headers)).status_code
