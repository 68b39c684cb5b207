"""What everyone may see: the election, whether a receipt is in the box, the result and how to recount it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from functions.frontend import upstream
from functions.frontend.pages import page, stylesheet
from functions.frontend.rules import receipt_of
from shared.access import Anyone
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)


class NotPublished(NotFound):
    code = "not_published"
    sentence = "The result of this election is not published yet."


@router.get("/")
async def home(_: Anyone) -> Response:
    return page("home.html")


@router.get("/static/{name}")
async def static(name: str, _: Anyone) -> Response:
    """The stylesheet; its name changes with its content, so browsers may keep it."""
    present, content = stylesheet()
    if name != present:
        raise NotFound
    return Response(content, media_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("/e/{election}")
async def election_page(election: UUID, request: Request, _: Anyone) -> Response:
    return page("election.html", public=await upstream.public(request, election))


@router.get("/e/{election}/receipt")
async def receipt_form(election: UUID, request: Request, _: Anyone) -> Response:
    return page("check.html", public=await upstream.public(request, election), typed="", found=None)


@router.post("/e/{election}/receipt")
async def receipt_check(
    election: UUID, request: Request, _: Anyone, receipt: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Whether a receipt is in the box; by POST, so that it stands in no address and no history."""
    public = await upstream.public(request, election)
    wanted = receipt_of(receipt)
    if wanted is None:
        return page("check.html", 422, public=public, typed=receipt, found="malformed")
    answer = await upstream.ask(request, "ballot", "GET", f"/boxes/{election}/receipts/{wanted}")
    return page("check.html", public=public, typed=receipt, found="yes" if answer.ok else "no")


@router.get("/e/{election}/result")
async def result(election: UUID, request: Request, _: Anyone) -> Response:
    public = await upstream.public(request, election)
    answer = await upstream.ask(request, "result", "GET", f"/results/{election}")
    if not answer.ok:
        raise NotPublished
    return page("result.html", public=public, record=answer.body, preview=False)
