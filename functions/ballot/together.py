"""Papers that come in while others are being stored share the next statement, and so one round trip and one commit.

Nobody waits for company: a paper goes out at once while fewer than `AT_ONCE` statements of its box are under way. The
statement says which papers it took. Each other one, and each paper of a statement that failed, goes by itself, which
says why: everybody has an answer of their own. A pass is in a statement once; what else it brought waits for the next.
"""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from functions.ballot import queries
from functions.ballot.queries import Cast, Entry
from shared.database import statements
from shared.settings import Settings

AT_ONCE = 2
"""Statements of one box that are under way: one that waits does not keep the others waiting, nor fills the pool."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A paper, and where its voter waits for the answer."""

    entry: Entry
    answer: asyncio.Future[Cast]


@dataclass(slots=True)
class _Box:
    """What waits for a statement of one box, in the order it came, and the statements that are under way."""

    waiting: list[_Waiting] = field(default_factory=list)
    sending: set[asyncio.Task[None] | None] = field(default_factory=set)


class Together:
    """The papers on their way to the boxes, from this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._most = int(settings.casts_together)
        self._boxes: dict[UUID, _Box] = {}

    async def cast(self, box: UUID, entry: Entry) -> Cast:
        """The verdict, and the receipt that the pass has, once it is committed; raises what the database raises."""
        if self._most == 1:
            return await self._alone(box, entry)
        mine = _Waiting(entry, asyncio.get_running_loop().create_future())
        its = self._boxes.setdefault(box, _Box())
        its.waiting.append(mine)
        if len(its.sending) < AT_ONCE:
            # A task of its own: a voter who hangs up takes nobody else along.
            its.sending.add(asyncio.ensure_future(self._send(box, its)))
        return await mine.answer

    async def _send(self, box: UUID, its: _Box) -> None:
        """One statement after the other, as long as papers wait."""
        try:
            while batch := self._next(its):
                await self._store(box, batch)
        finally:
            its.sending.discard(asyncio.current_task())
            if not its.sending:
                self._boxes.pop(box, None)

    def _next(self, its: _Box) -> list[_Waiting]:
        """The papers of the next statement: the first ones that wait, and of each pass one."""
        batch: dict[bytes, _Waiting] = {}
        left = []
        for one in its.waiting:
            if len(batch) < self._most and one.entry.pass_id not in batch:
                batch[one.entry.pass_id] = one
            else:
                left.append(one)
        its.waiting = left
        return list(batch.values())

    async def _store(self, box: UUID, batch: list[_Waiting]) -> None:
        taken: frozenset[bytes] = frozenset()
        if len(batch) > 1:
            try:
                async with statements(self._settings) as db:
                    taken = await queries.cast_together(db, box, [one.entry for one in batch])
            except Exception:  # noqa: S110  (each is told its own trouble, or that it is in the box after all)
                pass
        for one in batch:
            if one.entry.pass_id in taken and not one.answer.done():
                one.answer.set_result(("cast", one.entry.receipt))
        await asyncio.gather(*(self._answer(box, one) for one in batch if one.entry.pass_id not in taken))

    async def _answer(self, box: UUID, one: _Waiting) -> None:
        try:
            said = await self._alone(box, one.entry)
        except Exception as error:
            if not one.answer.done():
                one.answer.set_exception(error)
        else:
            if not one.answer.done():
                one.answer.set_result(said)

    async def _alone(self, box: UUID, entry: Entry) -> Cast:
        async with statements(self._settings) as db:
            return await queries.cast(db, box, entry)
