"""Accounts of the staff.

GET /me · /accounts/find · GET, POST /accounts · POST /accounts/{account}/link, /disable, /enable ·
GET /.well-known/jwks.json
"""

import json
import secrets
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request

from functions.auth import queries, rules
from functions.auth.queries import Account
from shared.access import Administrator, Anyone, Staff
from shared.contracts.definition import Frozen
from shared.contracts.text import Email, Line
from shared.database import Connection, Tx
from shared.errors import Conflict, NotFound, raises
from shared.routes import Router

router = Router()


class NoSuchAccount(NotFound):
    code = "no_such_account"
    sentence = "There is no account with this address."


class AccountExists(Conflict):
    code = "account_exists"
    sentence = "There is an account with this address already."


class NotYourself(Conflict):
    code = "not_yourself"
    sentence = "You cannot disable your own account."


class NewAccount(Frozen):
    email: Email
    name: Line
    administrator: bool = False


class Me(Frozen):
    id: UUID
    email: str
    name: str
    administrator: bool


class Found(Frozen):
    id: UUID
    email: str
    name: str


class Listed(Frozen):
    id: UUID
    email: str
    name: str
    administrator: bool
    disabled: bool
    has_password: bool


class Accounts(Frozen):
    accounts: list[Listed]


class OneTimeLink(Frozen):
    id: UUID
    token: str


@router.get("/.well-known/jwks.json")
async def jwks(request: Request, _: Anyone) -> dict[str, Any]:
    """Every function's public keys."""
    found: dict[str, Any] = json.loads(Path(request.app.state.settings.jwks_file).read_bytes())  # noqa: ASYNC240
    return found


@router.get("/me")
@raises(NoSuchAccount)
async def me(staff: Staff, tx: Tx) -> Me:
    """The caller's account as it is now."""
    account = await _find(tx, staff.id)
    return Me(id=account.id, email=account.email, name=account.name, administrator=account.administrator)


@router.get("/accounts/find")
@raises(NoSuchAccount)
async def find(email: Annotated[str, Query(max_length=254, pattern=r"^[^\x00]*$")], _: Staff, tx: Tx) -> Found:
    """The account of an address, to give it a part in an election."""
    account = await queries.by_email(tx, email.strip().lower())
    if account is None or account.disabled:
        raise NoSuchAccount
    return Found(id=account.id, email=account.email, name=account.name)


@router.get("/accounts")
async def accounts(_: Administrator, tx: Tx) -> Accounts:
    """Every account."""
    return Accounts(
        accounts=[
            Listed(
                id=account.id,
                email=account.email,
                name=account.name,
                administrator=account.administrator,
                disabled=account.disabled,
                has_password=account.password is not None,
            )
            for account in await queries.everyone(tx)
        ]
    )


@router.post("/accounts", status_code=201)
@raises(AccountExists)
async def make(new: NewAccount, administrator: Administrator, tx: Tx) -> OneTimeLink:
    """A new account without a password, and the one-time link with which its owner sets one."""
    account = await queries.make(tx, new.email, new.name, new.administrator)
    if account is None:
        raise AccountExists
    await queries.note(tx, account, administrator.name, "made")
    return OneTimeLink(id=account, token=await link_for(tx, account))


@router.post("/accounts/{account}/link")
@raises(NoSuchAccount)
async def link(account: UUID, administrator: Administrator, tx: Tx) -> OneTimeLink:
    """A one-time link to set a password; the one before no longer holds."""
    found = await _find(tx, account)
    await queries.note(tx, found.id, administrator.name, "one-time link")
    return OneTimeLink(id=found.id, token=await link_for(tx, found.id))


@router.post("/accounts/{account}/disable", status_code=204)
@raises(NotYourself, NoSuchAccount)
async def disable(account: UUID, administrator: Administrator, tx: Tx) -> None:
    """Refuse further log-ins and end every session; a running one lasts at most fifteen minutes longer."""
    if account == administrator.id:
        raise NotYourself
    found = await _find(tx, account)
    await queries.set_disabled(tx, found.id, True)
    await queries.end_account(tx, found.id)
    await queries.note(tx, found.id, administrator.name, "disabled")


@router.post("/accounts/{account}/enable", status_code=204)
@raises(NoSuchAccount)
async def enable(account: UUID, administrator: Administrator, tx: Tx) -> None:
    """Allow log-ins again."""
    found = await _find(tx, account)
    await queries.set_disabled(tx, found.id, False)
    await queries.note(tx, found.id, administrator.name, "enabled")


async def link_for(tx: Connection, account: UUID) -> str:
    """The token of a new one-time link."""
    token = secrets.token_urlsafe(32)
    await queries.make_link(tx, account, rules.hashed(token), rules.LINK_LIFE)
    return token


async def _find(tx: Connection, account: UUID) -> Account:
    found = await queries.by_id(tx, account)
    if found is None:
        raise NoSuchAccount
    return found
