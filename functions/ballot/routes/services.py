"""What `voter` and `result` may ask of a box.

POST /boxes/{election}/void · GET /boxes/{election}/spent · GET /boxes/{election}/papers
"""

import base64
from typing import Annotated
from uuid import UUID

from fastapi import Query

from functions.ballot import queries
from functions.ballot.routes.box import NotSealed
from functions.ballot.routes.cast import AlreadyVoted, Closed, NoSuchBox
from shared.access import service
from shared.contracts.box import PapersPage, PassId, SealedPaper, SpentPage
from shared.contracts.definition import Frozen
from shared.database import Tx
from shared.errors import raises
from shared.routes import Router

router = Router()
FIRST = UUID(int=0)
LARGEST_PAGE = 4 * 1024 * 1024
"""Bytes of sealed papers in one answer."""
Limit = Annotated[int, Query(ge=1, le=5000)]


class Void(Frozen):
    pass_id: PassId


class Voided(Frozen):
    void: bool


@router.post("/boxes/{election}/void")
@raises(AlreadyVoted, Closed, NoSuchBox)
async def void(election: UUID, wanted: Void, _: Annotated[None, service("voter")], tx: Tx) -> Voided:
    """Void a pass: either this or its paper wins, never both. Voiding it again answers the same."""
    if await queries.find(tx, election) is None:
        raise NoSuchBox  # not made yet: `voter` asks again
    verdict = await queries.void(tx, election, bytes.fromhex(wanted.pass_id))
    if verdict == "already_voted":
        raise AlreadyVoted
    if verdict == "closed":
        raise Closed
    return Voided(void=True)


@router.get("/boxes/{election}/spent")
@raises(NoSuchBox)
async def spent(
    election: UUID, _: Annotated[None, service("voter")], tx: Tx, after: PassId = "0" * 32, limit: Limit = 5000
) -> SpentPage:
    """Passes that put a paper in, sorted by their ids."""
    if await queries.find(tx, election) is None:
        raise NoSuchBox
    page = await queries.spent(tx, election, bytes.fromhex(after), limit)
    return SpentPage(spent=[one.hex() for one in page], next=page[-1].hex() if len(page) == limit else None)


@router.get("/boxes/{election}/papers")
@raises(NoSuchBox, NotSealed)
async def papers(
    election: UUID, _: Annotated[None, service("result")], tx: Tx, after: UUID = FIRST, limit: Limit = 2000
) -> PapersPage:
    """The sealed papers in the order of their ids, after the seal; of long ones fewer at a time than `limit`."""
    box, opened = await queries.find(tx, election), await queries.opened(tx, election)
    if box is None or opened is None:
        raise NoSuchBox
    if box.sealed_at is None:
        raise NotSealed
    limit = max(1, min(limit, LARGEST_PAGE // opened.block))
    page = await queries.papers(tx, election, after, limit)
    found = [SealedPaper(id=one.id, sealed=base64.b64encode(one.sealed).decode()) for one in page]
    return PapersPage(papers=found, next=page[-1].id if len(page) == limit else None)
