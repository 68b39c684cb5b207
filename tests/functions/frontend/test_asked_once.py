"""What many want to know is asked once for all who wait, and after each of them came."""

import asyncio
from typing import Any

import pytest

from functions.frontend.asked_once import AskedOnce


class Source:
    """Answers when it is let, with how often it was asked before."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = asyncio.Semaphore(0)
        self.forgotten = 0
        self.fails = False

    async def ask(self) -> dict[str, Any]:
        self.asked += 1
        mine = self.asked
        await self.let.acquire()
        if self.fails:
            raise LookupError(mine)
        return {"asked": mine}

    def forget(self) -> None:
        self.forgotten += 1


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_comes_while_an_answer_is_under_way_shares_the_next() -> None:
    source = Source()
    once = AskedOnce(source.ask, source.forget)
    first = [asyncio.create_task(once.told()) for _ in range(3)]
    await turns()
    later = [asyncio.create_task(once.told()) for _ in range(20)]
    await turns()
    assert source.asked == 1
    source.let.release()
    assert await asyncio.gather(*first) == [{"asked": 1}] * 3
    await turns()
    assert not any(one.done() for one in later)
    source.let.release()
    assert await asyncio.gather(*later) == [{"asked": 2}] * 20
    await turns()
    assert (source.asked, source.forgotten) == (2, 1)


async def test_trouble_is_told_to_all_who_waited_and_to_nobody_after_them() -> None:
    source = Source()
    once = AskedOnce(source.ask, source.forget)
    source.fails = True
    first = [asyncio.create_task(once.told()) for _ in range(3)]
    source.let.release()
    assert [type(one) for one in await asyncio.gather(*first, return_exceptions=True)] == [LookupError] * 3
    source.fails = False
    source.let.release()
    assert await once.told() == {"asked": 2}


async def test_who_gives_up_takes_nobody_along() -> None:
    source = Source()
    once = AskedOnce(source.ask, source.forget)
    waiting = [asyncio.create_task(once.told()) for _ in range(3)]
    await turns()
    waiting[0].cancel()
    await asyncio.wait(waiting[:1])
    source.let.release()
    assert await asyncio.gather(*waiting[1:]) == [{"asked": 1}] * 2


async def test_nothing_is_left_when_all_have_given_up() -> None:
    source = Source()
    once = AskedOnce(source.ask, source.forget)
    source.fails = True
    gone = asyncio.create_task(once.told())
    await turns()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    source.let.release()
    await turns()
    assert source.forgotten == 1
