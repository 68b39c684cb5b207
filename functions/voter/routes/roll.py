"""The roll as a whole: import it, copy it, look at it.

POST /elections/{election}/roll · /roll/copy · GET /elections/{election}/roll · /roll/summary
"""

import asyncio
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Query, Request

from functions.voter import keys, queries, roll_file, rules
from functions.voter.roll_file import Voter
from shared.access import Grant, Observer, Organiser
from shared.contracts.definition import Frozen
from shared.database import Connection, Tx
from shared.errors import Invalid, NotFound, raises
from shared.routes import Router
from shared.settings import Settings

router = Router()
LARGEST = 20 * 1024 * 1024
TOGETHER = 10_000
"""Voters that are written by one statement."""


class BadRoll(Invalid):
    code = "bad_roll"
    sentence = "The roll was not taken. Nothing was changed."

    def __init__(self, faults: list[roll_file.LineFault]) -> None:
        super().__init__(faults=[{"line": fault.line, "message": fault.message} for fault in faults])


class NoRollToCopy(NotFound):
    code = "no_roll_to_copy"
    sentence = "There is no roll to copy."


class NoSuchVoter(NotFound):
    code = "no_such_voter"
    sentence = "There is no such voter on this roll."


class Imported(Frozen):
    added: int
    unchanged: int


class VoterSeen(Frozen):
    id: UUID
    email: str
    name: str
    external_id: str | None
    style: str
    issue: int
    state: str


class RollPage(Frozen):
    voters: list[VoterSeen]
    next: UUID | None


class Summary(Frozen):
    """The roll in numbers; `without_paper` have a style that the scheduled election does not know."""

    size: int
    styles: dict[str, int]
    without_paper: int
    marked: int | None
    unknown: int | None
    links_read: int
    closed: bool


@router.post(
    "/elections/{election}/roll",
    max_body_size=LARGEST,
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
@raises(BadRoll, rules.RollClosed)
async def import_roll(election: UUID, grant: Organiser, request: Request, tx: Tx) -> Imported:
    """Add the voters of a CSV file, all of them or none. Who is there already keeps the link."""
    content = await request.body()
    try:
        voters = await asyncio.to_thread(roll_file.read_roll, content)
    except roll_file.BadFile as bad:
        raise BadRoll(bad.faults) from bad
    return await _add(tx, request.app.state.settings, grant, voters, "roll imported")


@router.post("/elections/{election}/roll/copy")
@raises(NoRollToCopy, BadRoll, rules.RollClosed)
async def copy_roll(election: UUID, grant: Organiser, request: Request, tx: Tx) -> Imported:
    """Copy the roll of the election that this one was copied from, as the grant says; the links are new."""
    voters: dict[int, Voter] = {}
    if grant.copied_from:
        async for entry in queries.everyone(tx, grant.copied_from):
            voters[len(voters) + 1] = Voter(entry.email, entry.name, entry.external_id, entry.style)
    if not voters:
        raise NoRollToCopy
    return await _add(tx, request.app.state.settings, grant, voters, "roll copied")


@router.get("/elections/{election}/roll")
async def roll(
    election: UUID,
    _: Organiser,
    tx: Tx,
    after: UUID | None = None,
    q: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> RollPage:
    """Voters by name, page by page."""
    entries = await queries.page(tx, election, after, q, limit)
    return RollPage(voters=[seen(entry) for entry in entries], next=entries[-1].id if len(entries) == limit else None)


@router.get("/elections/{election}/roll/summary")
async def summary(election: UUID, _: Observer, tx: Tx) -> Summary:
    """The roll in numbers."""
    found = await queries.find_roll(tx, election)
    sizes = await queries.sizes(tx, election)
    schedule = await queries.schedule(tx, election)
    known = schedule.styles if schedule else sizes.keys()
    return Summary(
        size=sum(sizes.values()),
        styles=sizes,
        without_paper=sum(size for style, size in sizes.items() if style not in known),
        marked=found.marked if found else None,
        unknown=found.unknown if found else None,
        links_read=found.links_read if found else 0,
        closed=found.closed if found else False,
    )


def seen(entry: queries.Entry) -> VoterSeen:
    """A voter as an organiser sees one."""
    if entry.wish is not None:
        state = "being changed"
    elif entry.voted is None:
        state = "on the roll"
    else:
        state = "has voted" if entry.voted else "has not voted"
    return VoterSeen(
        id=entry.id,
        email=entry.email,
        name=entry.name,
        external_id=entry.external_id,
        style=entry.style,
        issue=entry.issue,
        state=state,
    )


async def _add(tx: Connection, settings: Settings, grant: Grant, voters: Mapping[int, Voter], what: str) -> Imported:
    opened = await keys.of_growing_roll(tx, settings, grant.election)
    if not await queries.drafting(tx, grant.election):
        schedule = await queries.schedule(tx, grant.election)
        on_roll = await queries.styles_of(tx, grant.election, [voter.email for voter in voters.values()])
        faults = roll_file.misfits(voters, schedule.styles if schedule else frozenset(), on_roll)
        if faults:
            raise BadRoll(faults[: roll_file.MOST_FAULTS])
    added, remaining = 0, iter(voters.values())
    # Some at a time: a statement may take fifteen seconds, and the largest rolls would need more.
    while some := list(islice(remaining, TOGETHER)):
        rows = await asyncio.to_thread(_rows, opened, grant.election, some)
        added += await queries.add_all(tx, grant.election, rows)
    if await queries.count_voters(tx, grant.election) > roll_file.MOST_VOTERS:
        raise BadRoll([roll_file.LineFault(1, f"The roll would have more than {roll_file.MOST_VOTERS:,} voters.")])
    await queries.note(tx, grant.election, grant.name, what, f"{added} added")
    return Imported(added=added, unchanged=len(voters) - added)


def _rows(opened: rules.RollKeys, election: UUID, voters: Iterable[Voter]) -> list[queries.NewVoter]:
    rows: list[queries.NewVoter] = []
    for voter in voters:
        new = uuid4()
        link_hash = rules.token_hash(election, rules.token(opened, new, 1))
        rows.append((new, voter.email, voter.name, voter.external_id, voter.style, link_hash))
    return rows
