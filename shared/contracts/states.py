"""The four states that the functions exchange: the whole public state of each thing, and the event that carries one.

`election` owns the election, `voter` the roll, `ballot` the box, `result` the count (design, section 3.1).
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.definition import Definition, Frozen
from shared.contracts.text import Hex32, Slug

OWNERS = {"election": "election", "roll": "voter", "box": "ballot", "count": "result"}
"""The thing, and the function that owns it."""

Thing = Literal["election", "roll", "box", "count"]


class Decision(Frozen):
    """How the returning officer broke a tie: `order` names the tied options, the preferred one first."""

    contest: Slug
    stage: int = Field(ge=1, le=10_000)
    order: tuple[Slug, ...] = Field(min_length=2, max_length=200)


class ElectionState(Frozen):
    """What the organisers want, as far as others need it."""

    phase: Literal["scheduled", "awaiting decision", "counted", "published", "cancelled", "annulled"]
    published: bool = False
    """The result was published, also when the election was annulled since."""
    definition: Definition
    digest: Hex32
    opens_at: datetime
    closes_at: datetime
    """The times asked for; other than the definition's when brought forward or extended."""
    close_now: bool = False
    decisions: tuple[Decision, ...] = ()


class BoxState(Frozen):
    """`ready` takes papers between its two times; `sealed` takes none; `cleared` holds none."""

    phase: Literal["ready", "sealed", "cleared"]
    opens_at: datetime
    closes_at: datetime
    """The times in force. After the seal `closes_at` is the moment of the seal."""
    refused_closes_at: datetime | None = None
    """A later closing that was asked for when the box was sealed already."""
    papers: int | None = None
    """How many papers the box took; None until the seal, as the two digests."""
    papers_digest: Hex32 | None = None
    """SHA-256 over the SHA-256 of each sealed paper, in the order of their ids."""
    receipts_digest: Hex32 | None = None
    """SHA-256 over the sorted receipts, joined by line feeds."""


class RollState(Frozen):
    """`closed` when the spent passes of the sealed box were matched with the roll."""

    phase: Literal["open", "closed"]
    size: dict[Slug, int] = Field(default_factory=dict)
    """Voters per style when the roll closed."""
    marked: int | None = None
    """Voters who have voted."""
    unknown: int | None = None
    """Spent passes that fit nobody: more than 0 means that somebody stuffed the box."""
    links_read: int = 0
    """How many voting links were read out by people rather than sent to their voters."""


class OpenTie(Frozen):
    """A tie the rule leaves open and the definition gives to the returning officer."""

    contest: Slug
    stage: int
    what: str
    options: tuple[Slug, ...]
    choose: int


class CountState(Frozen):
    """`waiting` for the seal, `counting`, `tied` until a decision comes, `counted`; `failed` says why."""

    phase: Literal["waiting", "counting", "tied", "counted", "failed"]
    has_papers: bool = False
    """The papers are in `result`'s own tables, counted per contest; the box may forget them."""
    papers: int | None = None
    ties: tuple[OpenTie, ...] = ()
    failure: str | None = None
    key_erased: bool = False


STATES: dict[str, type[Frozen]] = {
    "election": ElectionState,
    "roll": RollState,
    "box": BoxState,
    "count": CountState,
}


class Message(Frozen):
    """The claims of an event: one thing's state, what its owner has seen of the others, whom it asks to answer."""

    thing: Thing
    election: UUID
    version: int = Field(ge=1)
    state: dict[str, object]
    seen: dict[Thing, int]
    asks: tuple[Thing, ...]
