"""Block vote: as many marks as there are seats, each one vote; the most votes win.

As at elections of several councillors in England and Wales (Local Elections (Principal Areas) (England and Wales)
Rules 2006, Schedule 2, rules 16 and 48). With a limit below the number of seats it is the limited vote.
"""

from dataclasses import dataclass

from shared.methods.choose import MostVotes
from shared.methods.model import Contest
from shared.methods.rule import Rule


@dataclass(frozen=True, slots=True)
class MarksAsSeats(Rule):
    """A rule whose papers carry at most a mark a seat."""

    def most_marks(self, contest: Contest) -> int:
        return min(contest.seats, Rule.most_marks(self, contest))


BLOCK = MarksAsSeats(
    name="block",
    title="Block vote",
    help="Choose as many options as there are seats, or fewer; the most votes win.",
    tally=MostVotes,
    paper="choose",
)
