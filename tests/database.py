"""A database for each test: a clone of one migrated template, on one server for the whole run."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg

from knative.migrate import function_url


@dataclass(frozen=True)
class Server:
    """The run's PostgreSQL: the template's URL, the login roles' passwords, and the data folder if it is ours."""

    template_url: str
    passwords: Mapping[str, str]
    data: Path | None

    def _maintenance(self) -> str:
        return self.template_url.rpartition("/")[0] + "/postgres"

    def clone(self) -> "TestDatabase":
        """A new database like the template."""
        name = f"test_{uuid4().hex[:16]}"
        template = self.template_url.rpartition("/")[2]
        asyncio.run(self._run(f"create database {name} template {template} strategy file_copy"))
        asyncio.run(self._open_to_functions(name))
        return TestDatabase(self, name)

    def drop(self, name: str) -> None:
        asyncio.run(self._run(f"drop database if exists {name} with (force)"))

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self._maintenance())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _open_to_functions(self, name: str) -> None:
        # Rights on a database are not part of a template.
        await self._run(f"revoke all on database {name} from public")
        for role in self.passwords:
            await self._run(f"grant connect on database {name} to uvote_{role}")


@dataclass(frozen=True)
class TestDatabase:
    """One test's own database."""

    __test__ = False

    server: Server
    name: str

    @property
    def admin_url(self) -> str:
        return self.server.template_url.rpartition("/")[0] + f"/{self.name}"

    def url(self, role: str) -> str:
        """The URL of one function's login role (or `clock`), at the pooler `UVOTE_TEST_POOLER` if set."""
        return function_url(self.admin_url, role, self.server.passwords[role], os.environ.get("UVOTE_TEST_POOLER"))


async def until_waiting(admin_url: str, many: int = 1) -> None:
    """Wait until so many statements in the database wait for a lock.

    On a connection of its own: in a transaction the statements of connections opened since it first looked stay unseen.
    """
    question = """
        select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
    """
    admin = await asyncpg.connect(admin_url)
    try:
        async with asyncio.timeout(20):
            while await admin.fetchval(question) < many:  # noqa: ASYNC110  (the database does not tell)
                await asyncio.sleep(0.01)
    except TimeoutError as error:
        raise AssertionError(f"not {many} statements wait for a lock, after 20 s") from error
    finally:
        await admin.close()
