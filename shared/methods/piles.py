"""Papers in piles: each under the option it counts for now, at its value, and the exhausted ones apart."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from operator import itemgetter
from typing import Generic, TypeVar

from shared.methods.model import Marks, Papers

Value = TypeVar("Value", int, Fraction)


class Bundle:
    """Papers that lie together and are worth the same, so that the arithmetic is done once for all of them."""

    __slots__ = ("number", "papers")

    def __init__(self, papers: Sequence[tuple[Marks, int]]) -> None:
        self.papers = papers
        self.number = sum(map(itemgetter(1), papers))

    def onward(self, continuing: Collection[str]) -> Iterator[tuple[str | None, "Bundle"]]:
        """The papers by their first mark for one of these options, None for those without one."""
        among = frozenset(continuing).__contains__
        by_option: defaultdict[str | None, list[tuple[Marks, int]]] = defaultdict(list)
        for paper in self.papers:
            by_option[next(filter(among, paper[0]), None)].append(paper)
        return ((option, Bundle(papers)) for option, papers in by_option.items())


Valued = tuple[Bundle, Value]
"""Papers and the value of each."""


class Piles(Generic[Value]):
    """`votes` is what lies under each option; `one` is the value of a paper at the start."""

    def __init__(self, options: Sequence[str], papers: Papers, one: Value) -> None:
        zero = one - one
        self.votes: dict[str, Value] = dict.fromkeys(options, zero)
        self.exhausted: Value = zero
        self.zero: Value = zero
        self._piles: dict[str, list[Valued[Value]]] = {option: [] for option in options}
        self.lay([(Bundle([paper for paper in papers.items() if paper[0]]), one)], options)

    def lay(self, moved: Iterable[Valued[Value]], continuing: Collection[str]) -> None:
        """Put papers under their next preference for a continuing option, or with the exhausted ones.

        Whoever continues now has always continued, so a paper's next preference is its first for any of them.
        """
        for bundle, value in moved:
            for option, part in bundle.onward(continuing):
                if option is None:
                    self.exhausted += value * part.number
                else:
                    self._piles[option].append((part, value))
                    self.votes[option] += value * part.number

    def take(self, option: str) -> list[Valued[Value]]:
        """All papers of an option, which is left without votes."""
        pile, self._piles[option] = self._piles[option], []
        self.votes[option] = self.zero
        return pile
