"""One image, three hosts: uvicorn on Knative, func-python (`new`), AWS Lambda (`handler`).

`UVOTE_FUNCTION` picks the function. The FastAPI lifespan runs under uvicorn alone, so nothing may depend on it: pools
and clients open at first use.
"""

import importlib
import os
from functools import cache
from typing import Any

from functions import FUNCTIONS
from shared.settings import BadSetting


@cache
def chosen() -> Any:
    """The ASGI app of the function that `UVOTE_FUNCTION` names; raises BadSetting for another name."""
    name = os.environ.get("UVOTE_FUNCTION", "frontend")
    if name not in FUNCTIONS:
        raise BadSetting(f"UVOTE_FUNCTION is {name!r}, which is none of {', '.join(FUNCTIONS)}.")
    return importlib.import_module(f"functions.{name}.app").app


class Function:
    """What func-python wants: an object with `handle`, and `alive` and `ready` for its own health pages."""

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass one request to the app."""
        await chosen()(scope, receive, send)

    def alive(self) -> bool:
        return True

    def ready(self) -> bool:
        return True


def new() -> Function:
    """The instance that func-python serves."""
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
        proxy_headers=False,
        server_header=False,
        log_config=None,
    )


if __name__ == "__main__":
    main()
