"""A method as a rule that tells its stages one by one, with the words that describe it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Literal

from shared.methods.majority import enough, quorum_words
from shared.methods.model import EQUAL, Contest, Count, Decision, Lot, Marks, Outcome, Papers, Scale, Stage, option_of
from shared.methods.reopen import as_one, further, with_further
from shared.methods.ties import OpenTie, Ties


class Tally:
    """One count by a rule. A rule says what its stages are, and what quota, pairs, notes and outcome go with them.

    `digits` are said where these papers need others than the rule's.
    """

    digits: int | None = None
    quota: Fraction | None = None
    pairs: Mapping[tuple[str, str], int] = {}
    notes: Sequence[str] = ()
    outcome: Outcome | None = None

    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        self.contest = contest
        self.papers = papers
        self.ties = ties

    @cached_property
    def valid(self) -> int:
        """How many papers are not blank."""
        return sum(number for marks, number in self.papers.items() if marks)

    def standing(self) -> list[str]:
        """Who stands at the start: of several re-open nominations the first alone."""
        return [option for option in self.contest.options if option not in self.ties.further]

    def followed(self, continuing: Sequence[str], elected: Sequence[str]) -> list[str]:
        """Who continues besides the elected: with further re-open nominations after one of theirs, if anybody does."""
        others = [option for option in continuing if option not in elected]
        order = [self.contest.reopen, *self.ties.further]
        return others + [one for before, one in pairwise(order) if others and one and before in elected]

    def settled(self, continuing: Sequence[str], vacancies: int, surpluses: bool) -> bool:
        """Whether all who continue are elected, being no more than the vacancies.

        Not while surpluses wait and re-open nominations are among them: these could win more of the vacancies.
        """
        reopening = any(option == self.contest.reopen or option in self.ties.further for option in continuing)
        return len(continuing) <= vacancies and not (surpluses and reopening)

    def stages(self) -> Iterator[Stage]:
        """The stages in turn. May raise OpenTie after the last one that can be told."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Rule:
    """A method whose count is one `Tally`. `marks` limits how many options a paper carries (None: all of them).

    With `transfers` votes move on from the elected, so that re-open nominations may win several seats (`reopen`).
    """

    name: str
    title: str
    help: str
    tally: Callable[[Contest, Papers, Ties], Tally]
    paper: Literal["ranked", "choose", "scored"] = "ranked"
    marks: int | None = None
    digits: int = 0
    unit: str = "votes"
    most_seats: int | None = None
    transfers: bool = False
    equal_ranks: bool = False
    scores: Scale = Scale(0)  # noqa: RUF009  (frozen)
    roles: tuple[str, ...] = ()

    def most_marks(self, contest: Contest) -> int:
        bounds = [len(contest.options), self.marks, contest.max_marks]
        return min(bound for bound in bounds if bound is not None)

    def scale(self, contest: Contest) -> Scale:
        return self.scores

    def count(
        self, contest: Contest, papers: Papers, *, lot: Lot | None = None, decisions: Sequence[Decision] = ()
    ) -> Count:
        if contest.of_the_roll and contest.roll is None:
            raise ValueError("the size of the roll is wanted")
        papers = without(papers, contest.withdrawn)
        more = further(contest) if self.transfers else {}
        ties = Ties(replace(contest, options=(*contest.standing, *more)), lot, decisions, more)
        tally = self.tally(ties.contest, with_further(papers, more), ties)
        stages: list[Stage] = []
        with suppress(OpenTie):
            stages.extend(as_one(stage, more) for stage in tally.stages())
        elected = [option for stage in stages for option in stage.elected]
        winners = tuple(option for option in elected if option != contest.reopen)
        missed, quorum = _quorum(contest, sum(papers.values()))
        return Count(
            method=self.name,
            contest=contest,
            papers=sum(papers.values()),
            blank=papers.get((), 0),
            quota=tally.quota,
            digits=self.digits if tally.digits is None else tally.digits,
            vacant=len(elected) - len(winners),
            winners=winners,
            stages=tuple(stages),
            ties=tuple(ties.found),
            pairs=tally.pairs,
            notes=(*quorum, *tally.notes),
            outcome="no quorum" if missed else tally.outcome,
        )


def _quorum(contest: Contest, papers: int) -> tuple[bool, tuple[str, ...]]:
    """Whether the quorum is missed, and the sentence about it; a blank paper is one of somebody who took part."""
    if contest.quorum is None or contest.roll is None:
        return False, ()
    needed = enough(contest.quorum, contest.roll)
    asked = f"Quorum, {quorum_words(contest.quorum)}"
    return papers < needed, (f"{asked}: {papers:,} of {contest.roll:,} handed in a paper; needed: {needed:,}.",)


def fractions(numbers: Mapping[str, int]) -> dict[str, Fraction]:
    """Whole numbers as stages hold them."""
    return {option: Fraction(number) for option, number in numbers.items()}


def without(papers: Papers, withdrawn: Sequence[str]) -> Papers:
    """The papers without options that stand no more; one that has no other is blank."""
    if not withdrawn:
        return papers
    left: dict[Marks, int] = {}
    for marks, number in papers.items():
        ranks = ([one for one in mark.split(EQUAL) if option_of(one) not in withdrawn] for mark in marks)
        rest = tuple(EQUAL.join(rank) for rank in ranks if rank)
        left[rest] = left.get(rest, 0) + number
    return left
