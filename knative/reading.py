"""A file of papers for `uvote count`, whatever its format: its ending says which (BLT where it says nothing)."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from knative.mistake import Mistake
from shared.files import blt, preflib, record, table
from shared.files.election import Election, FileError
from shared.files.record import Recorded
from shared.methods import marks
from shared.methods.model import EQUAL, SCORED, Contest, Marks, Method, Papers


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds; a record of ours also says how its papers are counted."""

    election: Election
    recorded: Recorded | None = None


def read(file: Path, contest: str | None, seats: int | None, method: Method | None = None) -> Found:
    """What the file holds; raises Mistake. `seats` goes before the file's own number of seats.

    Whether the numbers in a table are ranks or scores may hang on the method it is to be counted by.
    """
    ending = file.suffix.lower().removeprefix(".")
    try:
        with file.open("rb") as papers, many_objects():
            if ending == "json":
                recorded = record.read(papers, contest)
                return Found(recorded.election, recorded)
            if ending == "csv":
                return Found(table.read(papers, seats or 1, method is not None and method.paper == "scored"))
            if ending in preflib.KINDS:
                return Found(preflib.read(papers, seats or 1))
            return Found(blt.read(papers))
    except OSError as error:
        raise Mistake(f"{file} cannot be read: {error.strerror or error}.") from error
    except FileError as error:
        raise Mistake(f"{file} cannot be counted. {error}") from error


@contextmanager
def many_objects() -> Iterator[None]:
    """Papers are many small objects without a circle among them: looking for one after each thousand takes long."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def fitting(method: Method, contest: Contest, papers: Papers) -> Papers:
    """The papers in the form they are counted in; one that would have been refused in a box is a Mistake.

    A file's options are known and none is marked twice on a paper; how many marks there are is left to look at.
    """
    different = set().union(*papers)
    if method.paper != "scored" and any(SCORED in mark for mark in different):
        raise Mistake(f"The papers have scores, and the method {method.name} counts none.")
    most = method.most_marks(contest)
    few = method.paper == "ranked" and max(map(len, papers), default=0) <= most
    if few and (method.equal_ranks or not any(EQUAL in mark for mark in different)):
        return papers
    fit: dict[Marks, int] = {}
    for given, number in papers.items():
        paper = given
        if method.paper == "choose" and len(given) == 1:
            paper = tuple(given[0].split(EQUAL))
        if method.paper == "scored" and not all(SCORED in mark for mark in paper):
            raise Mistake(f"The paper “{' '.join(given)}” has no scores, and the method {method.name} counts them.")
        if any(EQUAL in mark for mark in paper):
            raise Mistake(f"The paper “{' '.join(given)}” has equal ranks, and the method {method.name} knows none.")
        for fault in marks.faults(method, contest, paper):
            raise Mistake(f"The paper “{' '.join(given)}” does not fit the method {method.name}. {fault.message}")
        paper = marks.canonical(method, contest, paper)
        fit[paper] = fit.get(paper, 0) + number
    return fit
