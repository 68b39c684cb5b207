"""Score voting: each paper gives every option a score, and the highest total wins (Smith, Range voting, 2000).

From 0 to 5, as STAR voting has it: so few can be buttons on a phone, and one paper serves every method with scores.
`score` adds the scores up, and an option left out has 0. `score-mean` divides by the papers that gave one: who is known
to few is not worse off for it. So that nobody is elected by the few friends who know them, an option needs scores
from a quarter as many papers as the one with most (the quorum of the Center for Range Voting's rule).
"""

from collections.abc import Iterator
from fractions import Fraction

from shared.methods.model import Contest, Marks, Papers, Scale, Stage, option_of, score_of
from shared.methods.rule import Rule, Tally, fractions

HIGHEST = 5


def totals(contest: Contest, papers: Papers) -> dict[str, int]:
    """The sum of each option's scores."""
    points = dict.fromkeys(contest.options, 0)
    for marks, number in papers.items():
        for mark in marks:
            points[option_of(mark)] += score_of(mark) * number
    return points


def scores_of(papers: Papers) -> dict[Marks, dict[str, int]]:
    """What each paper gives which option."""
    return {marks: {option_of(mark): score_of(mark) for mark in marks} for marks in papers}


class ScoreSum(Tally):
    """Adds up the scores; the most points win."""

    def stages(self) -> Iterator[Stage]:
        points = totals(self.contest, self.papers)
        elected = self.ties.elect(1, points)
        yield Stage("points", None, "Scores", fractions(points), Fraction(0), Fraction(0), elected)


class ScoreMean(Tally):
    """Divides the points by the papers that gave a score; the highest mean wins."""

    def stages(self) -> Iterator[Stage]:
        points, scored = totals(self.contest, self.papers), dict.fromkeys(self.contest.options, 0)
        for marks, number in self.papers.items():
            for mark in marks:
                scored[option_of(mark)] += number
        most = max(scored.values())
        mean = {option: Fraction(points[option], scored[option] or 1) for option in points}
        known = {option: mean[option] for option in mean if 4 * scored[option] >= most}
        self.notes = [
            f"{{{option}}}: {points[option]} points; scores: {number}"
            + ("." if option in known else f", fewer than a quarter of {most}: not to be elected.")
            for option, number in scored.items()
        ]
        elected = self.ties.elect(1, known)
        yield Stage("mean", None, "Mean of the scores given", mean, Fraction(0), Fraction(0), elected)


SCORE = Rule(
    name="score",
    title="Score voting",
    help="Score each option from 0 to 5; the highest total wins.",
    tally=ScoreSum,
    paper="scored",
    unit="points",
    scores=Scale(HIGHEST),
)
SCORE_MEAN = Rule(
    name="score-mean",
    title="Score voting by the mean",
    help="Score options from 0 to 5, or leave them out: no opinion. The highest mean wins, if enough voters know it.",
    tally=ScoreMean,
    paper="scored",
    digits=5,
    unit="mean score",
    scores=Scale(HIGHEST, noughts=True, no_opinion=True),
)
