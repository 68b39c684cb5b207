"""What an election is, frozen when it is scheduled: contests, options, rules, styles, times and the box key.

Everyone who handles papers works from this and nothing else; its digest is sealed into each paper. Statements and
links of options are not part of it: they stay in `election`, so that a definition stays small (100 kB).
"""

import hashlib
import json
import operator
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NoReturn
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.text import Hex32, Line, Prose, Quorum, Share, Slug
from shared.methods import model

LARGEST = 100_000
"""Bytes a definition may have in canonical form."""
MOST_OPTIONS = 200


class Frozen(BaseModel):
    """A value: unknown members are refused, nothing changes after it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(Frozen):
    """Somebody or something to vote for."""

    id: Slug
    name: Line


class Majority(Frozen):
    """What carries a motion: this share of what is named by `of`, abstentions counting as votes cast."""

    share: Share = "more than 1/2"
    of: Literal["votes for and against", "votes cast", "roll"] = "votes for and against"

    def for_counting(self) -> model.Majority:
        return model.Majority(self.share, self.of)


class Contest(Frozen):
    """One question on the paper, with the rule that counts it.

    What came later is not written where it says nothing, so that what was frozen before keeps its digest.
    """

    id: Slug
    title: Line
    method: str = Field(max_length=40)
    seats: int = Field(ge=1, le=100)
    options: tuple[Option, ...] = Field(min_length=1, max_length=MOST_OPTIONS)
    min_marks: int = Field(default=0, ge=0, le=200)
    max_marks: int | None = Field(default=None, ge=1, le=200)
    blank_allowed: bool = True
    ties: Literal["lot", "officer"] = "lot"
    """Who breaks a tie that the rule leaves open: the lot drawn from the committed seed, or the returning officer."""
    reopen: Slug | None = None
    """The option that stands for re-opening nominations: a seat that it wins stays vacant."""
    text: Prose = Field(default="", exclude_if=operator.not_)
    """What voters read above the options: the whole wording of a motion."""
    majority: Majority | None = Field(default=None, exclude_if=operator.not_)
    """What carries a motion; None in other contests."""
    quorum: Quorum | None = Field(default=None, exclude_if=operator.not_)
    """How much of the roll has to hand in a paper; None: it does not matter."""

    def for_counting(self, roll: int | None = None) -> model.Contest:
        """The contest as the counting methods see it: ids, no names. `roll`: how many could vote in it."""
        return model.Contest(
            id=self.id,
            seats=self.seats,
            options=tuple(option.id for option in self.options),
            min_marks=self.min_marks,
            max_marks=self.max_marks,
            blank_allowed=self.blank_allowed,
            reopen=self.reopen,
            majority=self.majority.for_counting() if self.majority else None,
            quorum=self.quorum,
            roll=roll,
        )


class Style(Frozen):
    """Which contests a group of voters finds on its paper."""

    id: Slug
    name: Line
    contests: tuple[Slug, ...] = Field(min_length=1)


class BoxKey(Frozen):
    """The public half of the key papers are sealed to, and a commitment to the seed of lots; made by `result`."""

    public_key: Hex32
    seed_commitment: Hex32
    """SHA-256 over the domain `uvote seed`, the box's id (16 bytes) and the seed (32 bytes): shared.security.digest."""
    proof: str = Field(max_length=2000)
    """The same two, and the box, as a `boxkey` token signed by `result`."""


class Definition(Frozen):
    """The frozen election."""

    id: UUID
    title: Line
    time_zone: str = Field(max_length=64)
    opens_at: datetime
    closes_at: datetime
    """The times as scheduled; the times in force are the box's."""
    contests: tuple[Contest, ...] = Field(min_length=1, max_length=50)
    styles: tuple[Style, ...] = Field(min_length=1, max_length=100)
    publish: Literal["by hand", "after the count"]
    box: BoxKey

    def canonical(self) -> bytes:
        """The one way to write a definition down: JSON, sorted members, no spaces, UTF-8."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    def digest(self) -> str:
        """SHA-256 of the canonical form, in hexadecimal."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def contest(self, contest_id: str) -> Contest:
        """The contest of that id; raises KeyError."""
        return next((c for c in self.contests if c.id == contest_id), None) or _missing(contest_id)

    def of_style(self, style_id: str) -> tuple[Contest, ...]:
        """The contests of a style in the order of the definition; raises KeyError."""
        style = next((s for s in self.styles if s.id == style_id), None) or _missing(style_id)
        return tuple(contest for contest in self.contests if contest.id in style.contests)

    def entitled(self, contest_id: str, sizes: Mapping[str, int]) -> int:
        """How many find the contest on their paper, on a roll with so many voters a style."""
        return sum(sizes.get(style.id, 0) for style in self.styles if contest_id in style.contests)


def _missing(key: str) -> NoReturn:
    raise KeyError(key)
