"""What `uvote watch` sees while something happens, kept for the report."""

from collections.abc import Iterator
from contextlib import contextmanager

from knative.watch import Row, watching
from tests.cluster import figures, kube


@contextmanager
def watched(name: str) -> Iterator[list[Row]]:
    """The rows as they come; CSV and picture are written at the end."""
    figures.FOLDER.mkdir(parents=True, exist_ok=True)
    with watching(kube.NAMESPACE, 1, figures.FOLDER / f"{name}.csv", figures.FOLDER / f"{name}.svg") as seen:
        yield seen
