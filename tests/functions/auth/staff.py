"""What a member of staff does with `auth`, short enough to read a test by."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from functions.auth import commands
from shared import security
from tests.world import World

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Office:
    """`auth` in a world."""

    world: World

    async def add(self, name: str = "ada", *, administrator: bool = False, password: str = PASSWORD) -> str:
        """An account with a password, at `name`@example.org; its id."""
        email = f"{name}@example.org"
        token = await commands.add(self.world.database.url("auth"), email, name.title(), administrator)
        answer = await self.set_password(token, password)
        assert answer.status_code == 204, answer.text
        return str((await self.rows("select id from auth.accounts where email = $1", email))[0][0])

    async def ask(self, method: str, path: str, *, session: str | None = None, **more: Any) -> httpx.Response:
        return await self.world.client("auth", session).request(method, path, **more)

    async def log_in(
        self, email: str = "ada@example.org", password: str = PASSWORD, headers: Any = None
    ) -> httpx.Response:
        return await self.ask("POST", "/sessions", json={"email": email, "password": password}, headers=headers)

    async def session(self, email: str = "ada@example.org", password: str = PASSWORD) -> dict[str, Any]:
        answer = await self.log_in(email, password)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refresh(self, token: str) -> httpx.Response:
        return await self.ask("POST", "/sessions/refresh", json={"refresh": token})

    async def set_password(self, token: str, password: str) -> httpx.Response:
        return await self.ask("POST", "/passwords", json={"token": token, "password": password})

    async def rows(self, statement: str, *values: Any) -> list[Any]:
        """What the administrator of the database reads, or changes."""
        admin = await self.admin()
        try:
            return list(await admin.fetch(statement, *values))
        finally:
            await admin.close()

    async def admin(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.world.database.admin_url)

    async def until(self, question: str) -> None:
        """Wait until the database has a row to answer with."""
        deadline = time.monotonic() + 10
        while not await self.rows(question):
            assert time.monotonic() < deadline, question
            await asyncio.sleep(0.01)

    async def until_blocked(self) -> None:
        """Wait until somebody waits for a lock."""
        waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        await self.until(waiting)

    async def reset(self, email: str) -> str:
        """The token of a one-time link, as `./uvote staff reset` prints it."""
        return await commands.reset(self.world.database.url("auth"), email)

    def claims(self, session: str) -> dict[str, Any]:
        return security.keys(str(self.world.keys / "jwks.json")).verify("session", session, "election")


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status of a refusal, and its code."""
    return answer.status_code, str(answer.json()["code"])
