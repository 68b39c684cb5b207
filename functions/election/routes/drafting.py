"""Making an election: draft, edit, copy, schedule.

POST /elections · PUT /elections/{election} · POST /elections/{election}/copy · /schedule
"""

import re
from dataclasses import asdict
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Header, Request, Response

from functions.election import definitions, queries, rules
from functions.election.access import ElectionOrganiser, NoSuchElection
from functions.election.queries import Election, Person
from functions.election.routes.seen import Seen, see
from shared import security
from shared.access import Staff, StaffMember
from shared.changes import changing
from shared.contracts.definition import BoxKey
from shared.contracts.draft import Draft
from shared.database import Connection, DatabaseDown, Tx, transaction
from shared.errors import Conflict, Invalid, Outdated, Unauthenticated, raises
from shared.peers import PeerDown, Peers
from shared.routes import Router
from shared.settings import Settings

router = Router()
DRAFT_LIMIT = 1024 * 1024


class NotADraft(Conflict):
    code = "not_a_draft"
    sentence = "Only a draft can be changed. Cancel it and copy it to mend a mistake."


class DraftIncomplete(Invalid):
    code = "draft_incomplete"
    sentence = "The draft cannot be scheduled yet."


class NoRevision(Invalid):
    code = "no_revision"
    sentence = "Say which revision you read, in If-Match."


@router.post("/elections", status_code=201, max_body_size=DRAFT_LIMIT)
async def make(draft: Draft, staff: Staff, response: Response, tx: Tx) -> Seen:
    """A new draft; the caller is its owner."""
    return _tagged(response, await _make(tx, staff, draft, None, "made"))


@router.put("/elections/{election}", max_body_size=DRAFT_LIMIT)
@raises(NoSuchElection, NotADraft, NoRevision, Outdated)
async def edit(
    election: UUID,
    draft: Draft,
    person: ElectionOrganiser,
    response: Response,
    tx: Tx,
    if_match: Annotated[str, Header(max_length=40)] = "",
) -> Seen:
    """Change a draft that nobody changed since it was read (`If-Match`: its revision)."""
    found = await _locked(tx, election)
    if found.phase != "draft":
        raise NotADraft
    revision = re.fullmatch(r'(?:W/)?("?)([0-9]{1,9})\1', if_match)
    if revision is None:
        raise NoRevision
    if int(revision[2]) != found.revision:
        raise Outdated
    await queries.edit(tx, election, definitions.numbered(draft))
    await queries.note(tx, election, person.name, "draft changed")
    return _tagged(response, await see(tx, person, await _locked(tx, election)))


@router.post("/elections/{election}/copy", status_code=201)
@raises(NoSuchElection)
async def copy(election: UUID, staff: Staff, _: ElectionOrganiser, response: Response, tx: Tx) -> Seen:
    """A new draft like this election; `voter` copies the roll on its own request."""
    found = await _locked(tx, election)
    draft = found.draft.model_copy(update={"opens_at": None, "closes_at": None})
    return _tagged(response, await _make(tx, staff, draft, election, "copied"))


@router.post("/elections/{election}/schedule")
@raises(NoSuchElection, NotADraft, DraftIncomplete, Outdated, PeerDown, DatabaseDown)
async def schedule(election: UUID, person: ElectionOrganiser, request: Request) -> Seen:
    """Freeze the draft into the definition, with a box key from `result`; 503 and nothing changed when it is down."""
    settings: Settings = request.app.state.settings
    # The key is asked for between two transactions: `result` may have to start first, and whoever held a connection
    # meanwhile, and then wanted another, could wait for others who do the same.
    async with transaction(settings) as reading:
        read = await _locked(reading, election)
        if read.phase != "draft":
            raise NotADraft
        _check(read.draft, definitions.faults(read.draft, await queries.now(reading)))
    key = await _box_key(settings, request.app.state.peers, election)
    async with changing(request) as change:
        found = await _locked(change.tx, election)
        if found.phase != "draft":
            raise NotADraft
        if found.revision != read.revision:
            raise Outdated
        rules.move(found.phase, "scheduled")
        definition = definitions.freeze(election, found.draft, key, await queries.now(change.tx))
        if definitions.too_large(definition):
            raise DraftIncomplete("The election is too large: shorten names, titles and texts, or split it.")
        await queries.freeze(change.tx, election, definition)
        await queries.note(change.tx, election, person.name, "scheduled", definition.digest())
        await change.look(election)
        return await see(change.tx, person, await _locked(change.tx, election))


async def _make(tx: Connection, staff: StaffMember, draft: Draft, copied_from: UUID | None, what: str) -> Seen:
    new = uuid4()
    person = Person(staff.id, staff.email, staff.name, "owner", False)
    await queries.make(tx, new, definitions.numbered(draft), copied_from)
    await queries.join(tx, new, person)
    await queries.note(tx, new, person.name, what, str(copied_from or ""))
    return await see(tx, person, await _locked(tx, new))


async def _locked(tx: Connection, election: UUID) -> Election:
    found = await queries.lock(tx, election)
    if found is None:
        raise NoSuchElection
    return found


def _tagged(response: Response, seen: Seen) -> Seen:
    response.headers["ETag"] = f'"{seen.revision}"'
    return seen


def _check(draft: Draft, faults: list[definitions.DraftFault]) -> None:
    if faults:
        raise DraftIncomplete(faults=[asdict(fault) for fault in faults])


async def _box_key(settings: Settings, peers: Peers, election: UUID) -> BoxKey:
    """The box key that `result` made and signed for this election; raises PeerDown when it is not to be had."""
    token = security.signer(settings.signing_key_file).sign("service", ["result"], 60, {})
    answer = await peers.request("result", "POST", f"/boxes/{election}/key", token=token, timeout=20)
    if not answer.is_success:
        raise PeerDown
    try:
        key = BoxKey.model_validate(answer.json())
        said = security.keys(settings.jwks_file).verify("boxkey", key.proof, "election")
    except (ValueError, Unauthenticated) as error:
        raise PeerDown from error  # not the organiser's token that does not hold, but `result`'s
    if (said["box"], said["public_key"], said["seed_commitment"]) != (
        str(election),
        key.public_key,
        key.seed_commitment,
    ):
        raise PeerDown
    return key
