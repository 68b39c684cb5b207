"""One voter: added, corrected, removed, given a new link.

POST /elections/{election}/voters · PUT, DELETE /voters/{voter} · POST /voters/{voter}/link
"""

from uuid import UUID, uuid4

from fastapi import APIRouter, Request

from functions.voter import queries, rules
from functions.voter.queries import Entry
from functions.voter.routes.roll import VoterSeen, opened_roll, seen
from functions.voter.settling import grant as grant_wish
from functions.voter.settling import settle
from shared.access import Grant, Organiser
from shared.database import Connection, transaction
from shared.errors import Conflict, NotFound
from shared.settings import Settings

router = APIRouter()


class NoSuchVoter(NotFound):
    code = "no_such_voter"
    sentence = "There is no such voter on this roll."


class AddressTaken(Conflict):
    code = "address_taken"
    sentence = "Another voter on this roll has this e-mail address."


class BeingChanged(Conflict):
    code = "being_changed"
    sentence = "Another change of this voter is under way; please try again."


@router.post("/elections/{election}/voters", status_code=201)
async def add(election: UUID, voter: rules.Voter, grant: Organiser, request: Request) -> VoterSeen:
    """Add one voter, at any time until the roll closes."""
    settings = request.app.state.settings
    async with transaction(settings) as tx:
        opened = await opened_roll(tx, settings, election)
        new = uuid4()
        link_hash = rules.token_hash(election, rules.token(opened, new, 1))
        await _free(tx, election, voter.email, None)
        await queries.add_all(tx, election, [(new, voter.email, voter.name, voter.external_id, voter.style, link_hash)])
        await queries.note(tx, election, grant.name, "voter added", str(new))
        return seen(await _find(tx, election, new))


@router.put("/elections/{election}/voters/{voter}")
async def correct(election: UUID, voter: UUID, wanted: rules.Voter, grant: Organiser, request: Request) -> VoterSeen:
    """Correct a voter. Another style is another paper: it takes a new pass, and none when the old one is spent."""
    settings: Settings = request.app.state.settings
    async with transaction(settings) as tx:
        await opened_roll(tx, settings, election)
        entry = await _find(tx, election, voter)
        await _free(tx, election, wanted.email, voter)
        await queries.correct(tx, voter, wanted.email, wanted.name, wanted.external_id)
        await queries.note(tx, election, grant.name, "voter corrected", str(voter))
    if wanted.style != entry.style:
        await _wish(request, grant, voter, "style", wanted.style)
    async with transaction(settings) as tx:
        return seen(await _find(tx, election, voter))


@router.delete("/elections/{election}/voters/{voter}", status_code=204)
async def remove(election: UUID, voter: UUID, grant: Organiser, request: Request) -> None:
    """Take a voter off the roll; 409 when the voter has voted."""
    await _wish(request, grant, voter, "remove", None)


@router.post("/elections/{election}/voters/{voter}/link")
async def replace_link(election: UUID, voter: UUID, grant: Organiser, request: Request) -> VoterSeen:
    """Replace a voter's link; the old one stops working. 409 when the voter has voted."""
    await _wish(request, grant, voter, "link", None)
    async with transaction(request.app.state.settings) as tx:
        return seen(await _find(tx, election, voter))


async def _wish(request: Request, grant: Grant, voter: UUID, what: str, style: str | None) -> None:
    """Commit the intent, then settle it with the box; before there is a box no pass can be out, so at once."""
    settings: Settings = request.app.state.settings
    election = grant.election
    async with transaction(settings) as tx:
        opened = await opened_roll(tx, settings, election)
        entry = await _find(tx, election, voter)
        if entry.wish:
            raise BeingChanged
        await queries.note(tx, election, grant.name, f"voter {what}", str(voter))
        await queries.wish(tx, voter, what, style)
        entry = await _find(tx, election, voter)
        if await queries.election_state(tx, election) is None:
            await grant_wish(tx, election, entry, opened)
            return
        await request.app.state.exchange.look(tx, election)
    await settle(settings, request.app.state.peers, election, entry)


async def _find(tx: Connection, election: UUID, voter: UUID) -> Entry:
    entry = await queries.find(tx, election, voter)
    if entry is None:
        raise NoSuchVoter
    return entry


async def _free(tx: Connection, election: UUID, email: str, voter: UUID | None) -> None:
    other = await queries.by_address(tx, election, email)
    if other is not None and other != voter:
        raise AddressTaken
