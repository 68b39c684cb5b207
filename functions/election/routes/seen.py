"""What an election looks like to those who run it, and to everyone."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from functions.election import definitions, queries, rules
from functions.election.access import Member, NoSuchElection
from functions.election.queries import Election
from shared.access import Anyone, Staff
from shared.contracts.definition import Definition, Frozen
from shared.contracts.draft import Draft
from shared.contracts.states import BoxState, CountState, Decision, RollState
from shared.database import Connection, DatabaseDown, Tx, statements
from shared.errors import raises
from shared.routes import Router

router = Router()


class Waits(Frozen):
    code: str
    sentence: str
    alarm: bool


class Fault(Frozen):
    """What keeps a draft from being scheduled, and where."""

    where: str
    code: str
    message: str


class Seen(Frozen):
    """An election as its staff see it. `phase` is the stored one, `shown_phase` the one read off the clock and box."""

    id: UUID
    revision: int
    title: str
    phase: str
    shown_phase: str
    role: str
    links: bool
    draft: Draft
    faults: list[Fault]
    names: dict[str, dict[str, str]]
    copied_from: UUID | None
    digest: str | None
    opens_at: datetime | None
    closes_at: datetime | None
    close_now: bool
    decisions: tuple[Decision, ...]
    box: BoxState | None
    roll: RollState | None
    count: CountState | None
    missing: list[Waits]
    behind: list[str]


class Listed(Frozen):
    id: UUID
    title: str
    phase: str
    role: str
    opens_at: datetime | None
    closes_at: datetime | None


class Mine(Frozen):
    elections: list[Listed]


class Did(Frozen):
    at: datetime
    who: str
    what: str
    details: str


class Activity(Frozen):
    activity: list[Did]


class Notice(Frozen):
    sentence: str
    reason: str
    at: datetime


class Public(Frozen):
    """What voters may know. `texts`: contest → description and, per option, text and link."""

    id: UUID
    title: str
    description: str
    phase: str
    time_zone: str
    opens_at: datetime
    closes_at: datetime
    digest: str
    definition: Definition
    texts: dict[str, dict[str, Any]]
    notices: list[Notice]


async def see(tx: Connection, person: queries.Person, election: Election) -> Seen:
    """The election as this member of its staff sees it."""
    heard = await queries.heard(tx, election.id)
    box, roll, count = _states(heard)
    now = await queries.now(tx)
    opened = election.opens_at is not None and now >= election.opens_at
    names = (
        {c.id: {o.id: o.name for o in c.options} for c in election.definition.contests} if election.definition else {}
    )
    faults = definitions.faults(election.draft, now) if election.phase == "draft" else []
    return Seen(
        id=election.id,
        revision=election.revision,
        title=election.draft.title,
        phase=election.phase,
        shown_phase=rules.shown(election.phase, election.opens_at, election.close_now, box, now),
        role=person.role,
        links=person.links,
        draft=election.draft,
        faults=[Fault(**asdict(fault)) for fault in faults],
        names=names,
        copied_from=election.copied_from,
        digest=election.digest,
        opens_at=election.opens_at,
        closes_at=election.closes_at,
        close_now=election.close_now,
        decisions=election.decisions,
        box=box,
        roll=roll,
        count=count,
        missing=[Waits(**asdict(item)) for item in rules.missing(election.phase, box, roll, count, opened)],
        behind=heard.behind,
    )


def _states(heard: queries.Heard) -> tuple[BoxState | None, RollState | None, CountState | None]:
    states = heard.states
    return (
        BoxState.model_validate(states["box"]) if "box" in states else None,
        RollState.model_validate(states["roll"]) if "roll" in states else None,
        CountState.model_validate(states["count"]) if "count" in states else None,
    )


@router.get("/elections")
async def mine(staff: Staff, tx: Tx) -> Mine:
    """The elections the caller has a part in."""
    now = await queries.now(tx)
    listed = []
    for election, role in await queries.mine(tx, staff.id):
        box, _, _ = _states(await queries.heard(tx, election.id))
        listed.append(
            Listed(
                id=election.id,
                title=election.draft.title,
                phase=rules.shown(election.phase, election.opens_at, election.close_now, box, now),
                role=role,
                opens_at=election.opens_at,
                closes_at=election.closes_at,
            )
        )
    return Mine(elections=listed)


@router.get("/elections/{election}")
@raises(NoSuchElection)
async def one(election: UUID, person: Member, tx: Tx) -> Seen:
    """Everything the staff may know of an election."""
    found = await queries.find(tx, election)
    if found is None:
        raise NoSuchElection
    return await see(tx, person, found)


@router.get("/elections/{election}/activity")
async def activity(election: UUID, _: Member, tx: Tx) -> Activity:
    """Who did what, and when."""
    return Activity(activity=[Did(**asdict(entry)) for entry in await queries.activity(tx, election)])


@router.get("/elections/{election}/public", response_model=Public)
@raises(NoSuchElection, DatabaseDown)
async def public(election: UUID, _: Anyone, request: Request) -> Response:
    """What voters may know, from the scheduling on."""
    async with statements(request.app.state.settings) as db:
        read = await queries.at_once(db, election)
    if read is None:
        raise NoSuchElection
    found, heard, now = read
    if found.definition is None or found.opens_at is None or found.closes_at is None:
        raise NoSuchElection
    box, _roll, _count = _states(heard)
    known = Public(
        id=election,
        title=found.definition.title,
        description=found.draft.description,
        phase=rules.shown(found.phase, found.opens_at, found.close_now, box, now),
        time_zone=found.definition.time_zone,
        opens_at=box.opens_at if box else found.opens_at,
        closes_at=box.closes_at if box else found.closes_at,
        digest=found.digest or "",
        definition=found.definition,
        texts={
            contest.id or "": {
                "options": {option.id: {"text": option.text, "link": option.link} for option in contest.options}
            }
            for contest in found.draft.contests
        },
        notices=[Notice.model_validate(one) for one in found.notices],
    )
    # As it is: to look at each of an election's options once more takes as long as all the rest.
    return Response(known.model_dump_json(), media_type="application/json")
