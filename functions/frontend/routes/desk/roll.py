"""The roll at the desk: upload, one voter at a time, links."""

import csv
import io
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response, UploadFile

from functions.frontend.desk_session import AtDesk, Refused, Seat
from functions.frontend.pages import desk_page, see

router = APIRouter(include_in_schema=False)
LARGEST = 20 * 1024 * 1024


@router.get("/desk/e/{election}/roll")
async def roll(election: UUID, seat: AtDesk, q: str = "", after: str = "") -> Response:
    return await _roll(election, seat, None, q=q, after=after)


@router.post("/desk/e/{election}/roll", max_body_size=LARGEST)
async def upload(
    election: UUID, seat: AtDesk, file: UploadFile | None = None, text: Annotated[str, Form()] = ""
) -> Response:
    """Import a file or pasted lines: all of it, or nothing and a list of what is wrong in which line."""
    content = await file.read() if file and file.filename else text.encode()
    try:
        done = await seat.granted(
            election,
            "voter",
            "POST",
            f"/elections/{election}/roll",
            content=content,
            headers={"content-type": "text/csv"},
            timeout=60,
        )
    except Refused as refused:
        return await _roll(election, seat, refused.answer.body, refused.answer.status)
    return await _roll(election, seat, None, done=done)


@router.post("/desk/e/{election}/voters")
async def add(election: UUID, request: Request, seat: AtDesk) -> Response:
    form = {name: str(value) for name, value in (await request.form(max_files=0)).items()}
    return await _change(election, seat, "POST", "", _voter(form))


@router.post("/desk/e/{election}/voters/{voter}")
async def change(election: UUID, voter: UUID, request: Request, seat: AtDesk) -> Response:
    """Correct, remove, or replace the link of one voter."""
    form = {name: str(value) for name, value in (await request.form(max_files=0)).items()}
    match form.get("do"):
        case "remove":
            return await _change(election, seat, "DELETE", f"/{voter}", None)
        case "link":
            return await _change(election, seat, "POST", f"/{voter}/link", None)
    return await _change(election, seat, "PUT", f"/{voter}", _voter(form))


@router.post("/desk/e/{election}/links")
async def links(election: UUID, seat: AtDesk, reason: Annotated[str, Form()] = "", form: str = "page") -> Response:
    """Read out the voting links: for letters, or for those whose mail does not arrive. It is counted and published."""
    try:
        read = await seat.granted(
            election, "voter", "POST", f"/elections/{election}/links", json={"reason": reason}, timeout=60
        )
    except Refused as refused:
        return await _roll(election, seat, refused.answer.body, refused.answer.status)
    if form == "csv":
        return _csv(read["links"])
    found = await seat.ask("election", "GET", f"/elections/{election}")
    return desk_page("desk/links.html", election=found, links=read["links"])


def _csv(links: list[dict[str, Any]]) -> Response:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["email", "name", "link"])
    # A name that begins like a formula would run in a spreadsheet.
    safe = [[("'" + text if text[:1] in "=+-@" else text) for text in (link["email"], link["name"])] for link in links]
    writer.writerows([*texts, link["url"]] for texts, link in zip(safe, links, strict=True))
    headers = {"Content-Disposition": 'attachment; filename="links.csv"'}
    return Response(out.getvalue(), media_type="text/csv", headers=headers)


def _voter(form: dict[str, str]) -> dict[str, Any]:
    return {
        "email": form.get("email", ""),
        "name": form.get("name", ""),
        "external_id": form.get("external_id", "") or None,
        "style": form.get("style", "") or "all",
    }


async def _change(election: UUID, seat: Seat, method: str, path: str, body: Any) -> Response:
    try:
        await seat.granted(election, "voter", method, f"/elections/{election}/voters{path}", json=body)
    except Refused as refused:
        return await _roll(election, seat, refused.answer.body, refused.answer.status)
    return see(f"/desk/e/{election}/roll")


async def _roll(
    election: UUID, seat: Seat, problem: Any, status: int = 200, *, done: Any = None, q: str = "", after: str = ""
) -> Response:
    found = await seat.ask("election", "GET", f"/elections/{election}")
    params = {"limit": "50", **({"q": q} if q else {}), **({"after": after} if after else {})}
    listed = await seat.granted(election, "voter", "GET", f"/elections/{election}/roll", params=params)
    summary = await seat.granted(election, "voter", "GET", f"/elections/{election}/roll/summary")
    return desk_page(
        "desk/roll.html",
        status,
        election=found,
        voters=listed["voters"],
        next=listed["next"],
        summary=summary,
        q=q,
        problem=problem,
        done=done,
    )
