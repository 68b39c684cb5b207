"""Proportional STAR voting: allocated score, by the Equal Vote Coalition's technical specifications, appendix F.

Seats are filled one by one, each by the most points. Then a Hare quota of papers, those that gave the elected the most
points (a paper that counts for a part gives that part of its score), is used up and counts no more. Where more papers
gave the same than the quota has room for, each of them loses the same part of what it counts; papers that gave
nothing lose nothing. Blank papers are no part of the quota. A tie goes to the lot: the rule knows no other step.
"""

from fractions import Fraction

from shared.methods.model import Contest, Marks, Papers, Scale
from shared.methods.rule import Rule
from shared.methods.score import HIGHEST, scores_of
from shared.methods.sequential_approval import SequentialApproval
from shared.methods.ties import Ties

Worth = dict[Fraction, list[Marks]]
"""What papers still count, and which of them do: few different numbers, many papers."""


class AllocatedScore(SequentialApproval):
    first = "Scores"

    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        self.size = Fraction(self.valid, contest.seats)
        self.notes = [f"A quota, a seat's share of {self.valid} papers, is {self.size}."]
        self.given = scores_of(papers)

    def after(self, option: str) -> str:
        return f"A quota of papers is used up by {{{option}}}"

    def votes(self, elected: list[str]) -> dict[str, Fraction]:
        """The points of papers that are not used up once these are elected, in this order."""
        count: Worth = {Fraction(1): list(self.papers)}
        for option in elected:
            count = self._use_up(option, count)
        points = dict.fromkeys(self.contest.options, Fraction(0))
        for worth, some in count.items():
            whole = dict.fromkeys(points, 0)
            for marks in some if worth else ():
                for option, score in self.given[marks].items():
                    whole[option] += self.papers[marks] * score
            for option, score in whole.items():
                points[option] += worth * score
        return points

    def _use_up(self, option: str, count: Worth) -> Worth:
        """What the papers count once a quota of them is used up by this option."""
        gave: dict[Fraction, Worth] = {}
        for worth, some in count.items():
            by_score: dict[int, list[Marks]] = {}
            for marks in some:
                by_score.setdefault(self.given[marks].get(option, 0), []).append(marks)
            for score, those in by_score.items():
                gave.setdefault(worth * score, {}).setdefault(worth, []).extend(those)
        then: Worth = {}
        left = self.size
        for points, level in sorted(gave.items(), reverse=True):
            there = sum((worth * sum(map(self.papers.__getitem__, some)) for worth, some in level.items()), Fraction(0))
            used = min(left, there) if points else Fraction(0)
            left -= used
            for worth, some in level.items():
                then.setdefault(worth * (1 - used / there) if used else worth, []).extend(some)
        return then


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
