"""The client sends each request once, counts what comes back, and ends."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from load import casting

Answer = Callable[[bytes], bytes | None]


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[int]:
    """Answers each request head as `answer` says, and hangs up where it says None."""

    served: list[asyncio.Task[Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        served.append(task)
        try:
            while said := answer(await reader.readuntil(b"\r\n\r\n")):
                writer.write(said)
        except asyncio.IncompleteReadError:
            pass
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]
        for one in served:
            await one


def request(number: int) -> bytes:
    return f"GET /{number} HTTP/1.1\r\nHost: here\r\n\r\n".encode()


def answered(status: int) -> bytes:
    return f"HTTP/1.1 {status} Whatever\r\nContent-Length: 2\r\n\r\nok".encode()


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_requests_are_read_as_they_were_written(requests: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        casting.write(Path(folder) / "requests", requests)
        assert casting.read(Path(folder) / "requests") == requests


async def test_each_request_is_sent_once_and_each_status_counted() -> None:
    seen: list[bytes] = []

    def answer(head: bytes) -> bytes:
        seen.append(head)
        return answered(201 if len(seen) % 5 else 503)

    async with server(answer) as port:
        said = await casting.send([request(n) for n in range(50)], port, connections=7, seconds=30)
    assert sorted(seen) == sorted(request(n) for n in range(50))
    assert said["statuses"] == {"201": 40, "503": 10}
    assert (said["lost"], len(said["milliseconds"])) == (0, 50)  # type: ignore[arg-type]


async def test_a_connection_that_breaks_is_counted_and_holds_nothing_up() -> None:
    async with server(lambda head: None if b"/3 " in head else answered(201)) as port:
        said = await casting.send([request(n) for n in range(20)], port, connections=2, seconds=30)
    assert (said["lost"], said["statuses"]) == (1, {"201": 19})


async def test_the_run_ends_with_its_time_and_not_only_with_its_requests() -> None:
    async with server(lambda _: answered(201)) as port:
        said = await casting.send([request(n) for n in range(1_000_000)], port, connections=2, seconds=0.2)
    assert 0 < len(said["milliseconds"]) < 1_000_000  # type: ignore[arg-type]
