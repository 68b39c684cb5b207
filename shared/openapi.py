"""What each route answers when it refuses, written into its function's OpenAPI document: statuses and stable codes.

Made from what the routes, their gates and their transactions say they raise (`shared.errors.raises`), so a client can
be written from the document, and a test can hold every answer against it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from shared import errors
from shared.security import BadToken

PROBLEM = {
    "title": "Problem",
    "description": "A problem document (RFC 9457); `code` is stable, for programs. Some carry further members.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}

Kind = type[errors.UVoteError]


def with_problems(
    document: dict[str, Any], routes: Sequence[BaseRoute], status_of: Callable[[Kind], int]
) -> dict[str, Any]:
    """The framework's document with every refusal in it, in place of its own 422, and with who needs a token."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for framework in ("HTTPValidationError", "ValidationError"):
        schemas.pop(framework, None)
    schemas["Problem"] = PROBLEM
    document["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for context in iter_route_contexts(routes):
        for method in context.methods or ():
            operation = document["paths"].get(context.path, {}).get(method.lower())
            if operation is not None:
                operation["responses"].pop("422", None)
                raised = kinds(context)
                operation["responses"] |= _responses(raised, status_of)
                if BadToken in raised:
                    operation["security"] = [{"bearer": []}]
    return document


def kinds(context: Any) -> set[Kind]:
    """Everything that a route may raise; what the framework raises by itself follows from what the route takes."""
    dependant: Dependant = context.dependant
    found: set[Kind] = {errors.TooLarge, *_said(dependant)}
    if context.body_field or "requestBody" in (context.openapi_extra or {}):
        found |= {errors.NotUnderstood, errors.Invalid}
    if _takes(dependant):
        found.add(errors.Invalid)
    if "{" in context.path:
        found.add(errors.NotFound)  # a slash in what stands there is another address
    return found


def _said(dependant: Dependant) -> Iterator[Kind]:
    if dependant.call in errors.RAISES:
        yield from errors.RAISES[dependant.call]
    for inner in dependant.dependencies:
        yield from _said(inner)


def _takes(dependant: Dependant) -> bool:
    own = dependant.path_params or dependant.query_params or dependant.header_params
    return bool(own) or any(_takes(inner) for inner in dependant.dependencies)


def _responses(raised: set[Kind], status_of: Callable[[Kind], int]) -> dict[str, Any]:
    by_status: dict[int, dict[str, str]] = {}
    for kind in raised:
        by_status.setdefault(status_of(kind), {})[kind.code] = kind.sentence
    return {str(status): _response(by_status[status]) for status in sorted(by_status)}


def _response(sentences: dict[str, str]) -> dict[str, Any]:
    codes = sorted(sentences)
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}], "properties": {"code": {"enum": codes}}}
    return {
        "description": "\n".join(f"* `{code}`: {sentences[code]}" for code in codes),
        "content": {"application/problem+json": {"schema": schema}},
    }
