"""Looking at a box: what it is, whether a receipt is in it, how many papers it took.

GET /boxes/{election} · /receipts · /receipts/{receipt} · /turnout
"""

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from fastapi.responses import PlainTextResponse

from functions.ballot import queries
from functions.ballot.routes.cast import NoSuchBox
from shared.access import Anyone, Observer
from shared.contracts.definition import Definition, Frozen
from shared.database import Tx
from shared.errors import Conflict, NotFound, raises
from shared.routes import Router

router = Router()


class NoSuchReceipt(NotFound):
    code = "no_such_receipt"
    sentence = "No paper in this box has this receipt."


class NotSealed(Conflict):
    code = "not_sealed"
    sentence = "The box is not sealed yet."


class BoxSeen(Frozen):
    """A box from outside. `phase` is read off the box and the clock."""

    phase: Literal["waiting", "open", "closing", "sealed", "cleared", "cancelled", "annulled"]
    opens_at: datetime
    closes_at: datetime
    papers: int | None
    receipts_digest: str | None
    digest: str
    definition: Definition


class ReceiptSeen(Frozen):
    receipt: str
    in_box: bool


class Turnout(Frozen):
    papers: int


@router.get("/boxes/{election}")
@raises(NoSuchBox)
async def box(election: UUID, _: Anyone, tx: Tx) -> BoxSeen:
    """What kind of paper the box takes, and when."""
    found, opened = await queries.find(tx, election), await queries.opened(tx, election)
    if found is None or opened is None:
        raise NoSuchBox
    now = await queries.now(tx)
    if found.ended:
        phase = found.ended
    elif found.cleared:
        phase = "cleared"
    elif found.sealed_at:
        phase = "sealed"
    else:
        phase = "waiting" if now < found.opens_at else "open" if now < found.closes_at else "closing"
    return BoxSeen(
        phase=phase,  # type: ignore[arg-type]
        opens_at=found.opens_at,
        closes_at=found.closes_at,
        papers=found.papers,
        receipts_digest=found.receipts_digest,
        digest=opened.digest,
        definition=opened.definition,
    )


@router.get("/boxes/{election}/receipts", response_class=PlainTextResponse)
@raises(NoSuchBox, NotSealed)
async def receipts(election: UUID, _: Anyone, tx: Tx) -> str:
    """Every receipt, sorted, one a line; after the seal."""
    found = await queries.find(tx, election)
    if found is None:
        raise NoSuchBox
    if found.sealed_at is None:
        raise NotSealed
    return "\n".join(await queries.receipts(tx, election))


@router.get("/boxes/{election}/receipts/{receipt}")
@raises(NoSuchReceipt)
async def receipt(election: UUID, receipt: Annotated[str, Path(max_length=64)], _: Anyone, tx: Tx) -> ReceiptSeen:
    """Whether the box holds a paper with this receipt; spaces, dashes and case do not matter."""
    bare = re.sub(r"[\s-]", "", receipt).upper()
    if not re.fullmatch(r"[A-Z2-7]{16}", bare) or not await queries.has_receipt(tx, election, bare):
        raise NoSuchReceipt
    return ReceiptSeen(receipt=bare, in_box=True)


@router.get("/boxes/{election}/turnout")
async def turnout(election: UUID, _: Observer, tx: Tx) -> Turnout:
    """How many papers are in the box now."""
    return Turnout(papers=await queries.turnout(tx, election))
