"""Proportional STAR voting: allocated score, by the Equal Vote Coalition's technical specifications, appendix F.

Seats are filled one by one, each by the most points. Then a Hare quota of papers, those that gave the elected the most
points (a paper that counts for a part gives that part of its score), is used up and counts no more. Where more papers
gave the same than the quota has room for, each of them loses the same part of what it counts; papers that gave
nothing lose nothing. Blank papers are no part of the quota. A tie goes to the lot: the rule knows no other step.
"""

from collections import defaultdict
from fractions import Fraction

from shared.methods.model import Contest, Marks, Papers, Scale, option_of, score_of
from shared.methods.rule import Rule
from shared.methods.score import HIGHEST
from shared.methods.sequential_approval import SequentialApproval
from shared.methods.ties import Ties


class AllocatedScore(SequentialApproval):
    first = "Scores"

    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        scored = sum(number for marks, number in papers.items() if marks)
        self.size = Fraction(scored, contest.seats)
        self.notes = [f"A quota, a seat's share of {scored} papers, is {self.size}."]
        self.given = {marks: {option_of(mark): score_of(mark) for mark in marks} for marks in papers}

    def after(self, option: str) -> str:
        return f"A quota of papers is used up by {{{option}}}"

    def votes(self, elected: list[str]) -> dict[str, Fraction]:
        """The points of papers that are not used up once these are elected, in this order."""
        weight = dict.fromkeys(self.papers, Fraction(1))
        for option in elected:
            self._use_up(option, weight)
        points = dict.fromkeys(self.contest.options, Fraction(0))
        for marks, number in self.papers.items():
            for option, score in self.given[marks].items():
                points[option] += number * weight[marks] * score
        return points

    def _use_up(self, option: str, weight: dict[Marks, Fraction]) -> None:
        gave: dict[Fraction, list[Marks]] = defaultdict(list)
        for marks, worth in weight.items():
            gave[worth * self.given[marks].get(option, 0)].append(marks)
        left = self.size
        for points in sorted(gave, reverse=True):
            level = gave[points]
            count = sum((self.papers[marks] * weight[marks] for marks in level), Fraction(0))
            if not points or not left:
                return
            used = min(left, count)
            for marks in level:
                weight[marks] *= 1 - used / count
            left -= used


STAR_PROPORTIONAL = Rule(
    name="star-proportional",
    title="Proportional STAR voting",
    help="Score each option from 0 to 5; each winner uses up a seat's share of the papers that scored it highest.",
    tally=AllocatedScore,
    paper="scored",
    digits=5,
    unit="points",
    scores=Scale(HIGHEST),
)
