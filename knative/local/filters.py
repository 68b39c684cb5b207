"""Which events a Trigger lets through, as Knative's broker filter decides it. Pure.

CESQL is refused: no manifest here needs it, and Knative's filter panics at an expression that is no boolean.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from knative.mistake import Mistake

ATTRIBUTE = re.compile(r"[a-z][a-z0-9]*")
Attributes = Mapping[str, Any]
_SIMPLE: Mapping[str, Callable[[str, str], bool]] = {
    "exact": lambda value, wanted: value == wanted,
    "prefix": lambda value, wanted: value.startswith(wanted),
    "suffix": lambda value, wanted: value.endswith(wanted),
}


def passes(filters: Sequence[Mapping[str, Any]], attributes: Attributes) -> bool:
    """Whether an event passes every one of a Trigger's filters."""
    return all(_passes(one, attributes) for one in filters)


def check_filters(trigger: str, filters: Any) -> None:
    """Raises Mistake for `filters` that would be refused, and for those that would silently let everything through."""
    if not isinstance(filters, list):
        raise Mistake(f"Trigger {trigger}: filters is a list.")
    for one in filters:
        _check(trigger, one)


def check_attributes(trigger: str, attributes: Any) -> None:
    """The same for the old `filter.attributes`, where an empty text has a meaning."""
    _check_texts(trigger, "attributes", attributes)


def _passes(one: Mapping[str, Any], attributes: Attributes) -> bool:
    ((dialect, wanted),) = one.items()
    match dialect:
        case "all":
            return all(_passes(inner, attributes) for inner in wanted)
        case "any":
            return any(_passes(inner, attributes) for inner in wanted)
        case "not":
            return not _passes(wanted, attributes)
        case "attributes":
            return all(_legacy(name, attributes.get(name), value) for name, value in wanted.items())
    test = _SIMPLE[dialect]
    return all(name in attributes and test(_text(attributes[name]), value) for name, value in wanted.items())


def _legacy(name: str, value: Any, wanted: str) -> bool:
    """An empty text means present and not empty (and nothing at all for `time`); a typed extension equals no text."""
    if wanted == "":
        return name == "time" or value not in {None, ""}
    return isinstance(value, str) and value == wanted


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check(trigger: str, one: Any) -> None:
    if not isinstance(one, Mapping) or len(one) != 1:
        raise Mistake(f"Trigger {trigger}: a filter has exactly one dialect, or it lets everything through.")
    ((dialect, wanted),) = one.items()
    match dialect:
        case "all" | "any":
            if not isinstance(wanted, list) or not wanted:
                raise Mistake(f"Trigger {trigger}: {dialect} needs a list of filters, or it lets everything through.")
            for inner in wanted:
                _check(trigger, inner)
        case "not":
            _check(trigger, wanted)
        case "exact" | "prefix" | "suffix":
            _check_texts(trigger, dialect, wanted)
            empty = [name for name, value in wanted.items() if value == ""]
            if empty:
                raise Mistake(f"Trigger {trigger}: {dialect} {empty[0]} needs a text, or it lets everything through.")
        case _:
            raise Mistake(f"Trigger {trigger}: the filter {dialect!r} is not understood here.")


def _check_texts(trigger: str, dialect: str, wanted: Any) -> None:
    if not isinstance(wanted, Mapping) or not wanted:
        raise Mistake(f"Trigger {trigger}: {dialect} names no attribute, so it lets everything through.")
    for name, value in wanted.items():
        if not ATTRIBUTE.fullmatch(str(name)):
            raise Mistake(f"Trigger {trigger}: {name!r} is not the name of an attribute.")
        if not isinstance(value, str):
            raise Mistake(f"Trigger {trigger}: {dialect} {name} needs a text.")
