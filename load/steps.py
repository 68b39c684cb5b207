"""The steps of `breakpoint`: so many voters more each half minute, as long as the last step was served well. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from load.figures import Request, Used, share
from load.percentile import percentile
from load.scenarios import Plan

LASTS, BY = 30.0, 500
"""Seconds of a step, and voters that it adds."""
SLOW, FAILED = 1000.0, 0.001
"""A step holds up to this p95 in milliseconds, and up to this part of its requests failed."""


@dataclass(frozen=True, slots=True)
class Step:
    """How one went."""

    voters: int
    began: float
    """Seconds since 1970."""
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
    """The step of that number, from 0, in a run of `users` at most, by the requests that were sent in it."""
    began = run_began + number * LASTS
    some = [row for row in rows if began <= row[0] < began + LASTS]
    p95 = percentile([row[2] for row in some], 95) if some else 0.0
    failed = sum(1 for row in some if row[4]) / max(1, len(some))
    casts = sum(1 for row in some if row[1] == "cast" and row[3] == 201) / LASTS
    holds = bool(some) and p95 <= SLOW and failed <= FAILED
    return Step(min(users, (number + 1) * BY), began, p95, failed, casts, holds)


def table(steps: Sequence[Step], used: Sequence[Used]) -> list[dict[str, Any]]:
    """Each step as a report tells it: with the processors that the whole machine had in use."""
    during = [[row for row in used if one.began <= row.second < one.began + LASTS] for one in steps]
    return [
        {**asdict(one), "processors": round(share(some, "machine"), 2)} for one, some in zip(steps, during, strict=True)
    ]
