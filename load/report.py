"""The report of a run: one HTML file that loads nothing, and the same figures as JSON."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from load import pictures, thinking
from load.figures import Figures, Used, between, busiest, share, slope
from load.gates import Gate
from load.outcomes import Outcome
from load.percentile import percentile
from load.reconcile import Verdict
from load.scenarios import Plan, Scenario
from load.steps import Step, limit, table

FUNCTIONS = ("frontend", "ballot", "voter", "election", "result", "auth")
LAYERS = ("generator", "PostgreSQL", *FUNCTIONS, "queue-proxy", "activator", "gateway", "broker", "clock")
"""What is told apart in the picture of the processors, from below."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is told of a run."""

    scenario: Scenario
    plan: Plan
    host: str
    figures: Figures
    gates: Sequence[Gate]
    verdict: Verdict | None
    voters: Sequence[Outcome]
    used: Sequence[Used]
    steps: Sequence[Step]
    there: Sequence[tuple[float, float]]
    """Seconds since 1970, users."""
    achieved: float
    facts: Mapping[str, str]
    pods: str = ""
    """A picture of the pods, an SVG, where they were watched."""

    @property
    def passed(self) -> bool:
        return all(gate.holds for gate in self.gates)


def as_json(report: Report) -> dict[str, Any]:
    """The report's figures; the format of a history of runs."""
    verdict = report.verdict
    steps = table(report.steps, report.used)
    return {
        "scenario": report.scenario.name,
        "passed": report.passed,
        "host": report.host,
        "facts": dict(report.facts),
        "plan": report.plan.as_json(),
        "gates": [asdict(gate) for gate in report.gates],
        "reconciliation": [{**asdict(line), "holds": line.holds} for line in verdict.lines] if verdict else None,
        "undecided": verdict.undecided if verdict else None,
        "ends": dict(ends(report.voters)),
        "manners": dict(Counter(one.manner for one in report.voters)),
        "achieved": round(report.achieved, 4),
        "lateness": lateness(report.voters),
        "figures": {**asdict(report.figures), "failure_ratio": report.figures.failure_ratio},
        "used": used(report.used),
        "steps": steps,
        "limit": limit(steps),
        "there": [list(one) for one in report.there],
    }


def page(report: Report) -> str:
    """The report as one file of HTML."""
    steps = table(report.steps, report.used)
    html: str = _template().render(
        report=report,
        figures=report.figures,
        plan=report.plan,
        ends=ends(report.voters),
        lateness=lateness(report.voters),
        used=used(report.used),
        steps=steps,
        limit=limit(steps),
        thinking=thinking,
        drawn=_drawn(report),
        pods=pictures.embedded(report.pods) if report.pods else "",
    )
    return html


def ends(voters: Sequence[Outcome]) -> list[tuple[str, int]]:
    """How voters ended, the most frequent first."""
    return Counter(one.end for one in voters).most_common()


def lateness(voters: Sequence[Outcome]) -> dict[str, float]:
    """Milliseconds by which the generator was behind: waking a voter who thought, and at the planned moments."""
    if not voters:
        return {}
    woken, moments = ([1000 * getattr(one, name) for one in voters] for name in ("late", "moment_late"))
    return {
        "waking p95": round(percentile(woken, 95), 1),
        "waking most": round(max(woken), 1),
        "moment p95": round(percentile(moments, 95), 1),
        "moment most": round(max(moments), 1),
    }


def used(samples: Sequence[Used]) -> list[dict[str, Any]]:
    """For each name: processors on average and when busiest, most memory and files, and how they grew in a minute."""
    found = []
    for name in sorted({one.name for one in samples}, key=_place):
        some = [one for one in samples if one.name == name]
        found.append(
            {
                "name": name,
                "processors": round(share(samples, name), 3),
                "busiest": round(busiest(samples, name), 3),
                "memory": max(one.memory for one in some),
                "memory_slope": 60 * slope([(one.second, one.memory) for one in some]),
                "files": max(one.files for one in some),
                "files_slope": 60 * slope([(one.second, float(one.files)) for one in some]),
                "processes": max(one.processes for one in some),
            }
        )
    return found


def _place(name: str) -> tuple[int, str]:
    return (LAYERS.index(name) if name in LAYERS else len(LAYERS), name)


def _drawn(report: Report) -> dict[str, str]:
    """Pictures by name; all begin with the first request."""
    seconds = report.figures.over_time
    began = report.figures.began
    sampled = [replace(one, second=one.second - began) for one in report.used]
    end = report.figures.seconds
    limit = report.scenario.gates.p95
    found = {
        "latency": pictures.over_time(
            "Milliseconds of the answers over time",
            "milliseconds",
            {how: [(float(s.second), getattr(s, how)) for s in seconds] for how in ("p95", "p50")},
            limit=limit,
            until=end,
        ),
        "throughput": pictures.over_time(
            "Requests answered a second over time",
            "requests a second",
            {"failed": _filled(seconds, "failed")},
            areas={"requests": _filled(seconds, "requests")},
            until=end,
        ),
    }
    if report.there:
        there = [(max(0.0, at - began), users) for at, users in report.there]
        found["there"] = pictures.over_time("People who were there over time", "people", {"there": there}, until=end)
    if any(one.cpu for one in sampled):
        found["processors"] = pictures.over_time(
            "Processors in use over time",
            "processors",
            {"machine": _rates(sampled, "machine")},
            areas=pictures.stacked({name: some for name in LAYERS if (some := _rates(sampled, name))}),
            until=end,
        )
        memory = {
            name: [(one.second, one.memory / 1e6) for one in sampled if one.name == name]
            for name in ("generator", "PostgreSQL", *FUNCTIONS)
        }
        found["memory"] = pictures.over_time("Memory over time", "MB", memory, until=end)
    return found


def _filled(seconds: Sequence[Any], name: str) -> list[tuple[float, float]]:
    """A value for each second; none was answered in those that are missing."""
    known = {one.second: float(getattr(one, name)) for one in seconds}
    return [(float(second), known.get(second, 0.0)) for second in range(max(known, default=0) + 1)]


def _rates(samples: Sequence[Used], name: str) -> list[tuple[float, float]]:
    """Processors in use between two samples."""
    some = [one for one in samples if one.name == name]
    return [(b.second, max(0.0, between(a, b))) for a, b in pairwise(some)]


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    found.filters["number"] = lambda value: f"{value:,.0f}"
    return found.get_template("report.html.j2")
