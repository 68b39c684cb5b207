"""What everyone may see: the election, whether a receipt is in the box, the result and how to recount it."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response

from functions.frontend import upstream
from functions.frontend.pages import page, static
from functions.frontend.routes.passthrough import FUNCTIONS
from functions.frontend.rules import receipt_of
from shared.access import Anyone
from shared.errors import NotFound
from shared.peers import PeerDown
from shared.routes import Router

router = Router(include_in_schema=False)


@router.get("/")
async def home(_: Anyone) -> Response:
    return page("home.html")


@router.get("/docs")
async def docs(_: Anyone) -> Response:
    """Where programs find each function's HTTP; without a script, since the desk is at this same origin."""
    return page("docs.html", functions=FUNCTIONS)


@router.get("/static/{name}")
async def asset(name: str, _: Anyone) -> Response:
    """What pages load; a name changes with its content, so browsers may keep it."""
    if name not in static():
        raise NotFound
    content, kind = static()[name]
    return Response(content, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("/e/{election}")
async def election_page(election: UUID, request: Request, _: Anyone) -> Response:
    return page("election.html", public=await upstream.public(request, election))


@router.get("/e/{election}/receipt")
async def receipt_form(election: UUID, request: Request, _: Anyone) -> Response:
    return page("check.html", public=await upstream.public(request, election), typed="", found=None)


@router.post("/e/{election}/receipt")
async def receipt_check(election: UUID, request: Request, _: Anyone, receipt: Annotated[str, Form()] = "") -> Response:
    """Whether a receipt is in the box; by POST, so that it stands in no address and no history."""
    public = await upstream.public(request, election)
    wanted = receipt_of(receipt)
    if wanted is None:
        return page("check.html", 422, public=public, typed=receipt[:40], found="malformed")
    answer = await upstream.ask(request, "ballot", "GET", f"/boxes/{election}/receipts/{wanted}")
    # Only the box itself can say that a receipt is not there; a trouble must not look like a lost paper.
    if not answer.ok and answer.code != "no_such_receipt":
        raise PeerDown
    return page("check.html", public=public, typed=receipt, found="yes" if answer.ok else "no")


@router.get("/e/{election}/result")
async def result(election: UUID, request: Request, _: Anyone) -> Response:
    """The published record, or what it still waits for."""
    public = await upstream.public(request, election)
    answer = await upstream.ask(request, "result", "GET", f"/results/{election}", params={"papers": "false"})
    if answer.code == "not_published":
        return page("not_published.html", public=public)
    if not answer.ok:
        raise PeerDown
    return page("result.html", frame="base.html", public=public, record=answer.body, preview=False)
