"""UVote as processes: the platform of `./uvote up` on free ports, once a worker, with an organiser who can log in.

Tests that use it carry `pytestmark = pytest.mark.xdist_group("system")`, so that one worker has it for all of them.
"""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from functions.auth import commands
from knative.local.platform import Platform, free_ports, running
from load.organiser import Organiser, told
from tests.database import Server


@dataclass(frozen=True)
class System:
    """What runs, and a member of staff of it."""

    platform: Platform
    email: str
    password: str

    @asynccontextmanager
    async def organiser(self) -> AsyncIterator[Organiser]:
        """The member of staff over HTTP, by the public address."""
        async with httpx.AsyncClient(base_url=self.platform.machine.public_url, trust_env=False, timeout=60) as client:
            yield Organiser(client, self.email, self.password)


@contextmanager
def started(server: Server, keys: Path, folder: Path, **options: str) -> Iterator[System]:
    """A platform on a database of its own of the run's server; `options` go to the broker's environment."""
    database = server.clone()
    shutil.copytree(keys, folder / "keys")  # the roles of the run's server have these passwords
    try:
        with running(folder, free_ports(), database_url=database.admin_url, tick_every=0.2, broker_env=options) as it:
            yield System(it, *asyncio.run(_staff(it)))
    finally:
        server.drop(database.name)


async def _staff(platform: Platform) -> tuple[str, str]:
    email, password = f"{uuid4().hex[:8]}@example.org", secrets.token_urlsafe(12)
    token = await commands.add(platform.machine.url_for("auth"), email, "Olga Organiser", administrator=True)
    async with httpx.AsyncClient(base_url=platform.machine.public_url, trust_env=False, timeout=60) as client:
        answer = await client.post("/api/auth/passwords", json={"token": token, "password": password})
        told(answer, "Setting a password")
    return email, password
