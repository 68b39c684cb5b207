"""Single transferable vote by the Electoral Reform Society's rules (Newland and Britton, 3rd edition, 1997), section 5.

Votes are integers of 0.01 here: the quota and transfer values have two decimals (5.1.6, 5.3.7).
"""

from collections.abc import Iterator
from fractions import Fraction

from shared.methods.last_parcel import LastParcel
from shared.methods.model import Contest, Papers, Stage
from shared.methods.rule import Rule
from shared.methods.ties import Ties


class ERS97(LastParcel):
    one = 100

    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        self._set_quota()

    def stages(self) -> Iterator[Stage]:
        # 5.1: the first stage.
        self._point()
        yield self.stage("first", None, "First preferences")
        number = 1
        while self.vacancies and self.continuing:
            number += 1
            total = self.waiting
            # 5.2.2: surpluses wait while they could not change who is excluded next.
            if total and not self._together(total):
                yield self._transfer_surplus(number)
            else:
                yield self._exclude(number, total)

    def _set_quota(self) -> None:
        """5.1.6: valid votes over places plus one, and 0.01 more unless that is exact. 5.4.8: without those lost."""
        self.full = -(-(self.valid * self.one - self.nontransferable) // (self.contest.seats + 1))
        self.quota = Fraction(self.full, self.one)

    def _point(self) -> None:
        """A point of the count, after a batch was transferred: who is deemed elected, and what ties look back on."""
        self.history.append(dict(self.votes))
        self._elect_with_quota()
        if self.settled(self.continuing, self.vacancies, bool(self.surpluses)):
            # 4.3: as many candidates as places.
            self.elect(self.continuing)

    def _elect_with_quota(self) -> None:
        """5.1.7, 5.3.13 and 5.4.9: in descending order of votes, by the quota or a share of the active vote."""
        while self.vacancies and any(self.votes[option] for option in self.continuing):
            most = max(self.votes[option] for option in self.continuing)
            # 6.20 and 5.6.1: the total active vote is what neither an elected candidate keeps nor anybody has lost.
            kept = sum(min(self.votes[option], self.full) for option in self.elected)
            active = self.valid * self.one - self.nontransferable - kept
            if most < self.full and most * (self.vacancies + 1) < active:
                return
            level = [option for option in self.continuing if self.votes[option] == most]
            if len(level) > self.vacancies:
                # 5.6.2: not places for all: by the earliest point at which they differed, else none of them.
                level = self.earliest(level, max)
                if len(level) > self.vacancies:
                    return
            self.elect(level)

    def _transfer_surplus(self, number: int) -> Stage:
        """5.2.3: the largest; equal ones by the earliest point at which they differed, else by lot. 5.3: on the last
        batch; 5.3.9: what is cut off is the non-transferable difference.
        """
        option = self.largest_surplus(number)
        difference = self.give_surplus(option)
        self.nontransferable += difference
        self._point()
        return self.stage("surplus", option, f"Surplus of {{{option}}} transferred")

    def _ascending(self) -> list[str]:
        """The continuing candidates, fewest votes first; equal ones by the earliest point at which they differed."""
        return sorted(self.continuing, key=self._record)

    def _record(self, option: str) -> tuple[int, ...]:
        return (self.votes[option], *(past[option] for past in self.history))

    def _together(self, total: int) -> int:
        """5.2.5: how many candidates may be excluded together; 0 where surpluses are too large for any."""
        votes = [self.votes[option] for option in self._ascending()]
        sizes = range(1, len(votes) - self.vacancies + 1)
        return max((size for size in sizes if sum(votes[:size]) + total <= votes[size]), default=0)

    def _exclude(self, number: int, total: int) -> Stage:
        """5.2.5 and 5.4: as many as may be; batches in descending order of value."""
        out = self._lowest(number, self._together(total))
        self.continuing = [option for option in self.continuing if option not in out]
        if self.settled(self.continuing, self.vacancies, bool(self.surpluses)):
            # 5.5.1 and 5.5.2: those who are left are elected, and no papers are transferred.
            self.elect(self.continuing)
            return self.excluded(out, "; the others fill the seats")
        parcels = [parcel for option in out for parcel in self.parcels[option]]
        for value in sorted({parcel.value for parcel in parcels}, reverse=True):
            lost = self.nontransferable
            self.pass_on(out, [parcel for parcel in parcels if parcel.value == value])
            if self.nontransferable > lost and not self.elected:
                self._set_quota()
            self._point()
            # 5.5.2: no further transfers once the places are filled.
            if not self.vacancies:
                break
        return self.excluded(out, ", votes transferred")

    def _lowest(self, number: int, size: int) -> list[str]:
        """The candidates with the fewest votes; by lot where equal ones have always been equal (5.2.5)."""
        order = self._ascending()
        bar = self._record(order[size - 1])
        level = [option for option in order if self._record(option) == bar]
        sure = [option for option in order[:size] if option not in level]
        leaving = size - len(sure)
        if leaving == len(level):
            return sure + level
        return sure + list(self.ties.order(number, "exclusion", level, len(level) - leaving)[-leaving:])


STV_ERS97 = Rule(
    name="stv-ers97",
    title="Single transferable vote (ERS97)",
    help="Rank the options in your order of preference, as many as you like.",
    tally=ERS97,
    digits=2,
    transfers=True,
)
