"""Forty clients at one box, each on a connection of its own, and locks that are held longer than they need to be."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import asyncpg

from functions.ballot import queries, rules
from functions.ballot.queries import Cast, Entry
from functions.ballot.together import Together
from shared.database import Connection
from shared.settings import Settings
from tests.database import TestDatabase
from tests.promises.waiting import until
from tests.world import SomeDatabase

CLIENTS = 40


@dataclass(frozen=True)
class Crowd:
    """Casts of `ballot`'s own login role, as parallel as the database lets them be: singly, or in shared statements."""

    box: rules.Opened
    connections: tuple[asyncpg.Connection, ...]
    admin: asyncpg.Connection
    pods: tuple[Together, ...]
    """Those who let papers share statements; none where each goes by itself."""

    @cached_property
    def sealed(self) -> bytes:
        """One sealed paper for everybody: clients that spent their time sealing would be no crowd."""
        text = rules.written(self.box, "all", {"chair": ["ada"], "board": ["b2", "b1"]})
        return rules.seal(text, self.box.block, self.box.definition.box.public_key)

    def form(self, pass_id: bytes | None = None) -> Entry:
        """A paper of this pass (a new one's, unless one is named), under a fresh nonce."""
        pass_id = pass_id or secrets.token_bytes(16)
        return Entry(pass_id, rules.receipt(self.box.box, pass_id, secrets.token_bytes(16)), self.sealed)

    async def cast(self, connection: Connection, form: Entry) -> Cast:
        if self.pods and await queries.cast_together(connection, self.box.box, [form]):
            return "cast", form.receipt
        return await queries.cast(connection, self.box.box, form)

    async def cast_together(self, forms: list[Entry]) -> list[Cast]:
        """All at once: each form on a connection of its own, or all of them through the pods in turn."""
        if not self.pods:
            return await asyncio.gather(*map(self.cast, self.connections, forms))
        through = (self.pods[number % len(self.pods)].cast(self.box.box, form) for number, form in enumerate(forms))
        return await asyncio.gather(*through)

    async def cast_until_refused(self) -> None:
        """Everybody casts one new pass after another, as fast as the database can, until refused.

        The loop is the database's own, since forty clients in one process would mostly wait for each other there. A
        receipt is noted once its cast is committed.
        """
        shared = f"""
              loop
                select array_agg(decode(md5(gen_random_uuid()::text), 'hex')),
                       array_agg(upper(substr(md5(gen_random_uuid()::text), 1, 16)))
                  into passes, receipts from generate_series(1, 4);
                taken := array(select ballot.cast_papers('{self.box.box}', passes, receipts,
                  array_fill('\\x{self.sealed.hex()}'::bytea, array[4])));
                commit;
                insert into crowd.noted select u.receipt, 'cast' from unnest(passes, receipts) as u (pass, receipt)
                  where u.pass = any(taken);
                commit;
                exit when taken = '{{}}';
              end loop;
        """
        loop = f"""
            do $$ declare
              its_receipt text;
              said text;
              passes bytea[];
              receipts text[];
              taken bytea[];
            begin
              {shared if self.pods else ""}
              loop
                its_receipt := upper(substr(md5(gen_random_uuid()::text), 1, 16));
                select verdict into said from ballot.cast_paper('{self.box.box}',
                  decode(md5(gen_random_uuid()::text), 'hex'), its_receipt, '\\x{self.sealed.hex()}');
                commit;
                insert into crowd.noted values (its_receipt, said);
                commit;
                exit when said <> 'cast';
              end loop;
            end $$
        """
        await asyncio.gather(*(connection.execute(loop) for connection in self.connections))

    async def noted(self, verdict: str) -> list[str]:
        """The receipts of all casts with this verdict."""
        rows = await self.admin.fetch("select receipt from crowd.noted where verdict = $1", verdict)
        return [row["receipt"] for row in rows]

    async def more(self, papers: int = 2 * CLIENTS) -> None:
        """Until so many more papers were cast."""
        wanted = await self._cast() + papers

        async def enough() -> bool:
            return await self._cast() >= wanted

        await until(enough)

    async def _cast(self) -> int:
        """How many were cast; counted by the database, since so many receipts take longer to fetch than to cast."""
        return int(await self.admin.fetchval("select count(*) from crowd.noted where verdict = 'cast'"))


@asynccontextmanager
async def crowd(
    database: SomeDatabase, box: UUID, clients: int = CLIENTS, shared: bool = False
) -> AsyncIterator[Crowd]:
    """Connected clients of a box that exists; `shared`: through two pods that let papers share statements."""
    async with AsyncExitStack() as closing:

        async def connected(url: str) -> asyncpg.Connection:
            connection = await asyncpg.connect(url)
            closing.push_async_callback(connection.close)
            return connection

        admin = await connected(database.admin_url)
        await admin.execute(
            """
            create schema if not exists crowd;
            grant usage on schema crowd to uvote_ballot;
            create table if not exists crowd.noted (receipt text, verdict text);
            grant insert on crowd.noted to uvote_ballot;
            """
        )
        connections = tuple([await connected(database.url("ballot")) for _ in range(clients)])
        opened = await queries.opened(connections[0], box)
        assert opened is not None
        ballot = Settings(database_url=database.url("ballot"), pool_size="8")
        yield Crowd(opened, connections, admin, (Together(ballot), Together(ballot)) if shared else ())


async def hold_longer(database: TestDatabase, milliseconds: int = 5) -> None:
    """Every lock on a box is kept so much longer: each function that takes one sleeps before it returns.

    The real functions do the work under another name. An extension is not one of them: it sleeps in a trigger.
    """
    sleep = f"perform pg_sleep({milliseconds / 1000})"
    signature, several = "uuid, bytea, text, bytea", "uuid, bytea[], text[], bytea[]"
    statements = (
        f"alter function ballot.cast_paper({signature}) rename to cast_paper_at_once",
        f"""create function ballot.cast_paper(a uuid, b bytea, c text, d bytea, out verdict text, out receipt text)
            language plpgsql security definer as $$ begin
              select x.verdict, x.receipt into verdict, receipt from ballot.cast_paper_at_once(a, b, c, d) x;
              {sleep}; end $$""",
        f"alter function ballot.cast_papers({several}) rename to cast_papers_at_once",
        f"""create function ballot.cast_papers(a uuid, b bytea[], c text[], d bytea[]) returns setof bytea
            language plpgsql security definer as $$ begin
              return query select ballot.cast_papers_at_once(a, b, c, d); {sleep}; end $$""",
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
        f"grant execute on function ballot.cast_papers({several}) to uvote_ballot",
        "grant execute on function ballot.void_pass(uuid, bytea), ballot.seal_box(uuid) to uvote_ballot",
    )
    admin = await asyncpg.connect(database.admin_url)
    try:
        async with admin.transaction():
            for statement in statements:
                await admin.execute(statement)
    finally:
        await admin.close()
