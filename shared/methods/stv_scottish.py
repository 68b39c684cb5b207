"""Single transferable vote by the Scottish Local Government Elections Order 2007, Schedule 1, rules 45 to 52.

Weighted inclusive Gregory: a surplus is transferred on all of the candidate's papers, each at a value cut off after
five decimals. Votes are integers of 1/100000 here, so that everything is exact as the Order says. Who has just the
quota has no surplus, and there is no stage for it (rule 48(1): "exceeds"). The Order of 2011 has the same rules with
numbers one higher.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shared.methods.model import Contest, Count, Decision, Lot, Marks, Papers, Stage, Tie
from shared.methods.ties import broken

UNIT = 100_000
"""One vote: transfer values are calculated to five decimal places (rule 48(3))."""

Bundle = tuple[Marks, int, int, int]
"""Papers with the same marks: marks, place of the mark they lie under, value of each in units, how many."""


class _Open(Exception):
    """A tie that nobody has broken: the count ends here."""


@dataclass(frozen=True, slots=True)
class ScottishSTV:
    """The method; one count is one `_Tally`."""

    name: str = "stv-scottish"
    title: str = "Single transferable vote (Scottish rules)"
    help: str = "Rank the options in your order of preference, as many as you like."
    paper: Literal["ranked", "choose"] = "ranked"
    digits: int = 5

    def most_marks(self, contest: Contest) -> int:
        return min(len(contest.options), contest.max_marks or len(contest.options))

    def count(
        self, contest: Contest, papers: Papers, *, lot: Lot | None = None, decisions: Sequence[Decision] = ()
    ) -> Count:
        tally = _Tally(contest, papers, lot, decisions)
        with suppress(_Open):
            tally.run()
        quota = Fraction(tally.quota, UNIT)
        total, blank = sum(papers.values()), papers.get((), 0)
        return Count(
            self.name, contest, total, blank, quota, tuple(tally.elected), tuple(tally.stages), tuple(tally.ties)
        )


class _Tally:
    def __init__(self, contest: Contest, papers: Papers, lot: Lot | None, decisions: Sequence[Decision]) -> None:
        self.contest = contest
        self.lot = lot
        self.decisions = decisions
        self.votes = dict.fromkeys(contest.options, 0)
        self.piles: dict[str, list[Bundle]] = {option: [] for option in contest.options}
        self.exhausted = 0
        self.remainder = 0
        self.continuing = dict.fromkeys(contest.options)
        self.elected: list[str] = []
        self.surpluses: list[str] = []
        self.history: list[dict[str, int]] = []
        self.stages: list[Stage] = []
        self.ties: list[Tie] = []
        # Rule 46: valid papers over seats plus one, fractions disregarded, plus one.
        valid = sum(number for marks, number in papers.items() if marks)
        self.quota = (valid // (contest.seats + 1) + 1) * UNIT
        self._lay((marks, -1, UNIT, number) for marks, number in papers.items() if marks)

    def run(self) -> None:
        # Rule 45 is done: the papers lie under their first preferences.
        self._stage("first", None, "First preferences")
        while self._vacancies() and self.continuing:
            if self.surpluses:
                self._transfer_surplus()
            else:
                self._exclude()

    def _vacancies(self) -> int:
        return self.contest.seats - len(self.elected)

    def _transfer_surplus(self) -> None:
        """Rules 48 and 49: the largest surplus first; equal ones by the latest earlier stage, else by lot."""
        largest = max(self.votes[option] for option in self.surpluses)
        level = [option for option in self.surpluses if self.votes[option] == largest]
        option = self._first(level, "surplus", max)
        surplus, total = self.votes[option] - self.quota, self.votes[option]
        self.surpluses.remove(option)
        pile, self.piles[option] = self.piles[option], []
        # Rule 48(3): the surplus times the paper's value, over the candidate's votes, cut off.
        moved = [(marks, place, surplus * value // total, number) for marks, place, value, number in pile]
        self.remainder += surplus - sum(value * number for _, _, value, number in moved)
        self._lay(moved)
        self.votes[option] = self.quota
        self._stage("surplus", option, f"Surplus of {{{option}}} transferred")

    def _exclude(self) -> None:
        """Rules 50 and 51: the fewest votes; equal ones by the latest earlier stage, else by lot."""
        fewest = min(self.votes[option] for option in self.continuing)
        level = [option for option in self.continuing if self.votes[option] == fewest]
        option = self._first(level, "exclusion", min)
        del self.continuing[option]
        pile, self.piles[option] = self.piles[option], []
        self.votes[option] = 0
        self._lay(pile)
        self._stage("exclusion", option, f"{{{option}}} excluded, votes transferred")

    def _lay(self, bundles: Iterable[Bundle]) -> None:
        """Put papers under the next preference for a continuing candidate, or with the exhausted ones."""
        votes, piles, continuing = self.votes, self.piles, self.continuing
        for marks, place, value, number in bundles:
            for onward in range(place + 1, len(marks)):
                option = marks[onward]
                if option in continuing:
                    piles[option].append((marks, onward, value, number))
                    votes[option] += value * number
                    break
            else:
                self.exhausted += value * number

    def _stage(self, what: Literal["first", "surplus", "exclusion"], of: str | None, said: str) -> None:
        elected = self._elected_by(what)
        for option in elected:
            del self.continuing[option]
        self.elected += elected
        self.surpluses += [option for option in elected if self.votes[option] > self.quota]
        self.history.append(dict(self.votes))
        votes = {option: Fraction(held, UNIT) for option, held in self.votes.items()}
        exhausted, remainder = Fraction(self.exhausted, UNIT), Fraction(self.remainder, UNIT)
        self.stages.append(Stage(what, of, said, votes, exhausted, remainder, tuple(elected)))

    def _elected_by(self, what: Literal["first", "surplus", "exclusion"]) -> list[str]:
        """Rule 47: whoever has the quota; rule 52: all who continue, once they are no more than the vacancies."""
        if what == "exclusion" and len(self.continuing) <= self._vacancies():
            # The exclusion alone fills the seats, before a paper is transferred (rule 52(2)): all at once, in no
            # order of the law's, so the paper's. The transfer is shown all the same, as electronic counts show it.
            return list(self.continuing)
        reached = self._in_order([option for option in self.continuing if self.votes[option] >= self.quota])
        others = [option for option in self.continuing if option not in reached]
        return reached + others if len(others) <= self._vacancies() - len(reached) else reached

    def _in_order(self, options: list[str]) -> list[str]:
        """Most votes first; equal ones by the latest earlier stage at which they differed."""
        return sorted(options, key=lambda o: (-self.votes[o], *(-past[o] for past in reversed(self.history))))

    def _first(
        self, level: list[str], what: Literal["surplus", "exclusion"], best: Callable[[Iterable[int]], int]
    ) -> str:
        """Of equal options the one to act on: by the latest earlier stage at which they differed, else a tie."""
        for past in reversed(self.history):
            mark = best(past[option] for option in level)
            level = [option for option in level if past[option] == mark]
            if len(level) == 1:
                return level[0]
        options = tuple(option for option in self.contest.options if option in level)
        choose = 1 if what == "surplus" else len(options) - 1
        tie = broken(Tie(len(self.stages) + 1, what, options, choose), self.lot, self.decisions)
        self.ties.append(tie)
        if tie.order is None:
            raise _Open
        return tie.order[0] if what == "surplus" else tie.order[-1]


STV_SCOTTISH = ScottishSTV()
