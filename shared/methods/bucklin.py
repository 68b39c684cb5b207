"""Bucklin's system, as in the charter of Grand Junction, Colorado, of 1909, with as many rounds as there are ranks.

First choices are counted; where no option has more than half of the papers, second choices are added, then third
ones, and so on. As soon as any has more than half, the most votes win; after the last rank they win without it. The
charter had three columns and let the third hold any number of options; here every rank is a column of one.
"""

from collections.abc import Iterator
from fractions import Fraction

from shared.methods.model import Stage
from shared.methods.rule import Rule, Tally, fractions


class Bucklin(Tally):
    def stages(self) -> Iterator[Stage]:
        votes = dict.fromkeys(self.contest.options, 0)
        deepest = max((len(marks) for marks in self.papers), default=0)
        for rank in range(1, max(deepest, 1) + 1):
            for marks, number in self.papers.items():
                if len(marks) >= rank:
                    votes[marks[rank - 1]] += number
            over = rank >= deepest or 2 * max(votes.values()) > self.valid
            held = fractions(votes)
            said = "First choices" if rank == 1 else f"Choices of rank {rank} added"
            elected = self.ties.elect(rank, votes) if over else ()
            yield Stage("round", None, said, held, Fraction(0), Fraction(0), elected)
            if over:
                return


BUCKLIN = Rule(
    name="bucklin",
    title="Bucklin",
    help="Rank the options in your order of preference; lower ranks count only if nobody has a majority without them.",
    tally=Bucklin,
    most_seats=1,
)
