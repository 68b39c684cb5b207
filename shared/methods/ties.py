"""How a tie that the papers leave open is broken: by the officer's decision if there is one, else by lot, else not."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from shared.methods.model import Contest, Decision, Lot, Tie


class OpenTie(Exception):
    """A tie that nobody has broken: the count ends here."""


class Ties:
    """The ties of one count, as they come up."""

    def __init__(
        self, contest: Contest, lot: Lot | None, decisions: Sequence[Decision], further: Mapping[str, str]
    ) -> None:
        """`further`: options of the contest that are one with another where a tie is told (see `reopen`)."""
        self.contest = contest
        self.lot = lot
        self.decisions = decisions
        self.further = further
        self.found: list[Tie] = []

    def order(
        self,
        stage: int,
        what: Literal["seat", "surplus", "exclusion", "order", "runoff"],
        level: Collection[str],
        choose: int,
    ) -> tuple[str, ...]:
        """The tied options, the preferred one first; raises OpenTie. Options that nothing compares with are no tie."""
        called = {self.further.get(option, option): option for option in self.contest.options if option in level}
        options = tuple(option for option in self.contest.options if option in called)
        if len(options) == 1:
            return (called[options[0]],)
        tie = broken(Tie(stage, what, options, choose), self.lot, self.decisions)
        self.found.append(tie)
        if tie.order is None:
            raise OpenTie
        return tuple(called[option] for option in tie.order)

    def excluded(self, stage: int, level: Collection[str]) -> str:
        """Which of equal options is excluded; raises OpenTie."""
        return self.order(stage, "exclusion", level, len(level) - 1)[-1]

    def elect(self, stage: int, votes: Mapping[str, int] | Mapping[str, Fraction]) -> tuple[str, ...]:
        """Whom most votes elect, in their order; who is elected for sure alone where a tie for the last seat is open.

        Nobody is elected without a vote. Equal options that are all elected keep the order of the contest.
        """
        seats = self.contest.seats
        standing = sorted(
            (option for option in self.contest.options if votes.get(option)), key=lambda option: -votes[option]
        )
        if len(standing) <= seats:
            return tuple(standing)
        bar = votes[standing[seats - 1]]
        sure = tuple(option for option in standing if votes[option] > bar)
        level = tuple(option for option in standing if votes[option] == bar)
        left = seats - len(sure)
        if len(level) == left:
            return sure + level
        try:
            return sure + self.order(stage, "seat", level, left)[:left]
        except OpenTie:
            return sure


def broken(tie: Tie, lot: Lot | None, decisions: Sequence[Decision]) -> Tie:
    """The tie with its order, or as it is. A decision about other options than the tied ones is not one about it."""
    for decision in decisions:
        if decision.stage == tie.stage and sorted(decision.order) == sorted(tie.options):
            return replace(tie, order=decision.order, resolved_by="officer")
    if lot:
        return replace(tie, order=lot(tie.stage, tie.options), resolved_by="lot")
    return tie


def draw(seed: bytes, receipts_digest: bytes, contest: Contest) -> Lot:
    """The lot anyone can draw again: order by SHA-256 over seed, receipts digest, contest, stage and option.

    Each part has its length (8 bytes, big endian) before it; the stage and the option's number on the paper (from 1)
    are written in decimal. The seed is committed to before opening; the receipts are known only after the seal, so
    neither who made the seed nor who cast last could choose the outcome alone.
    """
    number = {option: place for place, option in enumerate(contest.options, 1)}

    def ticket(stage: int, option: str) -> bytes:
        parts = (seed, receipts_digest, contest.id.encode(), str(stage).encode(), str(number[option]).encode())
        return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()

    return lambda stage, options: tuple(sorted(options, key=lambda option: ticket(stage, option)))
