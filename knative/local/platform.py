"""UVote on one machine: PostgreSQL, six functions, broker and clock as processes, from the manifests Knative is given.

It is for trying out, developing and testing.
"""

import asyncio
import fcntl
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from functions import FUNCTIONS
from knative import keys as key_files
from knative import migrate
from knative.local import manifests, postgres
from knative.local.machine import Machine
from knative.local.manifests import Manifests
from knative.local.processes import Process, free_port, is_free
from knative.mistake import Mistake

FIRST_PORT = 5001
BROKER_PORT = 5007

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Platform:
    """A machine's UVote while it runs: processes by name (the six functions, `broker`, `clock`)."""

    machine: Machine
    processes: Mapping[str, Process]

    def restart(self, name: str) -> None:
        """Start a process that ended, and wait until it answers."""
        self.processes[name].start()
        self.processes[name].wait_ready()


def standard_ports() -> dict[str, int]:
    """`auth` on 5001, then voter, election, ballot, result and frontend; the broker on 5007."""
    return {name: FIRST_PORT + place for place, name in enumerate(FUNCTIONS)} | {"broker": BROKER_PORT}


def free_ports() -> dict[str, int]:
    """Ports nobody uses, for tests."""
    return {name: free_port() for name in (*FUNCTIONS, "broker")}


@contextmanager
def running(
    folder: Path,
    ports: Mapping[str, int],
    *,
    database_url: str | None = None,
    fast: bool = False,
    tick_every: float = 1.0,
    broker_env: Mapping[str, str] | None = None,
    tell: Tell = lambda _: None,
) -> Iterator[Platform]:
    """Start everything on `folder`, keep it until the block ends, stop it in order. Raises Mistake in plain words.

    `database_url` is an administrator's URL of another PostgreSQL than the embedded one; `fast` gives up durability of
    the embedded one, `broker_env` makes the broker worse than it is (tests). `tell` hears what is being done.
    """
    wanted = manifests.read()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    with ExitStack() as stack:
        stack.enter_context(alone(folder))
        for name, port in ports.items():
            if not is_free(port):
                raise Mistake(f"Port {port}, wanted for {name}, is in use by another program; see --first-port.")
        key_files.make(folder / "keys")
        if database_url is None:
            tell("Starting PostgreSQL")
            database_url = stack.enter_context(postgres.running(folder / "postgres", fast=fast))
        tell("Preparing the database")
        passwords = key_files.passwords(folder / "keys")
        try:
            asyncio.run(migrate.make_roles(database_url, passwords))
        except (OSError, asyncpg.PostgresError, ValueError) as error:
            raise Mistake(f"The database of DATABASE_URL cannot be used: {error}") from error
        migrate.migrate(database_url)
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        machine = Machine(folder, database_url, urls, passwords)
        platform = Platform(machine, _processes(machine, wanted, tick_every, broker_env or {}))
        stack.callback(_stop, platform)
        tell("Starting the six functions, the broker and the clock")
        for process in platform.processes.values():
            process.start()
        for process in platform.processes.values():
            process.wait_ready()
        stack.enter_context(_said(machine))
        yield platform
        tell("Stopping")


def look(folder: Path) -> Machine:
    """What runs on `folder`, for commands in another terminal; raises Mistake when nothing does."""
    try:
        said = json.loads((folder / "running.json").read_text())
        return Machine(folder, said["database_url"], said["urls"], key_files.passwords(folder / "keys"))
    except (OSError, ValueError, KeyError) as error:
        raise Mistake("UVote does not run here; start it with ./uvote up.") from error


def _processes(
    machine: Machine, wanted: Manifests, tick_every: float, broker_env: Mapping[str, str]
) -> dict[str, Process]:
    logs = machine.folder / "logs"
    logs.mkdir(exist_ok=True)

    def process(name: str, env: Mapping[str, str], *words: str) -> Process:
        command = [sys.executable, "-m", *words]
        return Process(name, command, env, logs / f"{name}.log", machine.urls.get(name))

    port = machine.urls["broker"].rpartition(":")[2]
    serve = ("uvicorn", "knative.local.broker:app", "--host=127.0.0.1", f"--port={port}", "--no-access-log")
    return {
        "broker": process("broker", {**machine.broker_env(), **broker_env}, *serve),
        **{n: process(n, machine.function_env(wanted.services[n]), "functions.entry") for n in FUNCTIONS},
        "clock": process("clock", machine.clock_env(), "knative.cli", "tick", "--every", str(tick_every)),
    }


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Have the folder to ourselves; raises Mistake when another `uvote up` runs on it."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Mistake(f"UVote runs already on {folder}; stop it there with Ctrl-C first.") from error
        yield


@contextmanager
def _said(machine: Machine) -> Iterator[None]:
    path = machine.folder / "running.json"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump({"database_url": machine.database_url, "urls": dict(machine.urls)}, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _stop(platform: Platform) -> None:
    """The clock first, then the functions (which finish what they do), the broker last; all are asked at once."""
    for process in reversed(list(platform.processes.values())):
        process.ask_to_stop()
    for process in reversed(list(platform.processes.values())):
        process.wait_stopped()
