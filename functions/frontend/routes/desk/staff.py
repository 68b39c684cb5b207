"""Who runs and watches an election: its owners, organisers and observers."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from functions.frontend.desk_session import AtDesk, Refused, Seat, typed
from functions.frontend.pages import desk_page, see
from shared.errors import NotFound
from shared.routes import Router

router = Router(include_in_schema=False)


@router.get("/desk/e/{election}/staff")
async def staff(election: UUID, seat: AtDesk) -> Response:
    return await _staff(election, seat, {})


@router.post("/desk/e/{election}/staff")
async def join(election: UUID, request: Request, seat: AtDesk) -> Response:
    """Give the holder of an account a part in the election, or another one."""
    form = await typed(request)
    try:
        person = await seat.ask("auth", "GET", "/accounts/find", params={"email": form.get("email", "")})
        body = {
            "role": form.get("role", ""),
            "links": bool(form.get("links")),
            "email": person["email"],
            "name": person["name"],
        }
        await seat.ask("election", "PUT", f"/elections/{election}/staff/{person['id']}", json=body)
    except Refused as refused:
        return await _staff(election, seat, form, refused)
    return see(f"/desk/e/{election}/staff")


@router.post("/desk/e/{election}/staff/{person}")
async def change(election: UUID, person: UUID, request: Request, seat: AtDesk) -> Response:
    """`leave` ends somebody's part; `links` and `no-links` give and take the right to read out voting links."""
    form = await typed(request)
    path = f"/elections/{election}/staff/{person}"
    try:
        if form.get("do") == "leave":
            await seat.ask("election", "DELETE", path)
        else:
            listed = await seat.ask("election", "GET", f"/elections/{election}/staff")
            known = next((one for one in listed["staff"] if one["id"] == str(person)), None)
            if known is None or form.get("do") not in {"links", "no-links"}:
                raise NotFound
            body = {name: known[name] for name in ("role", "email", "name")} | {"links": form["do"] == "links"}
            await seat.ask("election", "PUT", path, json=body)
    except Refused as refused:
        return await _staff(election, seat, {}, refused)
    return see(f"/desk/e/{election}/staff")


async def _staff(election: UUID, seat: Seat, given: dict[str, str], refused: Refused | None = None) -> Response:
    found = await seat.election(election)
    people: dict[str, Any] = await seat.ask("election", "GET", f"/elections/{election}/staff")
    status, problem = (refused.answer.status, refused.answer.detail) if refused else (200, "")
    return desk_page("desk/staff.html", status, election=found, staff=people["staff"], given=given, problem=problem)
