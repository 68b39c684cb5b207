"""A route that changes a thing says so in its signature, `change: Changes`; the others are told after its commit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from shared.database import Connection, DatabaseDown, transaction
from shared.errors import raises
from shared.exchange import Exchange


@dataclass
class Change:
    """A transaction in which a thing changes; after its commit the others are told."""

    tx: Connection
    exchange: Exchange
    changed: set[UUID] = field(default_factory=set)
    work: bool = False

    async def look(self, election: UUID) -> None:
        """Bring the thing's state up to what the tables say now; call it after the last change."""
        looked = await self.exchange.look(self.tx, election)
        self.work |= looked.work
        if looked.changed:
            self.changed.add(election)


@asynccontextmanager
async def changing(request: Request) -> AsyncIterator[Change]:
    """Like `shared.database.transaction`, and tells the others after the commit."""
    exchange: Exchange = request.app.state.exchange
    async with transaction(request.app.state.settings) as tx:
        change = Change(tx, exchange)
        yield change
    for election in change.changed:
        exchange.send_soon(election)
    if change.work:
        exchange.wake_soon()


@raises(DatabaseDown)
async def open_change(request: Request) -> AsyncIterator[Change]:
    """Like `shared.database.open_transaction`, and tells the others after the commit."""
    async with changing(request) as change:
        yield change


Changes = Annotated[Change, Depends(open_change, scope="function")]
