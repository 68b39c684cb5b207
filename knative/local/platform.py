"""UVote on one machine: PostgreSQL, six functions, broker and clock as processes, from the manifests Knative is given.

It is for trying out, developing and testing. What the manifests say with addresses, Secrets and mounted files is put
in terms of this machine; everything else is taken as it stands.
"""

import asyncio
import fcntl
import json
import os
import re
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
from knative.local.manifests import Manifests, Service
from knative.local.processes import Process, free_port, is_free
from knative.mistake import Mistake

ROOT = Path(__file__).resolve().parent.parent.parent
FIRST_PORT = 5001
BROKER_PORT = 5007

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Platform:
    """What runs: processes and addresses by name (the six functions, `broker`, `clock`)."""

    folder: Path
    database_url: str
    """The administrator's."""
    urls: Mapping[str, str]
    processes: Mapping[str, Process]
    passwords: Mapping[str, str]

    @property
    def public_url(self) -> str:
        return self.urls["frontend"]

    @property
    def broker_url(self) -> str:
        """Where events are posted."""
        return self.processes["ballot"].env["K_SINK"]

    def url_for(self, role: str) -> str:
        """The database URL of a function's own login, or of the clock's."""
        return migrate.function_url(self.database_url, role, self.passwords[role])

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
        platform = _platform(folder, database_url, ports, passwords, wanted, tick_every, broker_env or {})
        stack.callback(_stop, platform)
        tell("Starting the six functions, the broker and the clock")
        for process in platform.processes.values():
            process.start()
        for process in platform.processes.values():
            process.wait_ready()
        stack.enter_context(_said(platform))
        yield platform
        tell("Stopping")


@dataclass(frozen=True)
class Running:
    """What the folder says of a platform that runs, for commands in another terminal."""

    public_url: str
    database_url: str
    passwords: Mapping[str, str]

    def url_for(self, role: str) -> str:
        """The database URL of a function's own login."""
        return migrate.function_url(self.database_url, role, self.passwords[role])


def look(folder: Path) -> Running:
    """What runs on `folder`; raises Mistake when nothing does."""
    try:
        said = json.loads((folder / "running.json").read_text())
        return Running(said["public_url"], said["database_url"], key_files.passwords(folder / "keys"))
    except (OSError, ValueError, KeyError) as error:
        raise Mistake("UVote does not run here; start it with ./uvote up.") from error


def _platform(
    folder: Path,
    database_url: str,
    ports: Mapping[str, int],
    passwords: Mapping[str, str],
    wanted: Manifests,
    tick_every: float,
    broker_env: Mapping[str, str],
) -> Platform:
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    base = {name: value for name, value in os.environ.items() if not name.startswith(("UVOTE_", "K_", "DATABASE_"))}
    base |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    functions = {name: urls[name] for name in FUNCTIONS}
    plan: dict[str, tuple[list[str], dict[str, str], str | None]] = {
        "broker": (
            _uvicorn("knative.local.broker:app", ports["broker"]),
            {"UVOTE_BROKER_SUBSCRIBERS": json.dumps(functions), **broker_env},
            urls["broker"],
        )
    }
    for name in FUNCTIONS:
        env = _env(wanted.services[name], folder / "keys", urls, database_url, passwords)
        env |= {"PORT": str(ports[name]), "UVOTE_HOST": "127.0.0.1", "K_SERVICE": name, "K_REVISION": f"{name}-local"}
        plan[name] = ([sys.executable, "-m", "functions.entry"], env, urls[name])
    clock = {f"UVOTE_{name.upper()}_URL": url for name, url in functions.items()}
    clock["UVOTE_CLOCK_DATABASE_URL"] = migrate.function_url(database_url, "clock", passwords["clock"])
    plan["clock"] = ([sys.executable, "-m", "knative.cli", "tick", "--every", str(tick_every)], clock, None)
    processes = {
        name: Process(name, command, {**base, **env}, logs / f"{name}.log", url)
        for name, (command, env, url) in plan.items()
    }
    return Platform(folder, database_url, urls, processes, passwords)


def _uvicorn(app: str, port: int) -> list[str]:
    return [sys.executable, "-m", "uvicorn", app, "--host=127.0.0.1", f"--port={port}", "--no-access-log"]


def _env(
    service: Service, keys: Path, urls: Mapping[str, str], database_url: str, passwords: Mapping[str, str]
) -> dict[str, str]:
    """A function's environment as its manifest has it, with what is different on this machine put in its place."""
    files = {
        "UVOTE_JWKS": keys / "jwks.json",
        "UVOTE_SIGNING_KEY": keys / f"{service.name}.signing.json",
        "UVOTE_SECRET": keys / f"{service.name}.secret",
    }
    env: dict[str, str] = {}
    for name, value in service.env.items():
        env[name] = str(files[name]) if name in files else _address(value, urls)
    for name in service.references:
        if name == "UVOTE_DATABASE_URL":
            env[name] = migrate.function_url(database_url, service.name, passwords[service.name])
        elif name == "UVOTE_PUBLIC_URL":
            env[name] = urls["frontend"]
        else:
            raise Mistake(f"The manifest of {service.name} takes {name} from {service.references[name]}: unknown here.")
    if "UVOTE_TRUSTED_HOPS" in env:
        env["UVOTE_TRUSTED_HOPS"] = "1"  # `frontend` alone is in between here
    return env


def _address(value: str, urls: Mapping[str, str]) -> str:
    inside = re.fullmatch(r"http://([a-z-]+)\.[a-z-]+\.svc\.cluster\.local(/.*)?", value)
    if not inside:
        return value
    name = "broker" if inside[1] == "broker-ingress" else inside[1]
    return urls[name] + (inside[2] or "")


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
def _said(platform: Platform) -> Iterator[None]:
    path = platform.folder / "running.json"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump({"public_url": platform.public_url, "database_url": platform.database_url}, file)
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
