"""The rules of Northern Ireland at their edges, by hand, and a whole count as another program made it."""

from fractions import Fraction

from shared.methods import METHODS, export
from shared.methods.model import Contest, Count, Papers, Tie

STV = METHODS["stv-northern-ireland"]


def count(seats: int, options: str, papers: dict[str, int]) -> Count:
    ranked: Papers = {tuple(marks): number for marks, number in papers.items()}
    return STV.count(Contest("c", seats, tuple(options)), ranked)


def test_a_whole_count_is_as_openstv_makes_it() -> None:
    """The figures are OpenSTV's, for papers drawn by chance."""
    papers = {"ca": 26, "efadbcg": 17, "dbagfce": 23, "cfg": 7, "bdg": 24, "bdcfa": 12, "bcgd": 1, "begac": 21}
    papers |= {"dfg": 17, "afecg": 25, "gbafdec": 30, "ad": 26, "cbafged": 23, "edcabg": 27, "gd": 10, "db": 10}
    counted = count(3, "abcdefg", papers)
    assert [[export.decimal(held, 2) for held in stage.votes.values()] for stage in counted.stages] == [
        ["51.00", "58.00", "56.00", "50.00", "44.00", "0.00", "40.00"],
        ["51.00", "88.00", "56.00", "60.00", "44.00", "0.00", "0.00"],
        ["63.90", "75.00", "56.00", "60.00", "44.00", "0.00", "0.00"],
        ["80.90", "75.00", "56.00", "87.00", "0.00", "0.00", "0.00"],
    ]
    assert counted.winners == ("b", "d", "a")


def test_mcelduffs_surplus_of_1998_is_worth_27_hundredths_a_paper() -> None:
    """West Tyrone, 1998: 1,471 first preferences and a quota of 1,078, so 393 over 1,427 transferable papers."""
    papers = {"ab": 1427, "a": 44, "b": 1060, "c": 900, "d": 850, "e": 800, "f": 800, "g": 800, "h": 860}
    counted = count(6, "abcdefgh", papers)
    assert counted.quota == 1078
    assert counted.stages[1].votes["b"] == 1060 + 1427 * Fraction("0.27")
    assert counted.stages[1].nontransferable == 393 - 1427 * Fraction("0.27")


def test_candidates_are_excluded_together_only_if_they_have_less_than_the_next() -> None:
    """Rule 51(12): c and d have 5 together; b's 5 are not more."""
    assert count(1, "abcd", {"a": 10, "bc": 5, "ca": 3, "db": 2}).stages[1].of == "d"
    assert count(1, "abcd", {"a": 10, "bc": 6, "ca": 3, "db": 2}).stages[1].of is None


def test_a_surplus_waits_only_if_it_is_less_than_what_the_last_lacks() -> None:
    """Rule 49(10): the quota is 11, so a's surplus is 1 and then 2, and the last lack 2 each time."""
    assert [stage.of for stage in count(2, "abcd", {"ab": 12, "b": 8, "c": 6, "db": 4}).stages][:2] == [None, "d"]
    assert [stage.of for stage in count(2, "abcd", {"ab": 13, "b": 8, "c": 6, "db": 4}).stages][:2] == [None, "a"]


def test_where_there_is_one_vacancy_somebody_is_excluded_before_anybody_is_elected() -> None:
    """Rule 48(3)."""
    counted = count(1, "abc", {"a": 9, "b": 3, "c": 2})
    assert [stage.elected for stage in counted.stages] == [(), ("a",)]


def test_the_last_vacancy_goes_to_whoever_has_as_much_as_all_others_together() -> None:
    """Rule 52(2): b has 6, c and d have 6; a, with the quota of 7, has no surplus."""
    counted = count(2, "abcd", {"a": 7, "b": 6, "c": 4, "d": 2})
    assert counted.stages[0].elected == ("a", "b")
    assert count(2, "abcd", {"a": 7, "b": 5, "c": 4, "d": 2}).stages[0].elected == ("a",)


def test_two_who_each_have_as_much_as_all_others_are_a_tie() -> None:
    counted = count(2, "abc", {"a": 7, "b": 4, "c": 4})
    assert counted.open_tie == Tie(3, "exclusion", ("b", "c"), 1)


def test_equal_last_candidates_are_told_apart_by_the_earliest_stage_at_which_they_differed() -> None:
    """Rule 51(13): b has 3, 5, 5 votes and c has 4, 4, 5."""
    counted = count(1, "abcde", {"a": 7, "b": 3, "c": 4, "db": 2, "ec": 1, "ea": 2})
    assert [stage.of for stage in counted.stages] == [None, "d", "e", "b"]


def test_who_has_the_quota_by_first_preferences_receives_no_transferred_papers() -> None:
    """Rule 51(3) and (6): d's own papers bring b from 17 over the quota of 18; those that d had from a, at 0.40, pass
    b over and go to c.
    """
    counted = count(3, "abcde", {"adbc": 10, "ac": 20, "db": 4, "b": 17, "c": 8, "e": 9})
    assert [stage.of for stage in counted.stages] == [None, "a", "d"]
    assert counted.stages[1].votes == {"a": 18, "b": 17, "c": 16, "d": 8, "e": 9}
    assert counted.stages[2].votes == {"a": 18, "b": 21, "c": 20, "d": 0, "e": 9}
    assert counted.winners == ("a", "b", "c")
