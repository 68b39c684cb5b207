"""Accounts of the staff, for administrators."""

from typing import Any, Literal
from uuid import UUID

from fastapi import Request, Response

from functions.frontend.desk_session import AtDesk, Refused, Seat, typed
from functions.frontend.pages import desk_page
from shared.routes import Router

router = Router(include_in_schema=False)


@router.get("/desk/accounts")
async def accounts(seat: AtDesk) -> Response:
    return await _page(seat)


@router.post("/desk/accounts")
async def make(request: Request, seat: AtDesk) -> Response:
    """Make an account; the answer shows the one-time link with which its owner sets a password."""
    form = await typed(request)
    body = {
        "email": form.get("email", ""),
        "name": form.get("name", ""),
        "administrator": bool(form.get("administrator")),
    }
    return await _do(seat, "/accounts", body)


@router.post("/desk/accounts/{account}/{action}")
async def change(account: UUID, action: Literal["link", "disable", "enable"], seat: AtDesk) -> Response:
    """`link` is a new one-time link, for a lost password."""
    return await _do(seat, f"/accounts/{account}/{action}", None)


async def _do(seat: Seat, path: str, body: dict[str, Any] | None) -> Response:
    try:
        made = await seat.ask("auth", "POST", path, json=body)
    except Refused as refused:
        return await _page(seat, given=body, refused=refused)
    token = made.get("token") if isinstance(made, dict) else None
    link = f"{seat.request.app.state.settings.public_url}/desk/password/{token}" if token else None
    return await _page(seat, link=link)


async def _page(
    seat: Seat, *, given: dict[str, Any] | None = None, link: str | None = None, refused: Refused | None = None
) -> Response:
    listed = await seat.ask("auth", "GET", "/accounts")
    unusable = refused is not None and refused.answer.code == "invalid"
    problem = "An e-mail address and a name are wanted." if unusable else refused.answer.detail if refused else ""
    return desk_page(
        "desk/accounts.html",
        refused.answer.status if refused else 200,
        accounts=listed["accounts"],
        given=given or {},
        problem=problem,
        link=link,
    )
