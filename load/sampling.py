"""What processes use, once a second, beside a run; into a file, so that a run broken off leaves what was seen.

All of one look carry one moment, so that they can be added up.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from load import machine

EVERY = 1.0


@contextmanager
def sampling(into: Path, who: Callable[[], Mapping[str, Iterable[int]]]) -> Iterator[None]:
    """While the block runs, write what the processes of each name use, and the whole machine."""
    stop = threading.Event()
    seen = defaultdict[str, dict[int, float]](dict)

    def run() -> None:
        with into.open("w") as file:
            while True:
                now = round(time.time(), 2)
                rows = [
                    machine.whole(now),
                    *(machine.used(now, name, pids, seen[name]) for name, pids in who().items()),
                ]
                file.writelines(json.dumps(asdict(row)) + "\n" for row in rows)
                if stop.wait(EVERY):
                    return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
