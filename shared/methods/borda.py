"""Points by rank: Borda's count, and the Dowdall system of Nauru.

Borda (Mémoire sur les élections au scrutin, 1784): the last of n options gets one point, the next above it two, and
so on up to n. Dowdall (Reilly, Social Choice in the South Seas, 2002): 1, 1/2, 1/3 and so on from the first down. Both
were made for papers that rank everyone; an option that a paper leaves out gets nothing from it.
"""

from collections.abc import Iterator
from fractions import Fraction

from shared.methods.model import Stage
from shared.methods.rule import Rule, Tally


class ByRank(Tally):
    """Adds the points of every place; the most points win."""

    def points(self, place: int) -> Fraction:
        """What the option at a place gets; places count from 1."""
        raise NotImplementedError

    def stages(self) -> Iterator[Stage]:
        points = dict.fromkeys(self.contest.options, Fraction(0))
        worth = [self.points(place) for place in range(1, len(points) + 1)]
        for marks, number in self.papers.items():
            for option, gets in zip(marks, worth, strict=False):
                points[option] += gets * number
        yield Stage("points", None, "Points by rank", points, Fraction(0), Fraction(0), self.ties.elect(1, points))


class Borda(ByRank):
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
)
DOWDALL = Rule(
    name="dowdall",
    title="Dowdall count (1, 1/2, 1/3 …)",
    help="Rank the options in your order of preference; the first gets one point, the second half a point, and so on.",
    tally=Dowdall,
    digits=5,
    unit="points",
)
