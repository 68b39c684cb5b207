"""Forty clients at one box, each on a connection of its own, and locks that are held longer than they need to be."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

import asyncpg

from functions.ballot import queries, rules
from shared.database import Connection
from tests.database import TestDatabase
from tests.promises.waiting import TIMED_OUT, until
from tests.world import SomeDatabase

CLIENTS = 40


@dataclass(frozen=True, slots=True)
class Form:
    """One paper as it reaches the database: a pass, the receipt of pass and nonce, sealed marks."""

    pass_id: bytes
    receipt: str
    sealed: bytes


@dataclass(frozen=True)
class Crowd:
    """Casts of `ballot`'s own login role, as parallel as the database lets them be."""

    box: rules.Opened
    connections: tuple[asyncpg.Connection, ...]
    receipts: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @cached_property
    def sealed(self) -> bytes:
        """One sealed paper for everybody: clients that spent their time sealing would be no crowd."""
        text = rules.written(self.box, "all", {"chair": ["ada"], "board": ["b2", "b1"]})
        return rules.seal(text, self.box.block, self.box.definition.box.public_key)

    def form(self, pass_id: bytes | None = None) -> Form:
        """A paper of this pass (a new one's, unless one is named), under a fresh nonce."""
        pass_id = pass_id or secrets.token_bytes(16)
        return Form(pass_id, rules.receipt(self.box.box, pass_id, secrets.token_bytes(16)), self.sealed)

    async def cast(self, connection: Connection, form: Form) -> tuple[str, str | None]:
        return await queries.cast(connection, self.box.box, form.pass_id, form.receipt, form.sealed)

    async def cast_together(self, forms: list[Form]) -> list[tuple[str, str | None]]:
        """Each form on a connection of its own, all at once."""
        return await asyncio.gather(*map(self.cast, self.connections, forms))

    async def cast_until_refused(self) -> None:
        """Everybody casts one new pass after another until refused."""

        async def client(connection: Connection) -> None:
            while True:
                form = self.form()
                verdict, _ = await self.cast(connection, form)
                if verdict != "cast":
                    self.refusals.append(verdict)
                    return
                self.receipts.append(form.receipt)

        async with asyncio.timeout(TIMED_OUT):
            await asyncio.gather(*map(client, self.connections))

    async def more(self, papers: int = 2 * CLIENTS) -> None:
        """Until so many more papers were cast."""
        wanted = len(self.receipts) + papers

        async def enough() -> bool:
            return len(self.receipts) >= wanted

        await until(enough)


@asynccontextmanager
async def crowd(database: SomeDatabase, box: UUID, clients: int = CLIENTS) -> AsyncIterator[Crowd]:
    """Connected clients of a box that exists."""
    async with AsyncExitStack() as closing:
        connections = []
        for _ in range(clients):
            connections.append(await asyncpg.connect(database.url("ballot")))
            closing.push_async_callback(connections[-1].close)
        opened = await queries.opened(connections[0], box)
        assert opened is not None
        yield Crowd(opened, tuple(connections))


async def hold_longer(database: TestDatabase, milliseconds: int = 5) -> None:
    """Every lock on a box is kept so much longer: each function that takes one sleeps before it returns.

    The real functions do the work under another name. An extension is not one of them: it sleeps in a trigger.
    """
    sleep = f"perform pg_sleep({milliseconds / 1000})"
    signature = "uuid, bytea, text, bytea"
    statements = (
        f"alter function ballot.cast_paper({signature}) rename to cast_paper_at_once",
        f"""create function ballot.cast_paper(a uuid, b bytea, c text, d bytea, out verdict text, out receipt text)
            language plpgsql security definer as $$ begin
              select x.verdict, x.receipt into verdict, receipt from ballot.cast_paper_at_once(a, b, c, d) x;
              {sleep}; end $$""",
        "alter function ballot.void_pass(uuid, bytea) rename to void_pass_at_once",
        f"""create function ballot.void_pass(a uuid, b bytea) returns text language plpgsql security definer as $$
            declare said text; begin said := ballot.void_pass_at_once(a, b); {sleep}; return said; end $$""",
        "alter function ballot.seal_box(uuid) rename to seal_box_at_once",
        f"""create function ballot.seal_box(a uuid) returns void language plpgsql security definer as $$
            begin perform ballot.seal_box_at_once(a); {sleep}; end $$""",
        f"""create function ballot.dawdle() returns trigger language plpgsql as $$
            begin {sleep}; return null; end $$""",
        """create trigger dawdle after update of closes_at on ballot.boxes
           for each row execute function ballot.dawdle()""",
        "revoke execute on all functions in schema ballot from public",
        f"grant execute on function ballot.cast_paper({signature}) to uvote_ballot",
        "grant execute on function ballot.void_pass(uuid, bytea), ballot.seal_box(uuid) to uvote_ballot",
    )
    admin = await asyncpg.connect(database.admin_url)
    try:
        async with admin.transaction():
            for statement in statements:
                await admin.execute(statement)
    finally:
        await admin.close()


async def waiting_locks(connection: Connection, how_many: int) -> None:
    """Until so many processes of this database wait for a lock."""
    question = """
        select count(*) from pg_locks join pg_stat_activity using (pid)
        where not granted and datname = current_database()
    """

    async def waiting() -> bool:
        return bool(await connection.fetchval(question) >= how_many)

    await until(waiting)
