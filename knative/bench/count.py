"""Seconds for reading and counting a large election, beside other programs, in turn, round by round.

The papers are made here by chance from a seed. Every program counts in a process of its own; seconds are of the
processor, so that what else runs on the machine matters less. Who takes longer than five minutes is left out of the
later rounds. Whoever counts by the same rule must elect the same, or there is no figure.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from knative.bench import counters
from knative.bench.machine import machine
from knative.bench.processes import ROOT
from knative.mistake import Mistake

LONGEST = 300
"""Seconds one count may take."""
SAME_RULE = {("droop", "stv-scottish"), ("droop", "stv-meek")}
"""Who counts by the very rule, so that the winners are the same."""


@dataclass(frozen=True, slots=True)
class Case:
    """One election to count."""

    method: str
    options: int
    seats: int
    papers: int
    programs: tuple[str, ...]


@dataclass
class Program:
    """One program on one case, with what each round took."""

    name: str
    rounds: list[Mapping[str, Any]] = field(default_factory=list)
    failed: str = ""

    def seconds(self, what: str) -> list[float]:
        """`read`, `count`, or `both`; none where the program reads nothing itself."""
        if what == "both":
            return [one["read"] + one["count"] for one in self.rounds if one["read"] is not None]
        return [one[what] for one in self.rounds if one[what] is not None]


def cases(papers: int) -> list[Case]:
    """What is counted: the last with a tenth of the papers."""
    return [
        Case("stv-scottish", 12, 5, papers, ("uvote", "droop", "pyrankvote", "votekit")),
        Case("stv-meek", 12, 5, papers, ("uvote", "droop")),
        Case("schulze", 30, 1, max(papers // 10, 1), ("uvote", "votekit")),
    ]


def count(
    papers: Annotated[
        int, typer.Option(min=100, max=2_000_000, help="Papers; a tenth of them for Schulze.")
    ] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Rounds.")] = 3,
    droop: Annotated[Path | None, typer.Option(help="Folder of droop's source.")] = None,
    peers: Annotated[
        Path | None, typer.Option(help="A Python that has pyrankvote and votekit.  [default: this one]")
    ] = None,
    method: Annotated[list[str] | None, typer.Option(help="Only this method; may be repeated.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="Leave this program out; may be repeated.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure to this file.")] = None,
) -> None:
    """Measure reading and counting of a large election, beside droop, pyrankvote and votekit where they are there."""
    console = Console()
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for case in (case for case in cases(papers) if not method or case.method in method):
            file = Path(folder) / "papers.blt"
            with console.status(f"{case.method}: making the papers"):
                distinct = write_papers(file, case)
            programs = [Program(name) for name in case.programs if name not in (without or ())]
            for number in range(rounds):
                with console.status(f"{case.method}: round {number + 1} of {rounds}"):
                    one_round(programs, case, file, number, droop, peers)
            console.print(_table(case, distinct, programs))
            measured.append(
                {**_case(case), "distinct": distinct, "programs": [_figures(p, programs) for p in programs]}
            )
    console.print(f"{rounds} rounds, seconds of the processor. {machine()}")
    if json_file:
        json_file.write_text(json.dumps({"machine": machine(), "rounds": rounds, "measured": measured}, indent=1))


def write_papers(file: Path, case: Case) -> int:
    """A paper a line, short ones more often, the options not equally liked; how many are different."""
    chance = random.Random(f"{case.method} {case.papers}")  # noqa: S311  (the same papers each time)
    liked = [1 / (place + 1) ** 0.7 for place in range(case.options)]
    different = set()
    with file.open("w") as out:
        out.write(f"{case.options} {case.seats}\n")
        for _ in range(case.papers):
            long = min(case.options, 1 + int(chance.expovariate(1 / 3)))
            drawn = [(chance.random() ** (1 / like), option) for option, like in enumerate(liked, 1)]
            line = " ".join(str(option) for _, option in sorted(drawn, reverse=True)[:long])
            different.add(line)
            out.write(f"1 {line} 0\n")
        out.write("0\n" + "".join(f'"Candidate {option}"\n' for option in range(1, case.options + 1)) + '"Bench"\n')
    return len(different)


def one_round(
    programs: list[Program], case: Case, file: Path, number: int, droop: Path | None, peers: Path | None
) -> None:
    """Each counts once, another one first in each round."""
    first = number % len(programs)
    for program in programs[first:] + programs[:first]:
        if not program.failed:
            run(program, case, file, droop, peers)
    ours = programs[0].rounds[-1]["winners"] if programs[0].rounds else None
    for program in programs:
        same = (program.name, case.method) in SAME_RULE and not program.failed
        if same and sorted(program.rounds[-1]["winners"]) != sorted(ours or []):
            raise Mistake(f"{program.name} and UVote elect others by {case.method}.")


def run(program: Program, case: Case, file: Path, droop: Path | None, peers: Path | None) -> None:
    """One count in a process of its own; why there is none is kept."""
    python = str(peers or sys.executable) if program.name in ("pyrankvote", "votekit") else sys.executable
    path = os.pathsep.join(str(one) for one in (ROOT, droop) if one)
    command = [python, counters.__file__, program.name, case.method, str(file)]
    env = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", ""), "PYTHONPATH": path}
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        program.failed = f"more than {LONGEST // 60} minutes"
        return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        if program.name == "uvote":
            raise Mistake(f"UVote did not count: {last}")
        program.failed = "not installed" if "ModuleNotFoundError" in last else f"failed: {last[:60]}"
        return
    program.rounds.append(json.loads(done.stdout.splitlines()[-1]))


def ratios(of: Program, to: Program, what: str) -> list[float]:
    """How many times as fast the second is, round by round."""
    return [one / other for one, other in zip(of.seconds(what), to.seconds(what), strict=False) if other]


def _case(case: Case) -> dict[str, Any]:
    return {"method": case.method, "options": case.options, "seats": case.seats, "papers": case.papers}


def _figures(program: Program, programs: list[Program]) -> dict[str, Any]:
    figures: dict[str, Any] = {"name": program.name, "failed": program.failed, "rounds": program.rounds}
    for what in ("read", "count", "both"):
        if taken := program.seconds(what):
            compared = ratios(program, programs[0], what)
            figures[what] = {"seconds": median(taken)}
            figures[what] |= {"uvote_is_times": median(compared), "least": min(compared), "most": max(compared)}
    return figures


def _table(case: Case, distinct: int, programs: list[Program]) -> Table:
    title = (
        f"{case.method}: {case.papers:,} papers ({distinct:,} different), {case.options} options, {case.seats} seats"
    )
    table = Table(title=title)
    for heading in ("", "reading s", "counting s", "both s", "UVote is … times as fast", "MB"):
        table.add_column(heading, justify="left" if not heading else "right")
    for program in programs:
        f = _figures(program, programs)
        seconds = [f"{f[what]['seconds']:.2f}" if what in f else "" for what in ("read", "count", "both")]
        whole = f.get("both") or f.get("count")
        faster = (
            ""
            if program is programs[0] or not whole
            else "{uvote_is_times:.1f} ({least:.1f}–{most:.1f})".format(**whole)
        )
        memory = f"{max(one['megabytes'] for one in program.rounds):.0f}" if program.rounds else ""
        table.add_row(program.name, *seconds, program.failed or faster, memory)
    return table
