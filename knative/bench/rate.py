"""The highest rate at which nearly everybody is answered quickly: page, pass, cast, offered whatever the answers take.

The whole of UVote runs, as `uvote up` starts it, with an election and its roll. `landing` is the page of a voting link
(`frontend`, which asks `election`), `paper` the page behind its button (`frontend`, `election`, `voter`), `public` what
`election` tells for pages, `pass` a link taken to a pass (`voter`), `cast` a paper put into the box (`ballot`): one
process of each. A rate holds when every answer is right, p99 is below the limit from the moment a request was due, and
as much was answered as was offered. Rates are tried from the one that a crowd that waits for its answers reaches,
a tenth less at a time, or more.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice, repeat
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx
import typer
from rich.table import Table

from functions.auth import commands as accounts
from functions.ballot import queries
from knative.bench import elections, processes
from knative.bench.contestants import percentile
from knative.bench.machine import machine, wide
from knative.local.platform import Platform, free_ports, running
from knative.mistake import Mistake
from load import casting
from load.organiser import Organiser, set_password

LIMIT = 250.0
"""Milliseconds that p99 stays below."""
STEP = 0.9
CONNECTIONS = 512
CROWD = 32
"""Connections of the crowd that waits for its answers."""
NAMES = ("landing", "paper", "public", "pass", "cast")


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of request, the function that answers it, its right answer, and the requests without end."""

    name: str
    function: str
    status: int
    requests: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Offered:
    """What became of a rate: answers a second, milliseconds, and processor seconds a second of each part."""

    rate: float
    answered: float
    right: bool
    p50: float
    p99: float
    late_p99: float
    cpu: dict[str, float]

    @property
    def holds(self) -> bool:
        return self.right and self.p99 < LIMIT and self.answered >= 0.95 * self.rate


