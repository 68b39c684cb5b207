"""Who sits at the desk: `auth`'s tokens in cookies no script can read and no other site can send.

The session's cookie ends a little before the session; then the refresh token brings the next one, unseen.
"""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.frontend import upstream
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

    async def try_(self, function: str, method: str, path: str, **more: Any) -> upstream.Answer:
        """Ask with the session; a refusal is an answer."""
        return await upstream.ask(self.request, function, method, path, token=self.session, **more)

    async def ask(self, function: str, method: str, path: str, **more: Any) -> Any:
        """Ask with the session; raises Refused."""
        return accepted(await self.try_(function, method, path, **more))

    async def granted(self, election: UUID, function: str, method: str, path: str, **more: Any) -> Any:
        """Ask with a grant for this election; raises Refused."""
        grant = (await self.ask("election", "POST", f"/elections/{election}/grant"))["grant"]
        return accepted(await upstream.ask(self.request, function, method, path, token=grant, **more))


def accepted(answer: upstream.Answer) -> Any:
    """The body of an answer that is no refusal; raises LogInFirst or Refused."""
    if answer.status == 401:
        raise LogInFirst
    if answer.status in {502, 503, 504}:
        raise Unavailable
    if not answer.ok:
        raise Refused(answer)
    return answer.body


def same_site(request: Request) -> None:
    """Raises OtherSite for a form that another site sent (the cookies are SameSite=Strict as well)."""
    origin = urlsplit(request.headers.get("origin", ""))
    if request.headers.get("sec-fetch-site") == "same-origin" or (
        origin.netloc and origin.netloc == request.headers.get("host")
    ):
        return
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
    session = request.cookies.get(SESSION)
    if session:
        return Seat(request, session)
    refresh = request.cookies.get(REFRESH)
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
    """Remove both cookies with whatever this request answers."""
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
