"""Block vote: as many marks as there are seats, each one vote; the most votes win. Limited vote: one mark fewer.

Block vote as at elections of several councillors in England and Wales (Local Elections (Principal Areas) (England and
Wales) Rules 2006, Schedule 2, rules 16 and 48). Limited vote as the Representation of the People Act 1867, sections 9
and 10, had it: two marks where three were elected, three where four were. A contest may set a lower limit in both.
"""

from dataclasses import dataclass

from shared.methods.choose import MostVotes
from shared.methods.model import Contest
from shared.methods.rule import Rule


@dataclass(frozen=True, slots=True)
class MarksAsSeats(Rule):
    """A rule whose papers carry at most a mark a seat, or some fewer, but at least one."""

    fewer: int = 0

    def most_marks(self, contest: Contest) -> int:
        return min(max(1, contest.seats - self.fewer), Rule.most_marks(self, contest))


BLOCK = MarksAsSeats(
    name="block",
    title="Block vote",
    help="Choose as many options as there are seats, or fewer; the most votes win.",
    tally=MostVotes,
    paper="choose",
)
LIMITED = MarksAsSeats(
    name="limited",
    title="Limited vote",
    help="Choose one option fewer than there are seats; the most votes win, and a minority can win some seats.",
    tally=MostVotes,
    paper="choose",
    fewer=1,
)
