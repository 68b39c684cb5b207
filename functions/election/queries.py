"""What `election` asks its schema."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.contracts.definition import Definition
from shared.contracts.draft import Draft
from shared.contracts.states import Decision
from shared.database import Connection


@dataclass(frozen=True, slots=True)
class Election:
    """An election as its row has it."""

    id: UUID
    revision: int
    phase: str
    published: bool
    draft: Draft
    copied_from: UUID | None
    definition: Definition | None
    digest: str | None
    opens_at: datetime | None
    closes_at: datetime | None
    close_now: bool
    decisions: tuple[Decision, ...]
    notices: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's part in an election."""

    staff: UUID
    email: str
    name: str
    role: str
    links: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the activity log."""

    at: datetime
    who: str
    what: str
    details: str


_COLUMNS = (
    "id, revision, phase, published, draft, copied_from, definition, digest, opens_at, closes_at, close_now, "
    "decisions, notices"
)


def _election(row: Any) -> Election:
    return Election(
        id=row["id"],
        revision=row["revision"],
        phase=row["phase"],
        published=row["published"],
        draft=Draft.model_validate_json(row["draft"]),
        copied_from=row["copied_from"],
        definition=Definition.model_validate_json(row["definition"]) if row["definition"] else None,
        digest=row["digest"],
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        close_now=row["close_now"],
        decisions=tuple(Decision.model_validate(one) for one in json.loads(row["decisions"])),
        notices=json.loads(row["notices"]),
    )


async def now(db: Connection) -> datetime:
    found: datetime = await db.fetchval("select clock()")
    return found


async def find(db: Connection, election: UUID) -> Election | None:
    row = await db.fetchrow(f"select {_COLUMNS} from elections where id = $1", election)  # noqa: S608  (a constant)
    return _election(row) if row else None


async def lock(db: Connection, election: UUID) -> Election | None:
    """The election, kept from other changes until the transaction ends."""
    # The exchange's row first, as when an event is taken: the other way round each would wait for the other.
    await db.execute("select from exchange where election = $1 for update", election)
    await db.execute("select from elections where id = $1 for update", election)
    return await find(db, election)


async def make(db: Connection, election: UUID, draft: Draft, copied_from: UUID | None) -> None:
    await db.execute(
        "insert into elections (id, draft, copied_from) values ($1, $2, $3)",
        election,
        draft.model_dump_json(),
        copied_from,
    )


async def edit(db: Connection, election: UUID, draft: Draft) -> None:
    await db.execute(
        "update elections set draft = $2, revision = revision + 1 where id = $1", election, draft.model_dump_json()
    )


async def freeze(db: Connection, election: UUID, definition: Definition) -> None:
    await db.execute(
        """
        update elections set phase = 'scheduled', definition = $2, digest = $3, opens_at = $4, closes_at = $5,
          revision = revision + 1
        where id = $1
        """,
        election,
        definition.canonical().decode(),
        definition.digest(),
        definition.opens_at,
        definition.closes_at,
    )


async def move(db: Connection, election: UUID, phase: str) -> None:
    await db.execute(
        """
        update elections set phase = $2, published = published or $2 = 'published', revision = revision + 1
        where id = $1
        """,
        election,
        phase,
    )


async def ask_times(db: Connection, election: UUID, opens_at: datetime, closes_at: datetime, close_now: bool) -> None:
    await db.execute(
        "update elections set opens_at = $2, closes_at = $3, close_now = $4, revision = revision + 1 where id = $1",
        election,
        opens_at,
        closes_at,
        close_now,
    )


async def decide(db: Connection, election: UUID, decision: Decision) -> None:
    await db.execute(
        "update elections set decisions = decisions || $2::jsonb, revision = revision + 1 where id = $1",
        election,
        json.dumps([decision.model_dump(mode="json")]),
    )


async def notice(db: Connection, election: UUID, sentence: str, reason: str, at: datetime) -> None:
    """Something the public is told, with its reason."""
    entry = {"sentence": sentence, "reason": reason, "at": at.isoformat()}
    await db.execute("update elections set notices = notices || $2::jsonb where id = $1", election, json.dumps([entry]))


async def join(db: Connection, election: UUID, person: Person) -> None:
    await db.execute(
        """
        insert into staff (election, staff, email, name, role, links) values ($1, $2, $3, $4, $5, $6)
        on conflict (election, staff) do update set email = $3, name = $4, role = $5, links = $6
        """,
        election,
        person.staff,
        person.email,
        person.name,
        person.role,
        person.links,
    )


async def leave(db: Connection, election: UUID, staff: UUID) -> None:
    await db.execute("delete from staff where election = $1 and staff = $2", election, staff)


async def member(db: Connection, election: UUID, staff: UUID) -> Person | None:
    row = await db.fetchrow(
        "select staff, email, name, role, links from staff where election = $1 and staff = $2", election, staff
    )
    return Person(**row) if row else None


async def staff(db: Connection, election: UUID) -> Sequence[Person]:
    rows = await db.fetch(
        "select staff, email, name, role, links from staff where election = $1 order by name, staff", election
    )
    return [Person(**row) for row in rows]


async def mine(db: Connection, staff_id: UUID) -> Sequence[tuple[Election, str]]:
    """The elections somebody has a part in, newest first, with the role."""
    rows = await db.fetch(
        """
        select e.*, s.role from elections e join staff s on s.election = e.id
        where s.staff = $1 order by e.created_at desc, e.id
        """,
        staff_id,
    )
    return [(_election(row), row["role"]) for row in rows]


async def note(db: Connection, election: UUID, who: str, what: str, details: str = "") -> None:
    """Who did what, in the transaction that did it."""
    await db.execute(
        "insert into activity (election, who, what, details) values ($1, $2, $3, $4)", election, who, what, details
    )


async def activity(db: Connection, election: UUID) -> Sequence[Entry]:
    rows = await db.fetch("select at, who, what, details from activity where election = $1 order by id", election)
    return [Entry(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of the other things, and who knows our present state."""

    states: dict[str, Any]
    behind: list[str]


async def heard(db: Connection, election: UUID) -> Heard:
    row = await db.fetchrow("select version, others, seen from exchange where election = $1", election)
    return _heard(row) if row else Heard({}, [])


def _heard(row: Any) -> Heard:
    others, seen = json.loads(row["others"]), json.loads(row["seen"])
    behind = [thing for thing in ("box", "roll", "count") if seen.get(thing, 0) < row["version"]]
    return Heard({thing: known["state"] for thing, known in others.items()}, behind)


async def at_once(db: Connection, election: UUID) -> tuple[Election, Heard, datetime] | None:
    """The election, what was heard of the others, and the clock, in one statement: every page asks for it."""
    row = await db.fetchrow(
        f"""
        select {_COLUMNS}, version, others, seen, clock() as now
        from elections left join exchange on exchange.election = elections.id where elections.id = $1
        """,  # noqa: S608  (a constant)
        election,
    )
    if row is None:
        return None
    return _election(row), Heard({}, []) if row["version"] is None else _heard(row), row["now"]


async def keep_dead_letter(
    db: Connection, type_: str, subject: str, destination: str, code: str, data: dict[str, Any]
) -> None:
    """Keep an event that could not be delivered; the newest thousand are kept."""
    await db.execute(
        "insert into dead_letters (type, subject, destination, code, data) values ($1, $2, $3, $4, $5)",
        type_,
        subject,
        destination,
        code,
        json.dumps(data),
    )
    await db.execute("delete from dead_letters where id <= (select max(id) - 1000 from dead_letters)")
