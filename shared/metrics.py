"""What a function counts of its requests, for operators: by route, method and status, and how long they took.

No figure belongs to one paper: labels are route templates, never ids; times are counted in classes and never summed,
since the difference of two sums around a single cast is the time of that one; and the page is made anew twice a
minute at most, so that asking often tells no moment.

The page is served at a port of its own: Knative leads to a function's main port alone, so nobody outside reaches it.
prometheus-client, which takes long to load, is loaded for the first page; until then there are plain numbers.
"""

import asyncio
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the classes, in seconds."""
ANEW_AFTER = 30.0
"""Seconds that a page stays as it was made."""
PATIENCE = 5.0
"""Seconds for whoever asks to finish the question."""
TEXT = "text/plain; version=0.0.4; charset=utf-8"

Page = Callable[[], Awaitable[bytes]]


class Tally:
    """The numbers of one process, and the page made of them."""

    def __init__(self, function: str, now: Callable[[], float] = time.monotonic) -> None:
        self.function = function
        self.now = now
        self.requests: Counter[tuple[str, str, str]] = Counter()
        self.took: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        self._page, self._made = b"", -ANEW_AFTER

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.requests[route, method, str(status)] += 1
        self.took[route, method][bisect_left(BOUNDS, seconds)] += 1

    async def page(self) -> bytes:
        """The text that Prometheus reads."""
        if self.now() - self._made >= ANEW_AFTER:
            self._made = self.now()
            # In a thread: the first time, loading the library would hold up every request.
            self._page = await asyncio.to_thread(written, list(self._families()))
        return self._page

    def _families(self) -> Iterator[Any]:
        from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily

        labels = ["function", "route", "method"]
        requests = CounterMetricFamily("uvote_requests", "Requests answered.", labels=[*labels, "status"])
        for (route, method, status), many in sorted(self.requests.items()):
            requests.add_metric([self.function, route, method, status], many)
        yield requests
        took = HistogramMetricFamily("uvote_request_seconds", "How long requests took.", labels=labels)
        for (route, method), classes in sorted(self.took.items()):
            upto = [(str(bound), sum(classes[: at + 1])) for at, bound in enumerate(BOUNDS)]
            took.add_metric([self.function, route, method], [*upto, ("+Inf", sum(classes))], sum_value=None)
        yield took


class Counted:
    """Counts every request that an app answers."""

    def __init__(self, app: ASGIApp, tally: Tally) -> None:
        self.app = app
        self.tally = tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            # What fits no route is one label, whatever was asked for: a link that was mistyped is still a link.
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if route != "none" else "any"
            self.tally.note(route, method, status, time.perf_counter() - began)


def written(families: list[Any]) -> bytes:
    """Metrics as the text that Prometheus reads."""
    from prometheus_client import CollectorRegistry, generate_latest

    class Here:
        def collect(self) -> list[Any]:
            return families

    registry = CollectorRegistry()
    registry.register(Here())
    return generate_latest(registry)


async def serve(port: int, page: Page, host: str = "0.0.0.0") -> asyncio.Server:  # noqa: S104  (a pod's own network)
    """Answer `GET /metrics` with the page, 503 where it cannot be made, and anything else with 404."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
            status, body = "404 Not Found", b""
            if head.startswith((b"GET /metrics ", b"GET /metrics?")):
                try:
                    status, body = "200 OK", await page()
                except Exception:  # whoever asks is told by the status; the cause is logged where it is known
                    status = "503 Service Unavailable"
            lines = (f"HTTP/1.1 {status}", f"Content-Type: {TEXT}", f"Content-Length: {len(body)}", "Connection: close")
            writer.write("\r\n".join((*lines, "", "")).encode() + body)
            await writer.drain()
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    return await asyncio.start_server(answer, host, port)
