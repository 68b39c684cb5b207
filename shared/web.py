"""One shape for six functions: errors as problem documents, a gate on every route, limits, `/health` and `/docs`.

`create_app` is the only place where the order of a request is composed.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import cloudevent, errors, log
from shared.access import GATES, Anyone
from shared.database import DATABASE_TROUBLE, Database, DatabaseDown
from shared.exchange import Exchange
from shared.peers import Peers
from shared.routes import Route, Router
from shared.settings import Settings

BODY_LIMIT = 64 * 1024
"""Bytes a request body may have unless its route says otherwise (`max_body_size=`)."""

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


class NakedRoute(Exception):
    """A route says nothing about who may call it; the function must not start."""


class Health(BaseModel):
    status: str
    service: str


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
    return {
        method
        for context in iter_route_contexts(request.app.routes)
        if context.path_regex.match(request.url.path)
        for method in context.methods or ()
    }


class Headers:
    """Adds the headers that every answer of UVote carries, unless the route set its own."""

    ALWAYS = (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in self.ALWAYS if h[0] not in present)]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


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


def _gated(dependant: Dependant) -> bool:
    return dependant.call in GATES or any(_gated(inner) for inner in dependant.dependencies)


def check_gates(app: FastAPI) -> None:
    """Raises NakedRoute for a route without a gate (the documentation's own pages aside)."""
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        documentation = context.path in {app.openapi_url, app.docs_url, app.swagger_ui_oauth2_redirect_url}
        if not documentation and (dependant is None or not _gated(dependant)):
            raise NakedRoute(f"{context.path} does not say who may call it.")


class App(FastAPI):
    """A FastAPI whose OpenAPI document says what each route answers when it refuses."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            from shared.openapi import with_problems

            self.openapi_schema = with_problems(super().openapi(), self.routes, status_of)
        return self.openapi_schema


def create_app(
    function: str,
    doc: str | None,
    settings: Settings,
    *routers: Router,
    exchange: Exchange | None = None,
    peers: Peers | None = None,
    tell: Tell = as_problem,
    docs_url: str | None = "/docs",
) -> FastAPI:
    """The ASGI app of one function; raises NakedRoute when a route has no gate."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        log.start(function)
        yield
        if exchange:
            await exchange.settle()
        await app.state.peers.close()
        await Database.close()

    app = App(
        title=f"UVote {function}",
        description=doc or "",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=docs_url,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.function = function
    app.state.settings = settings
    app.state.peers = peers or (exchange.peers if exchange else Peers(settings))
    app.state.exchange = exchange

    async def handle(request: Request, error: Exception) -> Response:
        return tell(request, explain(request, error))

    for family in (errors.UVoteError, RequestValidationError, HTTPException, *DATABASE_TROUBLE, Exception):
        app.add_exception_handler(family, handle)
    # Each is around the one before it.
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=BODY_LIMIT)
    app.add_middleware(TooLargeTold, tell=tell)
    app.add_middleware(Headers)

    app.router.route_class = Route

    @app.get("/health")
    async def health(_: Anyone) -> Health:
        """Alive; asks nothing of the database, which may be away while the process is well."""
        return Health(status="healthy", service=function)

    # Taken over, not included: that would analyse each route again at the start, and match it again in each request.
    for router in (*([_events(exchange)] if exchange else ()), *routers):
        app.router.routes.extend(router.routes)
    check_gates(app)
    return app


class BadEventPosted(errors.NotUnderstood):
    code = "bad_event"
    sentence = "This is not an event that this function takes."


def _events(exchange: Exchange) -> Router:
    router = Router(include_in_schema=False)

    async def take(request: Request, _: Anyone) -> Response:
        """Take a state from the Broker: 204 taken, known or outdated; 400 not understandable or not signed.

        These statuses are for the Broker (design, section 3.1): it retries 404, 408, 409, 429 and 5xx, and an answer
        with a body that is no event is turned into a failure.
        """
        try:
            event = cloudevent.parse(request.headers, await request.body())
            token = event.data.get("token") if isinstance(event.data, dict) else None
            if not isinstance(token, str):
                raise BadEventPosted
            await exchange.take(token)
        except (ValueError, errors.Unauthenticated) as error:
            log.note("event refused", kind=type(error).__name__)
            raise BadEventPosted from error
        return Response(status_code=204)

    # func's triggers name no path, ours name /events: a function takes events at both.
    router.add_api_route("/events", take, methods=["POST"], max_body_size=512 * 1024)
    router.add_api_route("/", take, methods=["POST"], max_body_size=512 * 1024)

    @router.post("/tick", status_code=204)
    async def tick(_: Anyone) -> None:
        """Do what is due by the clock. Unsigned: it carries nothing and says nothing."""
        await exchange.tick()

    return router
