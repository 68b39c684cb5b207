"""Single transferable vote by the steps of the Proportional Representation Foundation's reference WIGM rule, exactly.

Letters and numbers at the steps are that rule's. It cuts numbers off after four decimals and adds 0.0001 to the quota;
here they are fractions, nothing is lost, and who has more than the quota is elected (just the quota is what n + 1
candidates could have, for n seats). Sure losers are not defeated together (B.2 is optional).
"""

from collections.abc import Iterator
from fractions import Fraction

from shared.methods.model import Contest, Papers, Stage
from shared.methods.piles import Piles
from shared.methods.rule import Rule, Tally
from shared.methods.ties import Ties


class ExactWIGM(Tally):
    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        # A.1: valid papers over seats plus one. A.4 and A.5: each paper lies under its first preference.
        self.full = Fraction(self.valid, contest.seats + 1)
        self.quota = self.full
        self.piles = Piles(contest.options, papers, Fraction(1))
        self.hopeful = self.standing()
        self.vacancies = contest.seats
        self.pending: list[str] = []

    def stages(self) -> Iterator[Stage]:
        number = 1
        yield self._stage("first", None, "First preferences")
        # D.3: until all seats are filled.
        while self.vacancies and self.hopeful:
            number += 1
            yield self._transfer_surplus(number) if self.pending else self._defeat(number)

    def _transfer_surplus(self, number: int) -> Stage:
        """B.3: the largest surplus; each paper's weight times the surplus, over the votes. D.1: ties by lot."""
        votes = self.piles.votes
        largest = max(votes[option] for option in self.pending)
        level = [option for option in self.pending if votes[option] == largest]
        option = self.ties.order(number, "surplus", level, 1)[0]
        self.pending.remove(option)
        share = (largest - self.full) / largest
        self.piles.lay([(bundle, weight * share) for bundle, weight in self.piles.take(option)], self.hopeful)
        votes[option] = self.full
        return self._stage("surplus", option, f"Surplus of {{{option}}} transferred")

    def _defeat(self, number: int) -> Stage:
        """B.4: the lowest vote. D.1: ties by lot."""
        lowest = min(self.piles.votes[option] for option in self.hopeful)
        level = [option for option in self.hopeful if self.piles.votes[option] == lowest]
        option = self.ties.excluded(number, level)
        self.hopeful.remove(option)
        self.piles.lay(self.piles.take(option), self.hopeful)
        return self._stage("exclusion", option, f"{{{option}}} defeated, votes transferred")

    def _stage(self, what: str, of: str | None, said: str) -> Stage:
        votes = self.piles.votes
        # B.1: whoever has the quota; D.3 and C: all the hopeful, once they are no more than the seats.
        elected = [option for option in self.hopeful if votes[option] > self.full]
        others = self.followed(self.hopeful, elected)
        waiting = bool(self.pending or elected)
        elected += others if self.settled(others, self.vacancies - len(elected), waiting) else []
        elected.sort(key=lambda option: -votes[option])
        self.hopeful = self.followed(self.hopeful, elected)
        self.vacancies -= len(elected)
        self.pending += [option for option in elected if votes[option] > self.full]
        return Stage(what, of, said, dict(votes), self.piles.exhausted, Fraction(0), tuple(elected))


STV_WIGM = Rule(
    name="stv-wigm",
    title="Single transferable vote (weighted inclusive Gregory, exact)",
    help="Rank the options in your order of preference, as many as you like.",
    tally=ExactWIGM,
    digits=5,
    transfers=True,
)
