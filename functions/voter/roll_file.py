"""A roll as a file: CSV in UTF-8 with a head line, read whole or refused with the number of each line at fault."""

import csv
import io
import re
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
    """The voters of a CSV file (comma, semicolon or tab, columns in any order) by their lines; raises BadFile.

    Empty columns at the end are none, and cells missing at the end are empty: spreadsheets write both.
    """
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadFile([LineFault(line, "The file is not in UTF-8. Save it as “CSV UTF-8”.")]) from error
    head = re.split(rb"[\r\n]", content, maxsplit=1)[0].decode()
    delimiter = max(",;\t", key=head.count)
    rows = _rows(content, delimiter)
    _, names = next(rows, (1, []))
    return _voters(_columns(names), rows)


def _rows(content: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of the line that it begins in; raises BadFile."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")
    lines = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        begins = lines.line_num + 1
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            why = f"The line cannot be read: {error}. Look at the quotation marks from here on."
            raise BadFile([LineFault(begins, why)]) from error
        yield begins, row


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
    while head and not head[-1].strip():
        head = head[:-1]
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
        beyond = any(cell.strip() for cell in row[len(names) :])
        if beyond or not {"email", "name"} <= set(names[: len(row)]):
            faults.append(LineFault(line, f"{len(names)} columns are wanted, and {len(row)} are there."))
            continue
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=False) if cell.strip()}
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
