"""What happens to votes while parts of the cluster are taken away: nothing is lost, nothing counts twice."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from load.organiser import Organiser
from tests.cluster import crowd, figures, kube
from tests.cluster.conftest import Desk, uvote

VOTERS, RATE = 1000, 50.0
CONTAINERD = Path("/run/uvote-cluster/pid/containerd")
Trouble = Callable[[], Awaitable[None]]


def went(desk: Desk, name: str, during: Trouble) -> None:
    async def whole(organiser: Organiser) -> None:
        made = await crowd.election(organiser, VOTERS, f"Casting while: {name}")
        cast = await crowd.cast(organiser, made, RATE, during)
        found = await crowd.reconciled(organiser, cast)
        figures.note(f"fault-{name}", {"voters": VOTERS, "casts a second offered": RATE, **found})
        assert found["undecided"] == 0, found
        assert found["missing"] == 0, found
        assert found["cast"] == found["on the board"] == found["papers counted"] == VOTERS, found

    desk.run(whole)


def test_a_new_release_is_rolled_out(desk: Desk) -> None:
    """Its migrations run while the election is open."""
    image = os.environ.get("UVOTE_TEST_NEXT_IMAGE")
    if not image:
        pytest.skip("UVOTE_TEST_NEXT_IMAGE names no second image")

    async def roll_out() -> None:
        await asyncio.sleep(5)
        await asyncio.to_thread(uvote, "deploy", "kind-small", "--image", image)

    before = kube.generations()["Service ballot"]
    went(desk, "rollout", roll_out)
    assert kube.generations()["Service ballot"] > before


def test_postgresql_is_killed(desk: Desk) -> None:
    if not _postmasters():
        pytest.skip("the database's process is not on this machine")
    (server,) = _postmasters()  # on this node; to force the pod away instead would start a second server on its files

    async def kill() -> None:
        await asyncio.sleep(8)
        os.kill(server, signal.SIGKILL)

    went(desk, "postgresql", kill)
    assert _postmasters() != [server]


def _postmasters() -> list[int]:
    """The first process of the database's container, as this node numbers it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            inside = (folder / "status").read_text().partition("NSpid:")[2].partition("\n")[0].split()
            name = (folder / "comm").read_text().strip()
        except OSError:
            continue
        if name == "postgres" and inside[1:] == ["1"]:
            found.append(int(folder.name))
    return found


def test_containerd_is_killed(desk: Desk) -> None:
    up = os.environ.get("UVOTE_CLUSTER_UP")
    if not up or not CONTAINERD.exists():
        pytest.skip("UVOTE_CLUSTER_UP names no command that starts the cluster's parts again")

    running = _containerd()

    async def kill() -> None:
        await asyncio.sleep(8)
        os.kill(running, signal.SIGKILL)
        await asyncio.sleep(3)
        # It may end by finding the gateway's bare address, where our pages are, otherwise than it expects.
        await asyncio.to_thread(subprocess.run, [up], check=False, capture_output=True)

    went(desk, "containerd", kill)
    assert _containerd() != running


def _containerd() -> int:
    """Its process's id, which the file has first."""
    return int(CONTAINERD.read_text().split()[0])
