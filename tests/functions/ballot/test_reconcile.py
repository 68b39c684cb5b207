"""The box follows its election: whatever it hears, in whatever order, a closing that has passed is not put off."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from functions.ballot import queries
from shared.contracts.definition import BoxKey, Contest, Definition, Option, Style
from shared.contracts.states import CountState
from tests.database import TestDatabase, until_waiting
from tests.elections import running
from tests.promises.crowd import crowd
from tests.shared.owners import claims, post
from tests.world import World

OPENS = datetime(2026, 3, 20, 9, tzinfo=UTC)
CLOSES = datetime(2026, 3, 20, 17, tzinfo=UTC)
HOUR, MOMENT = timedelta(hours=1), timedelta(milliseconds=1)
CONTEST = Contest(id="c", title="C", method="plurality", seats=1, options=(Option(id="o", name="O"),))


class Telling:
    """What `election` tells `ballot`; each is a new version."""

    def __init__(self, world: World, box: UUID | None = None) -> None:
        self.world = world
        self.id = uuid4()
        self.version = 0
        key = {"public_key": "ab" * 32, "seed_commitment": "cd" * 32}
        proof = world.sign("result", "boxkey", ["election", "ballot"], {"box": str(box or self.id), **key})
        self.definition = Definition(
            id=self.id,
            title="An election",
            time_zone="UTC",
            opens_at=OPENS,
            closes_at=CLOSES,
            contests=(CONTEST,),
            styles=(Style(id="all", name="All", contests=("c",)),),
            publish="by hand",
            box=BoxKey(proof=proof, **key),
        )

    async def tell(self, **more: Any) -> None:
        """Tell this of the election; the rest is as it was scheduled."""
        self.version += 1
        state = {
            "phase": "scheduled",
            "definition": self.definition.model_dump(mode="json"),
            "digest": self.definition.digest(),
            "opens_at": OPENS.isoformat(),
            "closes_at": CLOSES.isoformat(),
        }
        state |= {name: value.isoformat() if isinstance(value, datetime) else value for name, value in more.items()}
        said = {"thing": "election", "election": str(self.id), "version": self.version, "state": state}
        event = self.world.sign("election", "event", ["ballot"], {**said, "seen": {}, "asks": ["box"]})
        assert await post(self.world, "ballot", event) == 204
        await self.world.quiet()

    async def box(self) -> dict[str, Any] | None:
        """What the box said last."""
        events, self.world.events = self.world.events, []
        said = [claims(event) for event in events]
        return max(said, key=lambda claim: claim["version"])["state"] if said else None

    async def lock(self, statement: str) -> asyncpg.Connection:
        """Somebody else who has locked something of the box, in a transaction that goes on."""
        other = await asyncpg.connect(self.world.database.admin_url)
        await other.execute(f"set deadlock_timeout = '60s'; begin; {statement}")
        return other


@pytest.fixture
async def telling(world: World) -> Telling:
    """A box that was made in time, an hour before the opening."""
    await world.stop(OPENS - HOUR)
    told = Telling(world)
    await told.tell()
    assert (await told.box() or {})["phase"] == "ready"
    return told


@pytest.mark.parametrize("heard_at", [OPENS - HOUR / 2, OPENS + HOUR, CLOSES - MOMENT])
async def test_an_extension_heard_before_the_closing_is_in_force(telling: Telling, heard_at: datetime) -> None:
    await telling.world.stop(heard_at)
    await telling.tell(closes_at=CLOSES + HOUR)
    box = await telling.box() or {}
    assert (box["phase"], box["closes_at"], box["refused_closes_at"]) == ("ready", "2026-03-20T18:00:00Z", None)
    await telling.world.stop(CLOSES + HOUR)
    await telling.world.client("ballot").post("/tick")
    await telling.world.quiet()
    assert (await telling.box() or {})["phase"] == "sealed"


@pytest.mark.parametrize("heard_at", [CLOSES, CLOSES + HOUR / 2, CLOSES + 2 * HOUR])
@pytest.mark.parametrize("ticked", [True, False], ids=["sealed by then", "not sealed yet"])
async def test_an_extension_heard_at_the_closing_or_after_it_is_told_as_too_late(
    telling: Telling, heard_at: datetime, ticked: bool
) -> None:
    await telling.world.stop(heard_at)
    if ticked:
        await telling.world.client("ballot").post("/tick")
        await telling.world.quiet()
    await telling.tell(closes_at=CLOSES + HOUR)
    box = await telling.box() or {}
    assert (box["phase"], box["closes_at"]) == ("sealed", "2026-03-20T17:00:00Z")
    assert box["refused_closes_at"] == "2026-03-20T18:00:00Z"


@pytest.mark.parametrize("together", [True, False])
async def test_an_extension_that_came_too_late_is_told_also_when_closing_now_was_asked_for_after_it(
    telling: Telling, together: bool
) -> None:
    await telling.world.stop(CLOSES + HOUR / 2)
    if not together:
        await telling.tell(closes_at=CLOSES + HOUR)
    await telling.tell(closes_at=CLOSES + HOUR, close_now=True)
    assert (await telling.box() or {})["refused_closes_at"] == "2026-03-20T18:00:00Z"
    await telling.tell(closes_at=CLOSES + HOUR, close_now=True)
    assert (await telling.box() or {})["refused_closes_at"] == "2026-03-20T18:00:00Z"


@pytest.mark.parametrize("together", [True, False])
async def test_closing_now_gives_an_extension_up_and_refuses_none(telling: Telling, together: bool) -> None:
    await telling.world.stop(CLOSES - HOUR)
    if not together:
        await telling.tell(closes_at=CLOSES + HOUR)
    await telling.tell(closes_at=CLOSES + HOUR, close_now=True)
    await telling.world.stop(CLOSES + 2 * HOUR)
    await telling.tell(closes_at=CLOSES + HOUR, close_now=True)
    box = await telling.box() or {}
    assert (box["phase"], box["closes_at"], box["refused_closes_at"]) == ("sealed", "2026-03-20T16:00:00Z", None)


async def test_a_closing_that_passes_while_the_box_waits_for_its_casts_is_not_extended(telling: Telling) -> None:
    await telling.world.shift(CLOSES - timedelta(seconds=2) - datetime.now(UTC))
    casting = await telling.lock(f"select pg_advisory_xact_lock_shared(ballot.lock_key('{telling.id}'))")
    try:
        hearing = asyncio.create_task(telling.tell(closes_at=CLOSES + HOUR))
        await until_waiting(telling.world.database.admin_url)
        async with asyncio.timeout(20):
            while await telling.world.rows("select ballot.clock() < $1", CLOSES) == [(True,)]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        await casting.close()
    await hearing
    box = await telling.box() or {}
    assert (box["phase"], box["refused_closes_at"]) == ("sealed", "2026-03-20T18:00:00Z")


async def test_a_seal_waits_for_the_casts_under_way_and_is_as_late_as_they(
    world: World, database: TestDatabase
) -> None:
    """Whoever asks for it: the function of the database holds the box itself, and only then looks at the clock."""
    day = await running(world, voters=1)
    async with crowd(database, day.id, clients=2) as clients:
        casting, sealing = clients.connections
        async with casting.transaction():
            assert (await clients.cast(casting, clients.form()))[0] == "cast"
            seal = asyncio.create_task(queries.seal(sealing, day.id))
            waiting = asyncio.create_task(until_waiting(database.admin_url))
            await asyncio.wait({seal, waiting}, return_when=asyncio.FIRST_COMPLETED)
            assert not seal.done()
            await waiting
            committed = await queries.now(casting)
        await seal
    assert await world.rows("select papers, sealed_at > $1 from ballot.boxes", committed) == [(1, True)]


async def test_an_opening_brought_forward_is_followed_until_the_box_is_open(telling: Telling) -> None:
    await telling.world.stop(OPENS - HOUR / 2)
    await telling.tell(opens_at=OPENS - HOUR / 2)
    assert (await telling.box() or {})["opens_at"] == "2026-03-20T08:30:00Z"
    await telling.tell(opens_at=OPENS - HOUR)
    assert (await telling.box() or {})["opens_at"] == "2026-03-20T08:30:00Z"


@pytest.mark.parametrize("phase", ["cancelled", "annulled"])
async def test_a_box_whose_election_ended_is_emptied_and_is_never_sealed(telling: Telling, phase: str) -> None:
    await telling.tell(phase=phase)
    assert (await telling.box() or {})["phase"] == "cleared"
    await telling.world.stop(CLOSES + HOUR)
    await telling.tell(phase="scheduled", close_now=True)
    box = await telling.box() or {}
    assert (box["phase"], box["papers"]) == ("cleared", None)


async def test_a_key_that_result_did_not_make_for_this_box_makes_no_box(world: World) -> None:
    await world.stop(OPENS - HOUR)
    forged = Telling(world, box=uuid4())
    await forged.tell()
    assert await forged.box() is None
    assert (await world.client("ballot").get(f"/boxes/{forged.id}")).status_code == 404
    await forged.tell(phase="cancelled")
    assert (await forged.box() or {})["phase"] == "cleared"
    assert (await world.client("ballot").get(f"/boxes/{forged.id}")).status_code == 404


async def test_a_definition_other_than_its_digest_makes_no_box(world: World) -> None:
    telling = Telling(world)
    await telling.tell(digest="0" * 64)
    assert await telling.box() is None


@pytest.mark.parametrize(
    ("sealed", "count", "phase"),
    [
        (True, CountState(phase="counted", has_papers=True, papers=0), "cleared"),
        (True, CountState(phase="counted", has_papers=True, papers=1), "sealed"),
        (True, CountState(phase="counting", papers=0), "sealed"),
        (False, CountState(phase="counted", has_papers=True), "ready"),
    ],
    ids=["has them", "has others", "has none yet", "comes before the seal"],
)
async def test_a_box_is_emptied_only_once_the_count_has_the_papers_that_it_sealed(
    telling: Telling, sealed: bool, count: CountState, phase: str
) -> None:
    if sealed:
        await telling.tell(close_now=True)
        assert (await telling.box() or {})["papers"] == 0
    said = {"thing": "count", "election": str(telling.id), "version": 1, "state": count.model_dump(mode="json")}
    event = telling.world.sign("result", "event", ["ballot"], {**said, "seen": {}, "asks": ["box"]})
    assert await post(telling.world, "ballot", event) == 204
    await telling.world.quiet()
    assert (await telling.box() or {})["phase"] == phase


@pytest.mark.parametrize("table", ["spent", "papers"])
async def test_a_box_that_somebody_reads_is_emptied_when_they_have_done(telling: Telling, table: str) -> None:
    reading = await telling.lock(f"lock table ballot.{table}_{telling.id.hex} in access share mode")
    try:
        await telling.tell(phase="cancelled")
        assert (await telling.box() or {})["phase"] == "ready"
    finally:
        await reading.close()
    await telling.world.stop(OPENS - HOUR + timedelta(seconds=5))
    await telling.world.client("ballot").post("/tick")
    await telling.world.quiet()
    assert (await telling.box() or {})["phase"] == "cleared"


async def test_a_box_of_which_all_is_told_is_emptied_by_a_tick_once_nobody_reads_it(
    world: World,
) -> None:
    """Everybody has the box's state, and that the emptying failed does not change it: no repetition brings a look."""
    day = await running(world, voters=1)
    reading = await asyncpg.connect(world.database.admin_url)
    try:
        async with reading.transaction():
            await reading.execute(f"lock table ballot.papers_{day.id.hex} in access share mode")
            assert (await day.election("POST", "/annul", {"reason": "A flood"})).status_code == 200
            await world.quiet()
            [annulled] = world.events
            assert await world.deliver(annulled, "ballot") == 204
            await world.quiet()
    finally:
        await reading.close()
    assert await world.rows("select ended, cleared from ballot.boxes") == [("annulled", False)]
    assert await world.rows("select next_send, work_at from ballot.exchange") == [(None, None)]
    await world.shift(timedelta(seconds=10))
    await world.client("ballot").post("/tick")
    assert await world.rows("select cleared from ballot.boxes") == [(True,)]


async def test_a_reader_who_wants_the_other_table_as_well_does_not_fail_the_box(telling: Telling) -> None:
    """A dump takes one table after the other, and so does the box, the other way round."""
    reading = await telling.lock(f"lock table ballot.spent_{telling.id.hex} in access share mode")
    try:
        hearing = asyncio.create_task(telling.tell(phase="cancelled"))
        await until_waiting(telling.world.database.admin_url)
        await reading.execute(f"lock table ballot.papers_{telling.id.hex} in access share mode")
        await hearing
    finally:
        await reading.close()
    assert (await telling.box() or {})["phase"] == "ready"
