"""How long one waits after failures, who a client is, and how a session goes on. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared import security

FREE_TRIES = 3
LONGEST_WAIT = 30
FORGET_AFTER = timedelta(minutes=15)
GRACE = timedelta(seconds=10)
IDLE = timedelta(hours=12)
FAMILY = timedelta(days=7)
LINK_LIFE = timedelta(hours=24)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 72
"""Bytes: bcrypt looks at no more, and refuses longer ones."""


def wait_after(failures: int) -> int:
    """Seconds before the next try: none before the first three, then 1, 2, 4, …, at most 30. Never for ever."""
    return 0 if failures < FREE_TRIES else min(LONGEST_WAIT, 2 ** min(failures - FREE_TRIES, 10))


def client(peer: str, forwarded_for: str, trusted_hops: int) -> str:
    """The address that the outermost trusted proxy saw; what stands left of it anyone could have written."""
    chain: Sequence[str] = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    return chain[-trusted_hops] if 0 < trusted_hops <= len(chain) else peer


def failure_key(email: str, address: str) -> bytes:
    """What failures are counted under: the address typed, known or not, and the client."""
    return security.digest("uvote log-in", email.strip().lower().encode(), address.encode())


def hashed(token: str) -> bytes:
    """How a token of 256 random bits is stored."""
    return hashlib.sha256(token.encode()).digest()


def successor(token: str, salt: bytes) -> str:
    """The refresh token after this one: only who presents this one can make it, and always the same."""
    return security.mac(salt, "uvote refresh", token.encode()).hex()


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token as stored."""

    expires_at: datetime
    family_until: datetime
    used_at: datetime | None


def judge(refresh: Refresh | None, now: datetime) -> Literal["fresh", "again", "stolen", "over"]:
    """`again` is the same token a moment later (two tabs, a double click); a later reuse is `stolen`."""
    if refresh is None or now >= min(refresh.expires_at, refresh.family_until):
        return "over"
    if refresh.used_at is None:
        return "fresh"
    return "again" if now - refresh.used_at <= GRACE else "stolen"
