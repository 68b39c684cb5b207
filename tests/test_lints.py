"""House rules that ruff does not know, each with an example that breaks it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WITH_TABLES = ("auth", "voter", "election", "ballot", "result")


def returned_refusals(source: str) -> Iterator[int]:
    """Lines that answer with a status from 400 on in another way than by raising an error.

    A refusal that is returned commits what the route has written; one that is raised rolls it back.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            said = [*node.args, *(one.value for one in node.keywords if one.arg in {"status", "status_code"})]
            made = _name(node.func).endswith(("Response", "problem", "page"))
            if made and any(_refuses(one) for one in said):
                yield node.lineno
        targets = node.targets if isinstance(node, ast.Assign) and _refuses(node.value) else []
        if any(isinstance(target, ast.Attribute) and target.attr == "status_code" for target in targets):
            yield node.lineno  # type: ignore[attr-defined]


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _refuses(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, int) and 400 <= value.value < 600


@pytest.mark.parametrize(
    "line",
    [
        "return Response(status_code=409)",
        "return JSONResponse({}, 422)",
        "return PlainTextResponse('no', status_code=404)",
        "return problem(409, 'conflict', 'No.')",
        "return web.problem(409, 'conflict', 'No.')",
        "response.status_code = 503",
    ],
)
def test_a_refusal_that_is_returned_is_found(line: str) -> None:
    assert list(returned_refusals(f"async def route(response):\n    {line}\n")) == [2]


@pytest.mark.parametrize("line", ["raise Conflict", "return Response(status_code=204)", "return Csv('400')"])
def test_what_is_raised_or_no_refusal_is_let_through(line: str) -> None:
    assert list(returned_refusals(f"async def route(response):\n    {line}\n")) == []


@pytest.mark.parametrize("function", WITH_TABLES)
def test_refusals_are_raised_and_never_returned(function: str) -> None:
    folder = ROOT / "functions" / function
    files = [*folder.glob("routes.py"), *folder.glob("routes/*.py")]
    assert files
    found = {str(file.relative_to(ROOT)): list(returned_refusals(file.read_text())) for file in files}
    assert {file: lines for file, lines in found.items() if lines} == {}
