"""The cluster tests need `--cluster`, a kubectl that finds a Knative, and images on its nodes (knative/README.md)."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner

from knative import cli, on_cluster
from knative.bench.machine import machine
from load.organiser import Organiser, told
from tests.cluster import figures, kube

IMAGE = os.environ.get("UVOTE_TEST_IMAGE", "dev.local/uvote:0.1.0")
GATEWAY = os.environ.get("UVOTE_GATEWAY", "http://127.0.0.1:31080")


@dataclass(frozen=True)
class Desk:
    """An organiser's account on the cluster."""

    email: str
    password: str

    def run(self, use: Any) -> Any:
        """Run `use(organiser)` to its end."""

        async def with_client() -> Any:
            # As many connections as there are voters that wait, so that the queue is the cluster's and not ours.
            limits = httpx.Limits(max_connections=2000, max_keepalive_connections=200)
            async with httpx.AsyncClient(base_url=GATEWAY, trust_env=False, timeout=60, limits=limits) as client:
                return await use(Organiser(client, self.email, self.password))

        return asyncio.run(with_client())


@cache
def _commands() -> typer.Typer:
    cli.register()
    return cli.app


def uvote(*words: str) -> str:
    """Run the command line as an operator does; what it printed."""
    done = CliRunner().invoke(_commands(), list(words))
    assert done.exit_code == 0, f"{done.output}{done.exception}"
    return done.output


@pytest.fixture(scope="session")
def deployed() -> Iterator[None]:
    """UVote on the cluster, as `kind-small` has it."""
    uvote("secrets", "--public-url", GATEWAY)
    uvote("deploy", "kind-small", "--image", IMAGE)
    figures.note("cluster", {**kube.versions(), "machine": machine()})
    yield


@pytest.fixture(scope="session")
def desk(deployed: None) -> Desk:
    """An account made as an operator makes one."""
    email = f"desk-{secrets.token_hex(4)}@example.org"
    link = on_cluster.run("auth", ["staff", "add", "--administrator", "--", email, "Desk"]).strip()
    password = secrets.token_urlsafe(12)
    told(
        httpx.post(
            f"{GATEWAY}/api/auth/passwords",
            json={"token": link.rpartition("/")[2], "password": password},
            trust_env=False,
            timeout=60,
        ),
        "Setting a password",
    )
    return Desk(email, password)


@pytest.fixture
def asleep(deployed: None) -> None:
    """Every function is at zero."""
    kube.until("all six at zero", kube.at_zero, 240)
