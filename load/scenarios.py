"""The scenarios in figures: how many come, when, what is offered, and what must hold. Pure; nothing of Locust here.

Two kinds. In the first, so many **seats** are taken all the time: a voter who is done is followed by the next, with a
browser of their own. In the second every voter has a **moment** at which they arrive or cast, whatever the server does.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from load import thinking

SECOND = 1000.0
"""Milliseconds."""
MINUTE = 60.0
LOCAL_LEAD = 6.0
"""Seconds from the last word to the election until the first voter may come: links are read out, Locust starts."""


@dataclass(frozen=True, slots=True)
class Gates:
    """What a run must keep to pass, besides the reconciliation."""

    failures: float = 0.0
    """Failed requests, of all."""
    p95: float | None = SECOND
    """Milliseconds, for each name that was asked at least twenty times. None: reported only."""
    rate: float = 0.95
    """Achieved of what was offered."""
    requests: int = 5
    """For each voter the plan is sure of; fewer requests prove nothing."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A shape. Times are seconds; those that depend on how many come are made in `plan`."""

    name: str
    shows: str
    users: int = 1000
    ramp: float = 0.0
    hold: float = 0.0
    """With seats: how long they are filled, and how long they are taken again."""
    gates: Gates = field(default_factory=Gates)
    manners: Mapping[str, float] = field(default_factory=lambda: {"straight": 1.0})
    """How voters vote, and how many of them."""
    think: float = 1.0
    """Times the usual time to think."""
    late: float = 0.0
    """Voters who come after the closing, as a part of `users` and besides them."""
    organisers: int = 1
    observers: int = 0
    staff: int = 0

    @property
    def seats(self) -> bool:
        return self.hold > 0


ORDINARY = {"straight": 0.88, "changes": 0.05, "looks": 0.04, "double": 0.03}
"""Straight on; back once to change the paper; opens the link, goes away, and comes back; presses twice."""
SCENARIOS = {
    one.name: one
    for one in (
        Scenario(
            "polling-day",
            "so many voters at once, with time to think: every request named answers within a second (p95), none fails",
            ramp=60,
            hold=120,
            manners=ORDINARY,
            observers=20,
        ),
        Scenario(
            "opening-bell",
            "everybody arrives within ten seconds of the opening, when everything was asleep: all are served",
            gates=Gates(failures=0.01, p95=None),
        ),
        Scenario(
            "last-minute",
            "everybody casts within one second, one minute before the box closes: each ends with a receipt or “closed”",
            gates=Gates(failures=0.01, p95=None),
            think=0.05,
            late=0.02,
        ),
        Scenario(
            "closing-race",
            "papers are cast while the box closes: what was accepted is counted, to the paper",
            gates=Gates(failures=0.01, p95=None),
            think=0.05,
            late=0.05,
            observers=5,
        ),
        Scenario(
            "double-click",
            "every voter sends twice at once, and once more from a second device: one paper each",
            gates=Gates(p95=None),
            think=0.1,
            manners={"double": 1.0},
        ),
        Scenario(
            "soak",
            "a quiet crowd for twenty minutes: memory, connections and latency stay flat",
            users=200,
            ramp=20,
            hold=20 * MINUTE,
            manners=ORDINARY,
            observers=5,
        ),
        Scenario(
            "staff-login",
            "fifty organisers log in over two minutes: voters notice nothing",
            users=300,
            ramp=20,
            hold=4 * MINUTE,
            staff=50,
        ),
        Scenario(
            "breakpoint",
            "more and more voters, until p95 is over a second or more than one request in a thousand fails",
            users=6000,
            ramp=1,
            hold=12 * MINUTE,
            gates=Gates(failures=1.0, p95=None, rate=0.0),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One run in figures. Moments are seconds since 1970, lengths seconds."""

    scenario: str
    users: int
    voters: int
    """On the roll, those who come too late among them."""
    late: int
    think: float
    """Times the usual time to think."""
    seed: int
    opens_at: float
    closes_at: float
    ramp: float = 0.0
    hold: float = 0.0
    arrive_from: float = 0.0
    arrive_within: float = 0.0
    cast_from: float = 0.0
    """0: whoever is ready casts."""
    cast_within: float = 0.0
    staff_within: float = 0.0
    """The staff log in within so many seconds from `half` on."""
    longest: float = 600.0
    """Seconds after which the run ends, whoever is still there."""

    @property
    def half(self) -> float:
        """Seconds after the start at which the second half of the time with filled seats begins; 0 without seats."""
        return self.ramp + self.hold / 2

    def arrives(self, number: int) -> float:
        """When a voter arrives; 0 as soon as there is a seat."""
        if number >= self.voters - self.late:
            return self.closes_at + 1 + 4 * (self.voters - 1 - number) / max(1, self.late)
        return self.arrive_from and self.arrive_from + self._part(number) * self.arrive_within

    def casts(self, number: int) -> float:
        """When a voter casts; 0 as soon as the paper is looked over."""
        return self.cast_from and self.cast_from + self._part(number) * self.cast_within

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def _part(self, number: int) -> float:
        return number / max(1, self.voters - self.late)


def plan(
    scenario: Scenario,
    now: float,
    users: int = 0,
    seconds: float = 0.0,
    think: float | None = None,
    seed: int = 1,
    opens_in: float = 0.0,
) -> Plan:
    """A run of a scenario that is prepared at `now`; `users` and `seconds` (the hold) instead of the scenario's own.

    `opens_in`: seconds until the opening bell, where a cluster shall go to sleep before.
    """
    n = users or scenario.users
    hold = (seconds or scenario.hold) if scenario.seats else 0.0
    ramp = min(scenario.ramp, hold)
    late = math.ceil(scenario.late * n)
    times = scenario.think if think is None else think
    start = now + LOCAL_LEAD + n * 0.012
    approach = max(4.0, n * 0.04)
    base: dict[str, Any] = {
        "scenario": scenario.name,
        "users": n,
        "voters": n + late,
        "late": late,
        "think": times,
        "seed": seed,
        "opens_at": now - 1,
        "closes_at": now + 86400,
        "ramp": ramp,
        "hold": hold,
    }
    if scenario.seats:
        # A third more than those who can come: a roll that runs out would end the load too early.
        a_journey = max(1.0, thinking.MEAN * times)
        filled = (ramp + hold) / (2 if scenario.name == "breakpoint" else 1)  # step by step: on average half of them
        base["voters"] = n + math.ceil(1.3 * n * filled / a_journey)
        base["longest"] = ramp + hold + 12 * thinking.MEAN * times + 120
        if scenario.staff:
            base["staff_within"] = min(120.0, hold / 2)
        return Plan(**base)
    if scenario.name == "opening-bell":
        opens = max(start, now + opens_in)
        base |= {"opens_at": opens, "arrive_from": opens, "arrive_within": 10.0, "longest": opens - now + 300}
    elif scenario.name == "last-minute":
        closes = start + approach + 8 + MINUTE
        base |= {"closes_at": closes, "arrive_from": start, "arrive_within": approach}
        base |= {"cast_from": closes - MINUTE, "cast_within": 1.0, "longest": closes - now + 180}
    elif scenario.name == "closing-race":
        closes = start + approach + 11
        base |= {"closes_at": closes, "arrive_from": start, "arrive_within": approach}
        base |= {"cast_from": closes - 3, "cast_within": 6.0, "longest": closes - now + 180}
    else:
        base |= {"arrive_from": start, "arrive_within": approach, "longest": start - now + approach + 240}
    return Plan(**base)
