"""Casts a second on one `ballot` process, and on what it is compared with, in turn, round by round.

`ballot` verifies a pass, checks the marks, seals the paper and stores one paper for one pass. Beside it: `bare`, a
FastAPI route that inserts one row, in the same server with the same pool, sent the same; `flask`, the same cast with
Flask, psycopg2 and gunicorn; `pgbench`, the same SQL function and nothing around it. All write to one PostgreSQL that
is durable (`fsync` on); at the end each box must hold a paper for each 201.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from knative.bench import contestants, elections
from knative.bench.contestants import Contestant, Ground
from knative.bench.machine import machine
from knative.mistake import Mistake

WARMING = 320
"""Casts on each before the first round, not counted: connections open, statements are prepared."""
AIMS = {"bare": 0.6, "flask": 3.0}
"""`ballot` is to be at least so many times as fast."""


def cast(
    casts: Annotated[int, typer.Option(min=64, max=50_000, help="Casts on each in a round.")] = 3000,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Rounds.")] = 5,
    connections: Annotated[int, typer.Option(min=1, max=256, help="Connections of the client.")] = 64,
    pool: Annotated[int, typer.Option(min=1, max=32, help="Connections to the database, for each.")] = 4,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure to this file.")] = None,
) -> None:
    """Measure casts a second on one `ballot` process, beside what it is compared with."""
    console = Console()
    with ExitStack() as stack:
        with console.status("Making a database, open boxes and servers"):
            where = stack.enter_context(elections.place())
            found = stack.enter_context(contest(where, connections, pool))
        with Progress(console=console, transient=True) as progress:
            for number in progress.track(range(rounds + 1), description="Casting"):
                one_round(found, number, casts)
        asyncio.run(all_there(where, found))
    console.print(_table(found))
    console.print(f"{rounds} rounds of {casts} casts on each, {connections} connections, pools of {pool}. {machine()}")
    if json_file:
        facts = {"machine": machine(), "rounds": rounds, "casts": casts, "connections": connections, "pool": pool}
        json_file.write_text(json.dumps({**facts, "measured": [_figures(one, found[0]) for one in found]}, indent=1))


@contextmanager
def contest(where: elections.Place, connections: int, pool: int) -> Iterator[list[Contestant]]:
    """The contestants with their servers running: `ballot` first, and those that are not installed left out."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield asyncio.run(_made(Ground(stack, where, folder, connections, pool)))


async def _made(ground: Ground) -> list[Contestant]:
    one = await elections.open_box(ground.where)
    found = [
        contestants.ballot(ground, one),
        await contestants.bare(ground, one),
        contestants.flask(ground, await elections.open_box(ground.where)),
        contestants.pgbench(ground, await elections.open_box(ground.where)),
        contestants.ceiling(ground, one),
    ]
    return [contestant for contestant in found if contestant]


def one_round(found: list[Contestant], number: int, casts: int) -> None:
    """Each does its casts, and another one begins in each round; round 0 only warms."""
    first = number % len(found)
    for one in found[first:] + found[:first]:
        run = one.run(casts if number else WARMING)
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


def _figures(one: Contestant, ballot: Contestant) -> dict[str, Any]:
    compared = ratios(ballot, one)
    return {
        "name": one.name,
        "what": one.what,
        "casts_a_second": median(run.rate for run in one.runs),
        "cpu_ms": median(run.cpu / len(run.milliseconds) * 1000 for run in one.runs),
        "p50_ms": median(run.percentile(50) for run in one.runs),
        "p99_ms": median(run.percentile(99) for run in one.runs),
        "ballot_is_times": {"median": median(compared), "least": min(compared), "most": max(compared)},
        "aim": AIMS.get(one.name),
        "rounds": [run.rate for run in one.runs],
    }


def _table(found: list[Contestant]) -> Table:
    table = Table(title="Casts a second")
    for heading in ("", "casts/s", "CPU ms", "p50 ms", "p99 ms", "ballot is … times as fast", "aim"):
        table.add_column(heading, justify="left" if not heading else "right")
    for one in found:
        f = _figures(one, found[0])
        ratio, aim = f["ballot_is_times"], f["aim"]
        table.add_row(
            one.what,
            f"{f['casts_a_second']:,.0f}",
            f"{f['cpu_ms']:.3f}" if f["cpu_ms"] else "",
            f"{f['p50_ms']:.1f}",
            f"{f['p99_ms']:.1f}",
            "" if one is found[0] else f"{ratio['median']:.2f} ({ratio['least']:.2f}–{ratio['most']:.2f})",
            f"{aim:g}" if aim else "",
        )
    return table
