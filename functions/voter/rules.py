"""Links, passes and rolls, without a database: what is derived from a key, what a CSV file says, what fits nobody."""

import base64
import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from shared import security
from shared.contracts.text import Email, Line, Slug

MOST_VOTERS = 200_000
MOST_FAULTS = 100
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class RollKeys:
    """The two keys of one election's roll, in clear."""

    link: bytes
    passes: bytes


def token(keys: RollKeys, voter: UUID, issue: int) -> str:
    """The token of a voter's link: 128 bits that only the key can make, 22 characters."""
    raw = security.mac(keys.link, "uvote link", voter.bytes, issue.to_bytes(8, "big"))[:16]
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def token_hash(election: UUID, link_token: str) -> bytes:
    """What is stored to find the voter of a token. The token has 128 bits, so a plain hash does."""
    return security.digest("uvote link hash", election.bytes, link_token.encode())


def pass_id(keys: RollKeys, voter: UUID, issue: int) -> bytes:
    """The pass of a voter's issue: the same each time it is asked for."""
    return security.mac(keys.passes, "uvote pass", voter.bytes, issue.to_bytes(8, "big"))[:16]


class Voter(BaseModel):
    """A voter as an organiser writes one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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


COLUMNS = {
    "email": "email",
    "e-mail": "email",
    "name": "name",
    "id": "external_id",
    "external_id": "external_id",
    "style": "style",
}


def read_roll(content: bytes) -> list[Voter]:
    """The voters of a CSV file: a head naming the columns, comma or semicolon; raises BadFile."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadFile([LineFault(line, "The file is not in UTF-8. Save it as “CSV UTF-8”.")]) from error
    head = text.split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",", strict=True
    )
    try:
        return _voters(reader)
    except csv.Error as error:
        raise BadFile([LineFault(max(1, reader.line_num), f"The line cannot be read: {error}.")]) from error


def _voters(reader: "csv._reader") -> list[Voter]:
    names = [COLUMNS.get(cell.strip().lower(), "") for cell in next(reader, [])]
    if "email" not in names or "name" not in names:
        raise BadFile([LineFault(1, "The first line must name the columns: email, name, and if wanted id and style.")])
    if "" in names or len(set(names)) < len(names):
        raise BadFile([LineFault(1, "A column is not known or named twice; known are email, name, id and style.")])
    voters: list[Voter] = []
    faults: list[LineFault] = []
    first: dict[str, int] = {}
    for row in reader:
        line = reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        if len(voters) >= MOST_VOTERS:
            raise BadFile([LineFault(line, f"A roll has at most {MOST_VOTERS:,} voters.")])
        if len(row) != len(names):
            faults.append(LineFault(line, f"{len(names)} columns are wanted, and {len(row)} are there."))
            continue
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=True) if cell.strip()}
        try:
            voter = Voter.model_validate(cells)
        except ValidationError as error:
            wrong = sorted({str(one["loc"][0]) for one in error.errors()})
            faults.append(LineFault(line, f"Not usable here: {', '.join(wrong)}."))
            continue
        if voter.email in first:
            faults.append(LineFault(line, f"The same e-mail address as in line {first[voter.email]}."))
        first.setdefault(voter.email, line)
        voters.append(voter)
    if not voters and not faults:
        faults.append(LineFault(2, "There are no voters in the file."))
    if faults:
        raise BadFile(faults)
    return voters


@dataclass(frozen=True, slots=True)
class Marks:
    """Who has voted, and how many spent passes fit nobody."""

    voted: list[UUID]
    unknown: int


def marks(keys: RollKeys, issued: Iterable[tuple[UUID, int]], spent: set[bytes]) -> Marks:
    """Match the box's spent passes with the roll's: a spent one that fits nobody is the stuffing alarm."""
    mine: Mapping[bytes, UUID] = {pass_id(keys, voter, issue): voter for voter, issue in issued}
    voted = [voter for one, voter in mine.items() if one in spent]
    return Marks(voted, len(spent - mine.keys()))
