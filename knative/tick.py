"""The clock: asks each owner's schema whether work is due, and ticks those functions alone (design, section 3.1).

A CronJob runs it each minute; local mode runs it again and again.
"""

import asyncio
from collections.abc import Mapping

import asyncpg

from shared.contracts.states import OWNERS
from shared.http import Client, NoAnswer
from shared.once import once

LONGEST = 60.0
"""Seconds a tick may take: long work runs inside its request."""


async def due(clock_url: str) -> list[str]:
    """The functions that have something to do now; `clock_url` logs in as `uvote_clock`, which can ask no more."""
    async with once(clock_url, timeout=10) as connection:
        return [function for function in OWNERS.values() if await connection.fetchval(f"select {function}.due()")]


async def tick(clock_url: str, urls: Mapping[str, str]) -> dict[str, str]:
    """Tick whatever is due; function → `done`, or what went wrong. A function that fails is due again next time."""
    client = Client()

    async def one(function: str) -> str:
        try:
            answer = await client.request("POST", f"{urls[function]}/tick", {}, timeout=LONGEST)
        except NoAnswer as error:
            return str(error)
        return "done" if answer.is_success else f"status {answer.status_code}"

    functions = await due(clock_url)
    done = dict(zip(functions, await asyncio.gather(*map(one, functions)), strict=True))
    await client.aclose()
    return done


async def run(clock_url: str, urls: Mapping[str, str], every: float) -> None:
    """Tick again and again; `every` seconds from one look to the next."""
    while True:
        try:
            await tick(clock_url, urls)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            await asyncio.sleep(1)  # the database is away: the next look may find it
        await asyncio.sleep(every)
