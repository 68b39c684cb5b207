"""Casting: the receipt is answered only after the paper is committed. Nothing is logged here.

POST /boxes/{election}/papers
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from pydantic import Field, StringConstraints

from functions.ballot import queries, rules
from shared.access import PassHolder
from shared.contracts.definition import Frozen
from shared.contracts.text import Hex32
from shared.database import DatabaseDown, statements
from shared.errors import Conflict, Invalid, NotFound, UVoteError, raises
from shared.routes import Router, Straight

router = Router(Straight)
KEPT = 64
"""Definitions a process keeps."""


class PaperDoesNotFit(Invalid):
    code = "paper_does_not_fit"
    sentence = "This paper does not fit the election; nothing was cast."


class OtherDefinition(Conflict):
    code = "other_definition"
    sentence = "This paper was made for another election."


class NoSuchBox(NotFound):
    code = "no_such_box"
    sentence = "There is no box for this election."


class AlreadyVoted(Conflict):
    code = "already_voted"
    sentence = "This pass has put its paper in already; nothing was added."


class PassVoid(Conflict):
    code = "pass_void"
    sentence = "This pass was replaced and can no longer be used."


class ReceiptTaken(Conflict):
    code = "receipt_taken"
    sentence = "Another paper has this receipt; please review yours again, which makes a new one."


class TooEarly(Conflict):
    code = "too_early"
    sentence = "Voting has not opened yet."


class Closed(Conflict):
    code = "closed"
    sentence = "Voting is closed."


class Cancelled(Conflict):
    code = "cancelled"
    sentence = "This election was cancelled."


class Annulled(Conflict):
    code = "annulled"
    sentence = "This election was annulled."


REFUSALS: dict[str, type[UVoteError]] = {
    refusal.code: refusal for refusal in (PassVoid, ReceiptTaken, TooEarly, Closed, Cancelled, Annulled, NoSuchBox)
}


class Paper(Frozen):
    """A paper as its voter sends it. The same one again is answered the same, also when its marks differ."""

    nonce: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    definition: Hex32
    marks: dict[str, Any] = Field(max_length=50)


class Receipt(Frozen):
    receipt: str


_kept: dict[UUID, rules.Opened] = {}


@router.post("/boxes/{election}/papers", status_code=201)
@raises(
    NoSuchBox,
    OtherDefinition,
    PaperDoesNotFit,
    AlreadyVoted,
    PassVoid,
    ReceiptTaken,
    TooEarly,
    Closed,
    Cancelled,
    Annulled,
    DatabaseDown,
)
async def cast(paper: Paper, holder: PassHolder, request: Request) -> Receipt:
    """Put a paper into the box. 201 with its receipt once it is committed; anything else put nothing in."""
    settings = request.app.state.settings
    opened = _kept.get(holder.box)
    if opened is None:
        async with statements(settings) as db:
            opened = await queries.opened(db, holder.box)
        if opened is None:
            raise NoSuchBox
        if len(_kept) >= KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[holder.box] = opened
    if paper.definition != opened.digest or holder.style not in opened.styles:
        raise OtherDefinition
    wrong = rules.faults(opened, holder.style, paper.marks)
    if wrong:
        raise PaperDoesNotFit(faults=wrong)
    text = rules.written(opened, holder.style, paper.marks)
    sealed = rules.seal(text, opened.block, opened.definition.box.public_key)
    receipt = rules.receipt(holder.box, holder.id, bytes.fromhex(paper.nonce))
    verdict, stored = await request.app.state.together.cast(holder.box, queries.Entry(holder.id, receipt, sealed))
    if verdict == "already_voted":
        raise AlreadyVoted(receipt=stored)
    if verdict != "cast":
        raise REFUSALS[verdict]
    return Receipt(receipt=receipt)
