"""The database made ready: login roles that see one schema each, then the migrations of every function.

`DATABASE_URL` is the administrator's; what functions are given is `function_url`.
"""

import asyncio
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from knative.mistake import Mistake

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ("auth", "election", "voter", "ballot", "result")
FOLDERS = tuple(ROOT / "functions" / schema / "migrations" for schema in SCHEMAS)


async def make_roles(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Make or renew the login roles `uvote_auth`, …, `uvote_clock`; each finds its own schema only.

    Timeouts belong to the roles, since a transaction pooler keeps no session settings.
    """
    # Roles are the whole server's and the lock below is one database's: two that start on one server can still meet.
    for _ in range(9):
        try:
            return await _make_roles(admin_url, passwords)
        except (asyncpg.InternalServerError, asyncpg.UniqueViolationError, asyncpg.DuplicateObjectError):
            await asyncio.sleep(random.uniform(0.1, 2))  # noqa: S311  (so that they do not meet again)
    return await _make_roles(admin_url, passwords)


async def _make_roles(admin_url: str, passwords: Mapping[str, str]) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        async with connection.transaction():
            # Two starts at once would both find a role missing.
            await connection.execute("select pg_advisory_xact_lock(hashtextextended('uvote roles', 0))")
            for name, password in passwords.items():
                await _make_role(connection, f"uvote_{name}", name, password)
            await connection.execute("revoke all on schema public from public")
            database = await connection.fetchval("select quote_ident(current_database())")
            await connection.execute(f"revoke all on database {database} from public")
            for name in passwords:
                await connection.execute(f"grant connect on database {database} to uvote_{name}")
    finally:
        await connection.close()


async def _make_role(connection: asyncpg.Connection, role: str, schema: str, password: str) -> None:
    if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", role):
        await connection.execute(f"create role {role}")
    secret = await connection.fetchval("select quote_literal($1::text)", password)
    await connection.execute(f"alter role {role} login noinherit nocreatedb nocreaterole password {secret}")
    for setting in (
        f"search_path = {schema if schema in SCHEMAS else 'pg_catalog'}",
        "statement_timeout = '15s'",
        "lock_timeout = '10s'",
        "idle_in_transaction_session_timeout = '60s'",
    ):
        await connection.execute(f"alter role {role} set {setting}")


def migrate(admin_url: str, folders: Sequence[Path] = FOLDERS) -> None:
    """Run every migration that has not run; raises Mistake with the tool's own words."""
    program = shutil.which("dbmate", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        raise Mistake("The migration tool (dbmate) is not installed.")
    where = [word for folder in folders for word in ("--migrations-dir", str(folder))]
    done = subprocess.run(
        [program, *where, "--migrations-table", "public.schema_migrations", "--no-dump-schema", "--wait", "up"],
        env={**os.environ, "DATABASE_URL": _for_dbmate(admin_url)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.strip() or done.stdout.strip()
        raise Mistake(f"The database could not be migrated: {words[-1000:]}")


def function_url(admin_url: str, name: str, password: str, pooler: str | None = None) -> str:
    """The URL with which one function (or the clock) logs in to the same database, at a pooler (HOST:PORT) if given."""
    parts = urlsplit(admin_url)
    host = pooler or parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"uvote_{name}:{quote(password, safe='')}@{host}"))


def _for_dbmate(url: str) -> str:
    parts = urlsplit(url)
    if parts.hostname in {"127.0.0.1", "localhost", "::1"} and "sslmode" not in parts.query:
        query = f"{parts.query}&sslmode=disable" if parts.query else "sslmode=disable"
        return urlunsplit(parts._replace(query=query))
    return url
