"""Cold starts: from a request that finds no pod to its answer, and where that time goes."""

import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import httpx

from knative.kubectl import kubectl
from load.machine import PROC
from load.pods import service_of
from tests.cluster import kube

HELLO = ("hello-go", "hello-fastapi")


@dataclass(frozen=True)
class Start:
    """Seconds: all of it; until the process began (scheduler, kubelet, sandbox); from there to the answer.

    The two parts are None where the node's processes cannot be seen from here.
    """

    whole: float
    pod: float | None
    process: float | None


def inner_gateway() -> str:
    """The address at which the cluster's own parts call functions."""
    return kubectl("get", "-n", "kourier-system", "svc", "kourier-internal", "-o", "jsonpath={.spec.clusterIP}")


def ask(gateway: str, service: str) -> None:
    """Ask a service for its health. Raises AssertionError when it does not answer 200."""
    namespace = "uvote-hello" if service.startswith(HELLO) else kube.NAMESPACE
    answer = httpx.get(
        f"http://{gateway}/health",
        headers={"Host": f"{service}.{namespace}.svc.cluster.local"},
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 200, (service, answer.status_code, answer.text)


def start(gateway: str, service: str) -> Start:
    """Ask a service that has no pod. Raises AssertionError when it does not answer 200."""
    before = set(_processes(service))
    began, clock = time.perf_counter(), time.time()
    ask(gateway, service)
    whole = time.perf_counter() - began
    new = [_begun(pid) for pid in _processes(service) if pid not in before]
    if not new:
        return Start(whole, None, None)
    pod = max(new) - clock
    return Start(whole, pod, whole - pod)


def summary(starts: list[Start]) -> dict[str, float | None]:
    """Medians and spread, in seconds."""
    columns = {
        name: [row[name] for row in map(asdict, starts) if row[name] is not None]
        for name in ("whole", "pod", "process")
    }
    said: dict[str, float | None] = {
        name: round(median(column), 2) if column else None for name, column in columns.items()
    }
    return said | {"least": round(min(columns["whole"]), 2), "most": round(max(columns["whole"]), 2)}


def _processes(service: str) -> list[int]:
    """The ids of a service's processes on this node, of whatever namespace."""
    found = []
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            if service_of(folder) == service:
                found.append(int(folder.name))
    return found


def _begun(pid: int) -> float:
    """When a process began, in seconds since 1970, to a hundredth."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return time.time() - uptime + ticks / 100
