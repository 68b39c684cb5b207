"""A transaction is committed before its answer is sent; a process has one pool; trouble is told as trouble."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

import asyncpg
import httpx
import pytest
from fastapi import Depends, Response

from shared import errors, web
from shared.access import Anyone
from shared.database import Connection, Database, DatabaseDown, Tx, open_transaction, statements, transaction
from shared.problems import problem
from shared.routes import Router
from shared.settings import Settings
from tests.database import TestDatabase

Late = Annotated[Connection, Depends(open_transaction)]
"""As `Tx` would be without its scope: committed after the answer."""


@pytest.fixture
async def settings(database: TestDatabase) -> AsyncIterator[Settings]:
    """Settings of a function whose table takes no number twice, and says so only at the commit."""
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute(
        """
        create table election.numbers (number integer unique deferrable initially deferred);
        grant select, insert on election.numbers to uvote_election;
        """
    )
    await admin.close()
    yield Settings.from_env({"UVOTE_DATABASE_URL": database.url("election"), "UVOTE_POOL_SIZE": "4"})
    await Database.close()


def _app(settings: Settings) -> Any:
    router = Router()

    async def put(tx: Connection, number: int) -> None:
        await tx.execute("insert into numbers values ($1)", number)

    @router.post("/tx/{number}", status_code=201)
    async def early(number: int, _: Anyone, tx: Tx) -> None:
        await put(tx, number)

    @router.post("/late/{number}", status_code=201)
    async def late(number: int, _: Anyone, tx: Late) -> None:
        await put(tx, number)

    @router.post("/raises/{number}", status_code=201)
    async def raising(number: int, _: Anyone, tx: Tx) -> None:
        await put(tx, number)
        raise errors.Conflict

    @router.post("/breaks/{number}", status_code=201)
    async def breaking(number: int, _: Anyone, tx: Tx) -> None:
        await put(tx, number)
        raise RuntimeError

    @router.post("/returns/{number}", status_code=201)
    async def returning(number: int, _: Anyone, tx: Tx) -> Response:
        await put(tx, number)
        return problem(409, "conflict", "Returned, not raised.")

    return web.create_app("election", "A function for tests.", settings, router)


async def post(settings: Settings, path: str) -> int:
    transport = httpx.ASGITransport(_app(settings), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://function") as client:
        return (await client.post(path)).status_code


async def numbers(settings: Settings) -> Sequence[int]:
    async with transaction(settings) as tx:
        return [row["number"] for row in await tx.fetch("select number from numbers order by 1")]


class TestTransaction:
    async def test_what_a_route_writes_is_committed_when_it_answers(self, settings: Settings) -> None:
        assert await post(settings, "/tx/1") == 201
        assert await numbers(settings) == [1]

    async def test_a_commit_that_fails_is_never_answered_with_success(self, settings: Settings) -> None:
        await post(settings, "/tx/1")
        assert await post(settings, "/tx/1") == 500
        assert await numbers(settings) == [1]

    async def test_without_the_scope_the_answer_would_come_before_the_commit(self, settings: Settings) -> None:
        """Why `Tx` has one: here a success is told for what is not kept."""
        await post(settings, "/late/1")
        assert await post(settings, "/late/1") == 201
        assert await numbers(settings) == [1]

    @pytest.mark.parametrize(("path", "status"), [("/raises/1", 409), ("/breaks/1", 500)])
    async def test_what_is_raised_leaves_nothing_behind(self, settings: Settings, path: str, status: int) -> None:
        assert await post(settings, path) == status
        assert await numbers(settings) == []

    async def test_a_refusal_that_is_returned_would_be_committed(self, settings: Settings) -> None:
        """Why refusals are raised (`tests/test_lints.py`)."""
        assert await post(settings, "/returns/1") == 409
        assert await numbers(settings) == [1]

    async def test_a_request_that_is_broken_off_leaves_nothing_and_gives_its_connection_back(
        self, settings: Settings
    ) -> None:
        inside = asyncio.Event()

        async def never_ending() -> None:
            async with transaction(settings) as tx:
                await tx.execute("insert into numbers values (1)")
                inside.set()
                await asyncio.Event().wait()

        for _ in range(6):  # more often than there are connections
            inside.clear()
            task = asyncio.create_task(never_ending())
            await inside.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await numbers(settings) == []


class TestPool:
    async def test_two_first_requests_at_once_share_one_pool(self, settings: Settings) -> None:
        pools = await asyncio.gather(*(Database.get_pool(settings) for _ in range(5)))
        assert len(set(map(id, pools))) == 1

    async def test_an_idle_pool_holds_no_connection(self, settings: Settings) -> None:
        pool = await Database.get_pool(settings)
        assert pool.get_size() == 0

    async def test_it_never_holds_more_than_the_setting_says(self, settings: Settings) -> None:
        pool = await Database.get_pool(settings)

        async def use() -> None:
            async with transaction(settings) as tx:
                await tx.fetchval("select 1")

        await asyncio.gather(*(use() for _ in range(40)))
        assert pool.get_size() <= 4

    async def test_a_closed_pool_is_opened_again_at_the_next_use(self, settings: Settings) -> None:
        before = await Database.get_pool(settings)
        await Database.close()
        await Database.close()
        assert await Database.get_pool(settings) is not before
        assert await numbers(settings) == []


class TestTrouble:
    @pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/nothing", "postgresql:///nothing?host=/nowhere"])
    async def test_a_database_that_is_not_there_is_down_and_not_unexpected(self, url: str) -> None:
        with pytest.raises(DatabaseDown):
            async with transaction(Settings.from_env({"UVOTE_DATABASE_URL": url})):
                pass
        await Database.close()

    async def test_a_connection_that_is_cut_is_told_as_trouble_and_the_next_request_works(
        self, settings: Settings, database: TestDatabase
    ) -> None:
        await post(settings, "/tx/1")
        admin = await asyncpg.connect(database.admin_url)
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'uvote_election'"
            " and datname = current_database()"
        )
        await admin.close()
        statuses = [await post(settings, f"/tx/{number}") for number in (2, 3, 4, 5, 6)]
        assert set(statuses) <= {201, 503}
        assert statuses[-1] == 201
        kept = [1, *(number for number, status in zip((2, 3, 4, 5, 6), statuses, strict=True) if status == 201)]
        assert await numbers(settings) == kept


@pytest.mark.parametrize(("cache", "together"), [("100", False), ("0", True)])
async def test_statements_commit_by_themselves_but_where_a_pooler_forgets_what_was_prepared(
    settings: Settings, cache: str, together: bool
) -> None:
    async with statements(replace(settings, statement_cache=cache)) as connection:
        assert connection.is_in_transaction() is together
        await connection.execute("insert into numbers values (1)")
    async with transaction(settings) as tx:
        assert await tx.fetchval("select number from numbers") == 1
