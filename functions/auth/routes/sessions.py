"""Coming and going: log in, refresh, log out, set a password by a one-time link.

POST /sessions · /sessions/refresh · /sessions/end · /passwords
"""

import math
import secrets
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Request
from pydantic import StringConstraints

from functions.auth import passwords, queries, rules
from functions.auth.queries import Account
from shared import security
from shared.access import Anyone
from shared.contracts.definition import Frozen
from shared.database import Connection, DatabaseDown, Tx, transaction
from shared.errors import TooMany, Unauthenticated, raises
from shared.routes import Router
from shared.settings import Settings

router = Router()
SESSION_LIFETIME = 15 * 60
Typed = Annotated[str, StringConstraints(max_length=300)]
Token = Annotated[str, StringConstraints(pattern=r"^[!-~]{0,200}$")]


class WrongCredentials(Unauthenticated):
    code = "wrong_credentials"
    sentence = "The e-mail address or the password is wrong."


class SlowDown(TooMany):
    code = "slow_down"
    sentence = "Too many attempts; please wait a moment and try again."


class SessionEnded(Unauthenticated):
    code = "session_ended"
    sentence = "The session has ended; please log in again."


class LinkUsedUp(Unauthenticated):
    code = "link_used_up"
    sentence = "This link has been used, replaced, or has expired. Ask for a new one."


class Credentials(Frozen):
    email: Typed
    password: Typed


class RefreshToken(Frozen):
    refresh: Token


class NewPassword(Frozen):
    token: Token
    password: Typed


class StaffSeen(Frozen):
    id: UUID
    email: str
    name: str
    administrator: bool


class Session(Frozen):
    session: str
    refresh: str
    expires_in: int
    staff: StaffSeen


@router.post("/sessions")
@raises(SlowDown, WrongCredentials, DatabaseDown)
async def log_in(typed: Credentials, request: Request, _: Anyone) -> Session:
    """Log in. An unknown account and a wrong password are answered alike and take the same time."""
    settings: Settings = request.app.state.settings
    peer = request.client.host if request.client else "unknown"
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    address = rules.client(peer, forwarded, int(settings.trusted_hops))
    email = typed.email.strip().lower()
    key = rules.failure_key(email, address)
    async with transaction(settings) as tx:
        await _allow(tx, key)
        account = None if "\x00" in email else await queries.by_email(tx, email)
    # No transaction is open while bcrypt runs: it would hold a connection for a third of a second.
    right = await passwords.fits(typed.password, account.password if account and not account.disabled else None)
    if not right or account is None:
        raise WrongCredentials
    async with transaction(settings) as tx:
        present = await queries.hold_account(tx, account.id)
        if present is None or present.disabled or present.password != account.password:
            raise WrongCredentials  # while bcrypt ran, the account was disabled or given another password
        await queries.succeeded(tx, key)
        await queries.prune(tx)
        refresh = secrets.token_hex(32)
        until = await queries.now(tx) + rules.FAMILY
        await _keep(tx, refresh, uuid4(), present.id, until)
        return _session(settings, present, refresh)


@router.post("/sessions/refresh")
@raises(SessionEnded, DatabaseDown)
async def refresh(held: RefreshToken, request: Request, _: Anyone) -> Session:
    """The next session. The same token twice within ten seconds gets the same successor; later, it ends the family."""
    settings: Settings = request.app.state.settings
    async with transaction(settings) as tx:
        hash_ = rules.hashed(held.refresh)
        found = await queries.hold(tx, hash_)
        verdict = rules.judge(found.refresh if found else None, await queries.now(tx))
        account = await queries.by_id(tx, found.account) if found else None
        usable = found is not None and account is not None and not account.disabled
        if found and verdict == "stolen":
            await queries.end_family(tx, found.family)
        if found and account and usable and verdict in {"fresh", "again"}:
            following = rules.successor(held.refresh, found.salt)
            if verdict == "fresh":
                await queries.use_refresh(tx, hash_)
                await _keep(tx, following, found.family, account.id, found.refresh.family_until)
            return _session(settings, account, following)
    # Raised after the commit, so that a stolen family stays ended.
    raise SessionEnded


@router.post("/sessions/end", status_code=204)
async def log_out(held: RefreshToken, _: Anyone, tx: Tx) -> None:
    """End the session and every one it came from."""
    found = await queries.hold(tx, rules.hashed(held.refresh))
    if found:
        await queries.end_family(tx, found.family)


@router.post("/passwords", status_code=204)
@raises(LinkUsedUp, passwords.PasswordTooShort, passwords.PasswordTooLong, passwords.PasswordNotUsable, DatabaseDown)
async def set_password(new: NewPassword, request: Request, _: Anyone) -> None:
    """Set a password by a one-time link; every session of the account ends."""
    settings: Settings = request.app.state.settings
    hash_ = rules.hashed(new.token)
    async with transaction(settings) as tx:
        if not await queries.link_holds(tx, hash_):
            raise LinkUsedUp  # before bcrypt, which is work that a stranger should not give us
    made = await passwords.hash_of(new.password)
    async with transaction(settings) as tx:
        account = await queries.use_link(tx, hash_)
        if account is None:
            raise LinkUsedUp
        await queries.set_password(tx, account, made)
        await queries.end_account(tx, account)
        await queries.note(tx, account, "one-time link", "password set")


async def _allow(tx: Connection, key: bytes) -> None:
    """Raises SlowDown, or counts a try as failed until it succeeds: many at once get no more than one by one."""
    known, now = await queries.tries(tx, key), await queries.now(tx)
    if known.next_try > now:
        raise SlowDown(math.ceil((known.next_try - now).total_seconds()))
    failures = known.failures + 1
    next_try = now + timedelta(seconds=rules.wait_after(failures))
    await queries.count_try(tx, key, failures, next_try, now + rules.FORGET_AFTER)


async def _keep(tx: Connection, token: str, family: UUID, account: UUID, until: datetime) -> None:
    await queries.keep_refresh(tx, rules.hashed(token), family, account, secrets.token_bytes(32), rules.IDLE, until)


def _session(settings: Settings, account: Account, refresh_token: str) -> Session:
    token = security.signer(settings.signing_key_file).sign(
        "session",
        ["auth", "election"],
        SESSION_LIFETIME,
        {
            "sub": str(account.id),
            "email": account.email,
            "name": account.name,
            "administrator": account.administrator,
        },
    )
    staff = StaffSeen(id=account.id, email=account.email, name=account.name, administrator=account.administrator)
    return Session(session=token, refresh=refresh_token, expires_in=SESSION_LIFETIME, staff=staff)
