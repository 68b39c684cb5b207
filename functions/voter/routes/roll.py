"""The roll as a whole: import it, copy it, look at it.

POST /elections/{election}/roll · /roll/copy · GET /elections/{election}/roll · /roll/summary
"""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request

from functions.voter import keys, queries, rules
from functions.voter.settling import RollClosed
from shared.access import Grant, Observer, Organiser
from shared.contracts.definition import Frozen
from shared.database import Connection, Tx
from shared.errors import Invalid, NotFound
from shared.settings import Settings

router = APIRouter()
LARGEST = 20 * 1024 * 1024


class BadRoll(Invalid):
    code = "bad_roll"
    sentence = "The roll was not taken. Nothing was changed."


class NoRollToCopy(NotFound):
    code = "no_roll_to_copy"
    sentence = "There is no roll to copy."


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
    size: int
    styles: dict[str, int]
    marked: int | None
    unknown: int | None
    links_read: int
    closed: bool


@router.post(
    "/elections/{election}/roll",
    max_body_size=LARGEST,
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def import_roll(election: UUID, grant: Organiser, request: Request, tx: Tx) -> Imported:
    """Add the voters of a CSV file, all of them or none. Who is there already keeps link and style."""
    content = await request.body()
    try:
        voters = rules.read_roll(content)
    except rules.BadFile as bad:
        faults = [{"line": fault.line, "message": fault.message} for fault in bad.faults]
        raise BadRoll(faults=faults) from bad
    return await _add(tx, request.app.state.settings, grant, voters, "roll imported")


@router.post("/elections/{election}/roll/copy")
async def copy_roll(election: UUID, grant: Organiser, request: Request, tx: Tx) -> Imported:
    """Copy the roll of the election that this one was copied from, as the grant says; the links are new."""
    entries = await queries.everyone(tx, grant.copied_from) if grant.copied_from else []
    if not entries:
        raise NoRollToCopy
    voters = [
        rules.Voter.model_construct(email=e.email, name=e.name, external_id=e.external_id, style=e.style)
        for e in entries
    ]
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
    styles = await queries.sizes(tx, election)
    return Summary(
        size=sum(styles.values()),
        styles=styles,
        marked=found.marked if found else None,
        unknown=found.unknown if found else None,
        links_read=found.links_read if found else 0,
        closed=found.closed if found else False,
    )


def seen(entry: queries.Entry) -> VoterSeen:
    """A voter as an organiser sees one."""
    state = (
        "being changed"
        if entry.wish
        else {True: "has voted", False: "has not voted"}.get(
            entry.voted,  # type: ignore[arg-type]
            "on the roll",
        )
    )
    return VoterSeen(
        id=entry.id,
        email=entry.email,
        name=entry.name,
        external_id=entry.external_id,
        style=entry.style,
        issue=entry.issue,
        state=state,
    )


async def opened_roll(tx: Connection, settings: Settings, election: UUID) -> rules.RollKeys:
    """The roll's keys, made when there is none; the roll stays open until the transaction ends. Raises RollClosed."""
    await queries.make_roll(tx, election, keys.make(settings))
    found = await queries.lock_roll(tx, election)
    if found is None or found.closed:
        raise RollClosed
    return keys.opened(settings, found.keys)


async def _add(tx: Connection, settings: Settings, grant: Grant, voters: list[rules.Voter], what: str) -> Imported:
    opened = await opened_roll(tx, settings, grant.election)
    rows = []
    for voter in voters:
        new = uuid4()
        link_hash = rules.token_hash(grant.election, rules.token(opened, new, 1))
        rows.append((new, voter.email, voter.name, voter.external_id, voter.style, link_hash))
    if await queries.count_voters(tx, grant.election) + len(rows) > 2 * rules.MOST_VOTERS:
        raise BadRoll("The roll would be too long.")
    added = await queries.add_all(tx, grant.election, rows)
    await queries.note(tx, grant.election, grant.name, what, f"{added} added")
    return Imported(added=added, unchanged=len(rows) - added)
