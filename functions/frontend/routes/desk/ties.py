"""A tie that the rule leaves to the returning officer: the options, numbered in the order that shall hold."""

from uuid import UUID

from fastapi import Request, Response

from functions.frontend.desk_session import AtDesk, Refused, Seat, typed
from functions.frontend.pages import desk_page, see
from functions.frontend.rules import order_of
from shared.routes import Router

router = Router(include_in_schema=False)


@router.get("/desk/e/{election}/do/tie")
async def tie(election: UUID, seat: AtDesk) -> Response:
    return await _page(election, seat, {})


@router.post("/desk/e/{election}/do/tie")
async def decide(election: UUID, request: Request, seat: AtDesk) -> Response:
    """Break the tie that the form was made for."""
    form = await typed(request)
    found = await seat.election(election)
    ties = (found["count"] or {}).get("ties", [])
    which = (form.get("contest"), form.get("stage"))
    open_tie = next((one for one in ties if (one["contest"], str(one["stage"])) == which), None)
    if open_tie is None:
        return await _page(election, seat, form, "This tie is not open any more.", 409)
    order = order_of(open_tie["options"], {name.removeprefix("rank-"): rank for name, rank in form.items()})
    if order is None:
        wrong = f"Give each of the numbers 1 to {len(open_tie['options'])} to one option. Nothing was decided."
        return await _page(election, seat, form, wrong, 422)
    body = {"contest": open_tie["contest"], "stage": open_tie["stage"], "order": order}
    try:
        await seat.ask("election", "POST", f"/elections/{election}/decide", json=body)
    except Refused as refused:
        return await _page(election, seat, form, refused.answer.detail, refused.answer.status)
    return see(f"/desk/e/{election}")


async def _page(election: UUID, seat: Seat, given: dict[str, str], problem: str = "", status: int = 200) -> Response:
    found = await seat.election(election)
    titles = {contest["id"]: contest["title"] for contest in found["draft"]["contests"]}
    ties = (found["count"] or {}).get("ties", []) if found["phase"] == "awaiting decision" else []
    may = found["role"] != "observer"
    return desk_page(
        "desk/tie.html", status, election=found, titles=titles, ties=ties, given=given, problem=problem, may=may
    )
