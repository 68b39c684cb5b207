"""Seeing an election through: its page, and one form for each thing an organiser may do to it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from functions.frontend.desk_session import AtDesk, Refused, Seat
from functions.frontend.pages import desk_page, page, see
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)

ACTIONS = {
    "schedule": (),
    "open-now": (),
    "extend": ("closes_at", "reason"),
    "close-now": ("reason",),
    "cancel": ("reason",),
    "annul": ("reason",),
    "publish": (),
}
"""What can be done, and the fields its form carries."""


@router.get("/desk/e/{election}")
async def overview(election: UUID, seat: AtDesk) -> Response:
    return await _overview(election, seat, None)


@router.post("/desk/e/{election}/do/{action}")
async def act(election: UUID, action: str, request: Request, seat: AtDesk) -> Response:
    """Do one thing; a refusal is shown on the election's page with everything as it is."""
    if action not in ACTIONS:
        raise NotFound
    form = await request.form(max_files=0)
    body = {name: str(form.get(name, "")) for name in ACTIONS[action]}
    answer = await seat.try_("election", "POST", f"/elections/{election}/{action}", json=body or None)
    if not answer.ok:
        return await _overview(election, seat, answer.body, answer.status)
    return see(f"/desk/e/{election}")


@router.post("/desk/e/{election}/decide")
async def decide(election: UUID, request: Request, seat: AtDesk) -> Response:
    """Break a tie: the options in the order of their numbers."""
    form = await request.form(max_files=0)
    ranks = {name.removeprefix("rank-"): str(value) for name, value in form.items() if name.startswith("rank-")}
    order = sorted((o for o in ranks if ranks[o].isdigit()), key=lambda option: int(ranks[option]))
    stage = str(form.get("stage", ""))
    body = {
        "contest": str(form.get("contest", "")),
        "stage": int(stage) if stage.isdigit() else -1,
        "order": order,
    }
    answer = await seat.try_("election", "POST", f"/elections/{election}/decide", json=body)
    if not answer.ok:
        return await _overview(election, seat, answer.body, answer.status)
    return see(f"/desk/e/{election}")


@router.get("/desk/e/{election}/count")
async def count(election: UUID, seat: AtDesk) -> Response:
    """The count before it is published, for those who run or watch the election."""
    found = await seat.ask("election", "GET", f"/elections/{election}")
    public = await seat.ask("election", "GET", f"/elections/{election}/public")
    record = await seat.granted(election, "result", "GET", f"/counts/{election}")
    return page("result.html", public=public, record=record, preview=found["phase"] != "published")


@router.get("/desk/e/{election}/activity")
async def activity(election: UUID, seat: AtDesk) -> Response:
    found = await seat.ask("election", "GET", f"/elections/{election}")
    done = await seat.ask("election", "GET", f"/elections/{election}/activity")
    return desk_page("desk/activity.html", election=found, activity=done["activity"])


@router.get("/desk/e/{election}/staff")
async def staff(election: UUID, seat: AtDesk) -> Response:
    return await _staff(election, seat, None)


@router.post("/desk/e/{election}/staff")
async def change_staff(election: UUID, request: Request, seat: AtDesk) -> Response:
    """Add somebody by e-mail, change a role, or remove somebody."""
    form = {name: str(value) for name, value in (await request.form(max_files=0)).items()}
    try:
        if form.get("do") == "remove":
            await seat.ask("election", "DELETE", f"/elections/{election}/staff/{UUID(form.get('staff', ''))}")
        else:
            person = await seat.ask("auth", "GET", "/accounts/find", params={"email": form.get("email", "")})
            body = {
                "role": form.get("role", ""),
                "links": bool(form.get("links")),
                "email": person["email"],
                "name": person["name"],
            }
            await seat.ask("election", "PUT", f"/elections/{election}/staff/{person['id']}", json=body)
    except Refused as refused:
        return await _staff(election, seat, refused.answer.body, refused.answer.status)
    except ValueError as error:
        raise NotFound from error
    return see(f"/desk/e/{election}/staff")


async def _staff(election: UUID, seat: Seat, problem: Any, status: int = 200) -> Response:
    found = await seat.ask("election", "GET", f"/elections/{election}")
    people = await seat.ask("election", "GET", f"/elections/{election}/staff")
    return desk_page("desk/staff.html", status, election=found, staff=people["staff"], problem=problem)


async def _overview(election: UUID, seat: Seat, problem: Any, status: int = 200) -> Response:
    found = await seat.ask("election", "GET", f"/elections/{election}")
    roll = await _unless_refused(seat, election, "voter", f"/elections/{election}/roll/summary")
    turnout = await _unless_refused(seat, election, "ballot", f"/boxes/{election}/turnout")
    return desk_page("desk/election.html", status, election=found, roll=roll, turnout=turnout, problem=problem)


async def _unless_refused(seat: Seat, election: UUID, function: str, path: str) -> Any:
    """What another function says, or None while it knows nothing of the election yet."""
    try:
        return await seat.granted(election, function, "GET", path)
    except Refused:
        return None
