"""What each function holds while it waits, and how long it took to start; every run is kept, so that growth is seen.

All six run at once, as on a machine that hosts them all, each after its first real request. `private` is what a
function alone holds and would be given back; PSS adds its share of what they have in common (libraries, mostly), RSS
all of that. Bytecode is compiled before. A line of `reports/bench/idle.jsonl` is one run.
"""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.table import Table

from knative.bench import elections, processes
from knative.bench.machine import machine, wide
from knative.bench.start import Starter, starters
from knative.mistake import Mistake

FIGURES = ("private_mb", "pss_mb", "rss_mb", "answered_ms", "served_ms")
REST = 1.0
"""Seconds that all of them have been idle."""
SHOWN = 5

Figures = dict[str, dict[str, float]]
"""Function → figure → value."""


def memory(
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Starts of each.")] = 3,
    folder: Annotated[Path, typer.Option(help="Where every run is kept.")] = Path("reports/bench"),
) -> None:
    """Measure memory and start of each idle function, beside the runs before."""
    console = wide()
    with ExitStack() as stack:
        with console.status("Making a database and an election"):
            where = stack.enter_context(elections.place())
            found = asyncio.run(starters(where))
        with console.status("Starting"):
            idle(found)  # leaves bytecode behind
            runs = [idle(found) for _ in range(rounds)]
    here: dict[str, Any] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine(),
        "rounds": rounds,
        "measured": {
            one.name: {figure: median(run[one.name][figure] for run in runs) for figure in FIGURES} for one in found
        },
    }
    before = [run for run in history(folder) if run["machine"] == here["machine"]]
    keep(folder, here)
    console.print(_table(here["measured"], before[-1]["measured"] if before else {}))
    console.print(f"Medians of {rounds}; MB of 1,000,000 bytes. {machine()}")
    for run in before[-SHOWN:]:
        whole = sum(one["private_mb"] for name, one in run["measured"].items() if name != "hello")
        console.print(f"{run['when']} {run['commit']}: all six {whole:.0f} MB private")


def idle(found: list[Starter]) -> Figures:
    """Start all of them, let each serve one real request and rest; what they hold then."""
    figures: Figures = {}
    with ExitStack() as stack:
        servers = {}
        for one in found:
            start, servers[one.name] = stack.enter_context(one.started())
            figures[one.name] = {"answered_ms": start.answered * 1000, "served_ms": start.served * 1000}
        time.sleep(REST)
        for name, server in servers.items():
            figures[name] |= held(server.pid)
    return figures


def held(pid: int) -> dict[str, float]:
    """What a process holds (proc(5): smaps_rollup); raises Mistake where there is no /proc to tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError as error:
        raise Mistake("Memory is read from /proc, which is not here.") from error
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    private = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    each = {"private_mb": private, "pss_mb": kilobytes["Pss"], "rss_mb": kilobytes["Rss"]}
    return {figure: many * 1024 / 1e6 for figure, many in each.items()}


def history(folder: Path) -> Iterator[dict[str, Any]]:
    """The runs that are kept, the oldest first."""
    path = folder / "idle.jsonl"
    if path.exists():
        yield from map(json.loads, path.read_text().splitlines())


def keep(folder: Path, run: Mapping[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "idle.jsonl").open("a") as file:
        file.write(json.dumps(run) + "\n")


def _commit() -> str:
    asked = ["git", "-C", str(processes.ROOT), "describe", "--always", "--dirty"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def _table(now: Figures, before: Figures) -> Table:
    table = Table(title="Each function idle, after its first real request (change since the run before)")
    for heading in ("", "private MB", "PSS MB", "RSS MB", "first answer ms", "first real request ms"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, figures in now.items():
        cells = []
        for figure in FIGURES:
            was = before.get(name, {}).get(figure)
            change = f" ({figures[figure] / was - 1:+.0%})" if was else ""
            cells.append(
                f"{figures[figure]:.1f}{change}" if figure.endswith("mb") else f"{figures[figure]:.0f}{change}"
            )
        table.add_row(name, *cells)
    return table
