"""What a browser reads off UVote's pages: forms with what they carry, what may be filled in, what is said. Pure.

Read with patterns, not a parser: a page is read in a fifth of a millisecond, and the generator shares its processor.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
INPUT = re.compile(r"<input\b([^>]*)>")
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
LOADED = re.compile(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"')
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
RECEIPT = re.compile(r'id="receipt">([A-Z2-7 ]{16,19})<')
FOUND = re.compile(r"<strong>(In the box|Not in the box)\.</strong>")


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a page. `fixed` is sent as it stands; of `choices` and `ranks` a voter fills in what they like."""

    action: str
    method: str
    fixed: Mapping[str, str]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Radio buttons and boxes to tick: name → values."""
    ranks: tuple[str, ...] = ()
    """Fields for numbers, and other empty ones."""


def forms(page: str) -> list[Form]:
    """The forms of a page, in order."""
    return [_form(dict(ATTRIBUTE.findall(head)), body) for head, body in FORM.findall(page)]


def form_to(page: str, ending: str) -> Form | None:
    """The first form whose address ends so; None when there is none."""
    return next((form for form in forms(page) if form.action.endswith(ending)), None)


def loaded(page: str) -> list[str]:
    """The addresses that a browser loads with a page."""
    return LOADED.findall(page)


def heading(page: str) -> str:
    """What the page says at its top."""
    found = HEADING.search(page)
    return html.unescape(found[1].strip()) if found else ""


def receipt(page: str) -> str | None:
    """The receipt that a page shows, without its spaces."""
    found = RECEIPT.search(page)
    return found[1].replace(" ", "") if found else None


def in_box(page: str) -> bool | None:
    """What the page of a receipt's check says; None when it says neither."""
    found = FOUND.search(page)
    return found[1] == "In the box" if found else None


def marked(form: Form, chance: Random) -> dict[str, str]:
    """A paper filled in by chance: one of each choice, and some first ranks of each contest."""
    said = dict(form.fixed)
    for name, values in form.choices.items():
        said[name] = chance.choice(values)
    contests: dict[str, list[str]] = {}
    for name in form.ranks:
        contests.setdefault(name.rpartition(".")[0], []).append(name)
    for names in contests.values():
        for rank, name in enumerate(chance.sample(names, chance.randint(1, len(names))), 1):
            said[name] = str(rank)
    return said


def _form(head: Mapping[str, str], body: str) -> Form:
    fixed: dict[str, str] = {}
    choices: dict[str, list[str]] = {}
    ranks: list[str] = []
    for found in INPUT.findall(body):
        # The attributes have no order; a value may be empty, and `checked` has none.
        of = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(found)}
        name, kind = of.get("name", ""), of.get("type", "text")
        if kind == "hidden":
            fixed[name] = of.get("value", "")
        elif kind in {"radio", "checkbox"}:
            choices.setdefault(name, []).append(of.get("value", ""))
        else:
            ranks.append(name)
    options = {name: tuple(values) for name, values in choices.items()}
    return Form(html.unescape(head.get("action", "")), head.get("method", "get"), fixed, options, tuple(ranks))
