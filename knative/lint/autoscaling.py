"""Autoscaling annotations: known ones, on the template, within their bounds. A misspelt one does nothing, unseen."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from knative.lint.documents import Document, mapping

PREFIX = "autoscaling.knative.dev/"
KPA, HPA = "kpa.autoscaling.knative.dev", "hpa.autoscaling.knative.dev"
HOUR = 3600.0
UNITS = {"h": HOUR, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")


def _duration(text: str) -> float:
    """Seconds of a Go duration such as 1m30s; raises ValueError."""
    if text != "0" and not re.fullmatch(f"(?:{DURATION.pattern})+", text):
        raise ValueError(text)
    return sum(float(number) * UNITS[unit] for number, unit in DURATION.findall(text))


def _seconds(text: str) -> float:
    if (seconds := _duration(text)) != int(seconds):
        raise ValueError(text)
    return seconds


INFINITE = float("inf")
BOUNDS: Mapping[str, tuple[Callable[[str], float], float, float]] = {
    "min-scale": (int, 0, INFINITE),
    "max-scale": (int, 0, INFINITE),
    "initial-scale": (int, 1, INFINITE),
    "activation-scale": (int, 2, INFINITE),
    "target": (float, 0.01, INFINITE),
    "target-utilization-percentage": (float, 1, 100),
    "target-burst-capacity": (float, -1, INFINITE),
    "panic-window-percentage": (float, 1, 100),
    "panic-threshold-percentage": (float, 110, 1000),
    "window": (_seconds, 6, HOUR),
    "scale-down-delay": (_seconds, 0, HOUR),
    "scale-to-zero-pod-retention-period": (_duration, 0, HOUR),
}
CHOICES: Mapping[str, set[str]] = {
    "class": {KPA, HPA},
    "metric": {"concurrency", "rps"},
    "metric-aggregation-algorithm": {"linear", "weighted-exponential"},
}


def autoscaling_place(service: Document) -> Iterator[str]:
    for name in mapping(service.body, "metadata", "annotations"):
        if name.startswith(PREFIX):
            yield f"{name} belongs on the template."


def autoscaling_names(service: Document) -> Iterator[str]:
    for name in _annotations(service):
        if name not in BOUNDS and name not in CHOICES:
            yield f"{PREFIX}{name} is not known to Knative, which would ignore it."


def autoscaling_bounds(service: Document) -> Iterator[str]:
    said = _annotations(service)
    for name, value in said.items():
        if not isinstance(value, str):
            yield f"{PREFIX}{name} is an annotation, so its value stands in quotes."
        elif name in BOUNDS and not _fits(value, *BOUNDS[name]):
            yield f"{PREFIX}{name} is out of bounds: {value}."
        elif name in CHOICES and value not in CHOICES[name] and not (name == "metric" and said.get("class") == HPA):
            yield f"{PREFIX}{name} is {' or '.join(sorted(CHOICES[name]))}, not {value}."
        elif name == "target-burst-capacity" and -1 < float(value) < 0:
            yield f"{PREFIX}{name} is -1, for no bound, or 0 and more."


def autoscaling_order(service: Document) -> Iterator[str]:
    said = _annotations(service)
    scales = {name: said[name] for name in ("min-scale", "activation-scale", "max-scale") if name in said}
    if not all(isinstance(value, str) and _fits(value, *BOUNDS[name]) for name, value in scales.items()):
        return
    numbers = [int(value) for value in scales.values() if int(value)]  # a max-scale of 0 is no bound
    if numbers != sorted(numbers):
        yield f"{', '.join(scales)} do not rise: {', '.join(scales.values())}."


def _annotations(service: Document) -> dict[str, Any]:
    said = mapping(service.body, "spec", "template", "metadata", "annotations")
    return {name.removeprefix(PREFIX): value for name, value in said.items() if name.startswith(PREFIX)}


def _fits(value: str, number: Callable[[str], float], least: float, most: float) -> bool:
    try:
        return least <= number(value) <= most
    except ValueError:
        return False


RULES = (autoscaling_place, autoscaling_names, autoscaling_bounds, autoscaling_order)
