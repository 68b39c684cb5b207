"""What is offered is offered in time, whatever the answers take, and timed from when it was due."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from statistics import mean
from typing import Any

import pytest

from load.offering import offer

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
REQUEST = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"

Write = Callable[[asyncio.StreamWriter], Any]


@asynccontextmanager
async def serving(answer: Write) -> AsyncIterator[int]:
    """A server that does `answer` with each request of a connection, one after the other."""

    served: list[asyncio.Task[Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        served.append(task)
        while not writer.is_closing() and await reader.read(len(REQUEST)):
            await answer(writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]
        for one in served:
            await one


async def quickly(writer: asyncio.StreamWriter) -> None:
    writer.write(ANSWER)


async def test_every_request_is_answered_at_about_the_rate_that_is_asked_for() -> None:
    async with serving(quickly) as port:
        said: Any = await offer([REQUEST] * 300, port, rate=1000, connections=50)
    assert said["statuses"] == {"200": 300}
    assert len(said["milliseconds"]) == len(said["late_ms"]) == 300
    assert said["seconds"] > 0.2  # not all at once


async def test_a_server_that_stalls_is_not_spared_what_it_kept_waiting() -> None:
    """One connection, which answers after 20 ms: of requests due each 10 ms the last waits a second, not 20 ms."""

    async def slowly(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(ANSWER)

    async with serving(slowly) as port:
        said: Any = await offer([REQUEST] * 100, port, rate=100, connections=1)
    assert said["statuses"] == {"200": 100}
    assert said["milliseconds"][-1] > 400
    assert mean(said["late_ms"]) < 100  # it was offered all the same


@pytest.mark.parametrize("connections", [1, 20])
async def test_what_a_server_drops_is_told(connections: int) -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serving(hang_up) as port:
        said: Any = await offer([REQUEST] * 20, port, rate=1000, connections=connections)
    assert said["statuses"] == {"0": 20}
