"""Papers that share a statement: each voter has an own answer, whatever becomes of the others."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from functions.ballot import queries
from functions.ballot.queries import Cast, Entry
from functions.ballot.together import AT_ONCE, Together
from shared.database import Connection
from tests.database import TestDatabase, until_waiting
from tests.elections import running
from tests.promises.crowd import Crowd, crowd
from tests.world import World

STORED = "select count(*), count(distinct receipt), (select count(*) from ballot.papers) from ballot.spent"


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[Entry]]]:
    """The papers of each shared statement, as they are sent."""
    sent: list[list[Entry]] = []
    send = queries.cast_together

    async def noted(db: Connection, box: UUID, entries: list[Entry]) -> frozenset[bytes]:
        sent.append(entries)
        return await send(db, box, entries)

    monkeypatch.setattr(queries, "cast_together", noted)
    yield sent


async def all_cast(together: Together, box: UUID, entries: list[Entry]) -> list[Cast]:
    return await asyncio.gather(*(together.cast(box, entry) for entry in entries))


async def test_papers_that_come_at_once_share_statements_and_each_has_its_own_receipt(
    world: World, database: TestDatabase, statements: list[list[Entry]]
) -> None:
    day = await running(world, voters=1)
    async with crowd(database, day.id, clients=1) as clients:
        forms = [clients.form() for _ in range(100)]
        answers = await all_cast(Together(world.settings("ballot")), day.id, forms)
    assert answers == [("cast", form.receipt) for form in forms]
    assert [len(batch) for batch in statements] == [64, 36]
    assert await world.rows(STORED) == [(100, 100, 100)]


async def test_of_one_pass_there_is_never_more_than_one_paper_in_a_statement(
    world: World, database: TestDatabase, statements: list[list[Entry]]
) -> None:
    day = await running(world, voters=1)
    async with crowd(database, day.id, clients=1) as clients:
        others = [clients.form() for _ in range(20)]
        one = clients.form()
        other = clients.form(one.pass_id)
        mixed = [form for company in others for form in (company, one, other)]
        answers = await all_cast(Together(world.settings("ballot")), day.id, mixed)
    assert statements
    assert all(len({entry.pass_id for entry in batch}) == len(batch) for batch in statements)
    assert answers[::3] == [("cast", form.receipt) for form in others]
    winner, loser, receipt = (1, 2, one.receipt) if answers[1][0] == "cast" else (2, 1, other.receipt)
    assert set(answers[winner::3]) == {("cast", receipt)}
    assert set(answers[loser::3]) == {("already_voted", receipt)}
    assert await world.rows(STORED) == [(21, 21, 21)]


async def test_a_pass_that_is_given_to_one_statement_twice_has_one_paper(world: World, database: TestDatabase) -> None:
    day = await running(world, voters=1)
    async with crowd(database, day.id, clients=1) as clients:
        one = clients.form()
        twice = [one, clients.form(one.pass_id), one, clients.form()]
        assert len(await queries.cast_together(clients.connections[0], day.id, twice)) == 2
    assert await world.rows(STORED) == [(2, 2, 2)]


async def test_statements_with_the_same_passes_in_whatever_order_never_wait_for_each_other_in_a_ring(
    world: World, database: TestDatabase
) -> None:
    day = await running(world, voters=1)
    async with crowd(database, day.id, clients=4) as clients:
        for _ in range(10):
            forms = [clients.form() for _ in range(200)]
            orders = [forms, forms[::-1], forms[100:] + forms[:100], forms[99::-1] + forms[:99:-1]]
            acts = (queries.cast_together(c, day.id, o) for c, o in zip(clients.connections, orders, strict=True))
            taken = await asyncio.gather(*acts)
            assert sorted(one for each in taken for one in each) == sorted(form.pass_id for form in forms)
    assert await world.rows(STORED) == [(2000, 2000, 2000)]


async def test_what_a_statement_does_not_take_is_told_why_one_by_one(world: World, database: TestDatabase) -> None:
    day = await running(world, voters=1)
    async with crowd(database, day.id, clients=1) as clients:
        connection = clients.connections[0]
        spent, void, fresh = clients.form(), clients.form(), clients.form()
        assert await clients.cast(connection, spent) == ("cast", spent.receipt)
        assert await queries.void(connection, day.id, void.pass_id) == "void"
        together = Together(world.settings("ballot"))
        other, copied = replace(spent, receipt=fresh.receipt), replace(fresh, receipt=spent.receipt)
        said = await all_cast(together, day.id, [clients.form(), spent, void, copied])
        assert said[1:] == [("cast", spent.receipt), ("pass_void", None), ("receipt_taken", None)]
        said = await all_cast(together, day.id, [clients.form(), other, fresh])
        assert said[1:] == [("already_voted", spent.receipt), ("cast", fresh.receipt)]
        for by, verdict in ((timedelta(days=-1), "too_early"), (timedelta(days=2), "closed")):
            await world.shift(by)
            late = [clients.form() for _ in range(6)]
            assert await all_cast(together, day.id, [*late, spent]) == [(verdict, None)] * 6 + [("cast", spent.receipt)]


@pytest.mark.parametrize("end", ["sealed", "annulled"])
async def test_a_box_that_has_ended_takes_nothing_whatever_the_clock_says(
    world: World, database: TestDatabase, end: str
) -> None:
    day = await running(world, voters=1)
    async with crowd(database, day.id, clients=1) as clients:
        await world.shift(timedelta(minutes=2))
        if end == "sealed":
            await queries.seal(clients.connections[0], day.id)
        else:
            await clients.admin.execute("update ballot.boxes set ended = 'annulled'")
        await world.shift(timedelta(minutes=1))  # after the opening and before the closing: open, but for that
        is_open = "select ballot.clock() >= opens_at and ballot.clock() < closes_at from ballot.boxes"
        assert await clients.admin.fetchval(is_open)
        late = [clients.form() for _ in range(6)]
        verdict = "closed" if end == "sealed" else end
        assert await all_cast(Together(world.settings("ballot")), day.id, late) == [(verdict, None)] * 6
    assert await world.rows(STORED) == [(0, 0, 0)]


async def test_a_statement_that_fails_is_made_good_paper_by_paper(
    world: World, database: TestDatabase, statements: list[list[Entry]]
) -> None:
    day = await running(world, voters=1)
    async with crowd(database, day.id, clients=1) as clients:
        forms = [clients.form() for _ in range(10)]
        bad = clients.form(b"fifteen bytes..")
        together = Together(world.settings("ballot"))
        acts = [asyncio.ensure_future(together.cast(day.id, entry)) for entry in (*forms[:5], bad, *forms[5:])]
        await asyncio.wait(acts)
    assert any(bad in batch for batch in statements)
    assert isinstance(acts.pop(5).exception(), asyncpg.CheckViolationError)
    assert [act.result() for act in acts] == [("cast", form.receipt) for form in forms]
    assert await world.rows(STORED) == [(10, 10, 10)]


async def held(
    database: TestDatabase, clients: Crowd, box: UUID, together: Together, many: int
) -> tuple[list[Entry], list["asyncio.Task[Cast]"]]:
    """Papers that wait for the box, which the first connection holds: as many statements as may be, and the rest."""
    forms = [clients.form() for _ in range(many)]
    acts = []
    for number, form in enumerate(forms, 1):
        acts.append(asyncio.create_task(together.cast(box, form)))
        await until_waiting(database.admin_url, min(number, AT_ONCE))
    return forms, acts


async def test_a_voter_who_hangs_up_takes_nobody_else_along(world: World, database: TestDatabase) -> None:
    day = await running(world, voters=1)
    together = Together(world.settings("ballot"))
    async with crowd(database, day.id, clients=1) as clients:
        holder = clients.connections[0]
        async with holder.transaction():
            await queries.lock(holder, day.id)
            forms, acts = await held(database, clients, day.id, together, 8)
            for gone in (acts[0], acts[5]):  # one whose statement is under way, one that waits for the next
                gone.cancel()
            await asyncio.wait([acts[0], acts[5]])
        left = [n for n in range(8) if n not in {0, 5}]
        assert [await acts[n] for n in left] == [("cast", forms[n].receipt) for n in left]
        assert await all_cast(together, day.id, forms) == [("cast", form.receipt) for form in forms]
    assert await world.rows(STORED) == [(8, 8, 8)]


async def test_a_box_that_is_held_keeps_no_other_box_waiting(world: World, database: TestDatabase) -> None:
    day, other = await running(world, voters=1), await running(world, voters=1)
    together = Together(replace(world.settings("ballot"), pool_size=str(AT_ONCE + 1)))
    async with crowd(database, day.id, clients=1) as clients, crowd(database, other.id, clients=1) as others:
        holder = clients.connections[0]
        async with holder.transaction():
            await queries.lock(holder, day.id)
            forms, acts = await held(database, clients, day.id, together, 40)
            elsewhere = [others.form() for _ in range(40)]
            async with asyncio.timeout(10):
                assert await all_cast(together, other.id, elsewhere) == [("cast", one.receipt) for one in elsewhere]
            assert not any(act.done() for act in acts)
        assert await asyncio.gather(*acts) == [("cast", form.receipt) for form in forms]


async def test_with_one_paper_a_statement_none_is_shared(
    world: World, database: TestDatabase, statements: list[list[Entry]]
) -> None:
    day = await running(world, voters=1)
    async with crowd(database, day.id, clients=1) as clients:
        forms = [clients.form() for _ in range(20)]
        together = Together(replace(world.settings("ballot"), casts_together="1"))
        assert await all_cast(together, day.id, forms) == [("cast", form.receipt) for form in forms]
    assert statements == []
