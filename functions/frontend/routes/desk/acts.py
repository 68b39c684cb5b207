"""Seeing an election through: its page, and for each thing that can be done to it a page that says what it means."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from functions.frontend.desk_session import AtDesk, Refused, Seat, typed
from functions.frontend.draft_faults import placed
from functions.frontend.pages import desk_page, see
from functions.frontend.rules import SMALL, offered
from shared.errors import NotFound
from shared.methods import METHODS
from shared.routes import Router

router = Router(include_in_schema=False)

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
    found = await seat.election(election)
    return desk_page(
        "desk/election.html",
        election=found,
        acts=offered(found["shown_phase"], found["role"]),
        faults=placed(found["faults"], found["draft"]),
        **await _numbers(seat, found),
    )


@router.get("/desk/e/{election}/do/{action}")
async def confirm(election: UUID, action: str, seat: AtDesk) -> Response:
    """What the action means, and the form that does it."""
    return await _act(election, action, seat, {})


@router.post("/desk/e/{election}/do/{action}")
async def act(election: UUID, action: str, request: Request, seat: AtDesk) -> Response:
    """Do it; a refusal is shown with everything as it was typed."""
    if action not in ACTIONS:
        raise NotFound
    form = await typed(request)
    body = {name: form.get(name, "") for name in ACTIONS[action]}
    try:
        await seat.ask("election", "POST", f"/elections/{election}/{action}", json=body or None)
    except Refused as refused:
        return await _act(election, action, seat, body, refused)
    return see(f"/desk/e/{election}")


@router.get("/desk/e/{election}/count")
async def count(election: UUID, seat: AtDesk) -> Response:
    """The count before it is published, for those who run or watch the election."""
    found = await seat.election(election)
    public = await seat.ask("election", "GET", f"/elections/{election}/public")
    record = await seat.granted(election, "result", "GET", f"/counts/{election}")
    preview = found["phase"] != "published"
    return desk_page("result.html", frame="desk/frame.html", public=public, record=record, preview=preview)


@router.get("/desk/e/{election}/activity")
async def activity(election: UUID, seat: AtDesk) -> Response:
    found = await seat.election(election)
    done = await seat.ask("election", "GET", f"/elections/{election}/activity")
    return desk_page("desk/activity.html", election=found, activity=done["activity"])


async def _act(
    election: UUID, action: str, seat: Seat, given: dict[str, str], refused: Refused | None = None
) -> Response:
    if action not in ACTIONS:
        raise NotFound
    found = await seat.election(election)
    return desk_page(
        "desk/act.html",
        refused.answer.status if refused else 200,
        election=found,
        action=action,
        possible=action in offered(found["shown_phase"], found["role"]),
        given=given,
        problem=_sentence(refused) if refused else "",
        faults=placed(found["faults"], found["draft"]),
        methods=METHODS,
        **await _numbers(seat, found),
    )


def _sentence(refused: Refused) -> str:
    """What was wrong, in the words of the field it is about."""
    faults = refused.answer.body.get("faults", []) if isinstance(refused.answer.body, dict) else []
    wanted = {
        "body.reason": "Give a reason of at most 1,000 characters; it is published.",
        "body.closes_at": "Give the new closing as a date and a time.",
    }
    said = [wanted[fault["where"]] for fault in faults if fault.get("where") in wanted]
    return " ".join(said) or refused.answer.detail


async def _numbers(seat: Seat, election: dict[str, Any]) -> dict[str, Any]:
    """Roll and turnout, None while the function that knows them does not answer; and whether secrecy is in danger."""
    roll = await seat.if_there(election["id"], "voter", f"/elections/{election['id']}/roll/summary")
    scheduled = election["phase"] != "draft"
    turnout = await seat.if_there(election["id"], "ballot", f"/boxes/{election['id']}/turnout") if scheduled else None
    telling = any(
        contest["method"] in METHODS and METHODS[contest["method"]].paper != "choose"
        for contest in election["draft"]["contests"]
    )
    smallest = min(roll["styles"].values(), default=0) if roll else 0
    return {"roll": roll, "turnout": turnout, "telling": telling and 0 < smallest < SMALL}
