"""Many who want to know the same at once: it is asked once for all who wait.

Whoever comes while an answer is under way waits for the next one, which is asked after they came: nobody is told what
was so before. The pages of a crowd that comes all at once ask for one election many times over.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class AskedOnce:
    """One question. `forget` is called when nobody waits any more."""

    def __init__(self, ask: Callable[[], Awaitable[dict[str, Any]]], forget: Callable[[], object]) -> None:
        self._ask = ask
        self._forget = forget
        self._next: asyncio.Future[dict[str, Any]] | None = None
        self._asking: asyncio.Task[None] | None = None

    async def told(self) -> dict[str, Any]:
        """The answer, which is everybody's, so nobody changes it; raises what asking raises."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._go())
        return await asyncio.shield(self._next)  # who gives up takes nobody along

    async def _go(self) -> None:
        while (waiting := self._next) is not None:
            self._next = None
            try:
                waiting.set_result(await self._ask())
            except Exception as error:
                waiting.set_exception(error)
                waiting.exception()  # looked at, should all have given up
        self._asking = None
        self._forget()
