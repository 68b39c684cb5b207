"""Proportional score voting: reweighted range voting (Smith, Reweighted range voting, 2005).

Seats are filled one by one, each by the most points. A paper that has given the elected a sum s of scores, of at most
m each, counts 1 / (1 + s / m) then: with scores of nothing or everything this is sequential proportional approval.
"""

from fractions import Fraction

from shared.methods.model import Contest, Papers, Scale
from shared.methods.rule import Rule
from shared.methods.score import HIGHEST, scores_of
from shared.methods.sequential_approval import SequentialApproval
from shared.methods.ties import Ties


class ReweightedRange(SequentialApproval):
    first = "Scores"

    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        self.given = scores_of(papers)

    def votes(self, elected: list[str]) -> dict[str, Fraction]:
        """The points, every paper at what it is worth once these are elected."""
        by_used: dict[int, dict[str, int]] = {}
        for marks, given in self.given.items():
            used = sum(given.get(option, 0) for option in elected)
            points = by_used.get(used) or by_used.setdefault(used, dict.fromkeys(self.contest.options, 0))
            number = self.papers[marks]
            for option, score in given.items():
                points[option] += number * score
        worth = {used: Fraction(HIGHEST, HIGHEST + used) for used in by_used}
        return {
            option: sum((worth[used] * points[option] for used, points in by_used.items()), Fraction(0))
            for option in self.contest.options
        }


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
