"""Ranked pairs (Tideman, Independence of clones as a criterion for voting rules, Social Choice and Welfare 4, 1987).

Majorities are locked in, the largest margin first, except one that would close a circle with those locked before it;
the option that no locked majority is against wins. Equal majorities matter only where together they close a circle:
then they are taken in the order of a ranking of the options (Zavist and Tideman, Complete independence of clones in
the ranked pairs rule, 1989), which here the lot or the officer gives: first those against the option that comes last
in it, among them first that of the option that comes first, so that of a plain circle the first wins. Options outside
the Smith set cannot win and are left out, so that no such order is asked for them.
"""

from collections.abc import Iterable
from itertools import groupby

from shared.methods.condorcet import Condorcet, smith_set
from shared.methods.rule import Rule

Pair = tuple[str, str]


def reaches(locked: Iterable[Pair], start: str, end: str) -> bool:
    """Whether locked majorities lead from one option to another."""
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        step = {loser for winner, loser in locked if winner == here} - seen
        seen |= step
        ahead.extend(step)
    return end in seen


class RankedPairs(Condorcet):
    def winners(self) -> list[str]:
        options = smith_set(self.contest, self.pairs)
        majorities = [
            (one, other) for one in options for other in options if one != other and self.margin(one, other) > 0
        ]
        locked: list[Pair] = []
        for margin, group in groupby(
            sorted(majorities, key=lambda pair: -self.margin(*pair)), key=lambda pair: self.margin(*pair)
        ):
            for one, other in self._in_turn(list(group), locked):
                fits = not reaches(locked, other, one)
                if fits:
                    locked.append((one, other))
                self.notes.append(
                    f"{{{one}}} over {{{other}}} by {margin}: {'locked' if fits else 'left out, it closes a circle'}."
                )
        return [option for option in options if option not in {loser for _, loser in locked}]

    def _in_turn(self, group: list[Pair], locked: list[Pair]) -> list[Pair]:
        """Equal majorities in the order in which they are taken; raises OpenTie where that matters and is open."""
        fitting = [(one, other) for one, other in group if not reaches(locked, other, one)]
        circling = [(one, other) for one, other in fitting if reaches(locked + fitting, other, one)]
        if not circling:
            return group
        tied = {option for pair in circling for option in pair}
        order = self.ties.order(1, "order", tied, len(tied) - 1)
        circling.sort(key=lambda pair: (-order.index(pair[1]), order.index(pair[0])))
        return [pair for pair in group if pair not in circling] + circling


RANKED_PAIRS = Rule(
    name="ranked-pairs",
    title="Ranked pairs",
    help="Rank the options in your order of preference, as many as you like.",
    tally=RankedPairs,
    unit="options beaten",
    most_seats=1,
    equal_ranks=True,
)
