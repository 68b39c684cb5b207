"""What an operator does to accounts from the command line, with `auth`'s own login to the database."""

from pydantic import ValidationError

from functions.auth import queries
from functions.auth.routes.accounts import NewAccount, link_for
from shared.once import once


async def add(database_url: str, email: str, name: str, administrator: bool) -> str:
    """Make an account; the token of its one-time link. Raises ValueError with a sentence."""
    try:
        new = NewAccount(email=email, name=name, administrator=administrator)
    except ValidationError as error:
        raise ValueError("This is not a usable e-mail address and name.") from error
    async with once(database_url) as connection:
        account = await queries.make(connection, new.email, new.name, new.administrator)
        if account is None:
            raise ValueError(f"There is an account for {new.email} already.")
        await queries.note(connection, account, "operator", "made")
        return await link_for(connection, account)


async def reset(database_url: str, email: str) -> str:
    """The token of a one-time link for a lost password. Raises ValueError with a sentence."""
    async with once(database_url) as connection:
        account = await queries.by_email(connection, email.strip().lower())
        if account is None:
            raise ValueError(f"There is no account for {email}.")
        await queries.note(connection, account.id, "operator", "one-time link")
        return await link_for(connection, account.id)
