"""Frontend: every page, for voters (`/v`, `/e`), organisers (`/desk`) and programs (`/api/<function>/…`).

Owns nothing. Promises: a page loads nothing from elsewhere and runs no script; a voter is given no cookie; a token or
a pass stands in no address but the link's own.
"""

import os

from fastapi import FastAPI, Request, Response

from functions.frontend.desk_session import Cookies, LogInFirst, Refused, forget
from functions.frontend.pages import page, see
from functions.frontend.routes import passthrough, public, voting
from functions.frontend.routes.desk import accounts, acts, drafting, roll, session, staff, ties, voters
from shared import problems, web
from shared.peers import Peers
from shared.settings import Settings

TITLES = {
    403: "This is not yours to do",
    404: "There is nothing here",
    405: "There is nothing here",
    409: "That cannot be done now",
    413: "That is too large",
    429: "Please wait a moment",
    503: "One moment, please",
}


def tell(request: Request, told: problems.Told) -> Response:
    """An error as a page for people, as a problem document for programs."""
    if request.url.path.startswith("/api/") or request.url.path == "/openapi.json":
        return problems.as_problem(request, told)
    if told.code == LogInFirst.code:
        forget(request)
        return see("/desk/log-in")
    status, detail = told.status, told.detail
    faults = told.more.get("faults")
    if isinstance(faults, list) and faults and all(str(fault.get("where")).startswith("path.") for fault in faults):
        # An address whose id is none: the form of ids is nothing that people should read about.
        status, detail = 404, "There is nothing at this address."
    elif told.code == "invalid":
        detail = "This form did not arrive whole. Please go back, load the page again, and send it once more."
    title = TITLES.get(status, "Something went wrong" if status >= 500 else "That could not be read")
    return page("trouble.html", status, dict(told.headers), title=title, detail=detail, asleep=status == 503)


def build(settings: Settings, peers: Peers | None = None) -> FastAPI:
    """The app of `frontend`."""
    desk = (
        session.router,
        drafting.router,
        ties.router,
        acts.router,
        roll.router,
        voters.router,
        staff.router,
        accounts.router,
    )
    app = web.create_app(
        "frontend",
        __doc__,
        settings,
        public.router,
        voting.router,
        *desk,
        passthrough.router,
        peers=peers,
        tell=tell,
        docs_url=None,
    )

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)  # noqa: S101  (registered for it)
        answer = error.answer
        return tell(request, problems.Told(answer.status, answer.code, answer.detail))

    app.state.asked = {}
    app.add_exception_handler(Refused, refused)
    app.add_middleware(Cookies)
    return app


app = build(Settings.from_env(os.environ))
