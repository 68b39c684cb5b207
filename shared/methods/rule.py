"""A method as a rule that tells its stages one by one, with the words that describe it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shared.methods.model import Contest, Count, Decision, Lot, Papers, Stage
from shared.methods.ties import OpenTie, Ties


class Tally:
    """One count by a rule. A rule says what its stages are, and what quota, comparisons and notes go with them."""

    quota: Fraction | None = None
    pairs: Mapping[tuple[str, str], int] = {}
    notes: Sequence[str] = ()

    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        self.contest = contest
        self.papers = papers
        self.ties = ties

    def stages(self) -> Iterator[Stage]:
        """The stages in turn. May raise OpenTie after the last one that can be told."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Rule:
    """A method whose count is one `Tally`. `marks` limits how many options a paper carries (None: all of them)."""

    name: str
    title: str
    help: str
    tally: Callable[[Contest, Papers, Ties], Tally]
    paper: Literal["ranked", "choose"] = "ranked"
    marks: int | None = None
    digits: int = 0
    unit: str = "votes"
    most_seats: int | None = None

    def most_marks(self, contest: Contest) -> int:
        bounds = [len(contest.options), self.marks, contest.max_marks]
        return min(bound for bound in bounds if bound is not None)

    def count(
        self, contest: Contest, papers: Papers, *, lot: Lot | None = None, decisions: Sequence[Decision] = ()
    ) -> Count:
        ties = Ties(contest, lot, decisions)
        tally = self.tally(contest, papers, ties)
        stages: list[Stage] = []
        with suppress(OpenTie):
            stages.extend(tally.stages())
        return Count(
            method=self.name,
            contest=contest,
            papers=sum(papers.values()),
            blank=papers.get((), 0),
            quota=tally.quota,
            winners=tuple(option for stage in stages for option in stage.elected),
            stages=tuple(stages),
            ties=tuple(ties.found),
            pairs=tally.pairs,
            notes=tuple(tally.notes),
        )
