"""Plurality and approval: each mark is one vote, the most votes win."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from shared.methods.model import Contest, Papers, Stage
from shared.methods.rule import Rule, Tally, fractions


def added(contest: Contest, papers: Papers) -> Counter[str]:
    """The marks of each option."""
    votes = Counter(dict.fromkeys(contest.options, 0))
    for marks, number in papers.items():
        for option in marks:
            votes[option] += number
    return votes


class MostVotes(Tally):
    """Adds up the marks."""

    def stages(self) -> Iterator[Stage]:
        votes = added(self.contest, self.papers)
        yield Stage("first", None, "Votes", fractions(votes), Fraction(0), Fraction(0), self.ties.elect(1, votes))


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
