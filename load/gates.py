"""What a run must keep, from what was measured; each gate fails by itself, and any of them fails the run. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from load.figures import Figures, Used
from load.outcomes import Outcome
from load.reconcile import Verdict
from load.scenarios import Gates, Plan, Scenario

ENOUGH = 20
"""Requests of a name from which on its p95 is looked at."""
LATE = 1.0
"""Seconds by which a moment may be missed and still be the one that was planned."""
GROWTH, SLACK = 1.2, 10e6
"""A process's memory at the end of a soak, to its memory after a third of it; and bytes that are nobody's business."""
SLOWER, LITTLE = 1.5, 50.0
"""The median of a second half, to the first half's; and milliseconds that are nobody's business."""
BOX_CLOSES = {"last-minute", "closing-race"}


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition: what was found, what was wanted, in words; `holds` decides."""

    what: str
    found: str
    wanted: str
    holds: bool


def gates(
    scenario: Scenario,
    plan: Plan,
    limits: Gates,
    figures: Figures,
    voters: Sequence[Outcome],
    used: Sequence[Used],
    verdict: Verdict | None,
) -> list[Gate]:
    """Every gate of a run."""
    least = limits.requests * (plan.users if scenario.seats else plan.voters - plan.late)
    found = [
        Gate(
            "reconciliation",
            "not done" if verdict is None else f"{sum(1 for line in verdict.lines if not line.holds)} differ",
            "everything is equal",
            verdict is not None and verdict.holds,
        ),
        Gate("requests", f"{figures.requests:,}", f"at least {least:,}", figures.requests >= least),
        Gate(
            "failed requests",
            f"{figures.failed:,} ({figures.failure_ratio:.2%})",
            f"at most {limits.failures:.2%}",
            figures.requests > 0 and figures.failure_ratio <= limits.failures,
        ),
        _ends(scenario, voters),
        _rate(scenario, limits, voters, plan),
    ]
    for name, one in figures.names.items():
        if limits.p95 is not None and one.requests >= ENOUGH and "(again)" not in name:
            found.append(
                Gate(f"p95 of {name}", f"{one.p95:.0f} ms", f"at most {limits.p95:.0f} ms", one.p95 <= limits.p95)
            )
    if scenario.name == "soak":
        found += _flat(used)
        found += [
            _as_before(f"median of {name}", *both)
            for name, both in figures.halves.items()
            if figures.names[name].requests >= ENOUGH and all(both)
        ]
    if scenario.staff:
        found.append(_as_before("median cast while staff log in", *figures.halves.get("cast", (0.0, 0.0))))
    return found


def allowed(scenario: Scenario) -> set[str]:
    """How a voter may end."""
    return {"receipt", "undecided", *({"closed", "too late"} if scenario.name in BOX_CLOSES else ())}


def _ends(scenario: Scenario, voters: Sequence[Outcome]) -> Gate:
    strange = [one for one in voters if one.end not in allowed(scenario)]
    return Gate("voters with another end than planned", f"{len(strange)} of {len(voters)}", "none", not strange)


def achieved(scenario: Scenario, voters: Sequence[Outcome], plan: Plan) -> float:
    """What happened of what was offered, from 0 to 1.

    With seats: journeys made, of those that as many seats would have made had each answer come at once. With moments:
    moments that were kept to a second, by voters who came to an end, of all that were planned.
    """
    if scenario.seats:
        thought, took = sum(one.planned for one in voters), sum(one.took for one in voters)
        return thought / took if took else 0.0
    kept = sum(1 for one in voters if one.moment_late <= LATE and one.end in allowed(scenario))
    return kept / max(1, plan.voters)


def _rate(scenario: Scenario, limits: Gates, voters: Sequence[Outcome], plan: Plan) -> Gate:
    rate = achieved(scenario, voters, plan)
    return Gate("achieved of what was offered", f"{rate:.3f}", f"at least {limits.rate:g}", rate >= limits.rate)


def _flat(used: Sequence[Used]) -> list[Gate]:
    found = []
    for name in sorted({one.name for one in used} - {"machine"}):
        memory = [one.memory for one in used if one.name == name]
        third = len(memory) // 3
        if third:
            before, after = median(memory[third : 2 * third]), median(memory[-third:])
            grown = f"{before / 1e6:.0f} → {after / 1e6:.0f} MB"
            holds = after <= before * GROWTH + SLACK
            found.append(Gate(f"memory of {name}", grown, "flat after the first third", holds))
    return found


def _as_before(what: str, before: float, after: float) -> Gate:
    return Gate(
        what,
        f"{before:.0f} → {after:.0f} ms",
        f"at most {SLOWER:g} times, and {LITTLE:.0f} ms more",
        0 < after <= before * SLOWER + LITTLE,
    )


def only_failed(found: Sequence[Gate]) -> Mapping[str, str]:
    """The gates that failed: what → found."""
    return {one.what: one.found for one in found if not one.holds}
