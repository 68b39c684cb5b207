"""Proportional score voting: reweighted range voting (Smith, Reweighted range voting, 2005).

Seats are filled one by one, each by the most points. A paper that has given the elected a sum s of scores, of at most
m each, counts 1 / (1 + s / m) then: with scores of nothing or everything this is sequential proportional approval.
"""

from fractions import Fraction

from shared.methods.model import Scale, option_of, score_of
from shared.methods.rule import Rule
from shared.methods.score import HIGHEST
from shared.methods.sequential_approval import SequentialApproval


class ReweightedRange(SequentialApproval):
    first = "Scores"

    def votes(self, elected: list[str]) -> dict[str, Fraction]:
        """The points, every paper at what it is worth once these are elected."""
        points = dict.fromkeys(self.contest.options, Fraction(0))
        for marks, number in self.papers.items():
            given = {option_of(mark): score_of(mark) for mark in marks}
            used = sum(given.get(option, 0) for option in elected)
            worth = Fraction(number * HIGHEST, HIGHEST + used)
            for option, score in given.items():
                points[option] += worth * score
        return points


SCORE_PROPORTIONAL = Rule(
    name="score-proportional",
    title="Proportional score voting (reweighted range)",
    help="Score each option from 0 to 5; of several winners each weakens the papers that scored it for the next seat.",
    tally=ReweightedRange,
    paper="scored",
    digits=5,
    unit="points",
    scores=Scale(HIGHEST),
)
