"""Single transferable vote by the Scottish Local Government Elections Order 2007, Schedule 1, rules 45 to 52.

Weighted inclusive Gregory: a surplus is transferred on all of the candidate's papers, each at a value cut off after
five decimals. Votes are integers of 1/100000 here, so that everything is exact as the Order says. The Order of 2011
has the same rules with numbers one higher.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Literal

from shared.methods.model import Contest, Papers, Stage
from shared.methods.piles import Piles
from shared.methods.rule import Rule, Tally
from shared.methods.ties import Ties

UNIT = 100_000
"""One vote: transfer values are calculated to five decimal places (rule 48(3))."""


class ScottishSTV(Tally):
    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        # Rule 45: sort by first preference.
        self.piles = Piles(contest.options, papers, UNIT)
        # Rule 46: valid papers over seats plus one, fractions disregarded, plus one.
        self.full = (self.valid // (contest.seats + 1) + 1) * UNIT
        self.quota = Fraction(self.full, UNIT)
        self.remainder = 0
        self.continuing = self.standing()
        self.vacancies = contest.seats
        self.surpluses: list[str] = []
        self.history: list[dict[str, int]] = []

    def stages(self) -> Iterator[Stage]:
        yield self._stage("first", None, "First preferences")
        while self.vacancies and self.continuing:
            yield self._transfer_surplus() if self.surpluses else self._exclude()

    def _transfer_surplus(self) -> Stage:
        """Rules 48 and 49: the largest surplus first; equal ones by the latest earlier stage, else by lot."""
        level = self._latest(self.surpluses, max)
        total = self.piles.votes[level[0]]
        surplus = total - self.full
        # Who has just the quota has nothing to transfer (rule 48(1): "exceeds"). It is shown as a stage in which
        # nothing moves, as counting programs show it, so that stages compare line by line; no matter whose is first.
        option = self.ties.order(len(self.history) + 1, "surplus", level, 1)[0] if surplus else level[0]
        self.surpluses.remove(option)
        # Rule 48(3): the surplus times the paper's value, over the candidate's votes, cut off.
        moved = [(bundle, surplus * value // total) for bundle, value in self.piles.take(option)]
        self.remainder += surplus - sum(bundle.number * value for bundle, value in moved)
        self.piles.lay(moved, self.continuing)
        self.piles.votes[option] = self.full
        return self._stage("surplus", option, f"Surplus of {{{option}}} transferred")

    def _exclude(self) -> Stage:
        """Rules 50 and 51: the fewest votes; equal ones by the latest earlier stage, else by lot."""
        option = self.ties.excluded(len(self.history) + 1, self._latest(self.continuing, min))
        self.continuing.remove(option)
        self.piles.lay(self.piles.take(option), self.continuing)
        return self._stage("exclusion", option, f"{{{option}}} excluded, votes transferred")

    def _latest(self, options: Iterable[str], best: Callable[[Iterable[int]], int]) -> list[str]:
        """Those with the most or fewest votes now; of equal ones those with it at the latest stage they differed."""
        level = list(options)
        for past in reversed(self.history):
            mark = best(past[option] for option in level)
            level = [option for option in level if past[option] == mark]
        return level

    def _stage(self, what: Literal["first", "surplus", "exclusion"], of: str | None, said: str) -> Stage:
        elected = self._elected_by(what)
        self.continuing = self.followed(self.continuing, elected)
        self.vacancies -= len(elected)
        self.surpluses += [option for option in elected if self.piles.votes[option] >= self.full]
        self.history.append(dict(self.piles.votes))
        votes = {option: Fraction(held, UNIT) for option, held in self.piles.votes.items()}
        exhausted, remainder = Fraction(self.piles.exhausted, UNIT), Fraction(self.remainder, UNIT)
        return Stage(what, of, said, votes, exhausted, remainder, tuple(elected))

    def _elected_by(self, what: Literal["first", "surplus", "exclusion"]) -> list[str]:
        """Rule 47: whoever has the quota; rule 52: all who continue, once they are no more than the vacancies."""
        if what == "exclusion" and self.settled(self.continuing, self.vacancies, bool(self.surpluses)):
            # The exclusion alone fills the seats, before a paper is transferred (rule 52(2)): all at once, in no
            # order of the law's, so the paper's. The transfer is shown all the same, as electronic counts show it.
            return self.continuing
        votes = self.piles.votes
        reached = [option for option in self.continuing if votes[option] >= self.full]
        # Most votes first; equal ones by the latest earlier stage at which they differed.
        reached.sort(key=lambda o: (-votes[o], *(-past[o] for past in reversed(self.history))))
        others = self.followed(self.continuing, reached)
        waiting = bool(self.surpluses) or any(votes[option] > self.full for option in reached)
        return reached + others if self.settled(others, self.vacancies - len(reached), waiting) else reached


STV_SCOTTISH = Rule(
    name="stv-scottish",
    title="Single transferable vote (Scottish rules)",
    help="Rank the options in your order of preference, as many as you like.",
    tally=ScottishSTV,
    digits=5,
    transfers=True,
)
