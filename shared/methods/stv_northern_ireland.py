"""Single transferable vote by the Local Elections (Northern Ireland) Order 1985, local elections rules 47 to 52.

They are Part IV of Schedule 5 to the Electoral Law Act (Northern Ireland) 1962, as the Order put it. Votes are integers
of 0.01 here: transfer values have two decimals (rule 49(4)).
"""

from collections.abc import Iterator
from fractions import Fraction

from shared.methods.last_parcel import LastParcel
from shared.methods.model import Contest, Papers, Stage
from shared.methods.rule import Rule
from shared.methods.ties import Ties


class NorthernIreland(LastParcel):
    one = 100

    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        # Rule 48(1) and (2): valid papers over members plus one, any fraction disregarded, plus one.
        self.full = (self.valid // (contest.seats + 1) + 1) * self.one
        self.quota = Fraction(self.full, self.one)
        self.excluded_one = False

    def stages(self) -> Iterator[Stage]:
        # Rule 47: the first stage.
        self._elect_with_quota()
        self._end_of_stage()
        yield self.stage("first", None, "First preferences")
        number = 1
        while self.vacancies and self.continuing:
            number += 1
            total = self.waiting
            # Rule 49(10): surpluses wait while they could not change who is excluded next.
            if total and not self._together(total):
                yield self._transfer_surplus(number)
            else:
                yield self._exclude(number, total)

    def _elect_with_quota(self) -> None:
        """Rule 48(3): whoever has the quota; where there is one vacancy, only once somebody was excluded."""
        if self.contest.seats > 1 or self.excluded_one:
            self.elect([option for option in self.continuing if self.votes[option] >= self.full])

    def _end_of_stage(self) -> None:
        """Rule 52: the last vacancies."""
        self.history.append(dict(self.votes))
        votes = self.votes
        if self.settled(self.continuing, self.vacancies, bool(self.surpluses)):
            # Paragraph (1): as many candidates as vacancies.
            self.elect(self.continuing)
        elif self.vacancies == 1 and len(self.continuing) > 1 and (self.contest.seats > 1 or self.excluded_one):
            # Paragraph (2): one vacancy, and one candidate has at least what the others and the surpluses have
            # together. Where two have, one of them is to be excluded.
            first, second, *others = sorted((votes[option] for option in self.continuing), reverse=True)
            if first > second and first >= second + sum(others) + self.waiting:
                self.elect([option for option in self.continuing if votes[option] == first])

    def _transfer_surplus(self, number: int) -> Stage:
        """Rule 50(1): the largest; equal ones by the earliest stage at which they differed, else by lot.

        Rule 50(2)(c): what is not transferred is recorded as non-transferable.
        """
        option = self.largest_surplus(number)
        difference = self.give_surplus(option)
        self.nontransferable += difference
        self._elect_with_quota()
        self._end_of_stage()
        return self.stage("surplus", option, f"Surplus of {{{option}}} transferred")

    def _together(self, total: int) -> int:
        """How many of the lowest have, with the surpluses not transferred, less than the next one (0: not even one).

        Rules 49(10) and 51(12).
        """
        votes = sorted(self.votes[option] for option in self.continuing)
        sizes = range(1, len(votes) - self.vacancies + 1)
        return max((size for size in sizes if sum(votes[:size]) + total < votes[size]), default=0)

    def _exclude(self, number: int, total: int) -> Stage:
        """Rule 51: the lowest, or all of those that are too low together (paragraph (12))."""
        out = sorted(self.continuing, key=lambda option: self.votes[option])[: self._together(total)]
        if not out:
            # Paragraph (13): equal ones by the earliest stage at which they differed, else by lot.
            lowest = min(self.votes[option] for option in self.continuing)
            level = self.earliest([option for option in self.continuing if self.votes[option] == lowest], min)
            out = [self.ties.excluded(number, level)]
        self.continuing = [option for option in self.continuing if option not in out]
        if self.settled(self.continuing, self.vacancies, bool(self.surpluses)):
            # Rule 52(1) and (3): those who are left are elected, and no papers are transferred.
            self.elect(self.continuing)
            return self.excluded(out, "; the others fill the seats")
        parcels = [parcel for option in out for parcel in self.parcels[option]]
        # Paragraphs (2) and (3): first preferences first. (5) to (9): then by transfer value, the highest first, as
        # long as vacancies remain; so whoever has the quota in between receives no more.
        for original, value in sorted({(parcel.original, parcel.value) for parcel in parcels}, reverse=True):
            self.pass_on(out, [one for one in parcels if (one.original, one.value) == (original, value)])
            self.excluded_one = True
            self._elect_with_quota()
            if not self.vacancies:
                break
        self.excluded_one = True
        self._end_of_stage()
        return self.excluded(out, ", votes transferred")


STV_NORTHERN_IRELAND = Rule(
    name="stv-northern-ireland",
    title="Single transferable vote (Northern Ireland)",
    help="Rank the options in your order of preference, as many as you like.",
    tally=NorthernIreland,
    digits=2,
    transfers=True,
)
