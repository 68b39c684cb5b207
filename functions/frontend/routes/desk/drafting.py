"""Making an election: list, draft, copy."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from functions.frontend import draft_faults, drafts
from functions.frontend.desk_session import AtDesk, Refused, Seat
from functions.frontend.pages import desk_page, see, zones
from functions.frontend.rules import methods_by_way
from shared.errors import Invalid
from shared.methods import METHODS
from shared.methods.majority import BASES
from shared.routes import Router

router = Router(include_in_schema=False)
LARGEST = 4 * 1024 * 1024
"""Bytes of a form: a draft has at most one megabyte, and a letter that is not ASCII takes up to three times as much."""
OUTDATED = (
    "Somebody else has saved this draft since you opened it, and nothing of yours was saved. "
    "Open it again in another tab, and carry over what is missing there."
)


SHARES = [
    ("more than 1/2", "more than half"),
    ("at least 2/3", "at least two thirds"),
    ("more than 2/3", "more than two thirds"),
    ("at least 3/4", "at least three quarters, 75 %"),
    ("more than 3/4", "more than three quarters"),
    ("at least 1/1", "all, without a vote against"),
]


class NoRevision(Invalid):
    code = "no_revision"
    sentence = "This form is not complete. Please open the draft again."


@router.get("/desk")
async def elections(seat: AtDesk) -> Response:
    mine = await seat.ask("election", "GET", "/elections")
    me = await seat.ask("auth", "GET", "/me")
    return desk_page("desk/elections.html", elections=mine["elections"], me=me)


@router.get("/desk/new")
async def new(seat: AtDesk) -> Response:
    """A new draft, in the time zone of the election made last."""
    mine = (await seat.ask("election", "GET", "/elections"))["elections"]
    zone = (await seat.election(UUID(mine[0]["id"])))["draft"]["time_zone"] if mine else ""
    return _form(drafts.empty_draft(datetime.now(UTC), zone))


@router.post("/desk/new", max_body_size=LARGEST)
async def make(request: Request, seat: AtDesk) -> Response:
    """Save a new draft, or give the form another section."""
    draft, do, _ = await _read(request)
    if do != "save":
        return _form(drafts.changed(draft, do))
    return await _save(seat, draft, None, "POST", "/elections")


@router.get("/desk/e/{election}/draft")
async def edit(election: UUID, seat: AtDesk) -> Response:
    found = await seat.election(election)
    if found["phase"] != "draft":
        return see(f"/desk/e/{election}")
    return _form(found["draft"], election, faults=found["faults"], revision=str(found["revision"]))


@router.post("/desk/e/{election}/draft", max_body_size=LARGEST)
async def save(election: UUID, request: Request, seat: AtDesk) -> Response:
    """Save the draft under the revision it was read at; whoever saved meanwhile is not overwritten."""
    draft, do, revision = await _read(request)
    if not (revision.isascii() and revision.isdigit()):
        raise NoRevision
    if do != "save":
        return _form(drafts.changed(draft, do), election, revision=revision)
    return await _save(seat, draft, election, "PUT", f"/elections/{election}", revision)


@router.post("/desk/e/{election}/copy")
async def copy(election: UUID, seat: AtDesk) -> Response:
    """A new draft like this election, with its roll where there is one; the links are new."""
    made = await seat.ask("election", "POST", f"/elections/{election}/copy")
    try:
        await seat.granted(UUID(made["id"]), "voter", "POST", f"/elections/{made['id']}/roll/copy")
    except Refused as refused:
        if refused.answer.code != "no_roll_to_copy":
            raise
    return see(f"/desk/e/{made['id']}")


async def _save(
    seat: Seat, draft: drafts.Draft, election: UUID | None, method: str, path: str, revision: str = ""
) -> Response:
    """The election's page once the draft is saved; else the form with what was typed and what is wrong."""
    draft = drafts.to_send(draft)
    headers = {"if-match": f'"{revision}"'} if revision else {}
    try:
        saved = await seat.ask("election", method, path, json=draft, headers=headers)
    except Refused as refused:
        answer = refused.answer
        faults = answer.body.get("faults") if isinstance(answer.body, dict) else None
        if faults:
            return _form(draft, election, faults=faults, saved=False, status=answer.status, revision=revision)
        problem = OUTDATED if answer.code == "outdated" else answer.detail
        return _form(draft, election, problem=problem, saved=False, status=answer.status, revision=revision)
    return see(f"/desk/e/{saved['id']}")


async def _read(request: Request) -> tuple[drafts.Draft, str, str]:
    form = await request.form(max_files=0, max_fields=50_000)
    fields = {name: [str(value) for value in form.getlist(name)] for name in form}
    return drafts.read(fields), "".join(fields.get("do", ["save"])), "".join(fields.get("revision", []))


def _form(
    draft: drafts.Draft,
    election: UUID | None = None,
    *,
    faults: list[dict[str, Any]] | None = None,
    problem: str = "",
    saved: bool = True,
    status: int = 200,
    revision: str = "",
) -> Response:
    """The form. `faults` of a draft that was saved only keep it from being scheduled."""
    placed = draft_faults.placed(faults or [], draft)
    at: dict[str, list[str]] = {}
    for fault in placed:
        at.setdefault(fault.field, []).append(fault.message)
    return desk_page(
        "desk/draft.html",
        status,
        draft=drafts.roomy(draft),
        election=election,
        faults=placed,
        at=at,
        problem=problem,
        saved=saved,
        revision=revision,
        methods=methods_by_way(),
        zones=_zone_choices(draft["time_zone"]),
        roles_of={method.name: method.roles for method in METHODS.values() if method.roles},
        shares=SHARES,
        bases=list(BASES.items()),
        simple=drafts.SIMPLE,
    )


def _zone_choices(present: str) -> list[tuple[str, str]]:
    known = zones()
    other = [] if present in known else [present]
    return [(zone, zone or "Choose …") for zone in (*other, *known)]
