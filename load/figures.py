"""Figures from what was seen: by name, over time, and what the processes used. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from load.percentile import percentile

BUSY = 5.0
"""Seconds; shorter than a burst of casts, and longer than what a sample's own moment is worth."""

Request = Sequence[Any]
"""Seconds since 1970 at the start, name, milliseconds, status, what went wrong."""


@dataclass(frozen=True, slots=True)
class Name:
    """The requests of one name; milliseconds. `slope`: by how much an answer took longer than one a minute earlier."""

    requests: int
    failed: int
    p50: float
    p95: float
    p99: float
    longest: float
    slope: float


@dataclass(frozen=True, slots=True)
class Second:
    """What was answered in one second (counted from the first request)."""

    second: int
    requests: int
    failed: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Used:
    """What a process, or some of one name, used at a second: processor seconds so far, bytes, open files, processes."""

    second: float
    """Since 1970."""
    name: str
    cpu: float
    memory: float
    files: int
    processes: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A run in figures."""

    began: float = 0.0
    """Seconds since 1970 at the first request."""
    seconds: float = 0.0
    requests: int = 0
    failed: int = 0
    names: Mapping[str, Name] = field(default_factory=dict)
    over_time: Sequence[Second] = ()
    errors: Mapping[str, int] = field(default_factory=dict)
    """Name and what went wrong → how often; the most frequent first."""
    halves: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Name → median before and from `half` on."""
    first_answer: float = 0.0
    """Seconds from the start of the first page asked for to its answer."""

    @property
    def failure_ratio(self) -> float:
        return self.failed / self.requests if self.requests else 1.0


def figures(rows: Sequence[Request], half: float = 0.0) -> Figures:
    """From the rows of a run; `half`: seconds after the first request at which the second half begins."""
    if not rows:
        return Figures()
    ordered = sorted(rows, key=lambda row: float(row[0]))
    began = float(ordered[0][0])
    by_name: dict[str, list[Request]] = {}
    by_second: dict[int, list[Request]] = {}
    errors: dict[str, int] = {}
    for row in ordered:
        by_name.setdefault(row[1], []).append(row)
        by_second.setdefault(int(row[0] + row[2] / 1000 - began), []).append(row)
        if row[4]:
            errors[f"{row[1]}: {row[4]}"] = errors.get(f"{row[1]}: {row[4]}", 0) + 1
    pages = [row for row in ordered if row[1] == "landing" and not row[4]]
    return Figures(
        began=began,
        seconds=max(row[0] + row[2] / 1000 for row in ordered) - began,
        requests=len(ordered),
        failed=sum(1 for row in ordered if row[4]),
        names={name: _name(some) for name, some in by_name.items()},
        over_time=[_second(second, some) for second, some in sorted(by_second.items())],
        errors=dict(sorted(errors.items(), key=lambda one: -one[1])),
        halves={name: _halves(some, began + half) for name, some in by_name.items()} if half else {},
        first_answer=pages[0][2] / 1000 if pages else 0.0,
    )


def share(used: Sequence[Used], name: str) -> float:
    """Processors that something used on average, from its first sample to its last; 0 where it was not sampled."""
    some = [one for one in used if one.name == name]
    return between(some[0], some[-1]) if some else 0.0


def busiest(used: Sequence[Used], name: str) -> float:
    """Processors that something used in its busiest `BUSY` seconds, or in all of its time where that was shorter."""
    some = [one for one in used if one.name == name]
    seconds = [one.second for one in some]
    ends = [bisect_left(seconds, second + BUSY) for second in seconds]
    spans = [between(start, some[end]) for start, end in zip(some, ends, strict=True) if end < len(some)]
    return max(spans, default=share(used, name))


def between(a: Used, b: Used) -> float:
    """Processors in use from one sample to another; 0 at the same moment."""
    return (b.cpu - a.cpu) / (b.second - a.second) if b.second > a.second else 0.0


def slope(points: Sequence[tuple[float, float]]) -> float:
    """By least squares, of y over x; 0 for fewer than two different x."""
    if not points:
        return 0.0
    x_mean, y_mean = (sum(one[i] for one in points) / len(points) for i in (0, 1))
    wide = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / wide if wide else 0.0


def _name(some: Sequence[Request]) -> Name:
    took = [float(row[2]) for row in some]
    failed = sum(1 for row in some if row[4])
    grows = 60 * slope([(row[0] - some[0][0], row[2]) for row in some])
    return Name(len(some), failed, percentile(took, 50), percentile(took, 95), percentile(took, 99), max(took), grows)


def _second(second: int, some: Sequence[Request]) -> Second:
    took = [float(row[2]) for row in some]
    return Second(second, len(some), sum(1 for row in some if row[4]), percentile(took, 50), percentile(took, 95))


def _halves(some: Sequence[Request], at: float) -> tuple[float, float]:
    before, after = ([row[2] for row in some if (row[0] >= at) == late] for late in (False, True))
    return median(before) if before else 0.0, median(after) if after else 0.0
