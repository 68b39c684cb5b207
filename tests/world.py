"""The six functions in one process, on a real database, joined by a broker that a test can make as bad as it likes.

For tests about decisions and states; what is about processes and sockets is in `tests/system.py`.
"""

import asyncio
import importlib
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol
from uuid import UUID, uuid4

import asyncpg
import httpx
from fastapi import FastAPI

from shared.contracts.states import OWNERS
from shared.database import Database
from shared.peers import Peers
from shared.security import Signer
from shared.settings import Settings
from tests.carried import Carried

EVERYTHING = ("auth", "voter", "election", "ballot", "result", "frontend")


class SomeDatabase(Protocol):
    """What the fixture `database` gives."""

    @property
    def admin_url(self) -> str: ...
    def url(self, function: str) -> str: ...


Event = tuple[dict[str, str], bytes]
Broker = Callable[[list[Event]], Sequence[Event]]


def faithful(events: list[Event]) -> Sequence[Event]:
    """A broker that delivers each event once, in order."""
    return events


class _Inside(httpx.AsyncBaseTransport):
    """Carries requests to the app whose name is the host's; what goes to `broker` is put into the world's queue."""

    def __init__(self, world: "World") -> None:
        self.world = world

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host in self.world.down:
            raise httpx.ConnectError("down", request=request)
        if host == "broker":
            headers = {name.decode().lower(): value.decode() for name, value in request.headers.raw}
            self.world.events.append((headers, await request.aread()))
            return httpx.Response(202, request=request)
        return await self.world.transports[host].handle_async_request(request)


