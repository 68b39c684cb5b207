"""`uvote load`: prepares an election, lets Locust loose on it, reconciles, and writes a report; see `load/README.md`.

Without `--host` it brings its own UVote on free ports, and takes it away again.
"""

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.status import Status

from functions.auth import commands
from knative.local import postgres
from knative.local.machine import ROOT
from knative.local.platform import Platform, free_ports, running
from knative.local.processes import die_with_parent
from knative.mistake import Mistake
from load import folder as files
from load import machine, pods
from load.gates import only_failed
from load.host import NotOurs, owned
from load.organiser import Refused, set_password
from load.prepare import prepare
from load.sampling import sampling
from load.scenarios import SCENARIOS, Plan, Scenario
from load.verdict import told, verdict

GRACE = 90.0
"""Seconds that Locust may take to start and to end, besides its plan."""
Pids = Callable[[], Mapping[str, Iterable[int]]]


@dataclass(frozen=True)
class Ground:
    """What is loaded: its address, an administrator, and the processes of it that can be seen from here."""

    host: str
    email: str
    password: str
    pids: Pids
    facts: Mapping[str, str]


def command(
    scenario: Annotated[str, typer.Argument(help=f"One of {', '.join(SCENARIOS)}.")],
    host: Annotated[str, typer.Option(help="A running UVote's public address; without it, one of its own.")] = "",
    users: Annotated[int, typer.Option(min=0, max=20_000, help="Voters at once; the scenario's own unless given.")] = 0,
    seconds: Annotated[float, typer.Option(min=0, max=7200, help="How long seats are filled.")] = 0.0,
    think: Annotated[float | None, typer.Option(min=0, max=10, help="Times the usual time to think.")] = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes of the generator.")] = 1,
    email: Annotated[str, typer.Option(envvar="UVOTE_EMAIL", help="An administrator; with --host.")] = "",
    own: Annotated[bool, typer.Option("--i-own-this-host", help="It is not this machine, and it is yours.")] = False,
    on_cluster: Annotated[bool, typer.Option("--on-cluster", help="Watch the pods of the cluster of kubectl.")] = False,
    opens_in: Annotated[float, typer.Option(min=0, help="Seconds until the opening bell, so that pods sleep.")] = 0.0,
    p95: Annotated[float | None, typer.Option(help="Milliseconds of the gate, instead of the scenario's.")] = None,
    rate: Annotated[float | None, typer.Option(help="Achieved of offered, instead of the scenario's.")] = None,
    into: Annotated[Path | None, typer.Option("--report", help="Folder of the report.")] = None,
) -> None:
    """Let people made of programs vote, reconcile every paper, and write a report. `UVOTE_PASSWORD` is the account's.

    Exit code 0 only when everything is equal and every gate was kept; 1 when not; 2 for a mistake.
    """
    chosen = SCENARIOS.get(scenario)
    if chosen is None:
        raise Mistake(f"There is no scenario {scenario}; there are {', '.join(SCENARIOS)}.")
    folder = (into or Path("reports") / "load" / f"{scenario}-{datetime.now(UTC):%Y%m%d-%H%M%S}").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    limits = {name: value for name, value in (("p95", p95), ("rate", rate)) if value is not None}
    options = {"users": users, "seconds": seconds, "think": think, "opens_in": opens_in}
    console = Console(stderr=True, highlight=False)
    with ExitStack() as stack:
        status = stack.enter_context(console.status("Starting"))
        ground = _given(host, email, own, on_cluster) if host else stack.enter_context(_own(status))
        status.update("Preparing the election, its roll and its links")
        try:
            made = asyncio.run(prepare(ground.host, ground.email, ground.password, chosen, folder, **options))
            with _watched(folder) if on_cluster else nullcontext(dict[str, str]()) as watched:
                _locust(chosen, Plan(**made["plan"]), ground, folder, processes, status)
            status.update("Closing, counting, reconciling")
            facts = {
                **ground.facts,
                **watched,
                "generator": "one Locust process" if processes == 1 else f"{processes} Locust processes",
            }
            report, page = verdict(folder, facts, limits)
        except Refused as refused:
            raise Mistake(str(refused)) from refused
        except httpx.HTTPError as error:
            raise Mistake(f"Nothing answers at {ground.host} ({type(error).__name__}).") from error
    print(told(report, page))  # noqa: T201
    raise typer.Exit(1 if only_failed(report.gates) else 0)


