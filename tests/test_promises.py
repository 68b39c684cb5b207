"""The ten promises of UVote, each by trying to break it (functions/README.md says them).

What is about the database runs the six functions in this process; what is about crashes runs real processes and
kills them. Parallel casts also run with every lock on the box held 5 ms longer than it is.
"""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from functions.ballot import queries
from tests.database import TestDatabase
from tests.elections import running
from tests.promises.crowd import CLIENTS, TIMED_OUT, crowd, hold_longer, waiting_locks
from tests.world import World

HELD = pytest.mark.parametrize("held", [0, 5], ids=["locks as they are", "locks held 5 ms longer"])


# 2. One pass, one paper.


@HELD
async def test_one_form_sent_many_times_at_once_is_one_paper_and_one_receipt(
    world: World, database: TestDatabase, held: int
) -> None:
    day = await running(world, voters=1)
    if held:
        await hold_longer(database, held)
    rounds = 30
    async with crowd(database, day.id) as clients:
        for _ in range(rounds):
            form = clients.form()
            answers = await clients.cast_together([form] * CLIENTS)
            assert answers == [("cast", form.receipt)] * CLIENTS

    assert await world.rows("select count(*), count(distinct receipt) from ballot.spent") == [(rounds, rounds)]
    assert await world.rows("select count(*) from ballot.papers") == [(rounds,)]


@HELD
async def test_of_two_forms_with_one_pass_sent_at_once_one_is_cast_and_the_other_is_told_its_receipt(
    world: World, database: TestDatabase, held: int
) -> None:
    day = await running(world, voters=1)
    if held:
        await hold_longer(database, held)
    rounds = 15
    async with crowd(database, day.id) as clients:
        for _ in range(rounds):
            one = clients.form()
            other = clients.form(one.pass_id)
            answers = await clients.cast_together([one, other] * (CLIENTS // 2))
            winner, loser = (0, 1) if answers[0][0] == "cast" else (1, 0)
            receipt = (one, other)[winner].receipt
            assert set(answers[winner::2]) == {("cast", receipt)}
            assert set(answers[loser::2]) == {("already_voted", receipt)}

    assert await world.rows("select count(*), count(distinct receipt) from ballot.spent") == [(rounds, rounds)]
    assert await world.rows("select count(*) from ballot.papers") == [(rounds,)]


async def test_a_receipt_that_another_pass_has_puts_nothing_in(world: World, database: TestDatabase) -> None:
    """Two voters together can find nonces with one receipt for both (40 bits of work, since receipts have 80)."""
    day = await running(world, voters=1)
    async with crowd(database, day.id) as clients:
        first, second = clients.form(), clients.form()
        copied = replace(second, receipt=first.receipt)
        assert await clients.cast_together([first]) == [("cast", first.receipt)]
        assert await clients.cast_together([copied]) == [("receipt_taken", None)]
        assert await clients.cast_together([second]) == [("cast", second.receipt)]
    assert await world.rows("select count(*) from ballot.papers") == [(2,)]


# 4. Nothing stored joins a voter to a paper.


async def test_a_box_that_is_being_emptied_behind_a_dump_holds_up_no_other_box(
    world: World, database: TestDatabase
) -> None:
    old, young = await running(world, voters=1), await running(world, voters=1)
    async with (
        crowd(database, old.id) as at_old,
        crowd(database, young.id) as at_young,
        asyncpg.create_pool(database.admin_url, min_size=2) as admin,
        admin.acquire() as dump,
    ):
        await at_old.cast_together([at_old.form() for _ in range(CLIENTS)])
        spent = [at_young.form() for _ in range(CLIENTS)]
        await at_young.cast_together(spent)
        await admin.execute("vacuum analyze")  # as autovacuum would: of small boxes a plan for every box looks cheap
        async with dump.transaction():
            await dump.execute("lock table ballot.spent, ballot.papers in access share mode")
            partitions = f"ballot.spent_{old.id.hex}, ballot.papers_{old.id.hex}"
            emptying = asyncio.create_task(admin.execute(f"truncate {partitions}"))
            await waiting_locks(dump, 1)
            async with asyncio.timeout(TIMED_OUT):
                one = at_young.connections[0]
                for _ in range(12):  # from the sixth time on a plan may be kept
                    assert (await at_young.cast(one, at_young.form()))[0] == "cast"
                    assert (await at_young.cast(one, spent[0]))[0] == "cast"
                    assert await queries.has_receipt(one, young.id, spent[0].receipt)
                    assert await queries.turnout(one, young.id) >= CLIENTS
                new = await running(world, voters=1)
                assert (await new.cast(await new.pass_for(new.links[0]), {})).status_code == 201
            assert not emptying.done()
        await emptying
