"""Offers requests at a rate that does not wait for the answers, as voters do not wait for each other.

    python -m load.offering REQUESTS PORT RATE CONNECTIONS

A process of its own. `REQUESTS` is a file as `load.casting` has it; each is sent once, `RATE` a second on average, at
moments drawn by chance (exponential gaps from a seed). A request is timed from the moment it was due, so that a server
that stalls is not spared what it keeps waiting. Connections stay open; more are opened as they are needed, up to
`CONNECTIONS`. It speaks to this machine alone. Prints one line of JSON: how often each status was answered, the
seconds, each answer's milliseconds, and how late requests were sent, which says whether this process could keep up.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httptools

from load.casting import HOST, read

PATIENCE = 20
"""Seconds for the last answers."""


@dataclass
class _Offer:
    """What is under way: connections that are free, requests that wait for one with the moment they were due."""

    port: int
    most: int
    left: int
    free: deque["_Connection"] = field(default_factory=deque)
    waiting: deque[tuple[bytes, float]] = field(default_factory=deque)
    opened: int = 0
    transports: set[asyncio.Transport] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    opening: set["asyncio.Task[None]"] = field(default_factory=set)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, request: bytes, due: float) -> None:
        """Send it now, or as soon as there is a connection."""
        self.late.append(time.perf_counter() - due)
        if self.free:
            self.free.pop().send(request, due)
            return
        self.waiting.append((request, due))
        self.open()

    def open(self) -> None:
        """One more connection, where there may be more."""
        if self.opened < self.most:
            self.opened += 1
            task = asyncio.ensure_future(self._open())
            self.opening.add(task)
            task.add_done_callback(self.opening.discard)

    async def _open(self) -> None:
        _, connection = await asyncio.get_running_loop().create_connection(lambda: _Connection(self), HOST, self.port)
        self.next(connection)

    def next(self, connection: "_Connection") -> None:
        """What a connection does that is free."""
        if self.waiting:
            connection.send(*self.waiting.popleft())
        else:
            self.free.append(connection)

    def done(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.finished.set()


class _Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, offer: _Offer) -> None:
        self.offer = offer
        self.parser = httptools.HttpResponseParser(self)
        self.due: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.offer.transports.add(self.transport)

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        assert self.due is not None  # noqa: S101  (an answer belongs to a request)
        self.offer.took.append(time.perf_counter() - self.due)
        self.offer.statuses[self.parser.get_status_code()] += 1
        self.due = None
        self.offer.done()
        if not self.transport.is_closing():
            self.offer.next(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.offer.opened -= 1
        self.offer.transports.discard(self.transport)
        if self in self.offer.free:
            self.offer.free.remove(self)
        if self.due is not None:
            self.offer.statuses[0] += 1
            self.offer.done()
        if self.offer.waiting:
            self.offer.open()


async def offer(requests: list[bytes], port: int, rate: float, connections: int) -> dict[str, object]:
    """Offer all of them; the dictionary is what the process prints. Status 0 is a connection that was lost."""
    chance = random.Random(1)  # noqa: S311  (arrivals, not secrets)
    offering = _Offer(port, connections, len(requests))
    began = due = time.perf_counter()
    for request in requests:
        due += chance.expovariate(rate)
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        offering.send(request, due)
    try:
        async with asyncio.timeout(PATIENCE):
            await offering.finished.wait()
    except TimeoutError:
        offering.statuses[0] += offering.left
    for transport in offering.transports:
        transport.close()
    await asyncio.sleep(0)  # the loop's next round closes them
    return {
        "statuses": {str(status): n for status, n in offering.statuses.items()},
        "seconds": time.perf_counter() - began,
        "milliseconds": [round(one * 1000, 3) for one in offering.took],
        "late_ms": [round(one * 1000, 3) for one in offering.late],
        "cpu": time.process_time(),
    }


def main() -> None:
    """The process; see above."""
    import uvloop

    path, port, rate, connections = sys.argv[1:]
    done = uvloop.run(offer(read(Path(path)), int(port), float(rate), int(connections)))
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main()
