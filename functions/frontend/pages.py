"""How a page is made: one template environment, one stylesheet, one policy of what a page may load (nothing else)."""

import hashlib
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from functions.frontend import rules
from shared.methods import METHODS, export

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""Said by each page itself: what is told of an unexpected error passes by everything that adds headers.

No page is to be found by searching, a voting link that got out least of all.
"""
REGION = re.compile(r"(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/.+")


@cache
def static() -> dict[str, tuple[bytes, str]]:
    """What pages load, by name: the bytes and their type. The names change with the content."""
    found = {}
    for file, kind in (("uvote.css", "text/css"), ("uvote.svg", "image/svg+xml")):
        content = (HERE / "static" / file).read_bytes()
        stem, ending = file.split(".")
        found[f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{ending}"] = (content, kind)
    return found


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        auto_reload=False,  # a template is part of the program: no look at the disk for each page
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["stylesheet"], environment.globals["icon"] = static()
    environment.globals["METHODS"] = METHODS
    environment.globals["rows"] = export.rows
    environment.globals["moved_rows"] = export.moved_rows
    environment.globals["bars"] = lambda count, names: _drawn("bars", count, names)
    environment.globals["flow"] = lambda count, names: _drawn("flow", count, names)
    environment.globals["tie_about"] = export.ABOUT
    environment.globals["vacant"] = export.vacant
    environment.globals["outcome"] = export.outcome
    environment.globals["is_motion"] = lambda count: bool(METHODS[count["method"]].roles)
    environment.globals["rule_of"] = rules.rule_of
    environment.filters["when"] = when
    environment.filters["briefly"] = briefly
    environment.filters["local"] = local
    environment.filters["grouped"] = grouped
    environment.filters["number"] = number
    return environment


@cache
def zones() -> list[str]:
    """The time zones to choose from: UTC, and one a region."""
    return ["UTC", *sorted(zone for zone in available_timezones() if REGION.fullmatch(zone))]


def when(moment: str | datetime, zone: str) -> str:
    """A moment as people of the election's time zone say it: `Tuesday 24 November 2026, 15:30 GMT`.

    One without an offset is the zone's already, as drafts have them.
    """
    read = _moment(moment)
    there = read.astimezone(_zone(zone)) if read.tzinfo else read.replace(tzinfo=_zone(zone))
    return f"{there:%A} {there.day} {there:%B %Y, %H:%M} {there.tzname()}"


def briefly(moment: str | datetime, zone: str) -> str:
    """The same for a column: `24 Nov 2026, 15:30 GMT`."""
    there = _moment(moment).astimezone(_zone(zone))
    return f"{there.day} {there:%b %Y, %H:%M} {there.tzname()}"


def local(moment: str | datetime | None, zone: str) -> str:
    """A moment as a date field holds it: the clock's time in the zone, without it; what is no time stays as typed."""
    try:
        read = _moment(moment or "")
    except ValueError:
        return str(moment or "")
    there = read.astimezone(_zone(zone)) if read.tzinfo else read
    return f"{there:%Y-%m-%dT%H:%M}" + (f":{there:%S}" if there.second else "")


def _moment(moment: str | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)


def _zone(name: str) -> ZoneInfo:
    # A draft may still name a zone that is none.
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def grouped(receipt: str) -> str:
    """A receipt in groups of four, as people read it out."""
    return " ".join(receipt[start : start + 4] for start in range(0, len(receipt), 4))


def number(count: int, one: str, many: str | None = None) -> str:
    """`1 voter`, `2,000 voters`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _drawn(picture: str, count: dict[str, Any], names: list[str]) -> "Markup":
    """A picture as a part of a page; what draws it is loaded for the first one."""
    from markupsafe import Markup

    from shared import pictures

    return Markup(getattr(pictures, picture)(count, names))  # noqa: S704  (drawn by us, names escaped)


def report(title: str, method_title: str, count: dict[str, Any], names: list[str]) -> str:
    """A count as one HTML file that needs nothing else: what a result page shows of it."""
    from markupsafe import Markup

    style = Markup((HERE / "static" / "uvote.css").read_text())  # noqa: S704  (ours)
    values = {"title": title, "method_title": method_title, "count": count, "names": names, "style": style}
    return _environment().get_template("report.html").render(**values)


def page(template: str, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:
    """A page from a template."""
    html = _environment().get_template(template).render(**values)
    return HTMLResponse(html, status, {**HEADERS, **(headers or {})})


def desk_page(template: str, status: int = 200, **values: Any) -> Response:
    """A page of the desk: its forms must say which site they come from, which `no-referrer` would hide."""
    return page(template, status, {"Referrer-Policy": "strict-origin"}, **values)


def see(path: str) -> Response:
    """After a form did what it should: the page to look at (so that a reload repeats nothing)."""
    return RedirectResponse(path, 303)
