"""The steps of `breakpoint`: so many voters more each minute, as long as the last step was served well. Pure.

Voters of a step arrive within its first `ARRIVE` seconds; it is judged by the rest of it, when as many go as come. One
that is judged from its beginning tells how many may arrive at once, not how many may be there.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from load.figures import Request, Used, share
from load.percentile import percentile
from load.scenarios import Plan

LASTS, ARRIVE, BY = 60.0, 20.0, 500
"""Seconds of a step, and of the arrival of the voters that it adds; so many are they."""
JUDGED = LASTS - ARRIVE
SLOW, FAILED = 1000.0, 0.001
"""A step holds up to this p95 in milliseconds, and up to this part of its requests failed."""


@dataclass(frozen=True, slots=True)
class Step:
    """How one went."""

    voters: int
    began: float
    """Seconds since 1970 from which on it is judged, until it is over."""
    p95: float
    failed: float
    """Of all requests."""
    casts: float
    """A second."""
    holds: bool


def ended(running: float, plan: Plan) -> int:
    """How many steps are over after so many seconds; those in which voters only go home are none."""
    return int(min(running, plan.ramp + plan.hold) // LASTS)


def step(number: int, users: int, run_began: float, rows: Sequence[Request]) -> Step:
    """The step of that number, from 0, in a run of `users` at most, by what was asked when its voters were there."""
    began = run_began + number * LASTS + ARRIVE
    some = [row for row in rows if began <= row[0] < began + JUDGED]
    p95 = percentile([row[2] for row in some], 95) if some else 0.0
    failed = sum(1 for row in some if row[4]) / max(1, len(some))
    casts = sum(1 for row in some if row[1] == "cast" and row[3] == 201) / JUDGED
    holds = bool(some) and p95 <= SLOW and failed <= FAILED
    return Step(min(users, (number + 1) * BY), began, p95, failed, casts, holds)


def table(steps: Sequence[Step], used: Sequence[Used]) -> list[dict[str, Any]]:
    """Each step as a report tells it: with the processors that the whole machine had in use, and casts for each."""
    return [_row(one, share([row for row in used if 0 <= row.second - one.began < JUDGED], "machine")) for one in steps]


def limit(told: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The figure, of a table: the last step that held, where one after it did not."""
    return told[-2] if len(told) > 1 and not told[-1]["holds"] else None


def _row(one: Step, processors: float) -> dict[str, Any]:
    each = one.casts / processors if processors else 0.0
    return {**asdict(one), "processors": round(processors, 2), "casts for each": round(each, 1)}
