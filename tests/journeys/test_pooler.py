"""A whole election with every function behind a real PgBouncer that pools by the transaction."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from knative.local.machine import Machine
from knative.local.manifests import Service
from knative.local.processes import free_port
from knative.migrate import function_url
from load.replay import replay
from shared.files import blt
from tests.database import Server
from tests.journeys.test_replay import CLUB
from tests.system import System, started

pytestmark = [
    pytest.mark.xdist_group("system"),
    pytest.mark.timeout(180),
    pytest.mark.skipif(not shutil.which("pgbouncer"), reason="pgbouncer (Debian's) is not installed"),
]
CONFIG = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listens}
unix_socket_dir =
auth_type = plain
auth_file = {users}
pool_mode = transaction
default_pool_size = 2
"""
MANY = 20
"""Times the club's papers: enough that casts meet on the pool's two connections."""


@contextmanager
def pgbouncer(server: Server) -> Iterator[tuple[str, Path]]:
    """Its address and its log while it runs. Before 1.21 it keeps no prepared statement between two transactions."""
    there = urlsplit(server.template_url)
    with tempfile.TemporaryDirectory(prefix="uvote-pgbouncer-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # where root starts it, it reads its files as another user
        users, log, listens = folder / "users", folder / "log", free_port()
        users.write_text("".join(f'"uvote_{role}" "{password}"\n' for role, password in server.passwords.items()))
        words = {"host": there.hostname, "port": there.port, "listens": listens, "users": users}
        (folder / "ini").write_text(CONFIG.format(**words))
        lowered = ["-u", "nobody"] if os.geteuid() == 0 else []
        with log.open("wb") as out:
            process = subprocess.Popen(["pgbouncer", *lowered, folder / "ini"], stdout=out, stderr=out)
        try:
            yield f"127.0.0.1:{listens}", log
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def pooled(
    server: Server, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[System, Path]]:
    """UVote whose functions and clock know the pooler's address alone; the migrations went to PostgreSQL itself."""
    told = Machine.function_env

    def env(self: Machine, service: Service) -> dict[str, str]:
        return {**told(self, service), "DATABASE_STATEMENT_CACHE": "0"}

    with pgbouncer(server) as (pooler, log):

        def url(self: Machine, role: str) -> str:
            return function_url(self.database_url, role, self.passwords[role], pooler)

        monkeypatch.setattr(Machine, "url_for", url)
        monkeypatch.setattr(Machine, "function_env", env)
        with started(server, keys, tmp_path / "uvote") as system:
            yield system, log


async def test_an_election_behind_a_pooler_ends_as_its_file_does(pooled: tuple[System, Path]) -> None:
    system, log = pooled
    lines = CLUB.splitlines()
    papers = [f"{int(line.split()[0]) * MANY} {line.partition(' ')[2]}" for line in lines[1:6]]
    election = blt.read_text("\n".join([lines[0], *papers, *lines[6:]]))
    async with system.organiser() as desk:
        went = await replay(desk, election, 24, lambda *_: None)
    assert went.agrees, went.differences
    assert went.cast == went.checked == 15 * MANY
    for role in ("auth", "voter", "election", "ballot", "result", "clock"):
        assert f"/uvote_{role}@" in log.read_text(), f"{role} went past the pooler"
