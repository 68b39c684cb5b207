"""Plurality and approval: each mark is one vote, the most votes win."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from shared.methods.model import Stage
from shared.methods.rule import Rule, Tally


class MostVotes(Tally):
    """Adds up the marks."""

    def stages(self) -> Iterator[Stage]:
        votes = Counter(dict.fromkeys(self.contest.options, 0))
        for marks, number in self.papers.items():
            for option in marks:
                votes[option] += number
        held = {option: Fraction(number) for option, number in votes.items()}
        yield Stage("first", None, "Votes", held, Fraction(0), Fraction(0), self.ties.elect(1, votes))


PLURALITY = Rule(
    name="plurality",
    title="Most votes",
    help="Choose one option; the most votes win.",
    tally=MostVotes,
    paper="choose",
    marks=1,
)
APPROVAL = Rule(
    name="approval",
    title="Approval",
    help="Choose every option you approve of; the most votes win.",
    tally=MostVotes,
    paper="choose",
)
