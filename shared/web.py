"""One shape for six functions: errors as problem documents, a gate on every route, limits, `/health` and `/docs`.

`create_app` is the only place where the order of a request is composed.
"""

import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import errors, log
from shared.access import GATES, Anyone
from shared.database import DATABASE_TROUBLE, Database
from shared.event_routes import event_routes
from shared.exchange import Exchange
from shared.peers import Peers
from shared.problems import Tell, TooLargeTold, as_problem, explain, status_of
from shared.routes import Route, Router, Straight
from shared.settings import Settings

BODY_LIMIT = 64 * 1024
"""Bytes a request body may have unless its route says otherwise (`max_body_size=`)."""


SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""A trace of a request has its time and its route: none is made, whatever the environment configures."""


class NakedRoute(Exception):
    """A route says nothing about who may call it; the function must not start."""


class Health(BaseModel):
    status: str
    service: str


class Headers:
    """Adds the headers that every answer of UVote carries, unless the route set its own."""

    ALWAYS = (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
    )

    BY_HTTPS = (b"strict-transport-security", b"max-age=31536000")
    """Said where voters come by HTTPS, so that a browser that was there once never comes without it."""

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self.app = app
        self.added = (*self.ALWAYS, self.BY_HTTPS) if https else self.ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in self.added if h[0] not in present)]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


def _gated(dependant: Dependant) -> bool:
    return dependant.call in GATES or any(_gated(inner) for inner in dependant.dependencies)


def check_gates(app: FastAPI) -> None:
    """Raises NakedRoute for a route without a gate (the documentation's own pages aside)."""
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        documentation = context.path in {app.openapi_url, app.docs_url, app.swagger_ui_oauth2_redirect_url}
        if not documentation and (dependant is None or not _gated(dependant)):
            raise NakedRoute(f"{context.path} does not say who may call it.")


class Short:
    """All that a straight route has around it: its body's limit, and its errors told."""

    def __init__(self, app: ASGIApp, tell: Tell) -> None:
        self.app = app
        self.tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > BODY_LIMIT:
                raise errors.TooLarge
            return message

        try:
            await self.app(scope, limited, send)
        except Exception as error:  # a straight route answers once it is done, so nothing was answered yet
            request = Request(scope)
            await self.tell(request, explain(request, error))(scope, receive, send)


def bodiless(send: Send) -> Send:
    """Sends an answer's head alone, with the length that its body would have."""

    async def head_alone(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return head_alone


class App(FastAPI):
    """A FastAPI that answers HEAD wherever it answers GET, whose OpenAPI document says what each route answers when it
    refuses, and whose straight routes pass by what stands around all others: that takes a sixth of a cast's time."""

    ways: Sequence[tuple[Straight, ASGIApp]] = ()
    """Straight routes, and how each is served."""

    def build_middleware_stack(self) -> ASGIApp:
        whole = super().build_middleware_stack()

        async def either(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                if scope["method"] == "HEAD":
                    # Done as GET, waking included: whoever looks ahead is told just what will be there.
                    scope, send = {**scope, "method": "GET"}, bodiless(send)
                for route, way in self.ways:
                    if scope["method"] in (route.methods or ()) and (found := route.path_regex.match(scope["path"])):
                        scope["route"], scope["path_params"] = route, found.groupdict()
                        await way(scope, receive, send)
                        return
            await whole(scope, receive, send)

        return either

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

    counted = settings.metrics_port != "0"
    if counted:
        from shared import metrics

        tally = metrics.Tally(function)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        log.start(function)
        # What is here now stays: the collector need not look at it again and again, nor so often (a tenth of a cast).
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        server = await metrics.serve(int(settings.metrics_port), tally.page) if counted else None
        yield
        if server:
            server.close()
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
        telemetry=SILENT,
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
    app.add_middleware(Headers, https=settings.public_url.startswith("https:"))
    if counted:
        app.add_middleware(metrics.Counted, tally=tally)

    def way(route: Straight) -> tuple[Straight, ASGIApp]:
        served: ASGIApp = Headers(Short(route.app, tell))
        return route, metrics.Counted(served, tally) if counted else served

    app.router.route_class = Route

    @app.get("/health")
    async def health(_: Anyone) -> Health:
        """Alive; asks nothing of the database, which may be away while the process is well."""
        return Health(status="healthy", service=function)

    # Taken over, not included: that would analyse each route again at the start, and match it again in each request.
    # The function's own come first, since they are tried one after the other.
    own = [route for router in routers for route in router.routes]
    app.router.routes[:] = [*own, *app.router.routes, *(event_routes(exchange).routes if exchange else ())]
    app.ways = [way(route) for route in own if isinstance(route, Straight)]
    check_gates(app)
    return app
