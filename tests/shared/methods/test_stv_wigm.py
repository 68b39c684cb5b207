"""Exact WIGM against a second count that keeps every paper's history, and where exactness shows."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.methods import METHODS
from shared.methods.model import Contest, Papers, Tie
from tests.shared.methods.elections import Election, elections, falling

WIGM = METHODS["stv-wigm"]


def by_shares(election: Election, order: str) -> tuple[list[str], dict[str, Fraction]]:
    """A second way: nothing is moved. Each look passes every paper down past the defeated and, at their share, the
    elected; what an elected candidate passes on is fixed when its surplus is, and goes to those hopeful then.
    """
    papers = [marks for marks, number in election.papers.items() if marks for _ in range(number)]
    seats = election.contest.seats
    quota = Fraction(len(papers), seats + 1)
    hopeful = list(election.contest.options)
    elected: list[str] = []
    waiting: list[str] = []
    way: list[list[tuple[str, Fraction]]] = [[(paper[0], Fraction(1))] for paper in papers]

    def held(option: str) -> Fraction:
        return sum((steps[-1][1] for steps in way if steps[-1][0] == option), Fraction(0))

    def onward(option: str, share: Fraction) -> None:
        for steps, paper in zip(way, papers, strict=True):
            if steps[-1][0] == option:
                rest = [mark for mark in paper[paper.index(option) + 1 :] if mark in hopeful]
                steps.append((rest[0] if rest else "", steps[-1][1] * share))

    kept: dict[str, Fraction] = {}
    while True:
        last = len(hopeful) <= seats - len(elected)
        new = sorted((o for o in hopeful if last or held(o) > quota), key=held, reverse=True)
        elected += new
        waiting += new
        hopeful = [option for option in hopeful if option not in new]
        if len(elected) == seats or not hopeful:
            return elected, {o: kept.get(o, held(o)) for o in election.contest.options}
        if waiting:
            most = max(held(option) for option in waiting)
            option = min((o for o in waiting if held(o) == most), key=order.index)
            waiting.remove(option)
            kept[option] = quota
            onward(option, (most - quota) / most)
        else:
            fewest = min(held(option) for option in hopeful)
            option = max((o for o in hopeful if held(o) == fewest), key=order.index)
            hopeful.remove(option)
            onward(option, Fraction(1))


@settings(max_examples=100)
@given(election=elections("stv-wigm"), order=st.permutations("abcdefgh").map("".join))
def test_a_second_count_finds_the_same_to_the_last_fraction(election: Election, order: str) -> None:
    counted = election.count(lot=falling(order))
    elected, votes = by_shares(election, order)
    assert list(counted.winners) == elected
    assert counted.stages[-1].votes == votes


def test_thirds_are_thirds() -> None:
    """a's surplus of 2 on 6 papers is a third a paper; three thirds make b's votes whole, and equal to c's."""
    papers: Papers = {("a", "b"): 3, ("a", "c"): 3, ("b",): 2, ("c",): 2, ("d",): 2}
    counted = WIGM.count(Contest("c", 2, tuple("abcd")), papers)
    assert counted.quota == 4
    assert counted.stages[1].votes == {"a": 4, "b": 3, "c": 3, "d": 2}
    assert counted.open_tie == Tie(4, "exclusion", ("b", "c"), 1)


def test_just_the_quota_is_not_enough() -> None:
    """3 of 9 papers for each of three: with two seats no two of them are elected before one is defeated."""
    counted = WIGM.count(Contest("c", 2, tuple("abc")), {("a",): 3, ("b",): 3, ("c",): 3})
    assert counted.stages[0].elected == ()
    assert counted.open_tie == Tie(2, "exclusion", ("a", "b", "c"), 2)
