"""What `result` asks its schema."""

import json
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.database import Connection
from shared.methods.model import Marks


@dataclass(frozen=True, slots=True)
class Key:
    """A box key. What is secret in it is sealed under the function's own secret."""

    public_key: str
    private_key: bytes | None
    seed: bytes
    seed_commitment: str
    proof: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What is known of an election's papers; `papers` is None until all of them are opened."""

    papers: int | None
    rejected: Mapping[str, int]
    failure: str | None
    decisions: list[dict[str, Any]] | None
    state: dict[str, Any] | None
    counted: list[dict[str, Any]] | None
    record: dict[str, Any] | None


async def keep_key(db: Connection, election: UUID, key: Key) -> Key:
    """The key of this election: this one, or the one that was there before."""
    await db.execute(
        """
        insert into keys (election, public_key, private_key, seed, seed_commitment, proof)
        values ($1, $2, $3, $4, $5, $6) on conflict (election) do nothing
        """,
        election,
        key.public_key,
        key.private_key,
        key.seed,
        key.seed_commitment,
        key.proof,
    )
    kept = await find_key(db, election)
    assert kept is not None  # noqa: S101  (inserted above)
    return kept


async def find_key(db: Connection, election: UUID) -> Key | None:
    row = await db.fetchrow(
        "select public_key, private_key, seed, seed_commitment, proof from keys where election = $1", election
    )
    return Key(**row) if row else None


async def erase_key(db: Connection, election: UUID) -> None:
    await db.execute("select erase_key($1)", election)


async def find(db: Connection, election: UUID) -> Counted | None:
    row = await db.fetchrow(
        "select papers, rejected, failure, decisions, state, counted, record from counts where election = $1", election
    )
    if row is None:
        return None
    read = {name: json.loads(row[name]) if row[name] else None for name in ("decisions", "state", "counted", "record")}
    return Counted(papers=row["papers"], rejected=json.loads(row["rejected"]), failure=row["failure"], **read)


@dataclass(frozen=True, slots=True)
class Page:
    """Papers that were opened together; see the table."""

    number: int
    next: UUID | None
    papers: int
    digests: bytes
    tally: bytes


_PAGE = "number, next, papers, digests, tally"


async def last_page(db: Connection, election: UUID) -> Page | None:
    row = await db.fetchrow(
        f"select {_PAGE} from pages where election = $1 order by number desc limit 1",  # noqa: S608  (a constant)
        election,
    )
    return Page(**row) if row else None


async def keep_page(db: Connection, election: UUID, page: Page) -> None:
    """Keep an opened page, unless another worker has it already."""
    await db.execute(
        f"insert into pages (election, {_PAGE}) values ($1, $2, $3, $4, $5, $6) on conflict do nothing",  # noqa: S608
        election,
        page.number,
        page.next,
        page.papers,
        page.digests,
        page.tally,
    )


async def pages(tx: Connection, election: UUID) -> AsyncIterator[Page]:
    """Every opened page in order, one at a time."""
    question = f"select {_PAGE} from pages where election = $1 order by number"  # noqa: S608
    async for row in tx.cursor(question, election, prefetch=1):
        yield Page(**row)


async def drop_pages(db: Connection, election: UUID) -> None:
    await db.execute("delete from pages where election = $1", election)


async def keep_papers(
    db: Connection,
    election: UUID,
    papers: int,
    rejected: Mapping[str, int],
    contests: Mapping[str, Mapping[Marks, int]],
) -> None:
    """The papers as counted, sorted; in place of what an earlier try left."""
    await db.execute(
        """
        insert into counts (election, papers, rejected) values ($1, $2, $3)
        on conflict (election) do update set papers = $2, rejected = $3, failure = null
        """,
        election,
        papers,
        json.dumps(dict(rejected)),
    )
    await db.execute("delete from tallies where election = $1", election)
    rows = sorted((contest, marks, many) for contest, found in contests.items() for marks, many in found.items())
    await db.copy_records_to_table(
        "tallies",
        records=((election, *row) for row in rows),
        columns=("election", "contest", "marks", "papers"),
    )


async def tallies(tx: Connection, election: UUID) -> dict[str, dict[Marks, int]]:
    """Contest, marks, how many."""
    question = "select contest, marks, papers from tallies where election = $1 order by contest, marks"
    found: dict[str, dict[Marks, int]] = {}
    async for row in tx.cursor(question, election, prefetch=5000):
        # Each option's id once in memory, not once a mark: a large contest has as many rankings as voters.
        found.setdefault(row["contest"], {})[tuple(map(sys.intern, row["marks"]))] = row["papers"]
    return found


async def failed(db: Connection, election: UUID, failure: str) -> None:
    """Why the papers are not counted yet; nothing when they are, by another worker."""
    await db.execute(
        """
        insert into counts (election, failure) values ($1, $2)
        on conflict (election) do update set failure = $2 where counts.papers is null
        """,
        election,
        failure,
    )


async def keep_count(
    db: Connection,
    election: UUID,
    decisions: list[dict[str, Any]],
    state: dict[str, Any],
    counted: list[dict[str, Any]],
) -> None:
    await db.execute(
        "update counts set decisions = $2, state = $3, counted = $4 where election = $1",
        election,
        json.dumps(decisions),
        json.dumps(state),
        json.dumps(counted),
    )


async def keep_record(db: Connection, election: UUID, record: dict[str, Any]) -> None:
    await db.execute("update counts set record = $2 where election = $1", election, json.dumps(record))


async def box_state(db: Connection, election: UUID) -> dict[str, Any] | None:
    """The box's state as last heard."""
    text = await db.fetchval("select others -> 'box' -> 'state' from exchange where election = $1", election)
    found: dict[str, Any] | None = json.loads(text) if text else None
    return found
