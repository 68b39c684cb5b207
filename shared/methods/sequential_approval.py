"""Sequential proportional approval (Thiele, Om Flerfoldsvalg, 1895), the way Sweden counted within parties from 1909.

Seats are filled one by one. A paper counts 1 for each option on it while none of them is elected, 1/2 once one is,
1/3 once two are, and so on; each seat goes to the option with the most votes then. Numbers are fractions.
"""

from collections.abc import Iterator
from fractions import Fraction

from shared.methods.model import Stage
from shared.methods.rule import Rule, Tally
from shared.methods.ties import OpenTie


class SequentialApproval(Tally):
    first = "Approvals"
    """What the first stage shows."""

    def stages(self) -> Iterator[Stage]:
        elected: list[str] = []
        said = self.first
        wanted = [option for option, held in self.votes([]).items() if held]
        while len(elected) < self.contest.seats:
            votes = self.votes(elected)
            standing = {option: held for option, held in votes.items() if option in wanted and option not in elected}
            chosen: tuple[str, ...]
            if len(elected) + len(standing) <= self.contest.seats:
                # A seat for each who has a vote: in which order they would come changes nothing.
                chosen = tuple(sorted(standing, key=lambda option: -standing[option]))
                yield Stage("seat", None, said, votes, Fraction(0), Fraction(0), chosen)
                return
            most = [option for option, held in standing.items() if held == max(standing.values())]
            try:
                chosen = self.ties.order(len(elected) + 1, "seat", most, 1)[:1]
            except OpenTie:
                yield Stage("seat", None, said, votes, Fraction(0), Fraction(0), ())
                raise
            yield Stage("seat", None, said, votes, Fraction(0), Fraction(0), chosen)
            elected += chosen
            said = self.after(chosen[0])

    def after(self, option: str) -> str:
        """What happens to the papers once this option is elected."""
        return f"Papers with {{{option}}} count for less"

    def votes(self, elected: list[str]) -> dict[str, Fraction]:
        """Every paper at what it is worth once these are elected."""
        votes = dict.fromkeys(self.contest.options, Fraction(0))
        for marks, number in self.papers.items():
            worth = Fraction(number, 1 + len([option for option in marks if option in elected]))
            for option in marks:
                votes[option] += worth
        return votes


SEQUENTIAL_APPROVAL = Rule(
    name="sequential-approval",
    title="Sequential proportional approval",
    help="Choose every option you approve of; of several winners each weakens the papers it is on for the next seat.",
    tally=SequentialApproval,
    paper="choose",
    digits=5,
)
