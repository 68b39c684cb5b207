"""A voter's way: link, landing, paper, review, receipt. Nothing is remembered between pages but what the forms carry.

The token is in the address of the landing page alone; the pass travels in hidden fields, never in a cookie, so that
the next person at a shared computer finds nothing.
"""

import asyncio
import json
import secrets
from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Request, Response

from functions.frontend import upstream
from functions.frontend.pages import page
from functions.frontend.papers import Filled, filled, marks_of, refilled
from functions.frontend.rules import BEARER, OVER, TOKEN
from shared.access import Anyone
from shared.contracts.definition import Contest
from shared.errors import Invalid, NotFound, Unavailable
from shared.routes import Router

router = Router(include_in_schema=False)
LARGEST = 512 * 1024
"""Bytes of a form: the largest definition has some four thousand options, each of them a field."""
BEHIND = " .,;:!?)]}>'\""
"""What may stand behind a link in a sentence, and gets copied with it."""
Typed = Annotated[str, Form()]


class NoSuchLink(NotFound):
    code = "no_such_link"
    sentence = "This voting link is not complete. Please copy the whole link from your invitation."


class NoPass(Invalid):
    code = "no_pass"
    sentence = "This form is not complete. Please start again from your voting link."


@router.get("/v/{election}/{token}")
async def landing(election: str, token: str, request: Request, _: Anyone) -> Response:
    """Shows what will happen and consumes nothing: mail scanners follow links too."""
    box, token = _link(election, token)
    upstream.wake(request)
    public = await upstream.public_if_quick(request, box)
    over = public is not None and public["phase"] in OVER
    return page("landing.html", election=box, token=token, public=public, over=over)


@router.post("/v/{election}/{token}")
async def enter(election: str, token: str, request: Request, _: Anyone) -> Response:
    """Take the link to a pass, and show the empty paper."""
    box, token = _link(election, token)
    passed, public = await asyncio.gather(
        upstream.ask(request, "voter", "POST", f"/elections/{box}/passes", json={"token": token}),
        upstream.public(request, box),
    )
    if not passed.ok:
        return _refused(passed, public, box)
    if public["phase"] in OVER:
        return _refused(upstream.Answer(409, {"code": "closed", "detail": "Voting is closed."}), public, box)
    bearer, style = passed.body["pass"], passed.body["style"]
    return _paper(public, bearer, style, [Filled(contest) for contest in _contests(public, style)])


@router.post("/e/{election}/paper", max_body_size=LARGEST)
async def again(
    election: UUID,
    request: Request,
    _: Anyone,
    bearer: Annotated[str, Form(alias="pass")],
    style: Typed,
    marks: Typed,
) -> Response:
    """The paper once more, as it was filled."""
    public = await upstream.public(request, election)
    said = _marks(marks)
    return _paper(public, bearer, style, [refilled(c, said.get(c.id, [])) for c in _contests(public, style)])


@router.post("/e/{election}/review", max_body_size=LARGEST)
async def review(election: UUID, request: Request, _: Anyone) -> Response:
    """The paper as it was understood, or what does not fit. Only this page's form casts; its nonce is fresh."""
    form = await request.form(max_files=0, max_fields=6000)
    fields = {name: [str(value) for value in form.getlist(name)] for name in form}
    bearer, style = "".join(fields.get("pass", [])), "".join(fields.get("style", []))
    if not bearer or not style:
        raise NoPass
    public = await upstream.public(request, election)
    paper = [filled(contest, fields) for contest in _contests(public, style)]
    if any(part.faults for part in paper):
        return _paper(public, bearer, style, paper, 422)
    return page(
        "review.html",
        public=public,
        paper=paper,
        carried={
            "pass": bearer,
            "style": style,
            "marks": json.dumps({part.contest.id: part.marks for part in paper}, separators=(",", ":")),
        },
        nonce=secrets.token_hex(16),
    )


@router.post("/e/{election}/cast", max_body_size=LARGEST)
async def cast(
    election: UUID,
    request: Request,
    _: Anyone,
    bearer: Annotated[str, Form(alias="pass")],
    marks: Typed,
    nonce: Typed,
    definition: Typed,
) -> Response:
    """Put the paper into the box; the receipt is shown only after the box has it."""
    if not BEARER.fullmatch(bearer):
        raise NoPass
    body = {"nonce": nonce, "definition": definition, "marks": _marks(marks)}
    try:
        answer = await upstream.cast(request, election, bearer, body)
    except Unavailable:
        again = {"pass": bearer, "marks": marks, "nonce": nonce, "definition": definition}
        return page("unsure.html", 503, election=election, again=again)
    # From here on the box has spoken: a name that is slow to come keeps nobody from seeing the receipt.
    public = await upstream.public_if_quick(request, election)
    if answer.ok:
        return page("receipt.html", 201, public=public, election=election, receipt=answer.body["receipt"])
    return _refused(answer, public, election)


def _link(election: str, token: str) -> tuple[UUID, str]:
    """The box and the token of a link; a full stop or bracket that stood behind it in a letter is no part of it."""
    token = token.rstrip(BEHIND)
    try:
        box = UUID(election)
    except ValueError as error:
        raise NoSuchLink from error
    if not TOKEN.fullmatch(token):
        raise NoSuchLink
    return box, token


def _contests(public: dict[str, Any], style: str) -> list[Contest]:
    styles = {found["id"]: found["contests"] for found in public["definition"]["styles"]}
    if style not in styles:
        raise NoPass
    contests = [contest for contest in public["definition"]["contests"] if contest["id"] in styles[style]]
    return [Contest.model_validate(contest) for contest in contests]


def _marks(text: str) -> dict[str, list[str]]:
    try:
        marks = marks_of(json.loads(text))
    except (ValueError, RecursionError):
        marks = None
    if marks is None:
        raise NoPass
    return marks


def _paper(public: dict[str, Any], bearer: str, style: str, paper: list[Filled], status: int = 200) -> Response:
    return page("paper.html", status, public=public, carried={"pass": bearer, "style": style}, paper=paper)


def _refused(answer: upstream.Answer, public: dict[str, Any] | None, election: UUID) -> Response:
    if answer.code == "already_voted" and isinstance(answer.body.get("receipt"), str):
        return page("already.html", 409, public=public, election=election, receipt=answer.body["receipt"])
    return page("refused.html", answer.status, public=public, election=election, code=answer.code, detail=answer.detail)
