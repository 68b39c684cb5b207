"""STAR voting: score, then automatic runoff, by the Equal Vote Coalition's rules with its official tiebreaker protocol.

The two options with the most points go into a runoff, in which a paper is a vote for the one it scores higher. Bloc
STAR fills several seats by doing so again and again with those who are left.

The protocol's steps are those of starvoting.org/ties in September 2025. BetterVoting, the Coalition's own program,
passes over step 1 where three or more options are level, as its help says; the protocol does not.
"""

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

from shared.methods.condorcet import compared
from shared.methods.model import EQUAL, Contest, Marks, Papers, Scale, Stage, option_of, score_of
from shared.methods.rule import Rule, Tally, fractions
from shared.methods.score import HIGHEST, totals
from shared.methods.ties import OpenTie, Ties


def as_ranks(papers: Papers) -> Papers:
    """Scored papers as rankings: the options of one score are of equal rank."""
    ranked: dict[Marks, int] = {}
    for marks, number in papers.items():
        ranks: dict[int, list[str]] = {}
        for mark in marks:
            ranks.setdefault(score_of(mark), []).append(option_of(mark))
        ranking = tuple(EQUAL.join(ranks[score]) for score in sorted(ranks, reverse=True))
        ranked[ranking] = ranked.get(ranking, 0) + number
    return ranked


class Star(Tally):
    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        self.points = totals(contest, papers)
        self.pairs = compared(contest, as_ranks(papers))
        self.fives = dict.fromkeys(contest.options, 0)
        for marks, number in papers.items():
            for mark in marks:
                self.fives[option_of(mark)] += number * (score_of(mark) == HIGHEST)
        self.notes: list[str] = []

    def stages(self) -> Iterator[Stage]:
        elected: list[str] = []
        seats, number = self.contest.seats, 1
        while len(elected) < seats:
            # One without a point could be in a runoff, but nobody would prefer them.
            standing = [option for option in self.contest.options if self.points[option] and option not in elected]
            standing.sort(key=lambda option: -self.points[option])
            if len(elected) + len(standing) <= seats:
                yield self._scores("Scores", standing)
                return
            try:
                pair = self._into_runoff(number, standing)
            except OpenTie:
                yield self._scores("Scores", ())
                raise
            yield self._scores(f"Scores; {{{pair[0]}}} and {{{pair[1]}}} go into the runoff", ())
            try:
                won = [self._runoff(number + 1, pair)]
            except OpenTie:
                yield self._votes(pair, ())
                raise
            yield self._votes(pair, won)
            elected += won
            number += 2

    def _into_runoff(self, number: int, standing: Sequence[str]) -> tuple[str, ...]:
        """The two with the most points; of the standing, who are in that order."""
        bar = self.points[standing[1]]
        sure = [option for option in standing if self.points[option] > bar]
        level = [option for option in standing if self.points[option] == bar]
        return (*sure, *self._advance(number, level, 2 - len(sure)))

    def _advance(self, number: int, level: list[str], places: int) -> list[str]:
        """Who of options with equal points are in the runoff.

        Step 1: of those who are compared head to head, they who lose the most match-ups are out, again and again.
        Step 3: the most scores of five, or if that says too little, they with the fewest are out. Step 4: one by lot,
        and from the top with those who remain. Where too few would remain, these are in, and the others go on.
        """
        sure: list[str] = []
        while len(level) > places:
            lost = {
                one: sum(self.pairs[other, one] > self.pairs[one, other] for other in level if other != one)
                for one in level
            }
            least = [one for one in level if lost[one] < max(lost.values())]
            fives = {one: self.fives[one] for one in level}
            most = [one for one in level if fives[one] == max(fives.values())]
            if least:
                stay, why = least, "Fewer match-ups lost"
            elif len(most) <= places:
                stay, why = most, "Most scores of five"
            elif len(most) < len(level):
                stay, why = [one for one in level if fives[one] > min(fives.values())], "More scores of five"
            else:
                stay, why = list(self.ties.order(number, "runoff", level, 1)[:1]), "By lot or decision"
            self.notes.append(f"{_listed(level)} are level for the runoff. {why}: {_listed(stay)}.")
            if len(stay) <= places:
                sure += stay
                places -= len(stay)
                level = [one for one in level if one not in stay] if places else []
            else:
                level = stay
        return sure + level

    def _runoff(self, number: int, pair: tuple[str, ...]) -> str:
        """Who wins it. Step 2: of equal votes the higher score. Step 3: more scores of five. Step 4: by lot."""
        one, other = pair
        votes = {one: self.pairs[one, other], other: self.pairs[other, one]}
        for held, why in ((votes, ""), (self.points, "has the higher score"), (self.fives, "has more scores of five")):
            if held[one] != held[other]:
                won = max(pair, key=held.__getitem__)
                if why:
                    self.notes.append(f"{_listed(pair)} have equal votes in the runoff; {{{won}}} {why}.")
                return won
        return self.ties.order(number, "seat", pair, 1)[0]

    def _scores(self, said: str, elected: Collection[str]) -> Stage:
        return Stage("points", None, said, fractions(self.points), Fraction(0), Fraction(0), tuple(elected))

    def _votes(self, pair: tuple[str, ...], elected: Collection[str]) -> Stage:
        one, other = pair
        votes = dict.fromkeys(self.contest.options, 0)
        votes |= {one: self.pairs[one, other], other: self.pairs[other, one]}
        said = f"Runoff between {{{one}}} and {{{other}}}: who is scored higher on more papers"
        neither = Fraction(self.valid - sum(votes.values()))
        return Stage("runoff", None, said, fractions(votes), neither, Fraction(0), tuple(elected), unit="votes")


def _listed(options: Collection[str]) -> str:
    named = [f"{{{option}}}" for option in options]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


STAR = Rule(
    name="star",
    title="STAR voting",
    help="Score each option from 0 to 5. Of the two with the most points, the one that more voters score higher wins.",
    tally=Star,
    paper="scored",
    unit="points",
    most_seats=1,
    scores=Scale(HIGHEST),
)
STAR_BLOC = Rule(
    name="star-bloc",
    title="Bloc STAR voting",
    help="Score each option from 0 to 5. Each seat is filled by STAR voting among those who are left.",
    tally=Star,
    paper="scored",
    unit="points",
    scores=Scale(HIGHEST),
)
