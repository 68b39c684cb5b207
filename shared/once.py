"""One connection for one thing, without a pool and without the web: what commands and the clock need.

Nothing is kept prepared and everything is one transaction, so that any pooler may stand in between.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg


@asynccontextmanager
async def once(
    url: str, timeout: float = 60, command_timeout: float | None = None
) -> AsyncIterator[asyncpg.Connection]:
    """A connection in a transaction, closed at the end; seconds to connect, and for each statement."""
    connection = await asyncpg.connect(url, timeout=timeout, command_timeout=command_timeout, statement_cache_size=0)
    try:
        async with connection.transaction():
            yield connection
    finally:
        await connection.close()
