"""How a page is made: one template environment, one stylesheet, one policy of what a page may load (nothing else)."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@cache
def stylesheet() -> tuple[str, bytes]:
    """The stylesheet's name, which changes with its content, and its bytes."""
    content = (HERE / "static" / "uvote.css").read_bytes()
    return f"uvote-{hashlib.sha256(content).hexdigest()[:12]}.css", content


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["stylesheet"] = stylesheet()[0]
    environment.filters["when"] = when
    environment.filters["grouped"] = grouped
    return environment


def when(moment: str | datetime, zone: str) -> str:
    """A moment as people of the election's time zone say it: `Tuesday 24 November 2026, 15:30 GMT`."""
    local = _moment(moment).astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M} {local.tzname()}"


def _moment(moment: str | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)


def grouped(receipt: str) -> str:
    """A receipt in groups of four, as people read it out."""
    return " ".join(receipt[start : start + 4] for start in range(0, len(receipt), 4))


def page(template: str, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:
    """A page from a template."""
    html = _environment().get_template(template).render(**values)
    return HTMLResponse(html, status, {"Content-Security-Policy": POLICY, **(headers or {})})


def desk_page(template: str, status: int = 200, **values: Any) -> Response:
    """A page of the desk: its forms must say where they come from, which `no-referrer` would hide."""
    return page(template, status, {"Referrer-Policy": "same-origin"}, **values)


def see(path: str) -> Response:
    """After a form did what it should: the page to look at (so that a reload repeats nothing)."""
    return RedirectResponse(path, 303)
