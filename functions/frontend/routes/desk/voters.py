"""One voter at the desk: added, corrected, removed, given a new link."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from functions.frontend.desk_session import AtDesk, Refused, Seat, typed
from functions.frontend.pages import desk_page, see
from functions.frontend.routes.desk.roll import show
from shared.routes import Router

router = Router(include_in_schema=False)
UNUSABLE = (
    "An e-mail address and a name are wanted, on one line each; a style has small letters, digits and dashes only."
)


@router.post("/desk/e/{election}/voters")
async def add(election: UUID, request: Request, seat: AtDesk) -> Response:
    form = await typed(request)
    try:
        await seat.granted(election, "voter", "POST", f"/elections/{election}/voters", json=_voter(form))
    except Refused as refused:
        return await show(election, seat, refused=refused, problem=_sentence(refused))
    return see(f"/desk/e/{election}/roll?done=added")


@router.get("/desk/e/{election}/voters/{voter}")
async def one(election: UUID, voter: UUID, seat: AtDesk) -> Response:
    known = await seat.granted(election, "voter", "GET", f"/elections/{election}/voters/{voter}")
    return await _page(election, voter, seat, known)


@router.post("/desk/e/{election}/voters/{voter}")
async def change(election: UUID, voter: UUID, request: Request, seat: AtDesk) -> Response:
    """Correct, remove, or replace the link of one voter."""
    form = await typed(request)
    path = f"/elections/{election}/voters/{voter}"
    method, path, body, done = {
        "remove": ("DELETE", path, None, "removed"),
        "link": ("POST", f"{path}/link", None, "link"),
    }.get(form.get("do", ""), ("PUT", path, _voter(form), "corrected"))
    try:
        await seat.granted(election, "voter", method, path, json=body)
    except Refused as refused:
        return await _page(election, voter, seat, _voter(form), refused)
    return see(f"/desk/e/{election}/roll?done={done}")


async def _page(
    election: UUID, voter: UUID, seat: Seat, entry: dict[str, Any], refused: Refused | None = None
) -> Response:
    return desk_page(
        "desk/voter.html",
        refused.answer.status if refused else 200,
        election=await seat.election(election),
        voter=voter,
        entry=entry,
        problem=_sentence(refused) if refused else "",
    )


def _sentence(refused: Refused) -> str:
    return UNUSABLE if refused.answer.code == "invalid" else refused.answer.detail


def _voter(form: dict[str, str]) -> dict[str, Any]:
    return {
        "email": form.get("email", ""),
        "name": form.get("name", ""),
        "external_id": form.get("external_id", "") or None,
        "style": form.get("style", "") or "all",
    }
