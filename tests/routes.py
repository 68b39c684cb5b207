"""Every route of the six functions, as its app has it: a new one is found here without anybody writing it down."""

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import FastAPI, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from functions import FUNCTIONS
from shared import errors, security, web
from shared.settings import Settings


@dataclass(frozen=True)
class Route:
    """One method of one address of one function."""

    function: str
    method: str
    path: str
    context: RouteContext

    def __str__(self) -> str:
        return f"{self.function} {self.method} {self.path}"

    @property
    def dependant(self) -> Dependant:
        found: Dependant = self.context.dependant
        return found

    @property
    def body(self) -> str | None:
        """`json`, `form` or None: what the route declares that it takes."""
        field = self.context.body_field
        if field is None:
            return None
        return "form" if isinstance(field.field_info, params.Form) else "json"

    @property
    def limit(self) -> int:
        """Bytes that its body may have."""
        return self.context.max_body_size or web.BODY_LIMIT

    @property
    def in_path(self) -> list[str]:
        return re.findall(r"{(\w+)(?::path)?}", self.path)

    @property
    def operation(self) -> dict[str, Any]:
        """What the function's OpenAPI document says of it; nothing for what is left out there."""
        found: dict[str, Any] = document(self.function)["paths"].get(self.path, {}).get(self.method.lower(), {})
        return found

    @property
    def codes(self) -> dict[int, set[str]]:
        """The codes of the refusals that the document names, by status."""
        return {
            int(status): set(answer["content"]["application/problem+json"]["schema"]["properties"]["code"]["enum"])
            for status, answer in self.operation.get("responses", {}).items()
            if not status.startswith("2")
        }

    @property
    def token(self) -> str | None:
        """The kind of token that its gate wants; None where anyone may come."""
        calls = list(_calls(self.dependant))
        if not any(security.BadToken in errors.RAISES.get(call, ()) for call in calls):
            return None
        gates = {getattr(call, "__qualname__", "").split(".")[0] for call in calls}
        for name, kind in (("_grant", "grant"), ("pass_holder", "pass"), ("service", "service"), ("staff", "session")):
            if name in gates:
                return kind
        raise AssertionError(f"The gate of {self} is not known here.")

    @property
    def signer(self) -> str:
        """The function that signs the token its gate wants."""
        if self.token == "service":
            [check] = [call for call in _calls(self.dependant) if "service" in getattr(call, "__qualname__", "")]
            return str(inspect.getclosurevars(check).nonlocals["functions"][0])
        return {"session": "auth", "grant": "election", "pass": "voter"}[str(self.token)]


def _calls(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


@cache
def _app(function: str) -> FastAPI:
    app: FastAPI = importlib.import_module(f"functions.{function}.app").build(Settings.from_env({}))
    return app


@cache
def document(function: str) -> dict[str, Any]:
    """A function's OpenAPI document."""
    return _app(function).openapi()


def _every() -> Iterator[Route]:
    for function in FUNCTIONS:
        for context in iter_route_contexts(_app(function).routes):
            if getattr(context, "dependant", None) is not None:
                for method in sorted(context.methods or ()):
                    yield Route(function, method, str(context.path), context)


EVERY = tuple(_every())
