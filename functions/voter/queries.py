"""What `voter` asks its schema."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from functions.voter.rules import Schedule
from shared.database import Connection


@dataclass(frozen=True, slots=True)
class Roll:
    """A roll's own row."""

    election: UUID
    keys: bytes
    links_read: int
    closed: bool
    marked: int | None
    unknown: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A voter on the roll."""

    id: UUID
    election: UUID
    email: str
    name: str
    external_id: str | None
    style: str
    issue: int
    voted: bool | None
    wish: str | None
    wished_style: str | None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who has a link, and what decides about the pass for it."""

    voter: UUID
    issue: int
    style: str
    being_changed: bool
    keys: bytes
    schedule: Schedule | None
    now: datetime

    @classmethod
    def of(cls, row: Any) -> "Bearer":
        """From a row of BEARER, by whatever driver."""
        return cls(row["id"], row["issue"], row["style"], row["being_changed"], row["keys"], _schedule(row), row["now"])


NewVoter = tuple[UUID, str, str, str | None, str, bytes]
"""Id, address, name, id elsewhere, style, hash of the link."""

_ENTRY = "id, election, email, name, external_id, style, issue, voted, wish, wished_style"


async def now(db: Connection) -> datetime:
    found: datetime = await db.fetchval("select clock()")
    return found


async def find_roll(db: Connection, election: UUID) -> Roll | None:
    row = await db.fetchrow(
        "select election, keys, links_read, closed, marked, unknown from rolls where election = $1", election
    )
    return Roll(**row) if row else None


async def hold_roll(db: Connection, election: UUID, keys: bytes) -> Roll:
    """The roll, made with these keys when there is none; held from every other change until the transaction ends."""
    rows = await db.fetch(
        """
        insert into rolls (election, keys) values ($1, $2) on conflict (election) do update set keys = rolls.keys
        returning election, keys, links_read, closed, marked, unknown
        """,
        election,
        keys,
    )
    return Roll(**rows[0])


async def add_all(db: Connection, election: UUID, rows: Sequence[NewVoter]) -> int:
    """Add voters whose address is not on the roll; answers how many. The others are written as they are given now."""
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    return int(
        await db.fetchval(
            """
            with given as (
              select * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])
                as g (id, email, name, external_id, style, link_hash)
            ), done as (
              insert into voters (election, id, email, name, external_id, style, link_hash)
              select $1, g.* from given g
              on conflict (election, email) where not removed
                do update set name = excluded.name, external_id = excluded.external_id, style = excluded.style
              returning (xmax = 0) as added
            ) select count(*) filter (where added) from done
            """,
            election,
            *columns,
        )
    )


async def count_voters(db: Connection, election: UUID) -> int:
    return int(await db.fetchval("select count(*) from voters where election = $1 and not removed", election))


async def sizes(db: Connection, election: UUID) -> dict[str, int]:
    """Voters per style."""
    rows = await db.fetch(
        "select style, count(*) as n from voters where election = $1 and not removed group by style order by style",
        election,
    )
    return {row["style"]: row["n"] for row in rows}


async def page(db: Connection, election: UUID, after: UUID | None, q: str, limit: int) -> Sequence[Entry]:
    """Voters by name; `after` is the last of the page before, `q` part of a name, an address or an id."""
    rows = await db.fetch(
        f"""
        select {_ENTRY} from voters v
        where election = $1 and not removed
          and ($2::uuid is null or (name, id) > (select l.name, l.id from voters l where l.id = $2 and l.election = $1))
          and ($3 = '' or strpos(lower(name || ' ' || email || ' ' || coalesce(external_id, '')), lower($3)) > 0)
        order by name, id limit $4
        """,  # noqa: S608  (a constant)
        election,
        after,
        q,
        limit,
    )
    return [Entry(**row) for row in rows]


async def everyone(tx: Connection, election: UUID, only: Sequence[UUID] | None = None) -> AsyncIterator[Entry]:
    """Everybody, or those of `only` who are on the roll, by name; one at a time, since a roll can be large."""
    question = f"""
        select {_ENTRY} from voters
        where election = $1 and not removed and ($2::uuid[] is null or id = any($2))
        order by name, id
        """  # noqa: S608  (a constant)
    async for row in tx.cursor(question, election, only, prefetch=1000):
        yield Entry(**row)


async def find(db: Connection, election: UUID, voter: UUID) -> Entry | None:
    row = await db.fetchrow(
        f"select {_ENTRY} from voters where election = $1 and id = $2 and not removed for update",  # noqa: S608
        election,
        voter,
    )
    return Entry(**row) if row else None


BEARER = """
    with heard as materialized (
      select others -> 'election' -> 'state' as e from exchange where election = $1
    )
    select v.id, v.issue, v.style, v.wish is not null as being_changed, r.keys, clock() as now,
      e ->> 'phase' as phase, (e ->> 'opens_at')::timestamptz as opens_at,
      (e ->> 'closes_at')::timestamptz as closes_at,
      array(select one ->> 'id' from jsonb_array_elements(e -> 'definition' -> 'styles') as one) as styles
    from voters v join rolls r on r.election = v.election left join heard on true
    where v.link_hash = $2 and v.election = $1 and not v.removed
"""


