"""Processes of a cluster's pods that run on this machine: all of them, on a cluster of one node."""

from pathlib import Path

from load.machine import PROC
from load.report import FUNCTIONS

BESIDE = {"postgres": "PostgreSQL", "envoy": "gateway", "activator": "activator", "queue": "queue-proxy"}
"""What serves votes besides the functions, by the name of its program."""


def processes() -> dict[str, list[int]]:
    """Function, `PostgreSQL`, `gateway`, `activator` or `queue-proxy` → the ids of its processes.

    A function's are known by the variable that Knative gives each (Knative's runtime contract, `K_SERVICE`).
    """
    found: dict[str, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        if name := _name(folder):
            found.setdefault(name, []).append(int(folder.name))
    return found


def service_of(process: Path) -> str | None:
    """The Knative service that a process (its folder in /proc) serves, or None. Raises OSError when it has ended."""
    for variable in (process / "environ").read_bytes().split(b"\0"):
        name, _, value = variable.decode(errors="replace").partition("=")
        if name == "K_SERVICE":
            return value
    return None


def _name(process: Path) -> str | None:
    try:
        program = (process / "comm").read_text().strip()
        service = None if program in BESIDE else service_of(process)
    except OSError:  # it has just ended, or is not ours to look at
        return None
    return BESIDE.get(program) or (service if service in FUNCTIONS else None)
