"""An answer is had whole or not at all, and a connection that is kept belongs to one request at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import http
from shared.http import Answer, Client, NoAnswer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]


class Server:
    """What connected, and what was asked, connection by connection."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[list[bytes]] = []


@asynccontextmanager
async def serving(behave: Behave) -> AsyncIterator[Server]:
    """A server that behaves so after each request (its head, and as much of a body as the head says)."""
    server, served = Server(), list[asyncio.Task[Any]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        served.append(task)
        asked: list[bytes] = []
        server.asked.append(asked)
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(length[0].split(b":")[1]) if length else 0)
                asked.append(head + body)
                await behave(reader, writer, head + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield server
        for one in served:
            await one


def saying(*pieces: bytes, hang_up: bool = False) -> Behave:
    """Answers so, in pieces that arrive one by one."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.001)
        if hang_up:
            writer.close()

    return behave


@asynccontextmanager
async def client() -> AsyncIterator[Client]:
    made = Client()
    try:
        yield made
    finally:
        await made.aclose()


async def answer(*pieces: bytes, hang_up: bool = False, method: str = "GET") -> Answer:
    async with serving(saying(*pieces, hang_up=hang_up)) as server, client() as asking:
        return await asking.request(method, server.url + "/", {}, timeout=5)


@pytest.mark.parametrize(
    ("said", "status", "content"),
    [
        (OK, 200, b"ok"),
        (b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", 404, b""),
        (b"HTTP/1.1 204 Done\r\n\r\n", 204, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3\r\n!!!\r\n0\r\n\r\n", 200, b"ok!!!"),
        (b"HTTP/1.1 103 Early\r\nlink: x\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
    ],
)
async def test_an_answer_is_read_whole_however_it_is_cut(said: bytes, status: int, content: bytes) -> None:
    for cut in range(1, len(said)):
        found = await answer(said[:cut], said[cut:])
        assert (found.status_code, found.content) == (status, content)


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    found = await answer(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nsome", b" more", hang_up=True)
    assert (found.content, dict(found.headers)) == (b"some more", {"x": "y"})


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        b"HTTP/1.1 103 Early\r\n\r\n",
        b"This is no HTTP\r\n\r\n",
        b"HTTP/1.1 101 Switch\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n",
    ],
)
async def test_half_an_answer_is_none(said: bytes) -> None:
    with pytest.raises(NoAnswer):
        await answer(said, hang_up=True)


async def test_nobody_there_and_nobody_in_time_are_no_answer() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> None:
        await reader.read()  # until the other end is gone

    async with serving(silent) as server, client() as asking:
        with pytest.raises(NoAnswer, match="TimeoutError"):
            await asking.request("GET", server.url, {}, timeout=0.05)
    async with client() as asking:
        with pytest.raises(NoAnswer):
            await asking.request("GET", server.url, {}, timeout=5)  # it is gone


async def test_a_connection_is_kept_for_the_next_request_and_for_one_at_a_time() -> None:
    async with serving(saying(OK)) as server, client() as asking:
        for _ in range(3):
            await asking.request("GET", server.url + "/one", {})
        assert [len(asked) for asked in server.asked] == [3]
        await asyncio.gather(*(asking.request("GET", server.url + "/many", {}) for _ in range(5)))
        assert [len(asked) for asked in server.asked] == [4, 1, 1, 1, 1]


@pytest.mark.parametrize("why", ["told to", "closed meanwhile", "too old", "given up"])
async def test_a_connection_of_no_more_use_is_not_used_again(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = asyncio.Event()

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> None:
        if why == "given up" and b"/first" in asked:
            waits.set()
            await asyncio.sleep(0.05)
        close = b"connection: close\r\n" if why == "told to" else b""
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n" + close + b"\r\nok")
        if why == "closed meanwhile":
            writer.close()

    async with serving(behave) as server, client() as asking:
        first = asyncio.create_task(asking.request("GET", server.url + "/first", {}))
        if why == "given up":
            await waits.wait()
            first.cancel()
            await asyncio.wait([first])
        else:
            await first
        if why == "closed meanwhile":
            await asyncio.sleep(0.05)  # the news has to arrive
        if why == "too old":
            monkeypatch.setattr(http, "KEPT", 0.0)
        assert (await asking.request("GET", server.url + "/second", {})).content == b"ok"
        assert len(server.asked) == 2


async def test_what_nobody_asked_for_is_not_taken_for_the_next_answer() -> None:
    async with serving(saying(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad")) as server, client() as asking:
        for _ in range(3):
            assert (await asking.request("GET", server.url, {})).content == b"ok"


async def test_a_request_is_written_as_it_was_asked_for() -> None:
    async with serving(saying(OK)) as server, client() as asking:
        url = f"{server.url}/a%2Fb/ü?x=1&y=%20#none"
        await asking.request("POST", url, {"X-One": "two", "content-type": "a/b"}, b"body")
        await asking.request("DELETE", server.url, {})
    host = server.url.removeprefix("http://").encode()
    assert server.asked[0] == [
        b"POST /a%2Fb/%C3%BC?x=1&y=%20 HTTP/1.1\r\nhost: " + host + b"\r\nX-One: two\r\ncontent-type: a/b\r\n"
        b"content-length: 4\r\n\r\nbody",
        b"DELETE / HTTP/1.1\r\nhost: " + host + b"\r\ncontent-length: 0\r\n\r\n",
    ]


@given(
    st.text(max_size=20),
    st.text(max_size=20).filter(lambda text: not (text.isascii() and text.isprintable())),
)
@settings(max_examples=50)
async def test_nothing_can_be_added_to_a_request(path: str, value: str) -> None:
    written = http._written("GET", "here", "/" + path.encode(errors="replace").decode(), {}, b"")
    assert written.count(b"\r\n") == 3
    assert written.split(b"\r\n")[0].count(b" ") == 2
    for headers in ({"x": value}, {value: "x"}):
        with pytest.raises(NoAnswer):
            http._written("GET", "here", "/", headers, b"")
