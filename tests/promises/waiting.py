"""Waiting for a real condition, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable

TIMED_OUT = 40
"""Seconds after which something that a test waits for will not happen any more."""


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; raises TimeoutError."""
    async with asyncio.timeout(TIMED_OUT):
        while not await holds():  # noqa: ASYNC110  (what is waited for happens in other processes)
            await asyncio.sleep(0.01)
