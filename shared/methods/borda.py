"""Points by rank: Borda's count, and the Dowdall system of Nauru.

Borda (Mémoire sur les élections au scrutin, 1784): the last of n options gets one point, the next above it two, and
so on up to n. Dowdall (Reilly, Social Choice in the South Seas, 2002): 1, 1/2, 1/3 and so on from the first down. Both
were made for papers that rank everyone; an option that a paper leaves out gets nothing from it.

In Borda's count options of equal rank share the points of the places that they take together, each the mean of them
(Kendall, The treatment of ties in ranking problems, Biometrika 33, 1945: mid-ranks). No source says what they would be
worth in the Dowdall system, which refuses them.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache

from shared.methods.model import EQUAL, Contest, Papers, Stage
from shared.methods.rule import Rule, Tally
from shared.methods.ties import Ties


class ByRank(Tally):
    """Adds the points of every place; the most points win."""

    def points(self, place: int) -> Fraction:
        """What the option at a place gets; places count from 1."""
        raise NotImplementedError

    def stages(self) -> Iterator[Stage]:
        points = dict.fromkeys(self.contest.options, Fraction(0))

        @cache
        def mean(first: int, many: int) -> Fraction:
            return sum(map(self.points, range(first, first + many)), Fraction(0)) / many

        for marks, number in self.papers.items():
            place = 1
            for mark in marks:
                level = mark.split(EQUAL) if EQUAL in mark else (mark,)
                for option in level:
                    points[option] += mean(place, len(level)) * number
                place += len(level)
        yield Stage("points", None, "Points by rank", points, Fraction(0), Fraction(0), self.ties.elect(1, points))


class Borda(ByRank):
    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        if any(EQUAL in mark for marks in papers for mark in marks):
            self.digits = 1  # halves

    def points(self, place: int) -> Fraction:
        return Fraction(len(self.contest.options) + 1 - place)


class Dowdall(ByRank):
    def points(self, place: int) -> Fraction:
        return Fraction(1, place)


BORDA = Rule(
    name="borda",
    title="Borda count",
    help="Rank the options in your order of preference; each rank gives points, and one left out gets none.",
    tally=Borda,
    unit="points",
    equal_ranks=True,
)
DOWDALL = Rule(
    name="dowdall",
    title="Dowdall count (1, 1/2, 1/3 …)",
    help="Rank the options in your order of preference; the first gets one point, the second half a point, and so on.",
    tally=Dowdall,
    digits=5,
    unit="points",
)
