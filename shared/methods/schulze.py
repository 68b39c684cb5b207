"""Schulze's method (A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner
election method, Social Choice and Welfare 36, 2011).

A defeat is as strong as the papers for it (section 2.1, winning votes). A path is as strong as its weakest defeat;
who has at least as strong a path to every other option as that has back is a winner (section 2.2). The paths are found
as in section 2.3.1. Among several winners the lot or the officer decides.
"""

from itertools import permutations

from shared.methods.condorcet import Condorcet
from shared.methods.rule import Rule


class Schulze(Condorcet):
    def winners(self) -> list[str]:
        options = self.contest.options
        path = {pair: papers if papers > self.pairs[pair[::-1]] else 0 for pair, papers in self.pairs.items()}
        for via, start, end in permutations(options, 3):
            path[start, end] = max(path[start, end], min(path[start, via], path[via, end]))
        best = [one for one in options if all(path[one, other] >= path[other, one] for other in self.others(one))]
        for one in best:
            for other in self.others(one):
                self.notes.append(
                    f"Strongest path from {{{one}}} to {{{other}}}: {path[one, other]}; back: {path[other, one]}."
                )
        return best


SCHULZE = Rule(
    name="schulze",
    title="Schulze",
    help="Rank the options in your order of preference, as many as you like.",
    tally=Schulze,
    unit="options beaten",
    most_seats=1,
    equal_ranks=True,
)
