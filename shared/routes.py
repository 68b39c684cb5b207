"""How routes are declared: no route acts before it has read all it was sent."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute


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


class Router(APIRouter):
    """The routes of one file. `shared.web.create_app` takes them over as they are."""

    def __init__(self, **more: Any) -> None:
        super().__init__(route_class=Route, **more)
