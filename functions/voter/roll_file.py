"""A roll as a file: CSV in UTF-8 with a head line, read whole or refused with the number of each line at fault."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pydantic
from pydantic import ConfigDict, ValidationError

from shared.contracts.text import Email, Line, Slug

MOST_VOTERS = 200_000
MOST_FAULTS = 100
COLUMNS = {
    "email": "email",
    "e-mail": "email",
    "name": "name",
    "id": "external_id",
    "external_id": "external_id",
    "style": "style",
}


# Not a model: 200,000 of those do not fit into the memory that a function has.
@pydantic.dataclasses.dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Voter:
    """A voter as an organiser writes one."""

    email: Email
    name: Line
    external_id: Line | None = None
    style: Slug = "all"


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong in one line of a roll."""

    line: int
    message: str


class BadFile(Exception):
    """A roll that cannot be taken; `faults` say why, the first hundred of them."""

    def __init__(self, faults: list[LineFault]) -> None:
        super().__init__("bad roll")
        self.faults = faults[:MOST_FAULTS]


def read_roll(content: bytes) -> dict[int, Voter]:
    """The voters of a CSV file (comma or semicolon, columns in any order) by their lines; raises BadFile."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadFile([LineFault(line, "The file is not in UTF-8. Save it as “CSV UTF-8”.")]) from error
    head = content.split(b"\n", 1)[0]
    delimiter = ";" if head.count(b";") > head.count(b",") else ","
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")
    lines = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        names = _columns(next(lines, []))
        return _voters(names, ((lines.line_num, row) for row in lines))
    except csv.Error as error:
        raise BadFile([LineFault(max(1, lines.line_num), f"The line cannot be read: {error}.")]) from error


def misfits(voters: Mapping[int, Voter], styles: frozenset[str], on_roll: Mapping[str, str]) -> list[LineFault]:
    """What does not fit a scheduled election: a style without a paper, or another one than the voter's (`on_roll`)."""
    faults = []
    for line, voter in voters.items():
        if on_roll.get(voter.email, voter.style) != voter.style:
            faults.append(LineFault(line, "This voter is on the roll with another style; change the voter alone."))
        elif voter.style not in styles:
            faults.append(LineFault(line, f"This election has no paper of the style “{voter.style}”."))
    return faults


def _columns(head: list[str]) -> list[str]:
    names = [COLUMNS.get(cell.strip().lower(), "") for cell in head]
    if "email" not in names or "name" not in names:
        raise BadFile([LineFault(1, "The first line must name the columns: email, name, and if wanted id and style.")])
    if "" in names or len(set(names)) < len(names):
        raise BadFile([LineFault(1, "A column is not known or named twice; known are email, name, id and style.")])
    return names


def _voters(names: list[str], rows: Iterator[tuple[int, list[str]]]) -> dict[int, Voter]:
    voters: dict[int, Voter] = {}
    faults: list[LineFault] = []
    first: dict[str, int] = {}
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(voters) >= MOST_VOTERS:
            raise BadFile([LineFault(line, f"A roll has at most {MOST_VOTERS:,} voters.")])
        if len(row) != len(names):
            faults.append(LineFault(line, f"{len(names)} columns are wanted, and {len(row)} are there."))
            continue
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=True) if cell.strip()}
        try:
            voter = Voter(**cells)
        except ValidationError as error:
            wrong = sorted({str(one["loc"][0]) for one in error.errors()})
            faults.append(LineFault(line, f"Not usable here: {', '.join(wrong)}."))
            continue
        if voter.email in first:
            faults.append(LineFault(line, f"The same e-mail address as in line {first[voter.email]}."))
        first.setdefault(voter.email, line)
        voters[line] = voter
    if not voters and not faults:
        faults.append(LineFault(2, "There are no voters in the file."))
    if faults:
        raise BadFile(faults)
    return voters
