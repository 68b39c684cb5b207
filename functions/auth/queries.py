"""What `auth` asks its schema."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from functions.auth.rules import Refresh
from shared.database import Connection


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff."""

    id: UUID
    email: str
    name: str
    password: str | None
    administrator: bool
    disabled: bool


_ACCOUNT = "id, email, name, password, administrator, disabled"


async def now(db: Connection) -> datetime:
    found: datetime = await db.fetchval("select clock_timestamp()")
    return found


async def by_email(db: Connection, email: str) -> Account | None:
    row = await db.fetchrow(f"select {_ACCOUNT} from accounts where email = $1", email)  # noqa: S608  (a constant)
    return Account(**row) if row else None


async def by_id(db: Connection, account: UUID) -> Account | None:
    row = await db.fetchrow(f"select {_ACCOUNT} from accounts where id = $1", account)  # noqa: S608
    return Account(**row) if row else None


async def hold_account(db: Connection, account: UUID) -> Account | None:
    """An account as it is now, its sessions and password kept from other requests until the transaction ends."""
    row = await db.fetchrow(
        f"select {_ACCOUNT} from accounts where id = $1 for no key update",  # noqa: S608
        account,
    )
    return Account(**row) if row else None


async def everyone(db: Connection) -> Sequence[Account]:
    return [Account(**row) for row in await db.fetch(f"select {_ACCOUNT} from accounts order by name, id")]  # noqa: S608


async def make(db: Connection, email: str, name: str, administrator: bool) -> UUID | None:
    """The new account's id; None when the address has one already."""
    made: UUID | None = await db.fetchval(
        "insert into accounts (email, name, administrator) values ($1, $2, $3) on conflict do nothing returning id",
        email,
        name,
        administrator,
    )
    return made


async def set_password(db: Connection, account: UUID, password: str) -> None:
    await db.execute("update accounts set password = $2 where id = $1", account, password)


async def set_disabled(db: Connection, account: UUID, disabled: bool) -> None:
    await db.execute("update accounts set disabled = $2 where id = $1", account, disabled)


async def note(db: Connection, account: UUID, who: str, what: str) -> None:
    await db.execute("insert into activity (account, who, what) values ($1, $2, $3)", account, who, what)


@dataclass(frozen=True, slots=True)
class Tries:
    """What is remembered of failed log-ins under one key."""

    failures: int
    next_try: datetime


async def tries(db: Connection, key: bytes) -> Tries:
    """The failures under a key, kept from parallel tries until the transaction ends."""
    # In one statement: between two, a log-in that succeeds in parallel would delete the row.
    row = await db.fetchrow(
        """
        insert into failures (key, failures, next_try, forget_at)
        values ($1, 0, clock_timestamp(), clock_timestamp())
        on conflict (key) do update set key = excluded.key
        returning case when forget_at <= clock_timestamp() then 0 else failures end as failures, next_try
        """,
        key,
    )
    assert row is not None  # noqa: S101  (inserted or updated)
    return Tries(**row)


async def count_try(db: Connection, key: bytes, failures: int, next_try: datetime, forget_at: datetime) -> None:
    await db.execute(
        "update failures set failures = $2, next_try = $3, forget_at = $4 where key = $1",
        key,
        failures,
        next_try,
        forget_at,
    )


async def succeeded(db: Connection, key: bytes) -> None:
    await db.execute("delete from failures where key = $1", key)
    await db.execute("delete from failures where forget_at < clock_timestamp() - interval '1 day'")


@dataclass(frozen=True, slots=True)
class Held:
    """A refresh token's row."""

    family: UUID
    account: UUID
    salt: bytes
    refresh: Refresh


async def hold(db: Connection, hash_: bytes) -> Held | None:
    """A refresh token, its account kept from other requests until the transaction ends.

    The account and not the token alone: a family that ends must not miss the successor that a parallel refresh of
    another of its tokens is just writing.
    """
    await db.execute(
        "select from accounts where id = (select account from refreshes where hash = $1) for no key update", hash_
    )
    row = await db.fetchrow("select * from refreshes where hash = $1", hash_)
    if row is None:
        return None
    refresh = Refresh(row["expires_at"], row["family_until"], row["used_at"])
    return Held(row["family"], row["account"], row["salt"], refresh)


async def keep_refresh(
    db: Connection, hash_: bytes, family: UUID, account: UUID, salt: bytes, idle: timedelta, family_until: datetime
) -> None:
    await db.execute(
        """
        insert into refreshes (hash, family, account, salt, expires_at, family_until)
        values ($1, $2, $3, $4, clock_timestamp() + $5, $6) on conflict do nothing
        """,
        hash_,
        family,
        account,
        salt,
        idle,
        family_until,
    )


async def use_refresh(db: Connection, hash_: bytes) -> None:
    await db.execute("update refreshes set used_at = clock_timestamp() where hash = $1", hash_)


async def end_family(db: Connection, family: UUID) -> None:
    await db.execute("delete from refreshes where family = $1", family)


async def end_account(db: Connection, account: UUID) -> None:
    await db.execute("delete from refreshes where account = $1", account)


async def prune(db: Connection) -> None:
    """Forget refresh tokens that have expired; those that another request is just deleting are left to it."""
    await db.execute(
        """
        delete from refreshes where hash in (
          select hash from refreshes where least(expires_at, family_until) < clock_timestamp() for update skip locked
        )
        """
    )


async def make_link(db: Connection, account: UUID, hash_: bytes, life: timedelta) -> None:
    await db.execute(
        """
        insert into links (hash, account, expires_at) values ($1, $2, clock_timestamp() + $3)
        on conflict (account) do update set hash = $1, expires_at = clock_timestamp() + $3
        """,
        hash_,
        account,
        life,
    )


async def link_holds(db: Connection, hash_: bytes) -> bool:
    held: bool = await db.fetchval(
        "select exists (select from links where hash = $1 and expires_at > clock_timestamp())", hash_
    )
    return held


async def use_link(db: Connection, hash_: bytes) -> UUID | None:
    """The account of a link that still holds; it holds no more."""
    account: UUID | None = await db.fetchval(
        "delete from links where hash = $1 and expires_at > clock_timestamp() returning account", hash_
    )
    return account
