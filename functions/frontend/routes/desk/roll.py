"""The roll at the desk: upload, look through, read out the links."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from functions.frontend.desk_session import AtDesk, Refused, Seat
from functions.frontend.pages import desk_page
from shared.methods import export
from shared.routes import Router

router = Router(include_in_schema=False)
LARGEST = 20 * 1024 * 1024
PAGE = "50"
NEITHER = "Choose a file, or paste the lines."
TOO_MUCH = "This form could not be read. More than a megabyte cannot be pasted: choose such a list as a file."
NO_REASON = "Give a reason of at most 1,000 characters. Nothing was read out."

Typed = Annotated[str, Form()]


@router.get("/desk/e/{election}/roll")
async def roll(election: UUID, seat: AtDesk, q: str = "", after: str = "", done: str = "") -> Response:
    return await show(election, seat, q=q, after=after, done=done)


@router.post("/desk/e/{election}/roll", max_body_size=LARGEST)
async def upload(election: UUID, request: Request, seat: AtDesk) -> Response:
    """Import a file or pasted lines: all of it, or nothing and a list of what is wrong in which line.

    Of both the file is read, since lines that were refused stay in the form; they stay there, and that is told.
    """
    try:
        async with request.form(max_files=1) as form:
            file, text = form.get("file"), str(form.get("text", ""))
            chosen = await file.read() if isinstance(file, UploadFile) and file.filename else b""
    except HTTPException:
        return await show(election, seat, problem=TOO_MUCH, status=422)
    by_file = bool(chosen.strip())
    if not by_file and not text.strip():
        return await show(election, seat, problem=NEITHER, status=422)
    content = chosen if by_file else text.encode()
    try:
        taken = await seat.granted(
            election,
            "voter",
            "POST",
            f"/elections/{election}/roll",
            content=content,
            headers={"content-type": "text/csv"},
            timeout=60,
        )
    except Refused as refused:
        return await show(election, seat, refused=refused, pasted=text)
    return await show(election, seat, taken=taken, pasted=text if by_file and text.strip() else "")


@router.post("/desk/e/{election}/links")
async def links(
    election: UUID, seat: AtDesk, request: Request, reason: Typed = "", voter: Typed = "", form: str = "page"
) -> Response:
    """Read out voting links: for letters, or for somebody whose mail does not arrive. It is counted and published."""
    wanted: dict[str, Any] = {"reason": reason, **({"voters": [voter]} if voter else {})}
    try:
        read = await seat.granted(election, "voter", "POST", f"/elections/{election}/links", json=wanted, timeout=60)
    except Refused as refused:
        unreasoned = refused.answer.code == "invalid"
        return await show(election, seat, refused=refused, problem=NO_REASON if unreasoned else "")
    if form == "csv":
        return _csv(read["links"])
    return desk_page("desk/links.html", election=await seat.election(election), links=read["links"])


async def show(
    election: UUID,
    seat: Seat,
    *,
    q: str = "",
    after: str = "",
    done: str = "",
    taken: dict[str, Any] | None = None,
    refused: Refused | None = None,
    problem: str = "",
    status: int = 200,
    pasted: str = "",
) -> Response:
    """The roll's page; an observer sees its numbers alone."""
    found = await seat.election(election)
    summary = await seat.granted(election, "voter", "GET", f"/elections/{election}/roll/summary")
    listed: dict[str, Any] = {"voters": [], "next": None}
    if found["role"] != "observer":
        params = {"limit": PAGE, **({"q": q} if q else {}), **({"after": after} if after else {})}
        listed = await seat.granted(election, "voter", "GET", f"/elections/{election}/roll", params=params)
    body = refused.answer.body if refused and isinstance(refused.answer.body, dict) else {}
    return desk_page(
        "desk/roll.html",
        refused.answer.status if refused else status,
        election=found,
        summary=summary,
        voters=listed["voters"],
        next=listed["next"],
        q=q,
        done=done,
        taken=taken,
        problem=problem or (refused.answer.detail if refused else ""),
        faults=[fault for fault in body.get("faults", []) if "line" in fault],
        pasted=pasted,
    )


def _csv(links: list[dict[str, Any]]) -> Response:
    rows = [["email", "name", "link"], *([link["email"], link["name"], link["url"]] for link in links)]
    headers = {"Content-Disposition": 'attachment; filename="links.csv"'}
    # The mark has Excel read UTF-8; without it every name that is not English comes out wrong in the letters.
    return Response("\ufeff" + export.csv_text(rows), media_type="text/csv", headers=headers)
