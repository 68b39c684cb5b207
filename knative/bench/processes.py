"""Processes of the bench: a server on a free port from its start to its end, one request to it, a program that ends."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from knative.mistake import Mistake

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "127.0.0.1"
LONGEST = 60.0
"""Seconds a process may take to answer."""


def _env(more: Mapping[str, str]) -> dict[str, str]:
    """What a program needs to run, and no setting of ours. It may write bytecode, so that the next start finds it."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    # What is compared with may be installed elsewhere than UVote is.
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**keep, "PYTHONPATH": path, **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def uvicorn(app: str, port: int) -> list[str]:
    """The command that serves an app as UVote's functions are served: uvloop, httptools, no access log."""
    where = ["--host", HOST, "--port", str(port)]
    return [sys.executable, "-m", "uvicorn", app, *where, "--no-access-log", "--log-level", "warning"]


def entry(port: int) -> list[str]:
    """The command by which the image starts a function (`UVOTE_FUNCTION`), here on loopback alone."""
    return ["env", f"PORT={port}", f"UVOTE_HOST={HOST}", sys.executable, "-m", "functions.entry"]


def request(method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """A request as bytes, for a connection that stays open."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(port: int, sent: bytes) -> int | None:
    """The status of the answer to one request; None while nobody listens."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=LONGEST) as connection:
        connection.sendall(sent)
        line = connection.makefile("rb").readline()
        return int(line.split()[1]) if line else None
    return None


@dataclass(frozen=True, slots=True)
class Server:
    """A server process that has answered."""

    pid: int
    port: int
    began: float
    """When it was started, by `time.perf_counter`."""
    words: BinaryIO

    def cpu(self) -> float:
        """Seconds of processor time it and its workers have had; 0 where there is no /proc to tell."""
        return cpu(self.pid)

    def last_words(self) -> str:
        """The end of what it printed."""
        self.words.seek(0)
        return self.words.read().decode(errors="replace").strip()[-1000:]


def cpu(pid: int) -> float:
    """Seconds of processor time a process and its children have had; 0 where there is no /proc to tell."""
    try:
        return sum(_cpu(one) for one in (str(pid), *_children(str(pid))))
    except OSError:
        return 0.0


def database_cpu() -> float:
    """Seconds of processor time that a PostgreSQL started by this process has had; 0 where none was, or no /proc."""
    try:
        mine = Path(f"/proc/{os.getpid()}/task").glob("*/children")
        servers = [pid for line in mine for pid in line.read_text().split() if _name(pid) == "postgres"]
        each = [pid for server in servers for pid in (server, *_children(server))]
        return sum(_cpu(pid) for pid in each) + sum(_cpu_of_the_gone(server) for server in servers)
    except OSError:
        return 0.0


def _name(pid: str) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _children(pid: str) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _cpu_of_the_gone(pid: str) -> float:
    """What a process's children had that have ended (proc(5): cutime and cstime, the 16th and 17th of its line)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def _cpu(pid: str) -> float:
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


@contextmanager
def serving(command: Sequence[str], env: Mapping[str, str], port: int, ready: bytes) -> Iterator[Server]:
    """The process while it runs, from its first answer to `ready` on; raises Mistake when none comes."""
    with tempfile.TemporaryFile() as words:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=_env(env), cwd=ROOT, stdout=words, stderr=words)
        server = Server(process.pid, port, began, words)
        try:
            while ask(port, ready) is None:
                if process.poll() is not None or time.perf_counter() - began > LONGEST:
                    raise Mistake(f"A process did not start ({' '.join(command[1:])}): {server.last_words()}")
                time.sleep(0.001)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> str:
    """What a program printed; raises Mistake with its last words when it failed."""
    done = subprocess.run(command, env=_env(env or {}), cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Mistake(f"A program failed ({' '.join(command[:3])}): {done.stderr.strip()[-500:]}")
    return done.stdout
