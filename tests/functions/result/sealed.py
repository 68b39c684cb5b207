"""An election whose box is sealed and whose papers are not opened yet, and a box that can be made to lie."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from tests.elections import Running, running
from tests.world import World

PAPERS: tuple[dict[str, Any], ...] = (
    {"chair": ["ada"], "board": ["b1", "b2"]},
    {"chair": ["ada"], "board": ["b1"]},
    {"chair": ["bob"], "board": ["b3", "b1", "b2"]},
    {"chair": [], "board": []},
    {"chair": ["ada"], "board": ["b1", "b2"]},
)
TALLIES = [
    ("board", [], 1),
    ("board", ["b1"], 1),
    ("board", ["b1", "b2"], 2),
    ("board", ["b3", "b1", "b2"], 1),
    ("chair", [], 1),
    ("chair", ["ada"], 3),
    ("chair", ["bob"], 1),
]
"""The same papers per contest, added up by hand."""


async def sealed(world: World, papers: Sequence[dict[str, Any]] = PAPERS, **changes: Any) -> Running:
    """An election with these papers, one voter each, whose box is sealed; nothing is opened until `open_papers`."""
    day = await running(world, voters=len(papers), **changes)
    for link, marks in zip(day.links, papers, strict=True):
        answer = await day.cast(await day.pass_for(link), marks)
        assert answer.status_code == 201, answer.text
    await close(day)
    return day


async def close(day: Running) -> None:
    """Seal the box, while the long work of `result` rests."""
    exchange = day.world.apps["result"].state.exchange
    work, exchange.work = exchange.work, None
    await day.finish()
    exchange.work = work


async def open_papers(day: Running) -> None:
    """One spell of the long work, as a tick does it."""
    work = day.world.apps["result"].state.exchange.work
    assert work is not None
    await work(day.id)


async def tallies(day: Running) -> list[Any]:
    question = "select contest, marks, papers from result.tallies where election = $1 order by contest, marks"
    return await day.world.rows(question, day.id)


async def pages(day: Running) -> list[int]:
    """The numbers of the pages that are kept."""
    found = await day.world.rows("select number from result.pages where election = $1 order by number", day.id)
    return [number for (number,) in found]


async def forget_count(day: Running) -> None:
    """As if nothing had been opened yet."""
    for table in ("pages", "tallies", "counts"):
        await day.world.rows(f"delete from result.{table} where election = $1", day.id)


Page = dict[str, Any]


class Bending(httpx.AsyncBaseTransport):
    """`ballot`, whose pages of sealed papers are bent on the way; a page bent to None is an error of the server."""

    def __init__(self, inner: httpx.AsyncBaseTransport, bend: Callable[[Page], Page | bytes | None]) -> None:
        self.inner = inner
        self.bend = bend
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        if request.method != "GET" or not request.url.path.endswith("/papers"):
            return answer
        self.asked += 1
        await answer.aread()
        if not answer.is_success:
            return answer
        page = self.bend(answer.json())
        if page is None:
            return httpx.Response(500, request=request)
        content = page if isinstance(page, bytes) else json.dumps(page).encode()
        return httpx.Response(200, content=content, headers={"content-type": "application/json"}, request=request)


def bend(day: Running, how: Callable[[Page], Page | bytes | None]) -> Bending:
    """Bend the box's pages from now on."""
    bent = Bending(day.world.transports["ballot"], how)
    day.world.transports["ballot"] = bent
    return bent


def straighten(day: Running) -> None:
    """The box is honest again."""
    bent = day.world.transports["ballot"]
    assert isinstance(bent, Bending)
    day.world.transports["ballot"] = bent.inner
