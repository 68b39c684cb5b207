"""Elections for laws: any contest with any papers that fit it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from shared.methods import METHODS
from shared.methods.marks import canonical
from shared.methods.model import EQUAL, SCORED, Contest, Count, Lot, Marks, Method, Papers


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
    """Small numbers, so that ties come often; the papers by a seed, since drawing each mark is slow."""
    counter = METHODS[method]
    least, most = (len(counter.roles) - 1, len(counter.roles)) if counter.roles else (1, most_options)
    options = tuple("abcdefgh"[: draw(st.integers(least, most))])
    contest = Contest("c", draw(st.integers(1, counter.most_seats or 4)), options)
    chance = Random(draw(st.integers(0, 2**32 - 1)))
    papers: dict[Marks, int] = {}
    for _ in range(draw(st.integers(0, most_papers))):
        marked = chance.sample(options, chance.randint(0, counter.most_marks(contest)))
        if counter.paper == "scored":
            marked = _scored(counter, contest, marked, chance)
        papers[canonical(counter, contest, marked)] = chance.randint(1, 9)
    return Election(method, contest, papers)


def _scored(method: Method, contest: Contest, options: Sequence[str], chance: Random) -> list[str]:
    """Any scores that fit, 0 among them."""
    scale = method.scale(contest)
    left = scale.votes if scale.votes is not None else scale.highest * len(options)
    marks = []
    for option in options:
        score = chance.randint(0, min(left, scale.highest))
        left -= score
        marks.append(f"{option}{SCORED}{score}")
    return marks


def levelled(election: Election, chance: Random) -> Election:
    """The same papers, but here and there neighbours have an equal rank, as on papers of a file."""
    papers: dict[Marks, int] = {}
    for marks, number in election.papers.items():
        ranks: list[str] = []
        for mark in marks:
            if ranks and chance.random() < 0.5:
                ranks[-1] += EQUAL + mark
            else:
                ranks.append(mark)
        papers[tuple(ranks)] = papers.get(tuple(ranks), 0) + number
    return election.with_papers(papers)


def liking(method: Method, contest: Contest, options: Sequence[str]) -> Marks:
    """The paper of somebody who likes these options in this order, and no others, as far as the method takes them."""
    most = method.most_marks(contest)
    if method.paper != "scored" or not options:
        return canonical(method, contest, list(options)[:most])
    scale = method.scale(contest)
    best = scale.highest if scale.votes is None else 1
    scores = {one: max(1, best - place) for place, one in enumerate(options)}
    scores |= {other: 0 for other in contest.options if other not in options}
    return canonical(method, contest, [f"{one}{SCORED}{score}" for one, score in list(scores.items())[:most]])


def falling(order: str) -> Lot:
    """A lot that falls in one order of the options, whatever the stage."""
    return lambda stage, options: tuple(sorted(options, key=order.index))