def _given(host: str, email: str, own: bool, on_cluster: bool) -> Ground:
    password = os.environ.get("UVOTE_PASSWORD", "")
    if not (email and password):
        raise Mistake("Name an administrator's account with --email and UVOTE_PASSWORD.")
    try:
        seen: Pids = pods.processes if on_cluster else dict
        return Ground(owned(host, own), email, password, seen, {"server": "was running before"})
    except NotOurs as refused:
        raise Mistake(str(refused)) from refused


@contextmanager
def _own(status: Status) -> Iterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="uvote-load-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may have to run as another user
        try:
            with running(folder / "uvote", free_ports(), tell=status.update) as platform:
                email, password = asyncio.run(_administrator(platform))
                data = postgres.data_folder(folder / "uvote" / "postgres")

                def pids() -> Mapping[str, Iterable[int]]:
                    own = {one: machine.with_children(process.pid) for one, process in platform.processes.items()}
                    postmaster = int((data / "postmaster.pid").read_text().split()[0])
                    return {**own, "PostgreSQL": machine.with_children(postmaster)}

                facts = {"server": "a local UVote: one process a function, PostgreSQL durable, on the same machine"}
                yield Ground(platform.machine.public_url, email, password, pids, facts)
        finally:
            postgres.forget(folder / "uvote" / "postgres")


async def _administrator(platform: Platform) -> tuple[str, str]:
    email, password = "load@example.org", secrets.token_urlsafe(12)
    token = await commands.add(platform.machine.url_for("auth"), email, "Load", administrator=True)
    async with httpx.AsyncClient(base_url=platform.machine.public_url, trust_env=False, timeout=60) as client:
        await set_password(client, token, password)
    return email, password


def _locust(scenario: Scenario, plan: Plan, ground: Ground, folder: Path, processes: int, status: Status) -> None:
    """One run of Locust, in a process of its own, sampled; raises Mistake when it fails by itself or does not end."""
    locustfile = ROOT / "load" / f"{scenario.name.replace('-', '_')}.py"
    words = [sys.executable, "-m", "locust", "-f", str(locustfile), "--headless", "--host", ground.host]
    words += ["--loglevel", "WARNING", "--only-summary", "--exit-code-on-error", "0"]
    words += ["--processes", str(processes)] if processes > 1 else []
    env = {**os.environ, "PYTHONPATH": str(ROOT), "UVOTE_LOAD_FOLDER": str(folder)}
    log = folder / "locust.log"
    with log.open("w") as out:
        locust = subprocess.Popen(
            words, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=out, text=True,
            preexec_fn=lambda: die_with_parent(15),  # noqa: PLW1509  (no thread runs before this)
        )  # fmt: skip

    def pids() -> Mapping[str, Iterable[int]]:
        return {"generator": machine.with_children(locust.pid), **ground.pids()}

    stopped = threading.Timer(plan.longest + GRACE, locust.kill)
    stopped.start()
    try:
        with sampling(folder / files.SAMPLES, pids), log.open("a", buffering=1) as kept:
            for line in locust.stdout or ():
                kept.write(line)
                if " there · " in line:
                    status.update(f"{scenario.name}: {line.strip()}")
        code = locust.wait()
    finally:
        stopped.cancel()
        locust.kill()
        locust.wait()
    if code or not (folder / files.RAN).exists():
        raise Mistake(f"Locust ended with {code}; see {log}.")


@contextmanager
def _watched(folder: Path) -> Iterator[dict[str, str]]:
    """While the block runs, the pods each second; at its end a picture, a CSV, and how many there were at most."""
    from knative.watch import watching

    most: dict[str, str] = {}
    with watching("uvote", 1, folder / "pods.csv", folder / files.PODS) as taken:
        yield most
    for service in sorted({row.service for row in taken}):
        pods = max(row.ready for row in taken if row.service == service)
        most[f"pods of {service} at most"] = str(pods)
