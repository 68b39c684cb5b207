"""Links: read out by those who may, and taken to a pass by whoever has one.

POST /elections/{election}/links · /passes
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field, StringConstraints

from functions.voter import keys, queries, rules
from functions.voter.routes.roll import NoSuchVoter
from shared import security
from shared.access import Anyone, LinkReader
from shared.contracts.definition import Frozen
from shared.contracts.text import Reason
from shared.database import DatabaseDown, Tx, statements
from shared.errors import NotFound, raises
from shared.routes import Router, Straight
from shared.settings import Settings

router = Router()
passes = Router(Straight)


class NoSuchLink(NotFound):
    code = "no_such_link"
    sentence = "This voting link is not known: it was replaced, or is not complete."


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


@router.post("/elections/{election}/links", response_model=Links)
@raises(rules.RollClosed, NoSuchVoter)
async def read_links(election: UUID, wanted: Wanted, grant: LinkReader, request: Request, tx: Tx) -> Response:
    """Read out voting links: the power to vote for others, so noted with its reason and counted for the record."""
    settings = request.app.state.settings
    opened = await keys.of_open_roll(tx, settings, election)
    only = None if wanted.voters is None else set(wanted.voters)
    links, written = 0, bytearray()
    async for entry in queries.everyone(tx, election, None if only is None else list(only)):
        url = f"{settings.public_url}/v/{election}/{rules.token(opened, entry.id, entry.issue)}"
        link = Link(voter=entry.id, email=entry.email, name=entry.name, url=url)
        # Written at once: 200,000 of them do not fit into the memory that a function has.
        written += (b"," if links else b"") + link.model_dump_json().encode()
        links += 1
    if only is not None and links < len(only):
        raise NoSuchVoter
    await queries.read_links(tx, election, links)
    await queries.note(tx, election, grant.name, "links read out", f"{links}: {wanted.reason}")
    return Response(b'{"links":[' + written + b"]}", media_type="application/json")


@passes.post("/elections/{election}/passes")
@raises(
    NoSuchLink,
    rules.TooEarly,
    rules.Cancelled,
    rules.Annulled,
    rules.RollClosed,
    rules.BeingChanged,
    rules.StyleUnknown,
    DatabaseDown,
)
async def give_pass(election: UUID, link: Token, _: Anyone, request: Request) -> PassGiven:
    """A pass for a link: one paper of this style into this box, not who. Asked again, the same pass. Not logged."""
    settings = request.app.state.settings
    if not rules.TOKEN.fullmatch(link.token):
        raise NoSuchLink
    # In one statement: where the schedule is seen, a new link that was given in the draft is seen as well.
    async with statements(settings) as db:
        found = await queries.bearer(db, election, rules.token_hash(election, link.token))
    if found is None:
        raise NoSuchLink
    return pass_for(settings, election, found)


def pass_for(settings: Settings, election: UUID, found: queries.Bearer) -> PassGiven:
    """The signed pass of who has the link; raises what `rules.admit` raises."""
    expires_at = rules.admit(found.schedule, found.style, found.being_changed, found.now)
    this_pass = rules.pass_id(keys.opened(settings, found.keys), found.voter, found.issue)
    token = security.signer(settings.signing_key_file).sign(
        "pass",
        ["ballot"],
        (expires_at - found.now).total_seconds(),
        {"box": str(election), "jti": this_pass.hex(), "style": found.style},
    )
    return PassGiven(pass_=token, style=found.style, expires_at=expires_at)
