"""Long work: inside a tick, under a lease, once at a time, tried again later and later, never given up."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared import leases
from tests.shared.owners import NOON, Owners


class Job:
    """Work that a test watches: it begins, waits where the test says so, and then does what the test says."""

    def __init__(self, owners: Owners) -> None:
        self.owners = owners
        self.begun: list[UUID] = []
        self.beginning = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.what: Callable[[UUID], Awaitable[bool | None]] = self.done
        owners.exchange("count").work = self

    async def __call__(self, election: UUID) -> bool | None:
        self.begun.append(election)
        self.beginning.set()
        await self.may_end.wait()
        return await self.what(election)

    async def done(self, election: UUID) -> None:
        """The work is done: `reconcile` wants none any more."""
        self.owners.said["count", election].work = False

    async def fails(self, _: UUID) -> None:
        raise ZeroDivisionError

    async def comes_to_no_end(self, _: UUID) -> None:
        """`reconcile` goes on wanting it."""


@pytest.fixture
def job(owners: Owners) -> Job:
    return Job(owners)


async def wanted(owners: Owners, election: UUID, moment: datetime = NOON) -> None:
    """Work is waiting, and nobody has been told."""
    await owners.world.stop(moment)
    owners.world.down.add("result")
    owners.said["count", election].work = True
    await owners.changed("count", election)
    owners.world.down.clear()
    owners.sent()


async def test_a_route_that_leaves_work_has_it_done_without_the_clock(owners: Owners, job: Job, election: UUID) -> None:
    owners.said["count", election].work = True
    await owners.changed("count", election)
    assert job.begun == [election]
    assert await owners.row("count", election, "work_at") is None


async def test_an_event_that_leaves_work_has_it_done_without_the_clock(
    owners: Owners, job: Job, election: UUID
) -> None:
    owners.said["count", election].work = True
    await owners.changed("box", election)
    await owners.world.settle()
    assert job.begun == [election]
    assert await owners.row("count", election, "work_at") is None


async def test_work_that_nobody_was_woken_for_is_done_by_the_next_tick(
    owners: Owners, job: Job, election: UUID
) -> None:
    await wanted(owners, election)
    assert job.begun == []
    assert await owners.due("count")
    await owners.tick("count")
    assert job.begun == [election]
    assert not await owners.due("count")


async def test_what_the_work_changed_is_told(owners: Owners, job: Job, election: UUID) -> None:
    await wanted(owners, election)

    async def changes(_: UUID) -> None:
        owners.said["count", election].number = 2
        await job.done(election)

    job.what = changes
    await owners.tick("count")
    assert [event["version"] for event in owners.sent()] == [2]


async def test_two_ticks_at_once_do_the_work_once(owners: Owners, job: Job, election: UUID) -> None:
    await wanted(owners, election)
    job.may_end.clear()
    first = asyncio.create_task(owners.tick("count"))
    await job.beginning.wait()
    for second in (30, 59):  # the event is due again, the lease has not ended
        await owners.world.stop(NOON + timedelta(seconds=second))
        assert await owners.due("count")
        await owners.tick("count")
        assert not await owners.due("count")
    job.may_end.set()
    await first
    assert job.begun == [election]


async def test_work_that_died_is_taken_up_when_its_lease_ends(owners: Owners, job: Job, election: UUID) -> None:
    await wanted(owners, election)
    job.may_end.clear()
    dies = asyncio.create_task(owners.exchange("count").tick())
    await job.beginning.wait()
    dies.cancel()
    await asyncio.gather(dies, return_exceptions=True)
    job.may_end.set()

    await owners.world.stop(NOON + leases.LEASE - timedelta(milliseconds=1))
    await owners.tick("count")
    assert job.begun == [election]
    await owners.world.stop(NOON + leases.LEASE)
    await owners.tick("count")
    assert job.begun == [election] * 2
    assert await owners.row("count", election, "work_at") is None


async def test_work_that_takes_longer_than_its_lease_keeps_it(
    owners: Owners, job: Job, election: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wanted(owners, election)
    job.may_end.clear()
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.3))
    first = asyncio.create_task(owners.tick("count"))
    await job.beginning.wait()
    later = NOON
    for _ in range(3):
        later += timedelta(seconds=1)
        await owners.world.stop(later)
        async with asyncio.timeout(20):
            while await owners.row("count", election, "work_at") <= later:  # noqa: ASYNC110  (the database's row)
                await asyncio.sleep(0.05)
    await owners.world.client("result").post("/tick")
    job.may_end.set()
    await first
    assert job.begun == [election]
    assert await owners.row("count", election, "work_at") is None


@pytest.mark.parametrize("what", ["fails", "comes_to_no_end"])
async def test_work_that_comes_to_nothing_is_tried_again_later_and_later_and_never_given_up(
    owners: Owners, job: Job, election: UUID, what: str
) -> None:
    await wanted(owners, election)
    job.what = getattr(job, what)
    now, pauses = NOON, []
    for tries in range(1, 12):
        await owners.tick("count")
        assert len(job.begun) == tries
        again = await owners.row("count", election, "work_at")
        pauses.append((again - now).total_seconds())
        await owners.world.stop(again - timedelta(milliseconds=1))
        await owners.tick("count")
        assert len(job.begun) == tries
        now = again
        await owners.world.stop(now)
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600]

    job.what = job.done
    await owners.tick("count")
    assert await owners.row("count", election, "work_at") is None
    await wanted(owners, election, now)
    job.what = job.fails
    await owners.tick("count")
    assert await owners.row("count", election, "work_at") == now + timedelta(seconds=5)


async def test_work_that_comes_forward_goes_on_at_once_and_pauses_anew(
    owners: Owners, job: Job, election: UUID
) -> None:
    await wanted(owners, election)
    job.what = job.fails
    await owners.tick("count")
    await owners.world.stop(now := NOON + timedelta(seconds=5))

    async def comes_forward(_: UUID) -> bool:
        if len(job.begun) < 4:
            return True
        raise ZeroDivisionError

    job.what = comes_forward
    await owners.tick("count")
    await owners.world.quiet()
    assert len(job.begun) == 4
    assert await owners.row("count", election, "work_at") == now + timedelta(seconds=5)


async def test_work_that_fails_does_not_keep_the_state_from_being_told(
    owners: Owners, job: Job, election: UUID
) -> None:
    await wanted(owners, election)
    job.what = job.fails
    await owners.world.stop(NOON + timedelta(minutes=1))
    await owners.tick("count")
    assert [event["version"] for event in owners.sent()] == [1]


async def test_long_work_for_one_election_does_not_keep_the_others_waiting(owners: Owners, job: Job) -> None:
    first, second = sorted((uuid4(), uuid4()))
    await wanted(owners, first)
    await wanted(owners, second)
    job.may_end.clear()
    tick = asyncio.create_task(owners.tick("count"))
    async with asyncio.timeout(20):
        while len(job.begun) < 2:  # noqa: ASYNC110  (two beginnings)
            await asyncio.sleep(0.01)
    job.may_end.set()
    await tick
    assert sorted(job.begun) == [first, second]


async def test_work_that_nobody_wants_any_more_is_let_go(owners: Owners, job: Job, election: UUID) -> None:
    await wanted(owners, election)
    job.may_end.clear()
    tick = asyncio.create_task(owners.tick("count"))
    await job.beginning.wait()
    owners.said["count", election].work = False
    async with owners.change("count", election, 1):
        pass
    assert await owners.row("count", election, "work_at") is None
    job.may_end.set()
    await tick
    assert await owners.row("count", election, "work_at") is None