def rate(
    seconds: Annotated[float, typer.Option(min=1, max=60, help="Length of each try.")] = 6,
    tries: Annotated[int, typer.Option(min=1, max=20, help="Rates tried of each at most.")] = 8,
    voters: Annotated[int, typer.Option(min=10, max=20_000, help="Voters on the roll.")] = 1000,
    only: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(NAMES)}; may be repeated.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure to this file.")] = None,
) -> None:
    """Find the highest rate of pages, passes and casts at which p99 stays under 250 ms."""
    console = wide()
    wanted = [name for name in NAMES if not only or name in only]
    found: dict[str, list[Offered]] = {}
    with tempfile.TemporaryDirectory(prefix="uvote-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may have to run as another user
        with console.status("Starting UVote and making an election"), ready(folder / "uvote", voters) as place:
            for stream in place.streams:
                if stream.name in wanted:
                    console.log(f"Offering: {stream.name}")
                    found[stream.name] = search(place, stream, seconds, tries)
    console.print(_table(found))
    console.print(
        f"Tries of {seconds:g} s; gaps drawn by chance; one process of each function; functions, PostgreSQL, broker "
        f"and client share the machine: {machine()}"
    )
    if json_file:
        written = {name: [vars_of(one) for one in tried] for name, tried in found.items()}
        json_file.write_text(json.dumps({"machine": machine(), "seconds": seconds, "offered": written}, indent=1))


@dataclass(frozen=True, slots=True)
class Place:
    """UVote that runs, with streams of requests to it."""

    platform: Platform
    folder: Path
    streams: list[Stream]

    def port(self, function: str) -> int:
        return int(self.platform.machine.urls[function].rpartition(":")[2])

    def cpu(self) -> dict[str, float]:
        """Processor seconds so far of each part that a vote goes through."""
        parts = ("frontend", "election", "voter", "ballot")
        each = {name: processes.cpu(self.platform.processes[name].pid) for name in parts}
        return {**each, "database": processes.database_cpu()}


@contextmanager
def ready(folder: Path, voters: int) -> Iterator[Place]:
    """UVote with an open election, until the block ends."""
    with running(folder, free_ports()) as platform:
        election, links = asyncio.run(_election(platform, voters))
        yield Place(platform, folder, asyncio.run(_streams(platform, election, links)))


async def _election(platform: Platform, voters: int) -> tuple[str, list[str]]:
    machine = platform.machine
    email, password = "bench@example.org", "a bench's own password"
    token = await accounts.add(machine.url_for("auth"), email, "Bench", True)
    async with httpx.AsyncClient(base_url=machine.public_url, trust_env=False, timeout=120) as client:
        await set_password(client, token, password)
        desk = Organiser(client, email, password)
        made = str((await desk.election("POST", "", elections.draft()))["id"])
        await desk.may_read_links(made)
        await desk.roll(made, "email,name\n" + "".join(f"v{n}@example.org,Voter {n}\n" for n in range(voters)))
        await desk.election("POST", f"/{made}/schedule")
        await desk.wait(made, "the box", lambda seen: seen["shown_phase"] == "open" and seen["box"])
        return made, [link["url"].rpartition("/")[2] for link in await desk.links(made, "A bench")]


async def _streams(platform: Platform, election: str, links: list[str]) -> list[Stream]:
    machine = platform.machine
    ballot = await asyncpg.connect(machine.url_for("ballot"))
    try:
        opened = await queries.opened(ballot, UUID(election))
    finally:
        await ballot.close()
    if opened is None:
        raise Mistake("There is no box.")
    where = elections.Place(machine.database_url, machine.folder / "keys")

    def each(make: Callable[[str], bytes]) -> Iterator[bytes]:
        return map(make, cycle(links))

    return [
        Stream("landing", "frontend", 200, each(lambda one: processes.request("GET", f"/v/{election}/{one}"))),
        Stream(
            "paper", "frontend", 200, each(lambda one: processes.request("POST", f"/v/{election}/{one}", body=b"{}"))
        ),
        Stream("public", "election", 200, repeat(processes.request("GET", f"/elections/{election}/public"))),
        Stream("pass", "voter", 200, each(lambda one: _pass(election, one))),
        Stream("cast", "ballot", 201, elections.casts(where, opened)),
    ]


def _pass(election: str, token: str) -> bytes:
    return processes.request("POST", f"/elections/{election}/passes", body=json.dumps({"token": token}).encode())


def search(place: Place, stream: Stream, seconds: float, tries: int) -> list[Offered]:
    """Rates tried, from what a waiting crowd reaches on: downwards until one holds, or upwards until one does not."""
    crowd(place, stream, 300)  # warms
    reached = crowd(place, stream, 2000)
    tried = [offered(place, stream, reached, seconds)]
    step = 1 / STEP if tried[0].holds else STEP
    while len(tried) < tries and tried[-1].holds == tried[0].holds:
        tried.append(offered(place, stream, tried[-1].rate * step, seconds))
    return tried


def crowd(place: Place, stream: Stream, many: int) -> float:
    """Answers a second to a crowd of which each waits for the answer before the next request."""
    path = place.folder / "requests"
    casting.write(path, islice(stream.requests, many))
    words = [str(word) for word in (path, place.port(stream.function), CROWD, 60)]
    said = json.loads(processes.run([sys.executable, "-m", "load.casting", *words]))
    if set(said["statuses"]) != {str(stream.status)}:
        raise Mistake(f"Not every {stream.name} was answered {stream.status}: {said['statuses']}.")
    return float(many / said["seconds"])


def offered(place: Place, stream: Stream, rate: float, seconds: float) -> Offered:
    """Offer a rate for so long."""
    path = place.folder / "requests"
    many = max(100, round(rate * seconds))
    casting.write(path, islice(stream.requests, many))
    words = [str(word) for word in (path, place.port(stream.function), rate, CONNECTIONS)]
    before = place.cpu()
    said = json.loads(processes.run([sys.executable, "-m", "load.offering", *words]))
    after = place.cpu()
    cpu = {name: (after[name] - before[name]) / said["seconds"] for name in before}
    return Offered(
        rate=rate,
        answered=len(said["milliseconds"]) / said["seconds"],
        right=said["statuses"] == {str(stream.status): many},
        p50=percentile(said["milliseconds"], 50),
        p99=percentile(said["milliseconds"], 99),
        late_p99=percentile(said["late_ms"], 99),
        cpu={**cpu, "client": said["cpu"] / said["seconds"]},
    )


def vars_of(one: Offered) -> dict[str, Any]:
    """As it is written."""
    return {name: getattr(one, name) for name in (*one.__slots__, "holds")}


def _table(found: dict[str, list[Offered]]) -> Table:
    table = Table(title=f"The highest rate at which p99 stays under {LIMIT:g} ms")
    for heading in (
        "",
        "a second",
        "p50 ms",
        "p99 ms",
        "sent late, p99 ms",
        "CPU: functions, database, client",
        "tried",
    ):
        table.add_column(heading, justify="right" if heading else "left")
    for name, tried in found.items():
        last = max((one for one in tried if one.holds), key=lambda one: one.rate, default=tried[-1])
        functions = {
            part: used for part, used in last.cpu.items() if part not in {"database", "client"} and used >= 0.01
        }
        used = " ".join(f"{part} {used:.2f}" for part, used in functions.items())
        table.add_row(
            name,
            f"{last.rate:,.0f}" if last.holds else f"none held, down to {last.rate:,.0f}",
            f"{last.p50:.1f}",
            f"{last.p99:.1f}",
            f"{last.late_p99:.1f}",
            f"{used}; {last.cpu['database']:.2f}; {last.cpu['client']:.2f}",
            ", ".join(f"{one.rate:,.0f}" for one in tried),
        )
    return table
