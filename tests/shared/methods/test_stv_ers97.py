"""ERS97 at its paragraphs' edges, by hand, and a whole count as another program made it."""

from fractions import Fraction

from shared.methods import METHODS, export
from shared.methods.model import Contest, Count, Decision, Papers, Tie

ERS97 = METHODS["stv-ers97"]


def count(seats: int, options: str, papers: dict[str, int], *decisions: Decision) -> Count:
    ranked: Papers = {tuple(marks): number for marks, number in papers.items()}
    return ERS97.count(Contest("c", seats, tuple(options)), ranked, decisions=decisions)


def votes(counted: Count) -> list[list[str]]:
    return [[export.decimal(held, 2) for held in stage.votes.values()] for stage in counted.stages]


def test_a_whole_count_is_as_openstv_makes_it() -> None:
    """The figures are OpenSTV's, for papers drawn by chance."""
    papers = {"befa": 6, "e": 19, "aceg": 14, "gdecfb": 10, "edgca": 18, "becd": 2, "f": 26, "gfd": 1, "acgdfe": 24}
    papers |= {"eacfb": 28, "d": 26, "cdfebga": 29, "cbf": 9, "a": 23, "gbaefc": 19, "gdc": 9}
    counted = count(3, "abcdefg", papers)
    assert votes(counted) == [
        ["61.00", "8.00", "38.00", "26.00", "65.00", "26.00", "39.00"],
        ["61.00", "0.00", "38.00", "26.00", "73.00", "26.00", "39.00"],
        ["61.00", "0.00", "39.80", "26.00", "65.75", "31.40", "39.00"],
        ["61.00", "0.00", "39.80", "0.00", "65.75", "31.40", "39.00"],
        ["61.00", "0.00", "39.80", "0.00", "65.75", "0.00", "39.00"],
    ]
    assert set(counted.winners) == {"a", "c", "e"}


def test_the_quota_has_two_decimals_rounded_up_unless_it_is_exact() -> None:
    """5.1.6: 753 votes for six places, and eight for three."""
    assert count(6, "abcdefgh", {"a": 753}).quota == Fraction("107.58")
    assert count(3, "abcdefgh", {"a": 8}).quota == 2


def test_what_dividing_a_surplus_cuts_off_is_not_transferable() -> None:
    """5.3.7 and 5.3.9: a's 4.33 over six papers are 0.72 each, and 0.01 is left."""
    surplus = count(2, "abc", {"ab": 4, "ac": 2, "a": 2, "b": 2, "c": 1}).stages[1]
    assert (surplus.of, surplus.elected) == ("a", ("b",))
    assert surplus.votes == {"a": Fraction("3.67"), "b": Fraction("4.88"), "c": Fraction("2.44")}
    assert (surplus.nontransferable, surplus.remainder) == (Fraction("0.01"), Fraction(0))


def test_a_later_surplus_goes_on_the_last_batch_alone() -> None:
    """5.3.2: b passes its quota by a's papers. Only these go on, to d, and b's own eight, for c, do not."""
    counted = count(3, "abcd", {"abd": 14, "bc": 8, "c": 9, "d": 9})
    assert [stage.of for stage in counted.stages] == [None, "a", "b"]
    assert counted.stages[2].votes == {"a": 10, "b": 10, "c": 9, "d": Fraction("10.82")}
    assert counted.stages[2].nontransferable == Fraction("0.18")


def test_a_surplus_waits_while_it_could_not_save_the_last() -> None:
    """5.2.2(a): a's surplus of 2 is no more than what c has over d, so d is excluded first."""
    assert [stage.of for stage in count(2, "abcd", {"ab": 12, "b": 9, "c": 6, "db": 3}).stages][:2] == [None, "d"]
    assert [stage.of for stage in count(2, "abcd", {"ab": 13, "b": 8, "c": 5, "db": 4}).stages][:2] == [None, "a"]


def test_as_many_as_together_have_no_more_than_the_next_are_excluded_at_once() -> None:
    """5.2.5: c and d have 5 together, as many as b."""
    counted = count(1, "abcd", {"a": 9, "bc": 5, "ca": 3, "db": 2})
    assert (counted.stages[1].of, counted.stages[1].said) == (None, "{d}, {c} excluded, votes transferred")
    assert counted.stages[1].votes == {"a": 12, "b": 7, "c": 0, "d": 0}
    assert count(1, "abcd", {"a": 8, "bc": 4, "ca": 3, "db": 2}).stages[1].of == "d"


def test_equal_last_candidates_are_told_apart_by_the_earliest_point_at_which_they_differed() -> None:
    """b has 3, 5, 5 votes and c has 4, 4, 5: by the Scottish rules c is excluded, here b is."""
    counted = count(1, "abcde", {"a": 7, "b": 3, "c": 4, "db": 2, "ec": 1, "ea": 2})
    assert [stage.of for stage in counted.stages] == [None, "d", "e", "b"]
    assert counted.ties == ()


def test_until_somebody_is_elected_the_quota_falls_with_votes_that_are_lost() -> None:
    """5.4.8: of twelve papers three end with c, and the quota goes from 6 to 4.5."""
    counted = count(1, "abc", {"a": 5, "b": 4, "c": 3})
    assert (counted.quota, counted.winners) == (Fraction("4.5"), ("a",))


def test_a_share_of_the_active_vote_elects_below_the_quota() -> None:
    """5.4.9(b): once votes are lost b's 5 are more than half of the 9 that are active, though the quota is 6.67."""
    counted = count(2, "abcd", {"a": 9, "b": 5, "c": 4, "d": 2})
    assert [stage.of for stage in counted.stages] == [None, "a", "d"]
    assert (counted.quota, counted.stages[2].elected) == (Fraction("6.67"), ("b",))


def test_more_equal_candidates_with_the_quota_than_places_are_not_elected_and_the_rest_fill_the_seats() -> None:
    """5.6.2: a, b and c have the quota of 3 for two places. 5.5.1: the other two are elected once one is excluded."""
    papers = {"a": 3, "b": 3, "ca": 3, "d": 1}
    assert count(2, "abcd", papers).open_tie == Tie(3, "exclusion", ("a", "b", "c"), 2)
    counted = count(2, "abcd", papers, Decision(3, ("b", "a", "c")))
    assert (counted.winners, counted.stages[2].elected) == (("a", "b"), ("a", "b"))
    assert counted.stages[2].votes == counted.stages[1].votes, "no papers are transferred any more (5.5.2)"


def test_equal_surpluses_that_were_always_equal_are_a_tie() -> None:
    counted = count(3, "abcd", {"ac": 5, "bd": 5, "c": 1, "d": 1})
    assert counted.open_tie == Tie(2, "surplus", ("a", "b"), 1)
