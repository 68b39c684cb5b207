"""Passwords: bcrypt at cost 12, in as many threads as processors; an unknown account takes as long as a known one."""

import os
from functools import cache

from anyio import CapacityLimiter, to_thread

from functions.auth.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD
from shared.errors import Invalid

COST = 12


class PasswordTooShort(Invalid):
    code = "password_too_short"
    sentence = f"A password has at least {SHORTEST_PASSWORD} characters."


class PasswordTooLong(Invalid):
    code = "password_too_long"
    sentence = f"A password has at most {LONGEST_PASSWORD} bytes in UTF-8."


class PasswordNotUsable(Invalid):
    code = "password_not_usable"
    sentence = "A password cannot hold control characters."


def _nobody() -> bytes:
    """A hash which no password fits, of the same cost: what an unknown account is checked against."""
    return f"$2b${COST:02}$".encode() + b"." * 53


@cache
def _limiter() -> CapacityLimiter:
    return CapacityLimiter(os.cpu_count() or 1)


def usable(password: str) -> bytes:
    """The bytes of a new password; raises when it is too short, too long, or has control characters."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort
    if any(ord(letter) < 32 for letter in password):  # bcrypt ends at NUL
        raise PasswordNotUsable
    try:
        raw = password.encode()
    except UnicodeEncodeError as error:
        raise PasswordNotUsable from error
    if len(raw) > LONGEST_PASSWORD:
        raise PasswordTooLong
    return raw


async def hash_of(password: str) -> str:
    """The hash of a usable password."""
    import bcrypt

    raw = usable(password)
    made = await to_thread.run_sync(lambda: bcrypt.hashpw(raw, bcrypt.gensalt(COST)), limiter=_limiter())
    return made.decode()


async def fits(password: str, stored: str | None) -> bool:
    """Whether a password fits; one check of the same cost in every case, an account without a password included."""
    import bcrypt

    try:
        raw = usable(password)
    except Invalid:
        raw, stored = b"-" * SHORTEST_PASSWORD, None
    against = stored.encode() if stored else _nobody()
    right = await to_thread.run_sync(lambda: bcrypt.checkpw(raw, against), limiter=_limiter())
    return right and stored is not None
