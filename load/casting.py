"""Sends requests that were made beforehand, over connections that stay open, and says how fast they were answered.

    python -m load.casting REQUESTS PORT CONNECTIONS SECONDS

A process of its own, so that it takes no time from what it measures. `REQUESTS` is a file of whole HTTP requests (see
`write`), each sent once; the run ends with the last one, or after `SECONDS`. It speaks to this machine alone. Prints
one line of JSON: how often each status was answered, seconds, and the milliseconds of each answer.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httptools

HOST = "127.0.0.1"


def write(path: Path, requests: Iterable[bytes]) -> None:
    """Requests as a file: each with its length (4 bytes, big endian) before it."""
    path.write_bytes(b"".join(len(request).to_bytes(4, "big") + request for request in requests))


def read(path: Path) -> list[bytes]:
    """The requests of a file."""
    whole = path.read_bytes()
    found, at = [], 0
    while at < len(whole):
        length = int.from_bytes(whole[at : at + 4], "big")
        found.append(whole[at + 4 : at + 4 + length])
        at += 4 + length
    return found


@dataclass
class Sending:
    """What the connections share. `finished` is set when none of them waits for an answer any more."""

    requests: Iterator[bytes]
    until: float
    waiting: int
    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    lost: int = 0
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def next(self) -> bytes | None:
        """The next request; None when there is none left, or no time."""
        return next(self.requests, None) if time.perf_counter() < self.until else None

    def stop_one(self) -> None:
        self.waiting -= 1
        if self.waiting == 0:
            self.finished.set()


class _Connection(asyncio.Protocol):
    """One request after the other; the next goes out when the answer is whole."""

    transport: asyncio.Transport

    def __init__(self, sending: Sending) -> None:
        self.sending = sending
        self.parser = httptools.HttpResponseParser(self)
        self.sent = 0.0
        self.waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send(self) -> None:
        request = self.sending.next()
        self.waits = request is not None
        if request is None:
            self.sending.stop_one()
            return
        self.sent = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.sending.took.append(time.perf_counter() - self.sent)
        self.sending.statuses[self.parser.get_status_code()] += 1
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waits:
            self.waits = False
            self.sending.lost += 1
            self.sending.stop_one()


async def send(requests: list[bytes], port: int, connections: int, seconds: float) -> dict[str, object]:
    """Send all of `requests`, or what fits into `seconds`; the dictionary is what the process prints."""
    loop = asyncio.get_running_loop()
    sending = Sending(iter(requests), 0.0, connections)
    opened = [await loop.create_connection(lambda: _Connection(sending), HOST, port) for _ in range(connections)]
    began = time.perf_counter()
    sending.until = began + seconds
    for _, connection in opened:
        connection.send()
    # Answers that never come would hold the run: it ends a little after its time.
    async with asyncio.timeout(seconds + 30):
        await sending.finished.wait()
    took = time.perf_counter() - began
    for transport, _ in opened:
        transport.close()
    await asyncio.sleep(0)  # the loop's next round closes them
    return {
        "statuses": {str(status): n for status, n in sending.statuses.items()},
        "lost": sending.lost,
        "seconds": took,
        "milliseconds": [round(one * 1000, 3) for one in sending.took],
    }


def main() -> None:
    """The process; see above."""
    import uvloop

    path, port, connections, seconds = sys.argv[1:]
    done = uvloop.run(send(read(Path(path)), int(port), int(connections), float(seconds)))
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main()
