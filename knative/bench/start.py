"""From a process's start to its first answer, and to the first real request it has served, for each function.

Functions are started as the image starts them, and measured beside the smallest FastAPI function there is (`hello`, by
uvicorn), round by round. The second figure keeps the first one honest: what is imported at first use is counted there,
with the first connection to the database. Bytecode is compiled before, as in the image; the database runs already.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from functools import partial
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table

from functions import FUNCTIONS
from knative.bench import elections, processes
from knative.bench.machine import machine, wide
from knative.mistake import Mistake

AIMS = {"frontend": 1.15, "auth": 1.15, "election": 1.15, "voter": 1.3, "ballot": 1.3, "result": 1.3}
"""A first answer takes at most so many times as long as `hello`'s."""


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds, and seconds of processor time, until the first answer and until the first real request was served."""

    answered: float
    answered_cpu: float
    served: float
    served_cpu: float


@dataclass
class Starter:
    """One program, and requests that make it do what it is for."""

    name: str
    command: Callable[[int], list[str]]
    """What starts it at a port."""
    env: dict[str, str]
    real: Iterator[bytes]
    starts: list[Start] = field(default_factory=list)

    def run(self) -> Start:
        """Start it, once; raises Mistake when the real request is refused."""
        with self.started() as (start, _):
            return start

    @contextmanager
    def started(self) -> Iterator[tuple[Start, processes.Server]]:
        """It while it runs, from its first real request on; raises Mistake when that is refused."""
        port = processes.free_port()
        health, real = processes.request("GET", "/health"), next(self.real)
        with processes.serving(self.command(port), self.env, port, health) as server:
            answered, answered_cpu = time.perf_counter() - server.began, server.cpu()
            status = processes.ask(port, real)
            served, served_cpu = time.perf_counter() - server.began, server.cpu()
            if status not in {200, 201}:
                raise Mistake(f"{self.name} answered {status} to its first real request. {server.last_words()}")
            yield Start(answered, answered_cpu, served, served_cpu), server


def start(
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Starts of each.")] = 10,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure to this file.")] = None,
) -> None:
    """Measure how long each function takes from its start to its first answer, beside a hello-world."""
    console = wide()
    with ExitStack() as stack:
        with console.status("Making a database and an election"):
            where = stack.enter_context(elections.place())
            found = asyncio.run(starters(where))
        with Progress(console=console, transient=True) as progress:
            for number in progress.track(range(rounds + 1), description="Starting"):
                _round(found, number)
    console.print(_table(found))
    console.print(f"Medians of {rounds} starts of each. {machine()}")
    if json_file:
        measured = [_figures(one, found[0]) for one in found]
        json_file.write_text(json.dumps({"machine": machine(), "rounds": rounds, "measured": measured}, indent=1))


async def starters(where: elections.Place) -> list[Starter]:
    """`hello` first."""
    real = await elections.first_requests(where)
    hello = Starter(
        "hello", partial(processes.uvicorn, "load.peers.hello:app"), {}, repeat(processes.request("GET", "/"))
    )
    return [hello, *(Starter(f, processes.entry, {**where.env(f), "UVOTE_FUNCTION": f}, real[f]) for f in FUNCTIONS)]


def _round(found: list[Starter], number: int) -> None:
    """Each is started once, and another one first in each round; round 0 only leaves bytecode behind."""
    first = number % len(found)
    for one in found[first:] + found[:first]:
        begun = one.run()
        if number:
            one.starts.append(begun)


def _times(what: str, one: Starter, hello: Starter) -> dict[str, float]:
    """Milliseconds, and how many times `hello`'s of the same round: the median and both ends."""
    mine, its = [getattr(s, what) for s in one.starts], [getattr(s, what) for s in hello.starts]
    ratios = [a / b if b else 0.0 for a, b in zip(mine, its, strict=True)]
    return {"ms": median(mine) * 1000, "times": median(ratios), "least": min(ratios), "most": max(ratios)}


def _figures(one: Starter, hello: Starter) -> dict[str, Any]:
    times = {f.name: _times(f.name, one, hello) for f in fields(Start)}
    return {"name": one.name, "aim": AIMS.get(one.name), **times}


def _table(found: list[Starter]) -> Table:
    table = Table(title="From the start of a process")
    table.add_column("")
    for heading in ("first answer ms", "× hello", "by CPU", "aim", "first real request ms", "× hello", "by CPU"):
        table.add_column(heading, justify="right")
    for one in found:
        f = _figures(one, found[0])
        answered, served = (
            (
                f"{f[what]['ms']:.0f}",
                f"{f[what]['times']:.2f} ({f[what]['least']:.2f}–{f[what]['most']:.2f})",
                f"{f[f'{what}_cpu']['times']:.2f}",
            )
            for what in ("answered", "served")
        )
        table.add_row(one.name, *answered, f"{f['aim']:g}" if f["aim"] else "", *served)
    return table
