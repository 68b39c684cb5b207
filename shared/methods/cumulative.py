"""Cumulative vote: as many votes as there are seats, to be given to one option or shared among several.

As at elections of school boards in England and Wales (Elementary Education Act 1870, section 29). A paper need not
give all its votes.
"""

from dataclasses import dataclass

from shared.methods.model import Contest, Scale
from shared.methods.rule import Rule
from shared.methods.score import ScoreSum


@dataclass(frozen=True, slots=True)
class VotesAsSeats(Rule):
    """A rule whose papers have a vote a seat to share out."""

    def most_marks(self, contest: Contest) -> int:
        return min(contest.seats, Rule.most_marks(self, contest))

    def scale(self, contest: Contest) -> Scale:
        return Scale(contest.seats, votes=contest.seats)


CUMULATIVE = VotesAsSeats(
    name="cumulative",
    title="Cumulative vote",
    help="You have as many votes as there are seats; give several to one option, or one each to several.",
    tally=ScoreSum,
    paper="scored",
)
