"""Links and passes, without a database: how they are derived, who is given a pass, which spent pass fits nobody."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared import security
from shared.errors import Conflict

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
AFTER_CLOSING = timedelta(days=60)
"""A pass outlives the closing, so that a late retry still finds its receipt; the box decides about time."""


class TooEarly(Conflict):
    code = "too_early"
    sentence = "Voting has not opened yet."


class Cancelled(Conflict):
    code = "cancelled"
    sentence = "This election was cancelled."


class Annulled(Conflict):
    code = "annulled"
    sentence = "This election was annulled."


class RollClosed(Conflict):
    code = "roll_closed"
    sentence = "The roll is closed."


class BeingChanged(Conflict):
    code = "being_changed"
    sentence = "This voter's entry is just being changed; please try again."


class StyleUnknown(Conflict):
    code = "style_unknown"
    sentence = "This election has no paper for you; please tell the organisers."


@dataclass(frozen=True, slots=True)
class RollKeys:
    """The two keys of one election's roll, in clear."""

    link: bytes
    passes: bytes


def token(keys: RollKeys, voter: UUID, issue: int) -> str:
    """The token of a voter's link: 128 bits that only the key can make, 22 characters."""
    raw = security.mac(keys.link, "uvote link", voter.bytes, issue.to_bytes(8, "big"))[:16]
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def token_hash(election: UUID, link_token: str) -> bytes:
    """What is stored to find the voter of a token. The token has 128 bits, so a plain hash does."""
    return security.digest("uvote link hash", election.bytes, link_token.encode())


def pass_id(keys: RollKeys, voter: UUID, issue: int) -> bytes:
    """The pass of a voter's issue: the same each time it is asked for."""
    return security.mac(keys.passes, "uvote pass", voter.bytes, issue.to_bytes(8, "big"))[:16]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the roll has heard of its election."""

    phase: str
    opens_at: datetime
    closes_at: datetime
    styles: frozenset[str]


def admit(schedule: Schedule | None, style: str, being_changed: bool, now: datetime) -> datetime:
    """Until when a voter's pass is good; raises the Conflict that says why none is given now."""
    if schedule is None:
        raise TooEarly
    if schedule.phase == "cancelled":
        raise Cancelled
    if schedule.phase == "annulled":
        raise Annulled
    if now < schedule.opens_at:
        raise TooEarly
    if now >= schedule.closes_at + AFTER_CLOSING:
        raise RollClosed
    if being_changed:
        raise BeingChanged
    if style not in schedule.styles:
        raise StyleUnknown
    return schedule.closes_at + AFTER_CLOSING


@dataclass(frozen=True, slots=True)
class Marks:
    """Who has voted, and how many spent passes fit nobody."""

    voted: frozenset[UUID]
    unknown: int


def marks(keys: RollKeys, issued: Iterable[tuple[UUID, int]], spent: set[bytes]) -> Marks:
    """Match the box's spent passes with the roll's: a spent one that fits nobody is the stuffing alarm."""
    mine: Mapping[bytes, UUID] = {pass_id(keys, voter, issue): voter for voter, issue in issued}
    voted = frozenset(voter for one, voter in mine.items() if one in spent)
    return Marks(voted, len(spent - mine.keys()))
