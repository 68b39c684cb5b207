"""An organiser's and a voter's doings with a roll, short enough to read a test by."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx

from tests.elections import Running
from tests.world import World

THREE = "email,name\nada@example.org,Ada\nbob@example.org,Bob\ncyd@example.org,Cyd\n"
MARKS: dict[str, Any] = {"chair": ["ada"], "board": []}


class Organiser:
    """Whoever holds a grant for one election's roll."""

    def __init__(self, world: World, election: UUID, **grant: Any) -> None:
        self.election = election
        self.client = world.client("voter", world.token_grant(election, **grant))

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.client.request(method, f"/elections/{self.election}{path}", **more)

    async def import_roll(self, content: str | bytes) -> httpx.Response:
        return await self.ask("POST", "/roll", content=content, headers={"content-type": "text/csv"})

    async def voters(self) -> dict[str, dict[str, Any]]:
        """Everybody on the roll, by name."""
        answer = await self.ask("GET", "/roll", params={"limit": 1000})
        return {voter["name"]: voter for voter in answer.json()["voters"]}

    async def summary(self) -> dict[str, Any]:
        summary: dict[str, Any] = (await self.ask("GET", "/roll/summary")).json()
        return summary

    async def links(self) -> dict[str, str]:
        """The tokens of everybody's links, by name."""
        answer = await self.ask("POST", "/links", json={"reason": "a test"})
        assert answer.status_code == 200, answer.text
        return {link["name"]: link["url"].rpartition("/")[2] for link in answer.json()["links"]}


def organiser_of(day: Running) -> Organiser:
    """Somebody who may do everything with the roll of a running election, the links included."""
    return Organiser(day.world, day.id, role="owner", links=True)


async def ask_pass(world: World, election: UUID, token: str) -> httpx.Response:
    return await world.client("voter").post(f"/elections/{election}/passes", json={"token": token})


class Meanwhile(httpx.AsyncBaseTransport):
    """`ballot`, where something else happens between its first answer at a path and the answer's arrival."""

    def __init__(self, world: World, path: str, what: Callable[[], Awaitable[object]]) -> None:
        self.inner, self.path, self.what = world.transports["ballot"], path, what
        self.waiting = True
        world.transports["ballot"] = self

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        if self.waiting and request.url.path.endswith(self.path):
            self.waiting = False
            await self.what()
        return answer
