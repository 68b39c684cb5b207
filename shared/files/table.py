"""Papers as CSV: a row a paper, or a row for many with a first column called `papers`, `count`, `votes` or `weight`.

Four forms, told apart by the head:

* UVote's own, `papers,marks`: how many, then the names in order. A row of 0 papers names options nobody marked; if it
  comes first and names all, it says in which order they stand.
* Ranks: the heads count from 1 (`1,2,3`, `Rank 1,Rank 2`), the cells are names, empty ones are ranks left out.
* A grid: the heads are names, the cells are ranks (1 is first, the same number is an equal rank, empty is none).
* The same with scores, 0 among them, if whoever asks expects scores or the first column is called `scored papers`.

A CSV says nothing about seats. Read strictly, with the line's number where something is not understood.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from shared.files.election import MOST_OPTIONS, MOST_PAPERS, Election, FileError
from shared.files.lines import Lines, text
from shared.methods.model import EQUAL, SCORED, Marks

SCORES = "scored papers"
MANY = frozenset({"papers", "count", "votes", "weight", SCORES})
COUNTED = re.compile(r"\D*(\d{1,3})\D*")
NUMBER = re.compile(r"[0-9]{1,9}")
Row = tuple[int, list[str]]
"""The number of the line it ends on, and its cells."""


def read(file: BinaryIO, seats: int, scores: bool = False) -> Election:
    """The election of a CSV file; raises FileError. `scores`: the cells of a grid are scores."""
    rows = _rows(Lines(file))
    number, head = next(rows, (1, []))
    if not head:
        raise FileError(1, "the file is empty.")
    weighed = head[0].casefold() in MANY
    columns = head[1:] if weighed else head
    if not columns:
        raise FileError(number, "there is no column of marks.")
    ranks = [found and int(found[1]) for found in map(COUNTED.fullmatch, columns)]
    names = _Names()
    own = weighed and columns == ["marks"]
    scores = scores or head[0].casefold() == SCORES
    grid = not own and (scores or ranks != list(range(1, len(columns) + 1)))
    if grid:
        for column in columns:
            if names.known(column):
                raise FileError(number, "two columns have the same name.")
            names.number(number, column)
    papers: dict[Marks, int] = {}
    listed = 0
    for number, cells in rows:
        many, marked = _many(number, cells) if weighed else (1, cells)
        if not own and len(marked) > len(columns):
            raise FileError(number, "there are more cells than columns.")
        if grid:
            marks = _scored(number, marked) if scores else _ranked(number, marked)
        else:
            marks = _named(number, marked, names, own)
        if many:
            papers[marks] = papers.get(marks, 0) + many
        elif not papers:
            listed = len(names.found)
    if not names.found:
        raise FileError(number, "no option is named.")
    found = {option: name for name, option in names.found.items()}
    return Election("", seats, found, (), papers, ordered=grid or listed == len(found))


class _Names:
    """The options in the order they are first named."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def known(self, name: str) -> bool:
        return name in self.found

    def number(self, line: int, name: str) -> str:
        if name not in self.found:
            if not name:
                raise FileError(line, "an option has no name.")
            if "\n" in name:
                raise FileError(line, "a name goes over more than one line.")
            if len(self.found) == MOST_OPTIONS:
                raise FileError(line, f"there are more than {MOST_OPTIONS} options.")
            self.found[name] = str(len(self.found) + 1)
        return self.found[name]


def _rows(lines: Lines) -> Iterator[Row]:
    """The rows that are not empty, each cell without what is around it."""
    reader = csv.reader((text(lines.number, line) + "\n" for line in lines), strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileError(lines.number, f"this is not CSV ({error}).") from error
        cells = [_plain(cell.strip()) for cell in cells]
        if any(cells):
            yield lines.number, cells


def _plain(cell: str) -> str:
    # UVote writes an apostrophe before what a spreadsheet would take for a formula.
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _many(number: int, cells: list[str]) -> tuple[int, list[str]]:
    if not NUMBER.fullmatch(cells[0]) or int(cells[0]) > MOST_PAPERS:
        raise FileError(number, "the first cell is not a number of papers, up to 100,000,000.")
    return int(cells[0]), cells[1:]


def _named(number: int, cells: Sequence[str], names: _Names, own: bool) -> Marks:
    if own and "" in cells:
        raise FileError(number, "an option has no name.")
    marks = tuple(names.number(number, cell) for cell in cells if cell)
    if len(set(marks)) < len(marks):
        raise FileError(number, "an option is marked twice on one paper.")
    return marks


def _scored(number: int, cells: Sequence[str]) -> Marks:
    """Each column with the score in its cell."""
    for cell in cells:
        if cell and not NUMBER.fullmatch(cell):
            raise FileError(number, f"{cell[:30]!r} is no score.")
    return tuple(f"{column}{SCORED}{int(cell)}" for column, cell in enumerate(cells, 1) if cell)


def _ranked(number: int, cells: Sequence[str]) -> Marks:
    """The columns in the order of the ranks in their cells."""
    at: dict[int, list[str]] = {}
    for column, cell in enumerate(cells, 1):
        if cell:
            if not NUMBER.fullmatch(cell) or int(cell) < 1:
                raise FileError(number, f"{cell[:30]!r} is no rank.")
            at.setdefault(int(cell), []).append(str(column))
    return tuple(EQUAL.join(at[rank]) for rank in sorted(at))
