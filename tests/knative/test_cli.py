"""`uvote` as people type it: real processes, exit codes, and no traceback for anybody's mistake."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from knative import cli
from knative.local.processes import free_port, is_free

ROOT = Path(__file__).resolve().parent.parent.parent
UVOTE = (sys.executable, "-m", "knative.cli")
ENV = {name: value for name, value in os.environ.items() if not name.startswith(("UVOTE_", "DATABASE_", "K_"))}
ENV |= {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}


def uvote(*words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*UVOTE, *words], env={**ENV, **env}, capture_output=True, text=True, check=False, timeout=120
    )


def seven_free_ports() -> int:
    """The first of as many free ports in a row as `up` wants."""
    while True:
        first = free_port()
        if first < 65_000 and all(is_free(port) for port in range(first, first + 7)):
            return first


@contextmanager
def up(folder: Path, first_port: int) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """`uvote up --demo`, and what it printed when everything ran."""
    words = ["up", "--demo", "--folder", str(folder), "--first-port", str(first_port)]
    process = subprocess.Popen([*UVOTE, *words], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if "Ctrl-C stops everything" in line:
                break
        assert process.poll() is None, printed
        yield process, printed
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        assert process.stdout is not None
        process.stdout.close()


def children(of: int) -> set[int]:
    """Every process that a process started, and those that they started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found: set[int] = set()
    while more := {pid for pid, parent in parents.items() if parent in found | {of}} - found:
        found |= more
    return found


@pytest.mark.xdist_group("system")
@pytest.mark.timeout(300)
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc, which is Linux's")
def test_up_starts_everything_stops_everything_and_finds_its_data_again(tmp_path: Path) -> None:
    folder, first = tmp_path / "kept", seven_free_ports()
    pages = f"http://127.0.0.1:{first + 5}"

    with up(folder, first) as (process, printed):
        links = re.findall(rf"{pages}/v/\S+", printed)
        assert len(links) == 12
        assert "Vote" in httpx.get(links[0]).text
        assert [httpx.get(f"http://127.0.0.1:{first + place}/docs").status_code for place in range(6)] == [200] * 6

        second = uvote("up", "--folder", str(folder), "--first-port", str(seven_free_ports()))
        assert (second.returncode, "runs already" in second.stderr) == (2, True), second.stderr
        refused = uvote("reset", "--folder", str(folder))
        assert (refused.returncode, "runs already" in refused.stderr) == (2, True), refused.stderr

        reset = uvote("staff", "reset", "desk@example.org", "--folder", str(folder))
        token = re.fullmatch(rf"{pages}/desk/password/(\S+)\n", reset.stdout)
        assert token, reset
        new = {"token": token[1], "password": "a new long password"}
        assert httpx.post(f"{pages}/api/auth/passwords", json=new).status_code == 204
        typed = {"email": "desk@example.org", "password": "a new long password"}
        assert httpx.post(f"{pages}/api/auth/sessions", json=typed).status_code == 200
        assert httpx.post(f"{pages}/api/auth/passwords", json=new).status_code == 401

        assert "Every event was delivered" in uvote("events", "--folder", str(folder)).stdout
        unknown = uvote("staff", "reset", "nobody@example.org", "--folder", str(folder))
        assert (unknown.returncode, unknown.stderr) == (2, "uvote: There is no account for nobody@example.org.\n")
        started = children(process.pid)
        assert len(started) >= 9
    assert process.returncode == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in started)
    assert all(is_free(port) for port in range(first, first + 7))

    with up(folder, first) as (process, printed):
        assert re.findall(rf"{pages}/v/\S+", printed) == links
        process.kill()
        process.wait()
        until = time.monotonic() + 30
        while not all(is_free(port) for port in range(first, first + 7)):
            assert time.monotonic() < until, "something outlived a supervisor that was killed"
            time.sleep(0.1)

    assert uvote("reset", "--folder", str(folder)).returncode == 0
    assert not folder.exists()


def test_a_port_in_use_is_a_clear_sentence(tmp_path: Path) -> None:
    first = seven_free_ports()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first + 3))
        taken.listen()
        done = uvote("up", "--folder", str(tmp_path / "kept"), "--first-port", str(first))

    assert done.returncode == 2
    assert done.stderr == (
        f"uvote: Port {first + 3}, wanted for ballot, is in use by another program; see --first-port.\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["events"], "UVote does not run here; start it with ./uvote up."),
        (["staff", "reset", "ada@example.org"], "UVote does not run here; start it with ./uvote up."),
        (["tick"], "UVOTE_ELECTION_URL is not set."),
        (["migrate"], "DATABASE_URL is not set."),
        (["keys", "rotate", "frontend"], "frontend signs nothing; auth, election, voter, ballot, result do."),
        (["keys", "rotate", "auth"], "There are no keys in "),
        (["replay", "missing.blt"], "missing.blt cannot be read: "),
        (["frobnicate"], "No such command 'frobnicate'."),
        (["up", "--first-port", "many"], "Invalid value for '--first-port'"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_two(words: list[str], said: str, tmp_path: Path) -> None:
    done = uvote(*words, UVOTE_FOLDER=str(tmp_path / "none"))

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_every_command_says_what_it_does() -> None:
    cli.register()
    waiting: list[tuple[list[str], Any]] = [([], get_command(cli.app))]
    while waiting:
        words, command = waiting.pop()
        shown = CliRunner().invoke(cli.app, [*words, "--help"])
        assert shown.exit_code == 0
        assert command.help or not words, words
        waiting += [([*words, name], inner) for name, inner in getattr(command, "commands", {}).items()]