async def bearer(db: Connection, election: UUID, link_hash: bytes) -> Bearer | None:
    """Whose link it is, with all that decides about the pass, as it stood at one moment; None when it is nobody's."""
    row = await db.fetchrow(BEARER, election, link_hash)
    return Bearer.of(row) if row else None


async def correct(db: Connection, voter: UUID, email: str, name: str, external_id: str | None, style: str) -> None:
    await db.execute(
        "update voters set email = $2, name = $3, external_id = $4, style = $5 where id = $1",
        voter,
        email,
        name,
        external_id,
        style,
    )


async def wish(db: Connection, voter: UUID, what: str, style: str | None) -> None:
    await db.execute("update voters set wish = $2, wished_style = $3 where id = $1", voter, what, style)


async def wishes(db: Connection, election: UUID) -> Sequence[Entry]:
    rows = await db.fetch(
        f"select {_ENTRY} from voters where election = $1 and wish is not null and not removed",  # noqa: S608
        election,
    )
    return [Entry(**row) for row in rows]


async def refuse_wish(db: Connection, voter: UUID) -> None:
    await db.execute("update voters set wish = null, wished_style = null where id = $1", voter)


async def reissue(db: Connection, voter: UUID, issue: int, link_hash: bytes, style: str) -> None:
    """The next issue: a new link, a new pass."""
    await db.execute(
        """
        update voters set issue = $2, link_hash = $3, style = $4, wish = null, wished_style = null
        where id = $1 and issue = $2 - 1
        """,
        voter,
        issue,
        link_hash,
        style,
    )


async def remove(db: Connection, voter: UUID) -> None:
    await db.execute("update voters set removed = true, wish = null where id = $1", voter)


async def issued(db: Connection, election: UUID) -> list[tuple[UUID, int]]:
    rows = await db.fetch("select id, issue from voters where election = $1 and not removed", election)
    return [(row["id"], row["issue"]) for row in rows]


async def mark(db: Connection, voters: Sequence[UUID], voted: Sequence[bool]) -> None:
    """Whether each of these voters has voted."""
    await db.execute(
        """
        update voters v set voted = given.voted from unnest($1::uuid[], $2::boolean[]) as given (id, voted)
        where v.id = given.id
        """,
        voters,
        voted,
    )


async def close(db: Connection, election: UUID, marked: int, unknown: int) -> None:
    await db.execute(
        "update rolls set closed = true, marked = $2, unknown = $3 where election = $1", election, marked, unknown
    )


async def read_links(db: Connection, election: UUID, how_many: int) -> None:
    await db.execute("update rolls set links_read = links_read + $2 where election = $1", election, how_many)


async def note(db: Connection, election: UUID, who: str, what: str, details: str = "") -> None:
    """Who did what, in the transaction that did it."""
    await db.execute(
        "insert into activity (election, who, what, details) values ($1, $2, $3, $4)", election, who, what, details
    )


async def schedule(db: Connection, election: UUID) -> Schedule | None:
    """What `election` last said."""
    row = await db.fetchrow(
        """
        select e ->> 'phase' as phase, (e ->> 'opens_at')::timestamptz as opens_at,
          (e ->> 'closes_at')::timestamptz as closes_at,
          array(select style ->> 'id' from jsonb_array_elements(e -> 'definition' -> 'styles') as style) as styles
        from (select others -> 'election' -> 'state' as e from exchange where election = $1) as heard
        where e is not null
        """,
        election,
    )
    return _schedule(row) if row else None


def _schedule(row: Any) -> Schedule | None:
    """Of the columns above; None where no schedule was heard of."""
    if row["phase"] is None:
        return None
    return Schedule(row["phase"], row["opens_at"], row["closes_at"], frozenset(row["styles"]))


async def drafting(db: Connection, election: UUID) -> bool:
    """Whether no schedule was heard of, so that no pass can be out; it stays so until the transaction ends."""
    await db.execute("insert into exchange (election) values ($1) on conflict do nothing", election)
    # FOR UPDATE: the event that brings the schedule waits, else a pass could be given between this look and its use.
    return bool(
        await db.fetchval("select not others ? 'election' from exchange where election = $1 for update", election)
    )


async def styles_of(db: Connection, election: UUID, emails: list[str]) -> dict[str, str]:
    """The styles of those of these addresses that are on the roll."""
    rows = await db.fetch(
        "select email, style from voters where election = $1 and email = any($2::text[]) and not removed",
        election,
        emails,
    )
    return {row["email"]: row["style"] for row in rows}


async def by_address(db: Connection, election: UUID, email: str) -> UUID | None:
    found: UUID | None = await db.fetchval(
        "select id from voters where election = $1 and email = $2 and not removed", election, email
    )
    return found


async def box_sealed(db: Connection, election: UUID) -> bool:
    """Whether the box has said that it is sealed, and the roll has not closed yet."""
    return bool(
        await db.fetchval(
            """
            select others -> 'box' -> 'state' ->> 'papers' is not null
              and not exists (select from rolls r where r.election = $1 and r.closed)
            from exchange where election = $1
            """,
            election,
        )
    )
