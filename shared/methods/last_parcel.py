"""What the rules share that transfer a surplus on the last parcel alone: parcels, and how they are sorted and given.

Papers lie in parcels as they were received, each with one value. A surplus is transferred on the parcel that gave rise
to it (Gregory's method); the papers of the excluded go on parcel by parcel, at the value at which they were received.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared.methods.model import Contest, Papers, Stage
from shared.methods.piles import Bundle
from shared.methods.rule import Tally
from shared.methods.ties import Ties


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """Papers received together; `value` is that of each, in the rule's smallest unit."""

    bundles: list[Bundle]
    value: int
    original: bool
    """First preferences, not received from another option."""

    @property
    def number(self) -> int:
        return sum(bundle.number for bundle in self.bundles)

    @property
    def votes(self) -> int:
        return self.value * self.number


class LastParcel(Tally):
    one: int
    """The value of a paper at the start."""
    full: int
    """The quota in the same unit."""

    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        self.votes = dict.fromkeys(contest.options, 0)
        self.parcels: dict[str, list[Parcel]] = {option: [] for option in contest.options}
        self.nontransferable = 0
        self.remainder = 0
        self.continuing = self.standing()
        self.elected: list[str] = []
        self.surpluses: list[str] = []
        self.history: list[dict[str, int]] = []
        self.told = 0
        sorted_, _ = self.sort([Bundle([paper for paper in papers.items() if paper[0]])])
        self.give(sorted_, self.one, original=True)

    @property
    def vacancies(self) -> int:
        return self.contest.seats - len(self.elected)

    @property
    def waiting(self) -> int:
        """All surpluses that are not transferred yet."""
        return sum(self.surplus(option) for option in self.surpluses)

    def surplus(self, option: str) -> int:
        return self.votes[option] - self.full

    def largest_surplus(self, stage: int) -> str:
        """Whose surplus goes first: the largest; equal ones by the earliest point where they differed, else by lot."""
        largest = max(self.votes[option] for option in self.surpluses)
        level = self.earliest([option for option in self.surpluses if self.votes[option] == largest], max)
        return self.ties.order(stage, "surplus", level, 1)[0]

    def sort(self, bundles: Iterable[Bundle]) -> tuple[dict[str, list[Bundle]], int]:
        """The papers by their next preference for a continuing option, and how many have none."""
        sorted_: defaultdict[str, list[Bundle]] = defaultdict(list)
        ended = 0
        for bundle in bundles:
            for option, part in bundle.onward(self.continuing):
                if option is None:
                    ended += part.number
                else:
                    sorted_[option].append(part)
        return sorted_, ended

    def give(self, sorted_: dict[str, list[Bundle]], value: int, *, original: bool = False) -> int:
        """Each option receives its papers as one parcel; answers what they are worth together."""
        given = 0
        for option, bundles in sorted_.items():
            parcel = Parcel(bundles, value, original)
            self.parcels[option].append(parcel)
            self.votes[option] += parcel.votes
            given += parcel.votes
        return given

    def give_surplus(self, option: str) -> int:
        """The surplus goes on the last parcel's transferable papers, at an equal part of it or, where that is less, at
        the value at which they were received. Answers what of the surplus was cut off in dividing it.
        """
        self.surpluses.remove(option)
        surplus, last = self.surplus(option), self.parcels[option][-1]
        sorted_, _ = self.sort(last.bundles)
        number = sum(bundle.number for bundles in sorted_.values() for bundle in bundles)
        value = min(last.value, surplus // number) if number else 0
        given = self.give(sorted_, value)
        self.votes[option] = self.full
        cut_off = surplus - given if value < last.value and number else 0
        self.nontransferable += surplus - given - cut_off
        return cut_off

    def pass_on(self, options: Sequence[str], parcels: Sequence[Parcel]) -> None:
        """Parcels of one value that excluded options received go on together at that value."""
        for option in options:
            for parcel in self.parcels[option]:
                if parcel in parcels:
                    self.votes[option] -= parcel.votes
        sorted_, ended = self.sort(bundle for parcel in parcels for bundle in parcel.bundles)
        self.give(sorted_, parcels[0].value)
        self.nontransferable += parcels[0].value * ended

    def earliest(self, options: Iterable[str], best: Callable[[Iterable[int]], int]) -> list[str]:
        """Of equal options those with the most or fewest votes where they first differed; several if they never did."""
        level = list(options)
        for past in self.history:
            mark = best(past[option] for option in level)
            level = [option for option in level if past[option] == mark]
        return level

    def elect(self, options: Iterable[str]) -> None:
        """These are elected, most votes first; equal ones by the earliest point at which they differed."""
        votes = self.votes
        order = sorted(options, key=lambda o: (-votes[o], *(-past[o] for past in self.history)))
        self.elected += order
        self.continuing = self.followed(self.continuing, order)
        self.surpluses += [option for option in order if self.surplus(option) > 0]

    def stage(self, what: str, of: str | None, said: str) -> Stage:
        """The votes now, and who was elected since the last stage."""
        votes = {option: Fraction(held, self.one) for option, held in self.votes.items()}
        new, self.told = tuple(self.elected[self.told :]), len(self.elected)
        exhausted, remainder = Fraction(self.nontransferable, self.one), Fraction(self.remainder, self.one)
        return Stage(what, of, said, votes, exhausted, remainder, new)

    def excluded(self, options: Sequence[str], what: str) -> Stage:
        names = ", ".join(f"{{{option}}}" for option in options)
        return self.stage("exclusion", options[0] if len(options) == 1 else None, f"{names} excluded{what}")
