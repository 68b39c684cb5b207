"""One image, three hosts: uvicorn on Knative, func-python (`new`), AWS Lambda (`handler`).

`UVOTE_FUNCTION` picks the function. The FastAPI lifespan runs under uvicorn alone, so nothing may depend on it: pools
and clients open at first use.
"""

import gc
import importlib
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from functions import FUNCTIONS
from shared import log
from shared.settings import BadSetting

IDLE = 120
"""Seconds that a connection may be idle. With uvicorn's five, which is about how long people look at a page, a form and
our hanging up would meet on the way."""


@cache
def chosen() -> Any:
    """The ASGI app of the function that `UVOTE_FUNCTION` names; raises BadSetting for another name."""
    name = os.environ.get("UVOTE_FUNCTION", "frontend")
    if name not in FUNCTIONS:
        raise BadSetting(f"UVOTE_FUNCTION is {name!r}, which is none of {', '.join(FUNCTIONS)}.")
    # Nothing of what is imported becomes garbage, and looking for it took a quarter of a process's start.
    gc.disable()
    try:
        app = importlib.import_module(f"functions.{name}.app").app
        gc.freeze()
    finally:
        gc.enable()
    return app


class Function:
    """What func-python wants: an object with `handle`, and `alive` and `ready` for its own health pages.

    It has no `stop`, which nobody would wait for: connections end with the process, and a tick sends what was not sent.
    """

    def __init__(self) -> None:
        self.app = chosen()

    def start(self, _: Mapping[str, str]) -> None:
        """Log as under uvicorn."""
        log.start(self.app.state.function)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass one request to the app."""
        # The app answers 500 and notes why before it raises; func-python would answer again, with the error's text.
        with suppress(Exception):
            await self.app(scope, receive, send)

    def alive(self) -> bool:
        return True

    def ready(self) -> bool:
        return True


def new() -> Function:
    """The instance that func-python serves; raises BadSetting."""
    return Function()


@cache
def _lambda() -> Any:
    from functions import on_lambda

    return on_lambda.serve(chosen())


def handler(event: Any, context: Any) -> Any:
    """The entry point for AWS Lambda."""
    return _lambda()(event, context)


def main() -> None:
    """Serve the chosen function on `$PORT` with uvicorn, as the image does."""
    import uvicorn

    uvicorn.run(
        chosen(),
        host=os.environ.get("UVOTE_HOST", "0.0.0.0"),  # noqa: S104  (a container's own network)
        port=int(os.environ.get("PORT", "5001")),
        access_log=False,
        timeout_keep_alive=IDLE,
        proxy_headers=False,
        server_header=False,
        log_config=None,
    )


if __name__ == "__main__":
    main()
