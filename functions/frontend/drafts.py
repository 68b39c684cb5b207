"""A draft as a form, and a form as a draft: repeatable sections without a script. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from shared.methods import METHODS
from shared.methods.model import Majority

Form = Mapping[str, Sequence[str]]
Draft = dict[str, Any]

PLAIN = ("title", "description", "time_zone", "opens_at", "closes_at", "publish")
"""What a form holds as a draft does."""
ROWS = 3
"""Rows for options that a contest shows at least; one more is always free."""
KEPT = ("id", "title", "text", "quorum")
"""What stays of a contest that becomes a motion."""
SIMPLE = asdict(Majority())
"""What carries a motion if nothing else is said, as a draft has it."""
MORE = 5
"""Rows that the button for more options adds."""
MOST = 300
"""Rows that are read of a form. What is too much for an election is for `election` to say."""


def empty_contest() -> dict[str, Any]:
    """A contest as a new draft shows it."""
    return {
        "id": None,
        "title": "",
        "method": "stv-scottish",
        "seats": 1,
        "min_marks": 0,
        "max_marks": None,
        "blank_allowed": True,
        "ties": "lot",
        "reopen_nominations": False,
        "text": "",
        "majority": None,
        "quorum": None,
        "options": [],
    }


def empty_motion() -> dict[str, Any]:
    """A motion as a new draft shows it: to abstain is a choice, so that nobody needs a blank paper."""
    names = METHODS["motion"].roles
    options = [{**empty_option(), "name": name} for name in names]
    asked = {"method": "motion", "blank_allowed": False, "majority": dict(SIMPLE), "options": options}
    return {**empty_contest(), **asked}


def is_motion(contest: Mapping[str, Any]) -> bool:
    """Whether the contest's options stand for what its method says."""
    return contest["method"] in METHODS and bool(METHODS[contest["method"]].roles)


def empty_option() -> dict[str, Any]:
    """A row to write an option into."""
    return {"id": None, "name": "", "text": "", "link": ""}


def empty_draft(today: datetime, zone: str) -> Draft:
    """A new draft: open tomorrow from nine, for a week, until eight in the evening."""
    opens_at = (today + timedelta(days=1)).replace(hour=9, minute=0)
    return {
        "title": "",
        "description": "",
        "time_zone": zone,
        "opens_at": f"{opens_at:%Y-%m-%dT%H:%M}",
        "closes_at": f"{(opens_at + timedelta(days=7)).replace(hour=20):%Y-%m-%dT%H:%M}",
        "publish": "by hand",
        "contests": [empty_contest()],
        "styles": [],
    }


def read(form: Form) -> Draft:
    """What a form holds, as the draft it was rendered from; nothing is checked here."""
    contests = [_contest(form, f"c{c}") for c in range(_rows(form, "contests"))]
    if _rows(form, "styles"):
        _number(contests)
    styles = [_style(form, f"s{s}", contests) for s in range(_rows(form, "styles"))]
    return {
        **{
            name: _one(form, name) for name in ("title", "description", "time_zone", "opens_at", "closes_at", "publish")
        },
        "contests": contests,
        "styles": styles,
    }


def _contest(form: Form, c: str) -> dict[str, Any]:
    options = []
    for o in (f"{c}-o{o}" for o in range(_rows(form, f"{c}-options"))):
        option = {field: _one(form, f"{o}-{field}") for field in ("name", "text", "link")}
        options.append({"id": _one(form, f"{o}-id") or None, **option})
    contest: dict[str, Any] = {
        "id": _one(form, f"{c}-id") or None,
        "title": _one(form, f"{c}-title"),
        "method": _one(form, f"{c}-method"),
        "seats": _number_in(form, f"{c}-seats"),
        "min_marks": _number_in(form, f"{c}-min") or 0,
        "max_marks": _number_in(form, f"{c}-max"),
        "blank_allowed": bool(_one(form, f"{c}-blank")),
        "ties": _one(form, f"{c}-ties") or "lot",
        "reopen_nominations": bool(_one(form, f"{c}-ron")),
        "text": _one(form, f"{c}-text"),
        "majority": None,
        "quorum": _amount(_one(form, f"{c}-quorum")),
        "options": options,
    }
    return {**contest, **_motion(form, c, contest)} if is_motion(contest) else contest


def _motion(form: Form, c: str, contest: Mapping[str, Any]) -> dict[str, Any]:
    """What a motion has of its own, and nothing of what it has not. For and against keep their places, named or not."""
    plain = {name: empty_contest()[name] for name in ("seats", "min_marks", "max_marks", "ties", "reopen_nominations")}
    options = list(contest["options"])
    share = _one(form, f"{c}-share")
    if not share:
        # Something else until now, so that the form had no field for a majority.
        new = empty_motion()
        named = any(option["name"].strip() for option in options)
        return {**new, **plain, **{key: contest[key] for key in KEPT}, "options": options if named else new["options"]}
    for option, role in zip(options, METHODS[contest["method"]].roles[:2], strict=False):
        option["name"] = option["name"] if option["name"].strip() else role
    other = _amount(_one(form, f"{c}-other"))
    return {**plain, "options": options, "majority": {"share": other or share, "of": _one(form, f"{c}-of")}}


