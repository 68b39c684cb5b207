"""Links: read out by those who may, and taken to a pass by whoever has one.

POST /elections/{election}/links · /passes
"""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints

from functions.voter import keys, queries, rules
from functions.voter.routes.roll import opened_roll
from functions.voter.settling import RollClosed
from shared import security
from shared.access import Anyone, LinkReader
from shared.contracts.definition import Frozen
from shared.contracts.states import ElectionState
from shared.contracts.text import Reason
from shared.database import Tx
from shared.errors import Conflict, NotFound

router = APIRouter()
AFTER_CLOSING = timedelta(days=60)
"""A pass outlives the closing, so that a late retry still finds its receipt; the box decides about time."""


class NoSuchLink(NotFound):
    code = "no_such_link"
    sentence = "This voting link is not known: it was replaced, or is not complete."


class TooEarly(Conflict):
    code = "too_early"
    sentence = "Voting has not opened yet."


class Cancelled(Conflict):
    code = "cancelled"
    sentence = "This election was cancelled."


class Annulled(Conflict):
    code = "annulled"
    sentence = "This election was annulled."


class BeingChanged(Conflict):
    code = "being_changed"
    sentence = "This link is just being replaced; please use the new one."


class StyleUnknown(Conflict):
    code = "style_unknown"
    sentence = "This election has no paper for you; please tell the organisers."


class Wanted(Frozen):
    """Whose links to read out: everybody's, unless `voters` names some."""

    reason: Reason
    voters: list[UUID] | None = Field(default=None, max_length=1000)


class Link(Frozen):
    voter: UUID
    email: str
    name: str
    url: str


class Links(Frozen):
    links: list[Link]


class Token(Frozen):
    token: Annotated[str, StringConstraints(max_length=64)]


class PassGiven(Frozen):
    """A pass; the field is named for what it is to the bearer."""

    pass_: str = Field(serialization_alias="pass")
    style: str
    expires_at: datetime


@router.post("/elections/{election}/links")
async def read_links(election: UUID, wanted: Wanted, grant: LinkReader, request: Request, tx: Tx) -> Links:
    """Read out voting links: the power to vote for others, so noted with its reason and counted for the record."""
    settings = request.app.state.settings
    opened = await opened_roll(tx, settings, election)
    chosen = None if wanted.voters is None else set(wanted.voters)
    entries = [e for e in await queries.everyone(tx, election) if chosen is None or e.id in chosen]
    links = [
        Link(
            voter=entry.id,
            email=entry.email,
            name=entry.name,
            url=f"{settings.public_url}/v/{election}/{rules.token(opened, entry.id, entry.issue)}",
        )
        for entry in entries
    ]
    await queries.read_links(tx, election, len(links))
    await queries.note(tx, election, grant.name, "links read out", f"{len(links)}: {wanted.reason}")
    return Links(links=links)


@router.post("/elections/{election}/passes")
async def give_pass(election: UUID, link: Token, _: Anyone, request: Request, tx: Tx) -> PassGiven:
    """A pass for a link: one paper of this style into this box, not who. Asked again, the same pass. Not logged."""
    settings = request.app.state.settings
    if not rules.TOKEN.fullmatch(link.token):
        raise NoSuchLink
    entry = await queries.by_link(tx, election, rules.token_hash(election, link.token))
    roll = await queries.find_roll(tx, election)
    if entry is None or roll is None:
        raise NoSuchLink
    known = await queries.election_state(tx, election)
    if known is None:
        raise TooEarly
    state = ElectionState.model_validate_json(known)
    now = await queries.now(tx)
    if state.phase == "cancelled":
        raise Cancelled
    if state.phase == "annulled":
        raise Annulled
    if now < state.opens_at:
        raise TooEarly
    if now > state.closes_at + AFTER_CLOSING:
        raise RollClosed
    if entry.wish:
        raise BeingChanged
    if entry.style not in {style.id for style in state.definition.styles}:
        raise StyleUnknown
    expires_at = state.closes_at + AFTER_CLOSING
    spent_id = rules.pass_id(keys.opened(settings, roll.keys), entry.id, entry.issue)
    token = security.signer(settings.signing_key_file).sign(
        "pass",
        ["ballot"],
        (expires_at - now).total_seconds(),
        {"box": str(election), "jti": spent_id.hex(), "style": entry.style},
    )
    return PassGiven(pass_=token, style=entry.style, expires_at=expires_at)
