"""Elections for laws: any contest with any papers that fit it."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from shared.methods import METHODS
from shared.methods.model import Contest, Count, Lot, Marks, Papers


@dataclass(frozen=True)
class Election:
    """A contest counted by a method, with its papers."""

    method: str
    contest: Contest
    papers: dict[Marks, int]

    def count(self, **changes: Any) -> Count:
        return METHODS[self.method].count(self.contest, self.papers, **changes)

    def with_papers(self, papers: Papers) -> "Election":
        return replace(self, papers=dict(papers))


@st.composite
def elections(draw: st.DrawFn, method: str, most_options: int = 6, most_papers: int = 12) -> Election:
    """Small numbers, so that ties come often."""
    options = tuple("abcdefgh"[: draw(st.integers(1, most_options))])
    contest = Contest("c", draw(st.integers(1, 4)), options)
    counter = METHODS[method]
    most = counter.most_marks(contest)
    if counter.paper == "ranked":
        marks = st.permutations(options).flatmap(lambda order: st.integers(0, most).map(lambda n: tuple(order[:n])))
    else:
        marks = st.sets(st.sampled_from(options), max_size=most).map(lambda some: tuple(sorted(some)))
    papers = draw(st.dictionaries(marks, st.integers(1, 9), max_size=most_papers))
    return Election(method, contest, papers)


def falling(order: str) -> Lot:
    """A lot that falls in one order of the options, whatever the stage."""
    return lambda stage, options: tuple(sorted(options, key=order.index))
