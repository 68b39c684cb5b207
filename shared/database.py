"""One pool a process, opened at first use: uvicorn, func-python and Lambda share this one path.

The pool keeps no connection while idle (`min_size=0`), so a function at rest costs the database nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar

import asyncpg
from fastapi import Depends, Request

from shared.errors import Unavailable, raises
from shared.settings import Settings

Connection = asyncpg.pool.PoolConnectionProxy | asyncpg.Connection


class DatabaseDown(Unavailable):
    code = "database_down"
    sentence = "The database does not answer; please try again."


async def _keep_nothing(_: Connection) -> None:
    """No session state is ever set, so a connection goes back without asyncpg's reset round trip."""


class Database:
    """The pool of this process. `get_pool()` opens it, `close()` closes it; both may be called again."""

    _pools: ClassVar[dict[tuple[int, str], asyncpg.Pool]] = {}
    _opening: ClassVar[dict[tuple[int, str], "asyncio.Task[asyncpg.Pool]"]] = {}

    @classmethod
    async def get_pool(cls, settings: Settings) -> asyncpg.Pool:
        """The pool for this event loop and address (asyncpg binds connections to their loop)."""
        key = (id(asyncio.get_running_loop()), settings.database_url)
        pool = cls._pools.get(key)
        if pool is None:
            # Two first requests at once must share one pool, not open two.
            task = cls._opening.setdefault(key, asyncio.ensure_future(cls._open(settings)))
            try:
                pool = cls._pools[key] = await asyncio.shield(task)
            finally:
                cls._opening.pop(key, None)
        return pool

    @staticmethod
    async def _open(settings: Settings) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            settings.database_url,
            min_size=0,
            max_size=int(settings.pool_size),
            timeout=5,
            command_timeout=20,
            max_inactive_connection_lifetime=45,
            statement_cache_size=int(settings.statement_cache),
            reset=_keep_nothing,
        )

    @classmethod
    async def close(cls) -> None:
        """Close the pools of this event loop."""
        loop = id(asyncio.get_running_loop())
        for key in [key for key in cls._pools if key[0] == loop]:
            await cls._pools.pop(key).close()


DATABASE_TROUBLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg's own confusion when a connection is cut in the middle of an answer
    asyncpg.InvalidAuthorizationSpecificationError,  # a password that is just being changed, a login shut for a while
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    ConnectionError,
    TimeoutError,
)
"""What a database in trouble raises: answered 503, and the same request may be sent again."""


@asynccontextmanager
async def transaction(settings: Settings) -> AsyncIterator[Connection]:
    """A connection in a transaction; raises DatabaseDown when none can be had."""
    async with _connection(settings) as connection, connection.transaction():
        yield connection


@asynccontextmanager
async def statements(settings: Settings) -> AsyncIterator[Connection]:
    """A connection on which each statement commits by itself, in one round trip; raises DatabaseDown as above.

    Behind a pooler that keeps no prepared statements, all of them are one transaction, which commits at the end: a
    statement is prepared and run in two steps there, and between transactions the second may meet another server.
    """
    async with _connection(settings) as connection:
        if int(settings.statement_cache):
            yield connection
        else:
            async with connection.transaction():
                yield connection


@asynccontextmanager
async def _connection(settings: Settings) -> AsyncIterator[Connection]:
    try:
        pool = await Database.get_pool(settings)
        connection = await pool.acquire(timeout=10)
    except (OSError, *DATABASE_TROUBLE) as error:
        raise DatabaseDown from error
    try:
        yield connection
    finally:
        await pool.release(connection)


@raises(DatabaseDown)
async def open_transaction(request: Request) -> AsyncIterator[Connection]:
    """A transaction that commits before the answer is sent, and rolls back when the route raises."""
    async with transaction(request.app.state.settings) as connection:
        yield connection


# Without scope="function" FastAPI would commit after the answer: a receipt for a paper that may yet be lost.
Tx = Annotated[Connection, Depends(open_transaction, scope="function")]
