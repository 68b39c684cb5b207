"""Who sits at the desk: `auth`'s tokens in cookies no script can read and no other site can send.

The session's cookie ends a little before the session; then the refresh token brings the next one, unseen.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.frontend import upstream
from functions.frontend.rules import BEARER
from shared.access import gate
from shared.errors import Forbidden, Unauthenticated, Unavailable

SESSION, REFRESH = "uvote_session", "uvote_refresh"
REFRESH_LIFE = 12 * 3600


class LogInFirst(Unauthenticated):
    code = "log_in_first"
    sentence = "Please log in."


class OtherSite(Forbidden):
    code = "other_site"
    sentence = "This form was sent from another site. Open the desk and send it from there."


class Refused(Exception):
    """Another function refused what a form asked; the page shows why and keeps what was typed."""

    def __init__(self, answer: upstream.Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


@dataclass
class Seat:
    """A member of staff at the desk, able to ask the functions in their own name."""

    request: Request
    session: str
    grants: dict[UUID, str] = field(default_factory=dict)

    async def ask(self, function: str, method: str, path: str, **more: Any) -> Any:
        """Ask with the session; raises LogInFirst or Refused."""
        return _accepted(await upstream.ask(self.request, function, method, path, token=self.session, **more))

    async def granted(self, election: UUID, function: str, method: str, path: str, **more: Any) -> Any:
        """Ask with a grant for this election; raises LogInFirst or Refused."""
        if election not in self.grants:
            self.grants[election] = (await self.ask("election", "POST", f"/elections/{election}/grant"))["grant"]
        token = self.grants[election]
        return _accepted(await upstream.ask(self.request, function, method, path, token=token, **more))

    async def election(self, election: UUID) -> dict[str, Any]:
        """The election as its staff see it."""
        found: dict[str, Any] = await self.ask("election", "GET", f"/elections/{election}")
        return found

    async def if_there(self, election: UUID, function: str, path: str) -> Any:
        """What another function says of the election; None when it knows nothing of it or does not answer now."""
        try:
            return await self.granted(election, function, "GET", path)
        except (Refused, Unavailable):
            return None


def _accepted(answer: upstream.Answer) -> Any:
    if answer.status == 401:
        raise LogInFirst
    if not answer.ok:
        raise Refused(answer)
    return answer.body


async def typed(request: Request) -> dict[str, str]:
    """What a short form says, a text a field."""
    return {name: str(value) for name, value in (await request.form(max_files=0)).items()}


def same_site(request: Request) -> None:
    """Raises OtherSite for a form that another site sent (the cookies are SameSite=Strict as well)."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin", "")
    # Behind a Knative DomainMapping `Host` is the function's own name in the cluster, not the one that was typed.
    public = urlsplit(request.app.state.settings.public_url)
    ours = {f"https://{host}", f"http://{host}", f"{public.scheme}://{public.netloc}"}
    if request.headers.get("sec-fetch-site") != "same-origin" and origin not in ours:
        raise OtherSite


@gate
async def visitor(request: Request) -> None:
    """Anybody, from our own pages: for the forms before logging in."""
    if request.method == "POST":
        same_site(request)


@gate
async def seat(request: Request) -> Seat:
    """The member of staff that the cookies name; raises LogInFirst."""
    if request.method == "POST":
        same_site(request)
    session, refresh = request.cookies.get(SESSION, ""), request.cookies.get(REFRESH, "")
    if BEARER.fullmatch(session):
        return Seat(request, session)
    if not refresh:
        raise LogInFirst
    answer = await upstream.ask(request, "auth", "POST", "/sessions/refresh", json={"refresh": refresh})
    if not answer.ok:
        raise LogInFirst
    remember(request, answer.body)
    return Seat(request, answer.body["session"])


AtDesk = Annotated[Seat, Depends(seat)]
Visitor = Annotated[None, Depends(visitor)]


def remember(request: Request, tokens: dict[str, Any]) -> None:
    """Set both cookies with whatever this request answers."""
    request.state.cookies = [
        _cookie(request, SESSION, tokens["session"], max(0, int(tokens["expires_in"]) - 60)),
        _cookie(request, REFRESH, tokens["refresh"], REFRESH_LIFE),
    ]


def forget(request: Request) -> None:
    """Remove both cookies with whatever this request answers, if it came with one.

    A request without them may just have followed a link from a mail, where no cookie is sent: the desk in the other
    tab must not be logged out by it.
    """
    if not {SESSION, REFRESH} & request.cookies.keys():
        return
    request.state.cookies = [_cookie(request, SESSION, "", 0), _cookie(request, REFRESH, "", 0)]


def _cookie(request: Request, name: str, value: str, seconds: int) -> bytes:
    secure = "; Secure" if request.app.state.settings.public_url.startswith("https:") else ""
    return f"{name}={value}; Path=/desk; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}".encode()


class Cookies:
    """Adds the cookies that a request's gate or route wants set, whatever kind of answer it ends in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookies = scope.get("state", {}).get("cookies", [])
                message["headers"] = [*message["headers"], *((b"set-cookie", cookie) for cookie in cookies)]
            await send(message)

        await self.app(scope, receive, with_cookies)
