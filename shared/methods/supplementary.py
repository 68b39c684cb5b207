"""Supplementary vote by the Greater London Authority Act 1999, Schedule 2, Part I, as enacted (paragraphs 3 and 4)."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from shared.methods.model import Stage
from shared.methods.rule import Rule, Tally


class SupplementaryVote(Tally):
    def stages(self) -> Iterator[Stage]:
        options = self.contest.options
        votes = Counter(dict.fromkeys(options, 0))
        for marks, number in self.papers.items():
            if marks:
                votes[marks[0]] += number
        # Paragraph 3: more than half of the first preferences. Paragraph 1: with two candidates most votes decide.
        if len(options) <= 2 or 2 * max(votes.values()) > votes.total():
            yield self._stage("first", "First preferences", votes, 0, self.ties.elect(1, votes))
            return
        yield self._stage("first", "First preferences", votes, 0, ())
        # Paragraph 4(2) and (3): the two with most first preferences remain, and all that are equal with the second.
        second = sorted(votes.values())[-2]
        remaining = [option for option in options if votes[option] >= second]
        totals = Counter({option: votes[option] for option in remaining})
        # Paragraph 4(5) and (6): second preferences of those whose first is not for one of the remaining are added.
        for marks, number in self.papers.items():
            if len(marks) > 1 and marks[0] not in remaining and marks[1] in remaining:
                totals[marks[1]] += number
        # Paragraph 4(7) and (8): the greatest total; equal ones by lot.
        exhausted = votes.total() - totals.total()
        names = ", ".join(f"{{{option}}}" for option in remaining)
        said = f"Second preferences added for those who remain: {names}"
        yield self._stage("exclusion", said, totals, exhausted, self.ties.elect(2, totals))

    def _stage(self, what: str, said: str, votes: Counter[str], exhausted: int, elected: tuple[str, ...]) -> Stage:
        held = {option: Fraction(votes[option]) for option in self.contest.options}
        return Stage(what, None, said, held, Fraction(exhausted), Fraction(0), elected)


SUPPLEMENTARY = Rule(
    name="supplementary",
    title="Supplementary vote",
    help="Mark your first choice and, if you like, your second.",
    tally=SupplementaryVote,
    marks=2,
    most_seats=1,
)
