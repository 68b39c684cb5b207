"""What `ballot` asks its schema."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from functions.ballot.rules import Box, Opened, Step
from shared.contracts.definition import Definition
from shared.database import Connection

_BOX = (
    "election, opens_at, closes_at, refused_closes_at, ended, sealed_at, papers, papers_digest, "
    "receipts_digest, cleared"
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed paper."""

    id: UUID
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper as it reaches the database: a pass, the receipt of pass and nonce, sealed marks."""

    pass_id: bytes
    receipt: str
    sealed: bytes


Cast = tuple[str, str | None]
"""The verdict on a paper, and the receipt that its pass has."""


async def cast(db: Connection, box: UUID, entry: Entry) -> Cast:
    """What becomes of a paper; committed with this, unless a transaction is around it."""
    row = await db.fetchrow(
        "select verdict, receipt from cast_paper($1, $2, $3, $4)", box, entry.pass_id, entry.receipt, entry.sealed
    )
    assert row is not None  # noqa: S101  (out parameters are one row)
    return row["verdict"], row["receipt"]


async def cast_together(db: Connection, box: UUID, entries: Sequence[Entry]) -> frozenset[bytes]:
    """The passes whose papers the box took just now, of several; about the others nothing is said."""
    rows = await db.fetch(
        "select cast_papers($1, $2, $3, $4) as pass",
        box,
        [entry.pass_id for entry in entries],
        [entry.receipt for entry in entries],
        [entry.sealed for entry in entries],
    )
    return frozenset(row["pass"] for row in rows)


async def void(db: Connection, box: UUID, pass_id: bytes) -> str:
    """`void`, `already_voted` or `closed`."""
    return str(await db.fetchval("select void_pass($1, $2)", box, pass_id))


async def opened(db: Connection, box: UUID) -> Opened | None:
    """The box's definition, ready for papers."""
    row = await db.fetchrow("select definition, digest, block from boxes where election = $1", box)
    if row is None:
        return None
    return Opened(box, Definition.model_validate_json(row["definition"]), row["digest"], row["block"])


async def find(db: Connection, box: UUID) -> Box | None:
    row = await db.fetchrow(f"select {_BOX} from boxes where election = $1", box)  # noqa: S608  (a constant)
    return Box(**row) if row else None


async def lock(db: Connection, box: UUID) -> None:
    """Wait for the casts under way and keep others out until the transaction ends."""
    await db.execute("select pg_advisory_xact_lock(lock_key($1))", box)


async def create(db: Connection, new: Opened, opens_at: object, closes_at: object) -> None:
    await db.execute("select create_box($1)", new.box)
    await db.execute(
        """
        insert into boxes (election, definition, digest, block, opens_at, closes_at)
        values ($1, $2, $3, $4, $5, $6) on conflict do nothing
        """,
        new.box,
        new.definition.canonical().decode(),
        new.digest,
        new.block,
        opens_at,
        closes_at,
    )


async def follow(db: Connection, box: UUID, step: Step) -> None:
    await db.execute(
        "update boxes set opens_at = $2, closes_at = $3, refused_closes_at = $4, ended = $5 where election = $1",
        box,
        step.opens_at,
        step.closes_at,
        step.refused_closes_at,
        step.ended,
    )


async def seal(db: Connection, box: UUID) -> None:
    await db.execute("select seal_box($1)", box)


async def forget(db: Connection, box: UUID) -> None:
    await db.execute("select forget_box($1)", box)


async def has_receipt(db: Connection, box: UUID, receipt: str) -> bool:
    return bool(await db.fetchval("select exists (select from spent where box = $1 and receipt = $2)", box, receipt))


async def receipts(db: Connection, box: UUID) -> Sequence[str]:
    """Every receipt, sorted."""
    rows = await db.fetch(
        """select receipt from spent where box = $1 and receipt is not null order by receipt collate "C" """, box
    )
    return [row["receipt"] for row in rows]


async def turnout(db: Connection, box: UUID) -> int:
    return int(await db.fetchval("select count(receipt) from spent where box = $1", box))


async def spent(db: Connection, box: UUID, after: bytes, limit: int) -> Sequence[bytes]:
    """Ids of passes that put a paper in, sorted: an order that tells nothing."""
    rows = await db.fetch(
        """
        select pass from spent where box = $1 and pass > $2 and receipt is not null order by pass limit $3
        """,
        box,
        after,
        limit,
    )
    return [row["pass"] for row in rows]


async def papers(db: Connection, box: UUID, after: UUID, limit: int) -> Sequence[Sealed]:
    """Sealed papers in the order of their random ids."""
    rows = await db.fetch(
        "select id, sealed from papers where box = $1 and id > $2 order by id limit $3", box, after, limit
    )
    return [Sealed(**row) for row in rows]


async def now(db: Connection) -> datetime:
    """The clock that decides."""
    found: datetime = await db.fetchval("select clock()")
    return found
