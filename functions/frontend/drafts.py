"""A draft as a form, and a form as a draft: repeatable sections without a script. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

Form = Mapping[str, Sequence[str]]

EMPTY_OPTION = {"name": "", "text": "", "link": ""}


def empty_contest() -> dict[str, Any]:
    """A contest as a new draft shows it."""
    return {
        "title": "",
        "method": "stv-scottish",
        "seats": 1,
        "min_marks": 0,
        "max_marks": None,
        "blank_allowed": True,
        "ties": "lot",
        "reopen_nominations": False,
        "options": [dict(EMPTY_OPTION) for _ in range(3)],
    }


def empty_draft() -> dict[str, Any]:
    """A new draft."""
    return {
        "title": "",
        "description": "",
        "time_zone": "Europe/London",
        "opens_at": "",
        "closes_at": "",
        "publish": "by hand",
        "contests": [empty_contest()],
    }


def read(form: Form) -> dict[str, Any]:
    """What a form holds, as the draft it was rendered from; nothing is checked here."""

    def one(name: str) -> str:
        return (list(form.get(name, ())) or [""])[0]

    def number(name: str) -> Any:
        text = one(name).strip()
        return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else (text or None)

    contests = []
    for c in range(min(60, int(number("contests") or 0) if isinstance(number("contests"), int) else 0)):
        options = []
        count = number(f"c{c}-options")
        for o in range(min(250, count if isinstance(count, int) else 0)):
            option = {field: one(f"c{c}-o{o}-{field}") for field in ("name", "text", "link")}
            if one(f"c{c}-o{o}-id"):
                option["id"] = one(f"c{c}-o{o}-id")
            options.append(option)
        contest = {
            "title": one(f"c{c}-title"),
            "method": one(f"c{c}-method"),
            "seats": number(f"c{c}-seats"),
            "min_marks": number(f"c{c}-min") or 0,
            "max_marks": number(f"c{c}-max"),
            "blank_allowed": bool(one(f"c{c}-blank")),
            "ties": one(f"c{c}-ties") or "lot",
            "reopen_nominations": bool(one(f"c{c}-ron")),
            "options": options,
        }
        if one(f"c{c}-id"):
            contest["id"] = one(f"c{c}-id")
        contests.append(contest)
    return {
        **{name: one(name) for name in ("title", "description", "time_zone", "opens_at", "closes_at", "publish")},
        "contests": contests,
    }


def grown(draft: dict[str, Any], do: str) -> dict[str, Any]:
    """The draft after one of the form's buttons: `add-contest`, `add-options-2`, `drop-contest-2`."""
    verb, _, place = do.rpartition("-")
    contests = draft["contests"]
    if do == "add-contest":
        contests.append(empty_contest())
    elif verb == "add-options" and place.isdigit() and int(place) < len(contests):
        contests[int(place)]["options"] += [dict(EMPTY_OPTION) for _ in range(3)]
    elif verb == "drop-contest" and place.isdigit() and int(place) < len(contests):
        del contests[int(place)]
    return draft


def to_send(draft: dict[str, Any]) -> dict[str, Any]:
    """The draft as `election` takes it: rows left empty are no options, times left empty are none."""
    contests = [
        {**contest, "options": [option for option in contest["options"] if option["name"].strip()]}
        for contest in draft["contests"]
    ]
    times = {name: draft[name] or None for name in ("opens_at", "closes_at")}
    return {**draft, **times, "contests": contests}
