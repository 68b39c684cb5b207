"""Processes of one's own: they end with us, however we end, and say in a sentence why they did not start."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from knative.mistake import Mistake

_LIBC = ctypes.CDLL(None)  # loaded here, since a child between fork and exec had better not
START_WITHIN = 60.0
STOP_WITHIN = 20.0


def die_with_parent(signal_number: int) -> None:
    """Ask the kernel to signal this process when its parent is gone, however it went (Linux; elsewhere nothing)."""
    with contextlib.suppress(AttributeError):
        _LIBC.prctl(1, signal_number)


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on a loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass
class Process:
    """One server process; `url` answers `/health` when it is up. Its output is appended to `log`."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    url: str | None = None
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """The process's id; raises LookupError when it was never started."""
        if self._process is None:
            raise LookupError(self.name)
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; `wait_ready` says when it answers."""
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                self.command,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops all in order
                preexec_fn=_with_parent,  # noqa: PLW1509  (no thread runs before this)
            )

    def wait_ready(self) -> None:
        """Wait until it answers; raises Mistake when it ended or does not."""
        until = time.monotonic() + START_WITHIN
        while self.url:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/health", timeout=2, trust_env=False).is_success:
                    return
            if not self.running or time.monotonic() > until:
                raise Mistake(f"{self.name} did not start; see {self.log}.")
            time.sleep(0.03)

    def ask_to_stop(self) -> None:
        """Ask it to finish what it does and end."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGTERM)

    def wait_stopped(self) -> None:
        """Wait until it ended; one that does not is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _with_parent() -> None:
    os.chdir("/")
    die_with_parent(signal.SIGTERM)
