"""One request over HTTP/1.1 and its whole answer, on connections that are kept for the next.

For functions that ask each other, and no more: nothing is followed, decoded, remembered or sent again. A client for
everything took three quarters of a page's time, and long to import (docs/speed.md).
"""

import asyncio
import json
import ssl
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httptools

KEPT = 2.0
"""Seconds that a connection may have been idle: uvicorn hangs up after five, and that must not meet a request.

Nor on a busy machine, where a server may come to its own clock and to what was sent to it seconds late.
"""
MOST = 200
"""Requests under way at once; others wait within their time."""
PLAIN = "%/:=&?~+!$,;'@()*[]"
"""What stands in an address as it is; all else is encoded."""


class NoAnswer(Exception):
    """There is no whole answer. What was asked for may have been done all the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Another function's answer. Names of headers are in small letters."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.content)


class _Connection(asyncio.Protocol):
    """One request after the other; free again when the answer is whole and the server lets it be."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.answer: asyncio.Future[Answer] | None = None
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self.to_the_end = False
        self.idle_since = 0.0

    async def ask(self, request: bytes) -> Answer:
        """Send it and wait; a connection whose answer nobody waited for is of no more use."""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        try:
            return await self.answer
        finally:
            if self.answer is not None:
                self.answer = None
                self.transport.abort()

    @property
    def free(self) -> bool:
        """Whether it can be asked something."""
        return not self.transport.is_closing() and time.monotonic() - self.idle_since < KEPT

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            if self.answer is None:
                raise NoAnswer("nothing was asked")
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, NoAnswer) as error:
            self._failed(error)

    def on_message_begin(self) -> None:
        self.headers, self.body, self.to_the_end = {}, [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        self.to_the_end = not self.headers.keys() & {"content-length", "transfer-encoding"}

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        status = self.parser.get_status_code()
        if status < 200 or self.answer is None or self.answer.done():
            return  # an interim answer; or a second one, which nobody asked for
        self.answer.set_result(Answer(status, self.headers, b"".join(self.body)))
        self.answer, self.idle_since = None, time.monotonic()
        if not self.parser.should_keep_alive():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answer is not None and self.to_the_end and exc is None:
            self.on_message_complete()
        self._failed(exc or ConnectionResetError("the connection ended"))

    def _failed(self, error: Exception) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(NoAnswer(str(error)))
        self.transport.abort()


class Client:
    """Connections by address. Of one event loop."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int, bool], list[_Connection]] = defaultdict(list)
        self._room = asyncio.Semaphore(MOST)

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"", timeout: float = 10
    ) -> Answer:
        """The answer, whatever its status; raises NoAnswer when none comes whole within `timeout` seconds."""
        parts = urlsplit(url)
        place = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), parts.scheme == "https")
        request = _written(method, parts.netloc, url.partition(parts.netloc)[2] or "/", headers, content)
        try:
            async with asyncio.timeout(timeout), self._room:
                connection = self._free(place) or await _opened(place)
                answer = await connection.ask(request)
        except (OSError, TimeoutError) as error:
            raise NoAnswer(type(error).__name__) from error
        self._idle[place].append(connection)
        return answer

    def _free(self, place: tuple[str, int, bool]) -> _Connection | None:
        idle = self._idle[place]
        while idle:
            connection = idle.pop()
            if connection.free:
                return connection
            connection.transport.abort()
        return None

    async def aclose(self) -> None:
        """Close what is idle; the next request opens connections again."""
        for idle in self._idle.values():
            while idle:
                idle.pop().transport.abort()
        await asyncio.sleep(0)  # the loop's next round closes them


async def _opened(place: tuple[str, int, bool]) -> _Connection:
    host, port, secure = place
    context = ssl.create_default_context() if secure else None
    _, connection = await asyncio.get_running_loop().create_connection(_Connection, host, port, ssl=context)
    return connection


def _written(method: str, host: str, target: str, headers: Mapping[str, str], content: bytes) -> bytes:
    """The request as it goes out; raises NoAnswer for headers that would be more than headers."""
    lines = [f"{method} {quote(target.partition('#')[0], safe=PLAIN)} HTTP/1.1", f"host: {host}"]
    for name, value in headers.items():
        if any(ord(letter) < 32 or 126 < ord(letter) for letter in name + value):  # noqa: SIM300
            raise NoAnswer("a header holds what no header may")
        lines.append(f"{name}: {value}")
    if content or method not in {"GET", "HEAD"}:
        lines.append(f"content-length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + content
