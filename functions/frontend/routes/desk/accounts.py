"""Accounts of the staff, for administrators."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from functions.frontend.desk_session import AtDesk, Refused, Seat
from functions.frontend.pages import desk_page

router = APIRouter(include_in_schema=False)


@router.get("/desk/accounts")
async def accounts(seat: AtDesk) -> Response:
    return await _page(seat)


@router.post("/desk/accounts")
async def make(request: Request, seat: AtDesk) -> Response:
    """Make an account; the answer shows the one-time link with which its owner sets a password."""
    form = {name: str(value) for name, value in (await request.form(max_files=0)).items()}
    body = {
        "email": form.get("email", ""),
        "name": form.get("name", ""),
        "administrator": bool(form.get("administrator")),
    }
    return await _do(seat, "POST", "/accounts", body)


@router.post("/desk/accounts/{account}/{action}")
async def change(account: UUID, action: str, seat: AtDesk) -> Response:
    """`link` (a new one-time link), `disable`, `enable`."""
    return await _do(seat, "POST", f"/accounts/{account}/{action}", None)


async def _do(seat: Seat, method: str, path: str, body: Any) -> Response:
    try:
        made = await seat.ask("auth", method, path, json=body)
    except Refused as refused:
        return await _page(seat, problem=refused.answer.body, status=refused.answer.status)
    token = made.get("token") if isinstance(made, dict) else None
    link = f"{seat.request.app.state.settings.public_url}/desk/password/{token}" if token else None
    return await _page(seat, link=link)


async def _page(seat: Seat, *, problem: Any = None, link: str | None = None, status: int = 200) -> Response:
    listed = await seat.ask("auth", "GET", "/accounts")
    return desk_page("desk/accounts.html", status, accounts=listed["accounts"], problem=problem, link=link)
