"""Papers in piles: each under the option it counts for now, at its value, and the exhausted ones apart."""

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import Generic, TypeVar

from shared.methods.model import Marks, Papers

Value = TypeVar("Value", int, Fraction)
Bundle = tuple[Marks, int, Value, int]
"""Papers with the same marks: marks, place of the mark they lie under, value of each, how many."""


class Piles(Generic[Value]):
    """`votes` is what lies under each option; `one` is the value of a paper at the start."""

    def __init__(self, options: Sequence[str], papers: Papers, one: Value) -> None:
        zero = one - one
        self.votes: dict[str, Value] = dict.fromkeys(options, zero)
        self.exhausted: Value = zero
        self.zero: Value = zero
        self._piles: dict[str, list[Bundle[Value]]] = {option: [] for option in options}
        self.lay(((marks, -1, one, number) for marks, number in papers.items() if marks), self.votes)

    def lay(self, bundles: Iterable[Bundle[Value]], continuing: Collection[str]) -> None:
        """Put papers under the next preference for a continuing option, or with the exhausted ones."""
        votes, piles = self.votes, self._piles
        for marks, place, value, number in bundles:
            for onward in range(place + 1, len(marks)):
                option = marks[onward]
                if option in continuing:
                    piles[option].append((marks, onward, value, number))
                    votes[option] += value * number
                    break
            else:
                self.exhausted += value * number

    def take(self, option: str) -> list[Bundle[Value]]:
        """All papers of an option, which is left without votes."""
        pile, self._piles[option] = self._piles[option], []
        self.votes[option] = self.zero
        return pile
