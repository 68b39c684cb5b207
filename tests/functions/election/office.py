"""What members of staff do with an election, short enough to read a test by."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from tests.elections import draft
from tests.world import World


class Member:
    """A member of staff, and the election they speak of."""

    def __init__(self, world: World, name: str = "Ada", election: UUID | None = None) -> None:
        self.world, self.name, self.election = world, name, election
        self.id = uuid4()
        self.email = f"{name.lower()}@example.org"
        session = {"sub": str(self.id), "email": self.email, "name": name, "administrator": False}
        self.client = world.client("election", world.sign("auth", "session", ["auth", "election"], session))

    async def make(self, **changes: Any) -> dict[str, Any]:
        """A new draft, the member its owner."""
        answer = await self.client.post("/elections", json=draft(**changes))
        assert answer.status_code == 201, answer.text
        self.election = UUID(answer.json()["id"])
        made: dict[str, Any] = answer.json()
        return made

    async def ask(self, method: str, path: str = "", json: Any = None, **more: Any) -> httpx.Response:
        return await self.client.request(method, f"/elections/{self.election}{path}", json=json, **more)

    async def seen(self) -> dict[str, Any]:
        answer = await self.ask("GET")
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    async def edit(self, revision: str | None, **changes: Any) -> httpx.Response:
        headers = {} if revision is None else {"if-match": revision}
        return await self.ask("PUT", "", draft(**changes), headers=headers)

    async def invite(self, name: str, role: str, links: bool = False) -> "Member":
        """Somebody else with a part in the election."""
        other = Member(self.world, name, self.election)
        part = {"role": role, "links": links, "email": other.email, "name": name}
        answer = await self.ask("PUT", f"/staff/{other.id}", part)
        assert answer.status_code == 200, answer.text
        return other

    async def did(self) -> list[tuple[str, str]]:
        """Who did what, as the activity log has it."""
        entries = (await self.ask("GET", "/activity")).json()["activity"]
        return [(entry["who"], entry["what"]) for entry in entries]


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status of a refusal, and its code."""
    return answer.status_code, str(answer.json()["code"])


async def rows(world: World, statement: str, *values: Any) -> list[Any]:
    """What the administrator of the database reads, or changes."""
    admin = await asyncpg.connect(world.database.admin_url)
    try:
        return list(await admin.fetch(statement, *values))
    finally:
        await admin.close()
