"""What operators are told of all elections: true numbers, from the database alone, with no id in them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from knative import exporter
from knative.local.processes import free_port
from shared import metrics
from shared.contracts.states import OWNERS
from tests.database import TestDatabase
from tests.shared.owners import NOON, Owners
from tests.world import World


@pytest.fixture
async def admin(database: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.admin_url)
    yield connection
    await connection.close()


async def figure(database: TestDatabase, name: str, function: str) -> float:
    return (await exporter.ask(database.url("clock")))[name][function]


async def test_a_state_that_one_function_lacks_is_as_old_as_the_first_change_it_missed(
    world: World, database: TestDatabase
) -> None:
    owners, election = Owners(world), uuid4()
    await owners.all_told(election)
    await world.stop(NOON)
    world.down.add("result")
    await owners.changed("roll", election, 2)
    await world.settle()
    await world.stop(NOON + timedelta(minutes=4))
    await owners.changed("roll", election, 3)
    await world.settle()
    await world.stop(NOON + timedelta(minutes=6))
    assert await figure(database, "untaken_seconds", "voter") == 360
    world.down.clear()
    await world.stop(NOON + timedelta(minutes=20))
    await owners.tick("roll")
    await world.settle()
    assert await figure(database, "untaken_seconds", "voter") == 0
    await owners.changed("roll", election, 4)
    assert await figure(database, "untaken_seconds", "voter") == 0


@pytest.mark.parametrize("function", OWNERS.values())
async def test_each_of_the_three_others_may_be_the_one_that_lacks_it(
    world: World, admin: asyncpg.Connection, database: TestDatabase, function: str
) -> None:
    others = [thing for thing, owner in OWNERS.items() if owner != function]
    for late in others:
        seen = ", ".join(f"'{thing}', {1 if thing == late else 2}" for thing in others)
        await admin.execute(
            f"insert into {function}.exchange (election, version, seen, behind_since) "
            f"values (gen_random_uuid(), 2, jsonb_build_object({seen}), {function}.clock() - interval '7 minutes')"
        )
        assert 420 <= await figure(database, "untaken_seconds", function) < 480
        await admin.execute(f"delete from {function}.exchange")


async def test_a_letter_is_dead_for_a_day(admin: asyncpg.Connection, database: TestDatabase) -> None:
    for age in ("23 hours", "25 hours"):
        await admin.execute(
            "insert into election.dead_letters (received_at, type, subject, destination, code, data) "
            f"values (now() - interval '{age}', 't', 's', 'd', '503', '{{}}')"
        )
    assert await figure(database, "dead_letters", "election") == 1


async def test_a_box_is_late_five_minutes_after_its_closing_and_no_more_once_sealed(
    admin: asyncpg.Connection, database: TestDatabase
) -> None:
    for age, sealed, ended in (("4 minutes", "null", "null"), ("6 minutes", "null", "null"),
                               ("6 minutes", "now()", "null"), ("6 minutes", "null", "'cancelled'")):  # fmt: skip
        await admin.execute(
            "insert into ballot.boxes (election, definition, digest, block, opens_at, closes_at, sealed_at, ended) "
            f"values (gen_random_uuid(), '{{}}', '', 1, now(), now() - interval '{age}', {sealed}, {ended})"
        )
    assert await figure(database, "unsealed_boxes", "ballot") == 1


async def test_a_pass_of_nobody_raises_the_alarm(admin: asyncpg.Connection, database: TestDatabase) -> None:
    assert await figure(database, "passes_of_nobody", "voter") == 0
    await admin.execute(
        "insert into voter.rolls (election, keys, closed, unknown) select gen_random_uuid(), '', true, n "
        "from unnest(array[0, 2, null]) as n"
    )
    assert await figure(database, "passes_of_nobody", "voter") == 2


async def test_a_count_that_fails_is_told(admin: asyncpg.Connection, database: TestDatabase) -> None:
    await admin.execute("insert into result.counts (election, failure) values (gen_random_uuid(), 'short'), "
                        "(gen_random_uuid(), null)")  # fmt: skip
    assert await figure(database, "failing_counts", "result") == 1


async def test_the_page_holds_every_figure_and_nothing_but_numbers_by_function(database: TestDatabase) -> None:
    text = exporter.page(await exporter.ask(database.url("clock"))).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert {sample.name for sample in samples} == {metric for metric, _ in exporter.FIGURES.values()}
    assert {name for sample in samples for name in sample.labels} == {"function"}
    assert {sample.labels["function"] for sample in samples} == set(OWNERS.values())


async def test_without_the_database_the_scrape_fails() -> None:
    port = free_port()
    running = asyncio.create_task(exporter.run(f"postgresql://uvote_clock@127.0.0.1:{free_port()}/none", port))
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(20):
            while True:
                try:
                    answer = await client.get(f"http://127.0.0.1:{port}/metrics")
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.02)
        assert answer.status_code == 503
        assert metrics.TEXT.startswith("text/plain")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
