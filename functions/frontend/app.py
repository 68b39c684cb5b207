"""Frontend: every page, for voters (`/v`, `/e`), organisers (`/desk`) and programs (`/api/<function>/…`).

Owns nothing. Promises: a page loads nothing from elsewhere and runs no script; a voter is given no cookie; a token or
a pass stands in no address but the link's own.
"""

import os
from http import HTTPStatus

from fastapi import FastAPI, Request, Response

from functions.frontend.desk_session import Cookies, LogInFirst, Refused, forget
from functions.frontend.pages import page, see
from functions.frontend.routes import passthrough, public, voting
from functions.frontend.routes.desk import accounts, drafting, roll, running, session
from shared import web
from shared.peers import Peers
from shared.settings import Settings


def tell(request: Request, told: web.Told) -> Response:
    """An error as a page for people, as a problem document for programs."""
    if request.url.path.startswith("/api/") or request.url.path == "/openapi.json":
        return web.as_problem(request, told)
    if told.code == LogInFirst.code:
        forget(request)
        return see("/desk/log-in")
    title = {404: "There is nothing here", 503: "One moment, please"}.get(told.status, HTTPStatus(told.status).phrase)
    faults = told.more.get("faults", [])
    return page("trouble.html", told.status, dict(told.headers), title=title, detail=told.detail, faults=faults)


def build(settings: Settings, peers: Peers | None = None) -> FastAPI:
    """The app of `frontend`."""
    desk = (session.router, drafting.router, running.router, roll.router, accounts.router)
    app = web.create_app(
        "frontend", __doc__, settings, public.router, voting.router, *desk, passthrough.router, peers=peers, tell=tell
    )

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)  # noqa: S101  (registered for it)
        answer = error.answer
        return tell(request, web.Told(answer.status, answer.code, answer.detail))

    app.add_exception_handler(Refused, refused)
    app.add_middleware(Cookies)
    return app


app = build(Settings.from_env(os.environ))