def _amount(text: str) -> str | None:
    """How much, as it is written down: `at least 1/4` for `1/4` and `25 %`. What is not understood stays as typed."""
    found = re.fullmatch(r"(more than |at least )?([0-9]{1,6}) ?(?:/ ?([0-9]{1,6})|(%))?", text.strip().lower())
    if not found:
        return text.strip() or None
    how, number, parts, percent = found.groups()
    share = Fraction(int(number), 100) if percent else None
    amount = f"{share.numerator}/{share.denominator}" if share else f"{number}/{parts}" if parts else number
    return f"{how or 'at least '}{amount}"


def _style(form: Form, s: str, contests: list[dict[str, Any]]) -> dict[str, Any]:
    on_paper = [contest["id"] for c, contest in enumerate(contests) if _one(form, f"{s}-c{c}")]
    return {"id": _one(form, f"{s}-id").strip(), "name": _one(form, f"{s}-name"), "contests": on_paper}


def _one(form: Form, name: str) -> str:
    # Browsers send CR LF for every new line of a text.
    return (list(form.get(name, ())) or [""])[0].replace("\r\n", "\n")


def _number_in(form: Form, name: str) -> int | str | None:
    text = _one(form, name).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else (text or None)


def _rows(form: Form, name: str) -> int:
    rows = _number_in(form, name)
    return min(MOST, rows) if isinstance(rows, int) else 0


def _number(contests: list[dict[str, Any]]) -> None:
    """Give an id to each contest without one: styles name contests by their ids."""
    taken = {contest["id"] for contest in contests}
    for contest in contests:
        if not contest["id"]:
            contest["id"] = next(f"c{n}" for n in range(1, len(contests) + 2) if f"c{n}" not in taken)
            taken.add(contest["id"])


def changed(draft: Draft, do: str) -> Draft:
    """The draft after one of the form's buttons; anything else changes nothing.

    `add-contest`, `add-motion`, `drop-contest-2`, `add-options-2`, `drop-option-2-4`, `raise-option-2-4`, `add-style`,
    `drop-style-1`: what is meant is counted from 0.
    """
    found = re.fullmatch(r"([a-z]+-[a-z]+)((?:-[0-9]{1,3})*)", do)
    verb, places = (found[1], [int(place) for place in found[2].split("-")[1:]]) if found else ("", [])
    contests, styles = draft["contests"], draft["styles"]
    match verb, places:
        case "add-contest", []:
            contests.append(empty_contest())
        case "add-motion", []:
            # Where nothing was written yet, the motion stands in its place.
            blank = contests.pop() if contests and _untouched(contests[-1]) else {"id": None}
            contests.append({**empty_motion(), "id": blank["id"]})
        case "drop-contest", [c] if c < len(contests):
            gone = contests.pop(c)["id"]
            for style in styles:
                style["contests"] = [kept for kept in style["contests"] if kept != gone]
        case "add-options", [c] if c < len(contests):
            contests[c]["options"] += [empty_option() for _ in range(MORE)]
        case "drop-option", [c, o] if c < len(contests) and o < len(contests[c]["options"]):
            del contests[c]["options"][o]
        case "raise-option", [c, o] if c < len(contests) and 0 < o < len(contests[c]["options"]):
            options = contests[c]["options"]
            options[o - 1 : o + 1] = options[o], options[o - 1]
        case "add-style", []:
            _number(contests)
            styles.append({"id": "", "name": "", "contests": [contest["id"] for contest in contests]})
        case "drop-style", [s] if s < len(styles):
            del styles[s]
    return draft


def roomy(draft: Draft) -> Draft:
    """The draft with empty rows to write into; a motion has no more options than its three."""
    contests = []
    for contest in draft["contests"]:
        options = list(contest["options"])
        while len(options) < ROWS or (not _empty(options[-1]) and not is_motion(contest)):
            options.append(empty_option())
        contests.append({**contest, "options": options})
    return {**draft, "contests": contests}


def to_send(draft: Draft) -> Draft:
    """The draft as `election` takes it: rows left empty are no options, times left empty are none."""
    contests = [
        {**contest, "options": [option for option in contest["options"] if not _empty(option)]}
        for contest in draft["contests"]
    ]
    times = {name: draft[name] or None for name in ("opens_at", "closes_at")}
    return {**draft, **times, "contests": contests}


def _untouched(contest: Mapping[str, Any]) -> bool:
    return not contest["title"].strip() and not is_motion(contest) and all(map(_empty, contest["options"]))


def _empty(option: Mapping[str, Any]) -> bool:
    return not any(str(option.get(field) or "").strip() for field in ("name", "text", "link"))
