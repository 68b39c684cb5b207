"""Running an election: open now, extend, close now, cancel, annul, decide a tie, publish.

POST /elections/{election}/open-now · /extend · /close-now · /cancel · /annul · /decide · /publish
"""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from functions.election import definitions, queries, rules
from functions.election.access import ElectionOrganiser, ElectionOwner, NoSuchElection
from functions.election.queries import Election, Person
from functions.election.routes.seen import Seen, see
from shared.changes import Change, Changes
from shared.contracts.definition import Frozen
from shared.contracts.states import BoxState, CountState, Decision
from shared.contracts.text import Moment, Reason
from shared.database import Connection
from shared.errors import raises
from shared.routes import Router

router = Router()


class Why(Frozen):
    reason: Reason


class Extension(Frozen):
    closes_at: Moment
    reason: Reason


class Order(Frozen):
    contest: str = Field(max_length=40)
    stage: int = Field(ge=1, le=10_000)
    order: tuple[str, ...] = Field(min_length=2, max_length=200)


@router.post("/elections/{election}/open-now")
@raises(NoSuchElection, rules.WrongPhase, rules.OpenAlready)
async def open_now(election: UUID, person: ElectionOrganiser, change: Changes) -> Seen:
    """Bring the opening forward to now."""
    found, now = await _scheduled(change.tx, election)
    rules.may_open_now(found.phase, found.opens_at or now, now)
    await queries.ask_times(change.tx, election, now, found.closes_at or now, found.close_now)
    return await _done(change, person, election, "opened now")


@router.post("/elections/{election}/extend")
@raises(NoSuchElection, rules.WrongPhase, rules.ClosedAlready, rules.BadClosing)
async def extend(election: UUID, wanted: Extension, person: ElectionOrganiser, change: Changes) -> Seen:
    """Ask for a later closing; what is in force is for the box to say."""
    found, now = await _scheduled(change.tx, election)
    in_zone = definitions.zone(found.draft)
    closes_at = definitions.moment(wanted.closes_at, in_zone) if in_zone else None
    if found.definition is None or found.opens_at is None or found.closes_at is None:
        raise rules.WrongPhase
    if closes_at is None:
        raise rules.BadClosing("This time does not exist: clocks are put forward then.")
    box = await _box(change.tx, election)
    rules.may_extend(found.phase, found.definition.closes_at, found.closes_at, closes_at, found.close_now, box)
    await queries.ask_times(change.tx, election, found.opens_at, closes_at, found.close_now)
    await queries.notice(change.tx, election, "The closing was put off.", wanted.reason, now)
    return await _done(change, person, election, "extended", f"{closes_at.isoformat()}: {wanted.reason}")


@router.post("/elections/{election}/close-now")
@raises(NoSuchElection, rules.WrongPhase, rules.NotOpenYet, rules.ClosedAlready)
async def close_now(election: UUID, why: Why, person: ElectionOrganiser, change: Changes) -> Seen:
    """Ask the box to be sealed at once."""
    found, now = await _scheduled(change.tx, election)
    rules.may_close_now(found.phase, found.opens_at or now, await _box(change.tx, election), now)
    await queries.ask_times(change.tx, election, found.opens_at or now, found.closes_at or now, True)
    await queries.notice(change.tx, election, "The election was closed early.", why.reason, now)
    return await _done(change, person, election, "closed now", why.reason)


@router.post("/elections/{election}/cancel")
@raises(NoSuchElection, rules.WrongPhase, rules.OpenAlready)
async def cancel(election: UUID, why: Why, person: ElectionOrganiser, change: Changes) -> Seen:
    """Cancel an election that has not opened."""
    found, now = await _scheduled(change.tx, election)
    rules.may_cancel(found.phase, found.opens_at, now)
    await queries.move(change.tx, election, "cancelled")
    await queries.notice(change.tx, election, "This election was cancelled.", why.reason, now)
    return await _done(change, person, election, "cancelled", why.reason)


@router.post("/elections/{election}/annul")
@raises(NoSuchElection, rules.WrongPhase, rules.NotOpenYet)
async def annul(election: UUID, why: Why, person: ElectionOwner, change: Changes) -> Seen:
    """Annul an election that has opened, published ones included; the result page stays, with the notice."""
    found, now = await _scheduled(change.tx, election)
    rules.may_annul(found.phase, found.opens_at, now)
    await queries.move(change.tx, election, "annulled")
    await queries.notice(change.tx, election, "This election was annulled.", why.reason, now)
    return await _done(change, person, election, "annulled", why.reason)


@router.post("/elections/{election}/decide")
@raises(NoSuchElection, rules.WrongPhase, rules.NoSuchTie, rules.TieDecided)
async def decide(election: UUID, wanted: Order, person: ElectionOrganiser, change: Changes) -> Seen:
    """Break a tie that the rule leaves open; it is an input of the count, and published."""
    found, _ = await _scheduled(change.tx, election)
    if found.phase != "awaiting decision":
        raise rules.WrongPhase
    heard = await queries.heard(change.tx, election)
    count = CountState.model_validate(heard.states["count"]) if "count" in heard.states else None
    tie = rules.tie_of(count, wanted.contest, wanted.stage, wanted.order)
    decision = Decision(contest=tie.contest, stage=tie.stage, order=wanted.order)
    if rules.is_decided(found.decisions, decision):
        return await see(change.tx, person, found)
    await queries.decide(change.tx, election, decision)
    details = f"{tie.contest}, stage {tie.stage}: {', '.join(wanted.order)}"
    return await _done(change, person, election, "tie decided", details)


@router.post("/elections/{election}/publish")
@raises(NoSuchElection, rules.WrongPhase)
async def publish(election: UUID, person: ElectionOrganiser, change: Changes) -> Seen:
    """Publish the result of a counted election."""
    found, _ = await _scheduled(change.tx, election)
    await queries.move(change.tx, election, rules.move(found.phase, "published"))
    return await _done(change, person, election, "published")


async def _scheduled(tx: Connection, election: UUID) -> tuple[Election, datetime]:
    found = await queries.lock(tx, election)
    if found is None:
        raise NoSuchElection
    return found, await queries.now(tx)


async def _box(tx: Connection, election: UUID) -> BoxState | None:
    states = (await queries.heard(tx, election)).states
    return BoxState.model_validate(states["box"]) if "box" in states else None


async def _done(change: Change, person: Person, election: UUID, what: str, details: str = "") -> Seen:
    await queries.note(change.tx, election, person.name, what, details)
    await change.look(election)
    found = await queries.find(change.tx, election)
    if found is None:
        raise NoSuchElection
    return await see(change.tx, person, found)
