"""One voter: added, looked at, corrected, removed, given a new link.

POST /elections/{election}/voters · GET, PUT, DELETE /voters/{voter} · POST /voters/{voter}/link
"""

from dataclasses import replace
from uuid import UUID, uuid4

from fastapi import Request

from functions.voter import keys, queries, rules
from functions.voter.queries import Entry
from functions.voter.roll_file import Voter
from functions.voter.routes.roll import NoSuchVoter, VoterSeen, seen
from functions.voter.settling import AlreadyVoted, settle
from functions.voter.settling import grant as grant_wish
from shared.access import Grant, Organiser
from shared.database import Connection, DatabaseDown, Tx, transaction
from shared.errors import Conflict, Invalid, raises
from shared.peers import PeerDown
from shared.routes import Router
from shared.settings import Settings

router = Router()


class AddressTaken(Conflict):
    code = "address_taken"
    sentence = "Another voter on this roll has this e-mail address."


class NoSuchStyle(Invalid):
    code = "no_such_style"
    sentence = "This election has no paper of this style."


@router.post("/elections/{election}/voters", status_code=201)
@raises(AddressTaken, NoSuchStyle, rules.RollClosed)
async def add(election: UUID, voter: Voter, grant: Organiser, request: Request, tx: Tx) -> VoterSeen:
    """Add one voter, at any time until the box is sealed."""
    opened = await keys.of_growing_roll(tx, request.app.state.settings, election)
    await _free(tx, election, voter.email, None)
    await _known(tx, election, voter.style)
    new = uuid4()
    link_hash = rules.token_hash(election, rules.token(opened, new, 1))
    await queries.add_all(tx, election, [(new, voter.email, voter.name, voter.external_id, voter.style, link_hash)])
    await queries.note(tx, election, grant.name, "voter added", str(new))
    return seen(await _find(tx, election, new))


@router.get("/elections/{election}/voters/{voter}")
@raises(NoSuchVoter)
async def one(election: UUID, voter: UUID, _: Organiser, tx: Tx) -> VoterSeen:
    """One voter of the roll."""
    return seen(await _find(tx, election, voter))


@router.put("/elections/{election}/voters/{voter}")
@raises(
    NoSuchVoter, AddressTaken, NoSuchStyle, rules.BeingChanged, rules.RollClosed, AlreadyVoted, PeerDown, DatabaseDown
)
async def correct(election: UUID, voter: UUID, wanted: Voter, grant: Organiser, request: Request) -> VoterSeen:
    """Correct a voter. From scheduling on another style takes a new link, and is refused when the voter has voted."""
    settings: Settings = request.app.state.settings
    async with transaction(settings) as tx:
        await keys.of_open_roll(tx, settings, election)
        entry = await _find(tx, election, voter)
        await _free(tx, election, wanted.email, voter)
        restyled = wanted.style != entry.style
        if restyled:
            await _known(tx, election, wanted.style)
        scheduled = not await queries.drafting(tx, election)
    if restyled and scheduled:
        await _wish(request, grant, voter, "style", wanted.style)
    async with transaction(settings) as tx:
        await keys.of_open_roll(tx, settings, election)
        entry = await _find(tx, election, voter)
        await _free(tx, election, wanted.email, voter)
        if entry.style != wanted.style and not await queries.drafting(tx, election):
            raise rules.BeingChanged
        await queries.correct(tx, voter, wanted.email, wanted.name, wanted.external_id, wanted.style)
        await queries.note(tx, election, grant.name, "voter corrected", str(voter))
        return seen(await _find(tx, election, voter))


@router.delete("/elections/{election}/voters/{voter}", status_code=204)
@raises(NoSuchVoter, rules.BeingChanged, rules.RollClosed, AlreadyVoted, PeerDown, DatabaseDown)
async def remove(election: UUID, voter: UUID, grant: Organiser, request: Request) -> None:
    """Take a voter off the roll; 409 when the voter has voted."""
    await _wish(request, grant, voter, "remove", None)


@router.post("/elections/{election}/voters/{voter}/link")
@raises(NoSuchVoter, rules.BeingChanged, rules.RollClosed, AlreadyVoted, PeerDown, DatabaseDown)
async def replace_link(election: UUID, voter: UUID, grant: Organiser, request: Request) -> VoterSeen:
    """Replace a voter's link; the old one stops working. 409 when the voter has voted."""
    await _wish(request, grant, voter, "link", None)
    async with transaction(request.app.state.settings) as tx:
        return seen(await _find(tx, election, voter))


async def _wish(request: Request, grant: Grant, voter: UUID, what: str, style: str | None) -> None:
    """Commit the intent, then settle it with the box. In a draft no pass can be out, so it is done at once."""
    settings: Settings = request.app.state.settings
    election = grant.election
    async with transaction(settings) as tx:
        opened = await keys.of_open_roll(tx, settings, election)
        entry = await _find(tx, election, voter)
        if entry.wish is not None:
            raise rules.BeingChanged
        await queries.note(tx, election, grant.name, f"voter: {what}", str(voter))
        entry = replace(entry, wish=what, wished_style=style)
        if await queries.drafting(tx, election):
            await grant_wish(tx, election, entry, opened)
            return
        await queries.wish(tx, voter, what, style)
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


async def _known(tx: Connection, election: UUID, style: str) -> None:
    schedule = await queries.schedule(tx, election)
    if schedule is not None and style not in schedule.styles:
        raise NoSuchStyle
