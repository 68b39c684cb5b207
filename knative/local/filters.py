"""Which events a Trigger lets through, as Knative's broker filter decides it. Pure."""

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


def check_filters(trigger: str, filters: Sequence[Mapping[str, Any]]) -> None:
    """Raises Mistake for filters that would be refused, and for those that would silently let everything through."""
    for one in filters:
        _check(trigger, one)


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
            return all(_legacy(attributes.get(name), value) for name, value in wanted.items())
    test = _SIMPLE[dialect]
    return all(name in attributes and test(_text(attributes[name]), value) for name, value in wanted.items())


def _legacy(value: Any, wanted: str) -> bool:
    """The old `filter.attributes`: an empty text means present and not empty; typed extensions never match."""
    return isinstance(value, str) and (value == wanted or (wanted == "" and value != ""))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check(trigger: str, one: Any) -> None:
    if not isinstance(one, Mapping) or len(one) != 1:
        raise Mistake(f"Trigger {trigger}: a filter has exactly one dialect.")
    ((dialect, wanted),) = one.items()
    if dialect in {"all", "any"} and isinstance(wanted, list) and wanted:
        for inner in wanted:
            _check(trigger, inner)
    elif dialect == "not":
        _check(trigger, wanted)
    elif dialect in {*_SIMPLE, "attributes"} and isinstance(wanted, Mapping) and wanted:
        for name, value in wanted.items():
            if not ATTRIBUTE.fullmatch(str(name)):
                raise Mistake(f"Trigger {trigger}: {name!r} is not the name of an attribute.")
            if not isinstance(value, str) or (value == "" and dialect != "attributes"):
                raise Mistake(f"Trigger {trigger}: {dialect} {name} needs a text, or it lets everything through.")
    else:
        raise Mistake(f"Trigger {trigger}: the filter {dialect!r} is not understood here.")
