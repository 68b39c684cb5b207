"""What `election` finds wrong with a draft, put at the field where it is mended, in plain words. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault: the id of its field on the form, what people call that field, and what is wrong."""

    field: str
    label: str
    message: str


LABELS = {
    "title": "Title",
    "description": "Description",
    "time_zone": "Time zone",
    "opens_at": "Opens",
    "closes_at": "Closes",
    "publish": "Publish the result",
    "contests": "Contests",
    "styles": "Styles",
}

LINE = "At most 200 characters, on one line."
PROSE = "At most 20,000 characters, and no control characters."
DATE = "A date and a time are wanted, such as 2027-03-01 09:00."
WANTED = {
    "title": LINE,
    "name": LINE,
    "description": PROSE,
    "text": PROSE,
    "link": "A link begins with http:// or https://, has no spaces, and at most 500 characters.",
    "time_zone": "Choose a time zone from the list.",
    "opens_at": DATE,
    "closes_at": DATE,
    "publish": "Choose one of the two.",
    "seats": "A whole number from 1 to 100 is wanted.",
    "min_marks": "A whole number from 0 to 200 is wanted.",
    "max_marks": "A whole number from 1 to 200 is wanted, or nothing.",
    "ties": "Choose one of the two.",
    "share": "“More than” or “at least” a share is wanted, such as more than 1/2 or at least 60 %.",
    "of": "Choose one of the three.",
    "quorum": "A share or a number is wanted, such as 1/4, 25 % or 50, or nothing.",
    "method": "Choose one of the list.",
    "id": "Small letters, digits and dashes are wanted, at most 40.",
    "contests": "At most 50 contests are taken.",
    "options": "At most 200 options are taken.",
    "styles": "At most 100 styles are taken.",
}
"""By the last name of the place that the form of a draft gives: what would be right there."""

FIELDS = {
    "no_title": "title",
    "no_seats": "seats",
    "too_many_seats": "seats",
    "limits_cross": "max",
    "unknown_method": "method",
    "no_option": "o0-name",
    "twice": "o0-name",
    "other_options": "o0-name",
    "majority_of_no_motion": "method",
}
"""By the code of a fault in a contest: its field there."""


def placed(faults: Iterable[Mapping[str, Any]], draft: Mapping[str, Any]) -> list[FieldFault]:
    """Faults of the draft as `election` tells them, at their fields."""
    found = []
    for fault in faults:
        where, code, message = (str(fault.get(key, "")) for key in ("where", "code", "message"))
        found.append(_of_form(where, message) if where.startswith("body.") else _of_rule(where, code, message, draft))
    return found


def _of_rule(where: str, code: str, message: str, draft: Mapping[str, Any]) -> FieldFault:
    if contest := re.fullmatch(r"Contest ([0-9]+)", where):
        c = int(contest[1]) - 1
        field = FIELDS.get(code, "title")
        if code == "option_without_name":
            names = [option["name"].strip() for option in draft["contests"][c]["options"]]
            field = f"o{names.index('') if '' in names else 0}-name"
        return FieldFault(f"c{c}-{field}", where, message)
    styles = [f"Style {style['id']}" for style in draft["styles"]]
    if where in styles:
        return FieldFault(f"s{styles.index(where)}-id", where, message)
    field = "opens_at" if where == "times" else where
    if where == "time_zone" and not draft["time_zone"]:
        message = WANTED["time_zone"]
    return FieldFault(field if field in LABELS else "title", LABELS.get(field, where), message)


def _of_form(where: str, message: str) -> FieldFault:
    parts = where.split(".")[1:]
    last = parts[-1]
    message = WANTED.get(last, message)
    match parts:
        case ["contests", c, "options", o, part, *_]:
            return FieldFault(f"c{c}-o{o}-{part}", f"Contest {_th(c)}, option {_th(o)}: {part}", message)
        case ["contests", c, "majority", part, *_]:
            return FieldFault(f"c{c}-{'other' if part == 'share' else part}", f"Contest {_th(c)}", message)
        case ["contests", c, part, *_]:
            field = {"min_marks": "min", "max_marks": "max", "options": "o0-name"}.get(part, part)
            return FieldFault(f"c{c}-{field}", f"Contest {_th(c)}", message)
        case ["styles", s, *_]:
            return FieldFault(f"s{s}-id", f"Style {_th(s)}", message)
    return FieldFault(parts[0] if parts[0] in LABELS else "title", LABELS.get(parts[0], "Draft"), message)


def _th(place: str) -> str:
    return str(int(place) + 1) if place.isdecimal() else place
