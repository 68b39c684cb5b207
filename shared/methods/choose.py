"""Plurality and approval: each mark is one vote, the most votes win."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shared.methods.model import Contest, Count, Decision, Lot, Papers, Stage, Tie
from shared.methods.ties import broken


@dataclass(frozen=True, slots=True)
class MostVotes:
    """A method that adds up marks; `marks` limits how many a paper may carry (None: as many as there are options)."""

    name: str
    title: str
    help: str
    marks: int | None
    paper: Literal["ranked", "choose"] = "choose"
    digits: int = 0

    def most_marks(self, contest: Contest) -> int:
        bounds = [len(contest.options), self.marks, contest.max_marks]
        return min(bound for bound in bounds if bound is not None)

    def count(
        self, contest: Contest, papers: Papers, *, lot: Lot | None = None, decisions: Sequence[Decision] = ()
    ) -> Count:
        votes: Counter[str] = Counter(dict.fromkeys(contest.options, 0))
        for marks, number in papers.items():
            for option in marks:
                votes[option] += number
        winners, ties = elect(contest, votes, lot, decisions)
        total, blank = sum(papers.values()), papers.get((), 0)
        held = {option: Fraction(votes[option]) for option in contest.options}
        stage = Stage("first", None, "Votes", held, Fraction(0), Fraction(0), winners)
        return Count(self.name, contest, total, blank, None, winners, (stage,), ties)


def elect(
    contest: Contest, votes: Counter[str], lot: Lot | None, decisions: Sequence[Decision]
) -> tuple[tuple[str, ...], tuple[Tie, ...]]:
    """Fill the seats by most votes. Nobody is elected without a vote."""
    standing = sorted((o for o in contest.options if votes[o]), key=lambda option: -votes[option])
    if len(standing) <= contest.seats:
        return tuple(standing), ()
    bar = votes[standing[contest.seats - 1]]
    sure = [option for option in standing if votes[option] > bar]
    level = tuple(option for option in contest.options if votes[option] == bar)
    left = contest.seats - len(sure)
    if len(level) == left:
        return (*sure, *level), ()
    tie = broken(Tie(1, "seat", level, left), lot, decisions)
    return (*sure, *(tie.order or ())[:left]), (tie,)


PLURALITY = MostVotes("plurality", "Most votes", "Choose one option; the most votes win.", marks=1)
APPROVAL = MostVotes("approval", "Approval", "Choose every option you approve of; the most votes win.", marks=None)