class World:
    """An async context manager; `client("ballot")` speaks to one function, `settle()` lets events arrive."""

    def __init__(
        self, database: SomeDatabase, keys: Path, functions: Iterable[str] = EVERYTHING, pool_size: int = 8
    ) -> None:
        self.database = database
        self.pool_size = pool_size
        self.keys = keys
        self.events: list[Event] = []
        self.down: set[str] = set()
        self.transports: dict[str, httpx.AsyncBaseTransport] = {}
        self.apps: dict[str, FastAPI] = {}
        self._inside = _Inside(self)
        self._clients: list[httpx.AsyncClient] = []
        for function in functions:
            settings = self.settings(function)
            build = importlib.import_module(f"functions.{function}.app").build
            self.apps[function] = build(settings, Peers(settings, Carried(self._inside)))
            self.transports[function] = httpx.ASGITransport(self.apps[function], raise_app_exceptions=False)

    def settings(self, function: str) -> Settings:
        """The settings of one function in this world."""
        env = {f"UVOTE_{name.upper()}_URL": f"http://{name}" for name in EVERYTHING}
        env |= {
            "UVOTE_FUNCTION": function,
            "UVOTE_JWKS": str(self.keys / "jwks.json"),
            "UVOTE_SIGNING_KEY": str(self.keys / f"{function}.signing.json"),
            "UVOTE_SECRET": str(self.keys / f"{function}.secret"),
            "UVOTE_PUBLIC_URL": "http://frontend",
            "UVOTE_POOL_SIZE": str(self.pool_size),
            "DATABASE_STATEMENT_CACHE": os.environ.get("DATABASE_STATEMENT_CACHE", "100"),
            "K_SINK": "http://broker/uvote/uvote" if function in OWNERS.values() else "",
        }
        if function != "frontend":
            env["UVOTE_DATABASE_URL"] = self.database.url(function)
        return Settings.from_env(env)

    async def __aenter__(self) -> "World":
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for function in self.owners:
            await self.apps[function].state.exchange.settle()
        for client in self._clients:
            await client.aclose()
        for app in self.apps.values():
            await app.state.peers.close()
        await Database.close()

    @property
    def owners(self) -> list[str]:
        """The functions here that own a thing."""
        return [function for function in OWNERS.values() if function in self.apps]

    def client(self, function: str, token: str | None = None) -> httpx.AsyncClient:
        """A client of one function, with a bearer token where one is given."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = httpx.AsyncClient(transport=self._inside, base_url=f"http://{function}", headers=headers)
        self._clients.append(client)
        return client

    def sign(self, function: str, kind: str, audience: list[str], claims: dict[str, Any], lifetime: float = 900) -> str:
        """Any token with a function's real key."""
        return Signer.from_file(str(self.keys / f"{function}.signing.json")).sign(kind, audience, lifetime, claims)

    def token_session(
        self, email: str = "ada@example.org", staff: UUID | None = None, administrator: bool = False
    ) -> str:
        """A session as `auth` gives one."""
        claims = {"sub": str(staff or uuid4()), "email": email, "name": email, "administrator": administrator}
        return self.sign("auth", "session", ["auth", "election"], claims)

    def token_grant(
        self, election: UUID, role: str = "organiser", links: bool = False, copied_from: UUID | None = None
    ) -> str:
        """A grant as `election` gives one."""
        claims = {"sub": str(uuid4()), "name": "Ada", "election": str(election), "role": role, "links": links}
        claims["copied_from"] = str(copied_from) if copied_from else None
        return self.sign("election", "grant", ["voter", "ballot", "result"], claims)

    def token_service(self, function: str, audience: str) -> str:
        """A service token of one function for another."""
        return self.sign(function, "service", [audience], {})

    def token_pass(self, box: UUID, pass_id: bytes, style: str = "all") -> str:
        """A pass as `voter` gives one."""
        return self.sign("voter", "pass", ["ballot"], {"box": str(box), "jti": pass_id.hex(), "style": style})

    async def shift(self, by: timedelta) -> None:
        """Move the clocks of all four owners to `by` from the real time."""
        admin = await asyncpg.connect(self.database.admin_url)
        try:
            for function in self.owners:
                await admin.execute(
                    f"create or replace function {function}.clock() returns timestamptz language sql volatile as "
                    f"'select clock_timestamp() + interval ''{by.total_seconds()} seconds'''"
                )
        finally:
            await admin.close()

    async def rows(self, question: str, *values: Any) -> list[Any]:
        """What the database holds, read by its administrator."""
        admin = await asyncpg.connect(self.database.admin_url)
        try:
            return [tuple(row) for row in await admin.fetch(question, *values)]
        finally:
            await admin.close()

    async def stop(self, moment: datetime) -> None:
        """Stop the clocks of all four owners at this moment."""
        admin = await asyncpg.connect(self.database.admin_url)
        try:
            for function in self.owners:
                await admin.execute(
                    f"create or replace function {function}.clock() returns timestamptz language sql volatile as "
                    f"$$ select timestamptz '{moment.isoformat()}' $$"
                )
        finally:
            await admin.close()

    async def tick(self) -> None:
        """Tick every owner that is up."""
        for function in self.owners:
            if function not in self.down:
                response = await self.client(function).post("/tick")
                assert response.status_code in {204, 503}, response.text

    async def quiet(self) -> None:
        """Wait until no function has anything under way."""
        await asyncio.gather(*(self.apps[function].state.exchange.settle() for function in self.owners))

    async def deliver(self, event: Event, function: str) -> int:
        """Deliver one event to one function, as a Trigger would; answers the status."""
        headers, body = event
        keep = {name: value for name, value in headers.items() if name.startswith("ce-") or name == "content-type"}
        response = await self.client(function).post("/events", content=body, headers=keep)
        return response.status_code

    async def settle(self, broker: Broker = faithful, rounds: int = 100) -> None:
        """Let events arrive until none is left; `broker` says what becomes of those that wait together."""
        for _ in range(rounds):
            await self.quiet()
            waiting, self.events = self.events, []
            if not waiting:
                return
            for event in broker(waiting):
                for function in self.owners:
                    if function not in self.down and f"/uvote/{function}" != source_of(event):
                        await self.deliver(event, function)
        raise AssertionError("the exchange does not settle")


def source_of(event: Event) -> str:
    headers, body = event
    if "ce-source" in headers:
        return headers["ce-source"]
    return str(httpx.Response(200, content=body).json()["source"])
