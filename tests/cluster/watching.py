"""What `uvote watch` sees while something happens, kept for the report."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from knative.mistake import Mistake
from knative.watch import Cluster, Row, as_csv, woken
from knative.watch_picture import draw
from tests.cluster import figures, kube

EVERY = 2.0
"""Seconds between two looks: each costs three starts of kubectl, on the machine that is measured."""


@contextmanager
def watched(name: str) -> Iterator[list[Row]]:
    """The rows as they come; CSV and picture are written at the end."""
    seen: list[Row] = []
    over = threading.Event()
    cluster = Cluster(kube.NAMESPACE)
    began = time.monotonic()

    def look() -> None:
        while not over.is_set():
            with suppress(Mistake):
                seen.extend(cluster.sample(time.monotonic() - began)[0])
            over.wait(EVERY)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
        figures.FOLDER.mkdir(parents=True, exist_ok=True)
        (figures.FOLDER / f"{name}.csv").write_text(as_csv(seen))
        (figures.FOLDER / f"{name}.svg").write_text(draw(seen, woken(seen)))
