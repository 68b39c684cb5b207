"""Single transferable vote by the Seanad Electoral (Panel Members) Act 1947 of Ireland, Second Schedule.

A paper is worth one thousand and fractions are disregarded, so votes are integers of 0.001 here. The sub-panels of
the Act and what they ask of a result are not part of a contest and left out.

Only rules 1 to 3 could be checked against their text. What follows them was held against the published counts of 2025
(`functions/README.md`), in which no surplus of an earlier count met a larger one and no two surpluses were equal: that
the earlier goes first, and then the order of preferences, is from commentary alone.
"""

from collections.abc import Iterator
from fractions import Fraction

from shared.methods.last_parcel import LastParcel
from shared.methods.model import Contest, Papers, Stage
from shared.methods.rule import Rule
from shared.methods.ties import Ties


class Seanad(LastParcel):
    one = 1000

    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        # The value of all papers over vacancies plus one, fractions disregarded, plus one.
        self.full = self.valid * self.one // (contest.seats + 1) + 1
        self.quota = Fraction(self.full, self.one)
        # Rule 2: the order of preferences goes by first preferences, then second ones, and so on.
        self.preferences = {option: [0] * len(contest.options) for option in contest.options}
        for marks, many in papers.items():
            for place, option in enumerate(marks):
                self.preferences[option][place] += many
        self.arose: dict[str, int] = {}

    def stages(self) -> Iterator[Stage]:
        # Rule 3: parcels by first preferences.
        self._elect_with_quota(1)
        self._end_of_count()
        yield self.stage("first", None, "First preferences")
        number = 1
        while self.vacancies and self.continuing:
            number += 1
            yield self._transfer_surplus(number) if self.surpluses else self._exclude(number)

    def _elect_with_quota(self, number: int) -> None:
        self.elect([option for option in self.continuing if self.votes[option] >= self.full])
        for option in self.surpluses:
            self.arose.setdefault(option, number)

    def _end_of_count(self) -> None:
        """The last vacancies: all who continue, once they are no more; or who has more than all others together."""
        votes = self.votes
        if self.settled(self.continuing, self.vacancies, bool(self.surpluses)):
            self.elect(self.continuing)
        elif self.vacancies == 1:
            first, *others = sorted(self.continuing, key=lambda option: -votes[option])
            if votes[first] > sum(votes[option] for option in others) + self.waiting:
                self.elect([first])

    def _transfer_surplus(self, number: int) -> Stage:
        """Surpluses of an earlier count first, then the largest; equal ones by the order of preferences."""
        key = {option: (-self.arose[option], self.votes[option], self.preferences[option]) for option in self.surpluses}
        level = [option for option in self.surpluses if key[option] == max(key.values())]
        option = self.ties.order(number, "surplus", level, 1)[0]
        cut_off = self.give_surplus(option)
        self.remainder += cut_off
        self._elect_with_quota(number)
        self._end_of_count()
        return self.stage("surplus", option, f"Surplus of {{{option}}} transferred")

    def _exclude(self, number: int) -> Stage:
        """The lowest on the poll; of equal ones the lowest in the order of preferences, which a lot may have to settle.

        Original papers go first, then the others in the order in which they came, each as a transfer of its own;
        who has the quota after one of them receives no more. The count is gone through even where the others are no
        more than the vacancies: only at its end are they elected.
        """
        key = {option: (self.votes[option], self.preferences[option]) for option in self.continuing}
        level = [option for option in self.continuing if key[option] == min(key.values())]
        option = self.ties.excluded(number, level)
        self.continuing.remove(option)
        for parcel in self.parcels[option]:
            self.pass_on([option], [parcel])
            self._elect_with_quota(number)
        self._end_of_count()
        return self.excluded([option], ", votes transferred")


STV_SEANAD = Rule(
    name="stv-seanad",
    title="Single transferable vote (Seanad panels)",
    help="Rank the options in your order of preference, as many as you like.",
    tally=Seanad,
    digits=3,
    transfers=True,
)
