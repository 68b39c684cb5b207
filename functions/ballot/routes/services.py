"""What `voter` and `result` may ask of a box.

POST /boxes/{election}/void · GET /boxes/{election}/spent · GET /boxes/{election}/papers
"""

import base64
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from functions.ballot import queries
from functions.ballot.routes.box import NotSealed
from functions.ballot.routes.cast import AlreadyVoted, Closed, NoSuchBox
from shared.access import service
from shared.contracts.definition import Frozen
from shared.database import Tx
from shared.errors import raises

router = APIRouter()
PassId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
FIRST = UUID(int=0)
Limit = Annotated[int, Query(ge=1, le=5000)]


class Void(Frozen):
    pass_id: PassId


class Voided(Frozen):
    void: bool


class SpentPage(Frozen):
    spent: list[str]
    next: str | None


class SealedPaper(Frozen):
    id: UUID
    sealed: str


class PapersPage(Frozen):
    papers: list[SealedPaper]
    next: UUID | None


@router.post("/boxes/{election}/void")
@raises(AlreadyVoted, Closed, NoSuchBox)
async def void(election: UUID, wanted: Void, _: Annotated[None, service("voter")], tx: Tx) -> Voided:
    """Void a pass: either this or its paper wins, never both. Voiding it again answers the same."""
    verdict = await queries.void(tx, election, bytes.fromhex(wanted.pass_id))
    if verdict == "already_voted":
        raise AlreadyVoted
    if verdict == "closed":
        raise Closed
    return Voided(void=True)


@router.get("/boxes/{election}/spent")
async def spent(
    election: UUID, _: Annotated[None, service("voter")], tx: Tx, after: PassId = "0" * 32, limit: Limit = 5000
) -> SpentPage:
    """Passes that put a paper in, sorted by their ids."""
    page = await queries.spent(tx, election, bytes.fromhex(after), limit)
    return SpentPage(spent=[one.hex() for one in page], next=page[-1].hex() if len(page) == limit else None)


@router.get("/boxes/{election}/papers")
@raises(NoSuchBox, NotSealed)
async def papers(
    election: UUID, _: Annotated[None, service("result")], tx: Tx, after: UUID = FIRST, limit: Limit = 2000
) -> PapersPage:
    """The sealed papers in the order of their ids; after the seal only, whoever asks."""
    box = await queries.find(tx, election)
    if box is None:
        raise NoSuchBox
    if box.sealed_at is None:
        raise NotSealed
    page = await queries.papers(tx, election, after, limit)
    found = [SealedPaper(id=one.id, sealed=base64.b64encode(one.sealed).decode()) for one in page]
    return PapersPage(papers=found, next=page[-1].id if len(page) == limit else None)
