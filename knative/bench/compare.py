"""Contestants in turn, round by round, and what the rounds say: figures, and how many times as fast the first is."""

import asyncio
import json
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.progress import Progress
from rich.table import Table

from knative.bench import elections
from knative.bench.contestants import Contestant, Ground
from knative.bench.machine import machine, wide
from knative.mistake import Mistake

WARMING = 320
"""Requests to each before the first round, not counted: connections open, statements are prepared."""

Made = tuple[list[Contestant], list[str]]
"""Contestants with their servers running, first the one they are compared with; what is left out, and why."""

Make = Callable[[Ground], Coroutine[Any, Any, Made]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured, and what is written where."""

    title: str
    each: int
    """Requests to each in a round."""
    rounds: int
    connections: int
    pool: int
    json_file: Path | None = None


def compare(plan: Plan, make: Make, aims: Mapping[str, float]) -> None:
    """Measure and print; raises Mistake when an answer was wrong, or a box lacks papers."""
    console = wide()
    with ExitStack() as stack:
        with console.status("Making a database, open boxes and servers"):
            where = stack.enter_context(elections.place())
            found, left_out = stack.enter_context(contest(where, make, plan.connections, plan.pool))
        with Progress(console=console, transient=True) as progress:
            for number in progress.track(range(plan.rounds + 1), description="Measuring"):
                one_round(found, number, plan.each)
        asyncio.run(all_there(where, found))
    console.print(_table(plan.title, found, aims))
    for sentence in left_out:
        console.print(f"Left out: {sentence}")
    console.print(
        f"Median (least–most) of {plan.rounds} rounds of {plan.each} each, in turn; {plan.connections} connections, "
        f"pools of {plan.pool}; server, PostgreSQL and client share the machine: {machine()}"
    )
    if plan.json_file:
        facts = {"machine": machine(), "rounds": plan.rounds, "each": plan.each, "connections": plan.connections}
        measured = [_figures(one, found[0], aims) for one in found]
        said = {"title": plan.title, **facts, "pool": plan.pool, "left_out": left_out, "measured": measured}
        plan.json_file.write_text(json.dumps(said, indent=1))


@contextmanager
def contest(where: elections.Place, make: Make, connections: int, pool: int) -> Iterator[Made]:
    """The contestants while their servers run."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield asyncio.run(make(Ground(stack, where, folder, connections, pool)))


def one_round(found: list[Contestant], number: int, each: int) -> None:
    """Each does its part, and another one begins in each round; round 0 only warms."""
    first = number % len(found)
    for one in found[first:] + found[:first]:
        run = one.run(each if number else WARMING)
        one.cast += len(run.milliseconds)
        if number:
            one.runs.append(run)


async def all_there(where: elections.Place, found: list[Contestant]) -> None:
    """Answering without storing would be fast: raises Mistake when a box lacks papers."""
    for one in found:
        if one.box is not None and await elections.papers_in(where, one.box) != one.cast:
            raise Mistake(f"The box of {one.name} does not hold the {one.cast} papers it was sent.")


def ratios(of: Contestant, to: Contestant) -> list[float]:
    """How many times as fast, round by round."""
    return [one.rate / other.rate for one, other in zip(of.runs, to.runs, strict=True)]


def _figures(one: Contestant, first: Contestant, aims: Mapping[str, float]) -> dict[str, Any]:
    compared = ratios(first, one)
    return {
        "name": one.name,
        "what": one.what,
        "a_second": median(run.rate for run in one.runs),
        "cpu_ms": median(run.cpu / len(run.milliseconds) * 1000 for run in one.runs),
        "database_cpu_ms": median(run.database_cpu / len(run.milliseconds) * 1000 for run in one.runs),
        "p50_ms": median(run.percentile(50) for run in one.runs),
        "p99_ms": median(run.percentile(99) for run in one.runs),
        "first_is_times": {"median": median(compared), "least": min(compared), "most": max(compared)},
        "aim": aims.get(one.name),
        "rounds": [run.rate for run in one.runs],
    }


def _table(title: str, found: list[Contestant], aims: Mapping[str, float]) -> Table:
    table = Table(title=title)
    for heading in ("", "a second", "CPU ms", "database's", "p50 ms", "p99 ms", "the first is … times as fast", "aim"):
        table.add_column(heading, justify="right" if heading else "left")
    for one in found:
        f = _figures(one, found[0], aims)
        ratio, aim = f["first_is_times"], f["aim"]
        table.add_row(
            one.what,
            f"{f['a_second']:,.0f}",
            f"{f['cpu_ms']:.3f}" if f["cpu_ms"] else "",
            f"{f['database_cpu_ms']:.3f}" if f["database_cpu_ms"] else "",
            f"{f['p50_ms']:.1f}",
            f"{f['p99_ms']:.1f}",
            "" if one is found[0] else f"{ratio['median']:.2f} ({ratio['least']:.2f}–{ratio['most']:.2f})",
            f"{aim:g}" if aim else "",
        )
    return table
