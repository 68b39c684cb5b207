"""What this machine is, and what was used on it: read off /proc (Linux; elsewhere nothing is known or said)."""

import os
import platform
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from load.figures import Used

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
TOLD = ("locust", "fastapi", "uvicorn", "asyncpg")


def with_children(pid: int) -> list[int]:
    """A process and all that came from it."""
    found = [pid]
    for one in found:
        with suppress(OSError):  # it has just ended
            for task in (PROC / str(one) / "task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def used(now: float, name: str, pids: Iterable[int], seen: dict[int, float]) -> Used:
    """What these processes use at a look; memory is what they share with none.

    `seen`: processor-seconds of each process so far; a process that has ended stays in it, and in the sum.
    """
    memory, files, there = 0.0, 0, 0
    for pid in pids:
        try:
            stat = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            resident, shared = (int(word) for word in (PROC / str(pid) / "statm").read_text().split()[1:3])
            files += len(list((PROC / str(pid) / "fd").iterdir()))
        except OSError:
            continue
        memory += (resident - shared) * PAGE
        seen[pid] = (int(stat[11]) + int(stat[12])) / TICK
        there += 1
    return Used(now, name, round(sum(seen.values()), 2), memory, files, there)


def whole(now: float) -> Used:
    """The processors of the whole machine, whoever uses them, and the memory that is not to be had."""
    try:
        busy = [int(word) for word in (PROC / "stat").read_text().splitlines()[0].split()[1:9]]
        words = dict(line.split(":") for line in (PROC / "meminfo").read_text().splitlines())
        taken = sum(int(words[word].split()[0]) * sign for word, sign in (("MemTotal", 1024), ("MemAvailable", -1024)))
    except OSError:
        return Used(now, "machine", 0.0, 0.0, 0, 0)
    return Used(now, "machine", round((sum(busy) - busy[3] - busy[4]) / TICK, 2), taken, 0, 1)


def processors() -> str:
    """Which, and how many."""
    lines = (PROC / "cpuinfo").read_text().splitlines() if (PROC / "cpuinfo").exists() else []
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    return f"{name}, {os.cpu_count()} processors"


def facts() -> dict[str, str]:
    """The machine and the versions, for a report."""
    found = {
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": processors(),
        "system": f"{platform.system()} {platform.release()}",
        "Python": sys.version.split()[0],
    }
    for package in TOLD:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
