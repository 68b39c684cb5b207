"""The function that `UVOTE_FUNCTION` names, with one more route that says nothing about who may call it."""

import importlib
import os
from typing import Any

from fastapi import APIRouter, FastAPI

from shared import web
from shared.settings import Settings

_create_app = web.create_app


def create_app(function: str, doc: str | None, settings: Settings, *routers: Any, **more: Any) -> FastAPI:
    router: Any = APIRouter()
    router.add_api_route("/naked", lambda: "anybody")
    return _create_app(function, doc, settings, *routers, router, **more)


web.create_app = create_app
app = importlib.import_module(f"functions.{os.environ['UVOTE_FUNCTION']}.app").app
