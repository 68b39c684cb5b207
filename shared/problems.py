"""What a caller is told of an error: a problem document (RFC 9457) with a stable `code`, the one table of statuses.

`explain` says what is told, a function's `tell` in which form.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import errors, log
from shared.database import DATABASE_TROUBLE, DatabaseDown

STATUS: Mapping[type[errors.UVoteError], int] = {
    errors.NotUnderstood: 400,
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Outdated: 412,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}


class WrongMethod(errors.UVoteError):
    """There is something at this address, which is not spoken to like this."""

    code = "method_not_allowed"
    sentence = "This address does not take this method."


_MEANT: Mapping[int, type[errors.UVoteError]] = {
    400: errors.NotUnderstood,
    404: errors.NotFound,
    405: WrongMethod,
    413: errors.TooLarge,
}
"""What the framework means by a status that it answers itself."""


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """A problem document as an answer."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    # In ASCII: a half of a surrogate pair in what was sent must not keep us from saying what is wrong with it.
    return Response(json.dumps({**more, **body}), status, dict(headers or {}), "application/problem+json")


def status_of(kind: type[errors.UVoteError]) -> int:
    """The status of an error's family."""
    return next(status for family, status in STATUS.items() if issubclass(kind, family))


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller is told of an error."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, object] = field(default_factory=dict)


Tell = Callable[[Request, Told], Response]


def as_problem(_: Request, told: Told) -> Response:
    """Tell it as a problem document."""
    return problem(told.status, told.code, told.detail, told.headers, **told.more)


def explain(request: Request, error: Exception) -> Told:
    """What to tell of an error; notes for the operator those that are nobody's fault outside."""
    match error:
        case errors.TooMany():
            return Told(429, error.code, error.detail, {"Retry-After": str(error.retry_after)}, error.more)
        case errors.Unauthenticated():
            return Told(401, error.code, error.detail, {"WWW-Authenticate": "Bearer"}, error.more)
        case errors.Unavailable():
            return Told(503, error.code, error.detail, {"Retry-After": "1"}, error.more)
        case errors.UVoteError():
            return Told(status_of(type(error)), error.code, error.detail, {}, error.more)
        case RequestValidationError():
            # The faults name places and what is wrong there, never the input: it may hold a token or a choice.
            faults = [{"where": ".".join(str(part) for part in e["loc"]), "message": e["msg"]} for e in error.errors()]
            return Told(422, errors.Invalid.code, errors.Invalid.sentence, {}, {"faults": faults[:20]})
        case HTTPException():
            meant, headers = _MEANT.get(error.status_code, errors.UVoteError), dict(error.headers or {})
            if error.status_code == 405:
                headers["Allow"] = ", ".join(sorted(_methods(request)))
            return Told(error.status_code, meant.code, meant.sentence, headers)
        case _ if isinstance(error, DATABASE_TROUBLE):
            log.trouble("database", error)
            return Told(503, DatabaseDown.code, DatabaseDown.sentence, {"Retry-After": "1"})
    # The route's template, never the path: a voting link is a path.
    log.trouble("unexpected", error, route=getattr(request.scope.get("route"), "path", None))
    return Told(500, "unexpected", "Something unexpected happened; it was noted.")


def _methods(request: Request) -> set[str]:
    """What may be done at a request's address: every route of it, where the framework names the first one's methods."""
    methods = {
        method
        for context in iter_route_contexts(request.app.routes)
        if context.path_regex.match(request.url.path)
        for method in context.methods or ()
    }
    return methods | ({"HEAD"} if "GET" in methods else set())


class TooLargeTold:
    """Tells of a body beyond its limit as of every other error; the limit itself answers in plain text."""

    def __init__(self, app: ASGIApp, tell: Tell) -> None:
        self.app = app
        self.tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        replaced = False

        async def told(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] == 413:
                replaced = (b"content-type", b"text/plain; charset=utf-8") in message["headers"]
                if replaced:
                    said = Told(413, errors.TooLarge.code, errors.TooLarge.sentence)
                    await self.tell(Request(scope), said)(scope, receive, send)
            if not replaced:
                await send(message)

        await self.app(scope, receive, told if scope["type"] == "http" else send)
