"""Where a method lacks a law that others have, the papers that show it. The laws themselves are tried in `test_laws`
and `test_condorcet`.
"""

import pytest

from shared.methods import METHODS
from shared.methods.model import Contest

Table = dict[str, int]


def winner(method: str, papers: Table) -> str:
    """Who is elected to one seat, without a tie; a paper is cut to the marks that the method takes."""
    contest = Contest("c", 1, tuple(sorted({option for marks in papers for option in marks})))
    most = METHODS[method].most_marks(contest)
    fitting: dict[tuple[str, ...], int] = {}
    for marks, number in papers.items():
        fitting[tuple(marks[:most])] = fitting.get(tuple(marks[:most]), 0) + number
    counted = METHODS[method].count(contest, fitting)
    assert counted.ties == ()
    [elected] = counted.winners
    return elected


@pytest.mark.parametrize(
    ("method", "papers", "first", "elected"),
    [
        ("borda", {"abc": 3, "bca": 2}, "a", "b"),
        ("dowdall", {"abcd": 51, "bcda": 49}, "a", "b"),
    ],
)
def test_points_can_pass_over_the_first_choice_of_a_majority(
    method: str, papers: Table, first: str, elected: str
) -> None:
    assert 2 * sum(number for marks, number in papers.items() if marks[0] == first) > sum(papers.values())
    assert winner(method, papers) == elected


TENNESSEE = {"mnck": 42, "nckm": 26, "cknm": 15, "kcnm": 17}
"""Nashville beats Memphis by 58 to 42, and the others as well."""


@pytest.mark.parametrize(
    ("method", "papers", "best", "elected"),
    [
        ("plurality", TENNESSEE, "n", "m"),
        *((name, TENNESSEE, "n", "k") for name in METHODS if name.startswith("stv-")),
        ("irv", TENNESSEE, "n", "k"),
        ("supplementary", TENNESSEE, "n", "m"),
        ("bucklin", {"acb": 1, "bac": 2, "bca": 1, "cba": 3}, "c", "b"),
        ("borda", {"bca": 3, "cab": 2}, "b", "c"),
        ("dowdall", {"abc": 1, "cab": 2, "bac": 2}, "a", "b"),
    ],
)
def test_who_beats_every_other_option_can_be_passed_over(method: str, papers: Table, best: str, elected: str) -> None:
    for other in {option for marks in papers for option in marks} - {best}:
        before = sum(number for marks, number in papers.items() if marks.index(best) < marks.index(other))
        assert 2 * before > sum(papers.values())
    assert winner(method, papers) == elected


@pytest.mark.parametrize(
    ("method", "papers", "elected", "cloned", "then"),
    [
        ("plurality", {"abc": 3, "cba": 2, "cab": 2}, "c", {"abcd": 3, "dcba": 2, "cdab": 2}, "a"),
        ("supplementary", {"cab": 2, "cba": 2, "bca": 3}, "c", {"dcab": 2, "cdba": 2, "bdca": 3}, "b"),
        ("borda", {"acb": 1, "abc": 1, "cab": 2}, "a", {"adcb": 1, "abdc": 1, "dcab": 2}, "d"),
        ("dowdall", {"bca": 2, "cba": 1, "cab": 1}, "c", {"bdca": 2, "cdba": 1, "dcab": 1}, "b"),
        ("bucklin", {"cab": 2, "bac": 1, "acb": 1}, "a", {"cdab": 2, "badc": 1, "acdb": 1}, "c"),
    ],
)
def test_a_clone_of_c_can_change_who_is_elected(
    method: str, papers: Table, elected: str, cloned: Table, then: str
) -> None:
    """d stands beside c on every paper."""
    assert all("cd" in marks or "dc" in marks for marks in cloned)
    assert winner(method, papers) == elected
    assert winner(method, cloned) == then


@pytest.mark.parametrize(
    ("method", "papers", "elected"),
    [
        ("plurality", {"cab": 2, "cba": 2, "bac": 3}, "c"),
        ("irv", {"acb": 1, "cba": 2, "bac": 2}, "c"),
        ("supplementary", {"cba": 1, "bac": 2, "acb": 2}, "b"),
        ("bucklin", {"acb": 1, "bca": 1}, "c"),
        ("dowdall", {"acb": 2, "cab": 1, "bca": 2, "bac": 1}, "b"),
        ("minimax", {"dabc": 3, "dbca": 3, "dcab": 3, "abcd": 4, "bcad": 3, "cabd": 3}, "d"),
    ],
)
def test_the_same_option_can_win_with_every_paper_upside_down(method: str, papers: Table, elected: str) -> None:
    assert winner(method, papers) == elected
    assert winner(method, {marks[::-1]: number for marks, number in papers.items()}) == elected
