"""Long work on one election: under a lease, so that one process does it, and tried again until it is done.

The row of `exchange` is all that is known of it (`work_at`, `work_pause`): whoever is killed is followed by another.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from shared import log
from shared.database import transaction
from shared.settings import Settings

LEASE = timedelta(seconds=60)
"""How long nobody else does an election's long work after its worker's last sign of life."""
AFTER_FAILURE = timedelta(seconds=5)
"""The first pause before work that failed, or came to no end, is tried again; doubled each time."""
LONGEST_PAUSE = timedelta(minutes=10)

Work = Callable[[UUID], Awaitable[bool | None]]
"""Long work on one election. True: it came forward, is not at its end, and is to go on at once."""


async def take(settings: Settings, election: UUID) -> bool:
    """True when the long work of this election is due, and ours for the length of the lease."""
    async with transaction(settings) as tx:
        return bool(
            await tx.fetchval(
                "update exchange set work_at = clock() + $2 where election = $1 and work_at <= clock() returning true",
                election,
                LEASE,
            )
        )


async def work(settings: Settings, election: UUID, doing: Work) -> bool:
    """Do long work under a lease that was taken; True when it is to go on at once.

    Whether it is done is for the look after it to say. If it is not, and does not go on, it is tried again later and
    later.
    """
    keeper = asyncio.ensure_future(_keep(settings, election))
    onward = False
    try:
        onward = bool(await doing(election))
    except Exception as error:
        log.trouble("work", error, election=election)
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
    async with transaction(settings) as tx:
        await tx.execute(
            """
            update exchange set
                work_at = clock() + case when $2 then interval '0' else work_pause end,
                work_pause = case when $2 then $3 else least(work_pause * 2, $4) end
            where election = $1
            """,
            election,
            onward,
            AFTER_FAILURE,
            LONGEST_PAUSE,
        )
    return onward


async def _keep(settings: Settings, election: UUID) -> None:
    while True:
        await asyncio.sleep(LEASE.total_seconds() / 3)
        async with transaction(settings) as tx:
            await tx.execute(
                "update exchange set work_at = clock() + $2 where election = $1 and work_at is not null",
                election,
                LEASE,
            )
