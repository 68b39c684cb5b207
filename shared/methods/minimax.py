"""Minimax (Simpson 1969, Kramer 1977): the option whose heaviest defeat is the lightest wins.

A defeat weighs its margin: the papers for the other option less the papers for this one. Who beats every other option
has no defeat and wins. Unlike Schulze's method it can elect somebody whom every other option beats.
"""

from shared.methods.condorcet import Condorcet
from shared.methods.rule import Rule


class Minimax(Condorcet):
    def winners(self) -> list[str]:
        worst: dict[str, int] = {}
        for one in self.contest.options:
            defeats = {other: self.margin(other, one) for other in self.others(one) if self.margin(other, one) > 0}
            worst[one] = max(defeats.values(), default=0)
            by = ", ".join(f"{{{other}}}" for other, margin in defeats.items() if margin == worst[one])
            self.notes.append(
                f"{{{one}}}: heaviest defeat by {worst[one]}, against {by}." if by else f"{{{one}}}: never beaten."
            )
        return [option for option in worst if worst[option] == min(worst.values())]


MINIMAX = Rule(
    name="minimax",
    title="Minimax",
    help="Rank the options in your order of preference, as many as you like.",
    tally=Minimax,
    unit="options beaten",
    most_seats=1,
    equal_ranks=True,
)
