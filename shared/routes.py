"""How routes are declared: no route acts before it has read all it was sent."""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from shared.errors import NotUnderstood


class Route(APIRoute):
    """Reads what a route without a body is sent all the same: the limit holds for it too, and before it does anything.

    Otherwise the limit would be looked at when the answer is sent, after the commit.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if self.body_field is not None:
            return handle

        async def read_and_handle(request: Request) -> Response:
            await request.body()
            return await handle(request)

        return read_and_handle


class Straight(APIRoute):
    """A route of a gate, a body and the request, under one id that the gate or it itself looks at; answers a model.

    Declared, documented and gated as every other. But who is no holder is told before the body is looked at, the body
    is read and checked in one step, and the answer is written as it is: what FastAPI does for any signature there is
    takes longer than verifying the pass.
    """

    def __init__(self, *declared: Any, **more: Any) -> None:
        super().__init__(*declared, **more)
        own, (gate,), (body,) = self.dependant, self.dependant.dependencies, self.dependant.body_params
        (thing,) = [*own.path_params, *gate.path_params]
        self._gate: Any = gate.call
        self._body: Any = body.field_info.annotation
        self._names = str(thing.name), str(gate.name), str(body.name), str(own.request_param_name)
        self._gated = bool(gate.path_params)
        self.app = self._serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        its_id, its_gate, its_body, its_request = self._names
        try:
            thing = UUID(scope["path_params"][its_id])
        except ValueError as error:
            raise RequestValidationError([{"loc": ("path", its_id), "msg": "Input should be a UUID"}]) from error
        holder = await (self._gate(thing, request) if self._gated else self._gate())
        try:
            text = await request.body()
        except ClientDisconnect as error:
            raise NotUnderstood from error  # nobody hears it, and nothing unexpected is noted
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise RequestValidationError([{"loc": ("body",), "msg": "Content-Type should be application/json"}])
        try:
            body = self._body.model_validate_json(text)
        except ValidationError as error:
            raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from error
        values = {its_gate: holder, its_body: body, its_request: request}
        answer = await self.endpoint(**(values if self._gated else {**values, its_id: thing}))
        written = Response(
            answer.model_dump_json(by_alias=True), self.status_code or 200, media_type="application/json"
        )
        await written(scope, receive, send)


class Router(APIRouter):
    """The routes of one file. `shared.web.create_app` takes them over as they are."""

    def __init__(self, route_class: type[APIRoute] = Route, **more: Any) -> None:
        super().__init__(route_class=route_class, **more)
