"""Making an election: list, draft, copy, schedule."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from functions.frontend import drafts
from functions.frontend.desk_session import AtDesk, Refused
from functions.frontend.pages import desk_page, see
from shared.methods import METHODS

router = APIRouter(include_in_schema=False)


@router.get("/desk")
async def elections(seat: AtDesk) -> Response:
    mine = await seat.ask("election", "GET", "/elections")
    me = await seat.ask("auth", "GET", "/me")
    return desk_page("desk/elections.html", elections=mine["elections"], me=me)


@router.get("/desk/new")
async def new(seat: AtDesk) -> Response:
    return _form(drafts.empty_draft(), None, None)


@router.post("/desk/new")
async def make(request: Request, seat: AtDesk) -> Response:
    """Save a new draft, or give the form another section."""
    draft, do = await _read(request)
    if do != "save":
        return _form(drafts.grown(draft, do), None, None)
    answer = await seat.try_("election", "POST", "/elections", json=drafts.to_send(draft))
    if not answer.ok:
        return _form(draft, None, answer.body, answer.status)
    return see(f"/desk/e/{answer.body['id']}")


@router.get("/desk/e/{election}/draft")
async def edit(election: UUID, seat: AtDesk) -> Response:
    found = await seat.ask("election", "GET", f"/elections/{election}")
    return _form(found["draft"], election, None, revision=str(found["revision"]))


@router.post("/desk/e/{election}/draft")
async def save(election: UUID, request: Request, seat: AtDesk) -> Response:
    """Save the draft under the revision it was read at; whoever saved meanwhile is not overwritten."""
    draft, do = await _read(request)
    form = await request.form(max_fields=10_000)
    revision = str(form.get("revision", ""))
    if do != "save":
        return _form(drafts.grown(draft, do), election, None, revision=revision)
    answer = await seat.try_(
        "election",
        "PUT",
        f"/elections/{election}",
        json=drafts.to_send(draft),
        headers={"if-match": f'"{revision}"'},
    )
    if not answer.ok:
        return _form(draft, election, answer.body, answer.status, revision=revision)
    return see(f"/desk/e/{election}")


@router.post("/desk/e/{election}/copy")
async def copy(election: UUID, seat: AtDesk) -> Response:
    """A new draft like this election, with its roll where there is one; the links are new."""
    made = await seat.ask("election", "POST", f"/elections/{election}/copy")
    try:
        await seat.granted(UUID(made["id"]), "voter", "POST", f"/elections/{made['id']}/roll/copy")
    except Refused as refused:
        if refused.answer.status != 404:
            raise
    return see(f"/desk/e/{made['id']}")


async def _read(request: Request) -> tuple[dict[str, Any], str]:
    form = await request.form(max_files=0, max_fields=10_000)
    fields = {name: [str(value) for value in form.getlist(name)] for name in form}
    return drafts.read(fields), "".join(fields.get("do", ["save"]))


def _form(
    draft: dict[str, Any], election: UUID | None, problem: Any, status: int = 200, revision: str = ""
) -> Response:
    return desk_page(
        "desk/draft.html",
        status,
        draft=draft,
        election=election,
        problem=problem if isinstance(problem, dict) else None,
        revision=revision,
        methods=METHODS.values(),
    )
