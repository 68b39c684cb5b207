"""The rules of the Seanad's panels by hand: values of a thousand, the order of preferences, transfers one by one."""

from fractions import Fraction

from shared.methods import METHODS
from shared.methods.model import Contest, Count, Papers, Tie

STV = METHODS["stv-seanad"]


def count(seats: int, options: str, papers: dict[str, int]) -> Count:
    ranked: Papers = {tuple(marks): number for marks, number in papers.items()}
    return STV.count(Contest("c", seats, tuple(options)), ranked)


def test_the_quota_is_of_values_of_a_thousand_and_a_thousandth_more() -> None:
    """Eleven papers are worth 11,000; over three that is 3,666, and one more is 3,667."""
    assert count(2, "abc", {"a": 11}).quota == Fraction("3.667")


def test_fractions_of_a_transfer_value_are_disregarded() -> None:
    """a's surplus is 8,000 - 3,667 = 4,333; over seven papers that is 619 each, and the rest of nought is lost."""
    surplus = count(2, "abc", {"ab": 4, "ac": 3, "a": 1, "b": 2, "c": 1}).stages[1]
    assert surplus.votes == {"a": Fraction("3.667"), "b": Fraction("4.476"), "c": Fraction("2.857")}
    assert (surplus.remainder, surplus.nontransferable) == (Fraction(0), Fraction(0))
    surplus = count(2, "abc", {"ab": 4, "ac": 2, "a": 2, "b": 2, "c": 1}).stages[1]
    assert surplus.votes["b"] == 2 + 4 * Fraction("0.722")
    assert surplus.remainder == Fraction("4.333") - 6 * Fraction("0.722")


def test_papers_worth_less_than_the_surplus_go_on_at_their_value_and_the_rest_is_not_transferable() -> None:
    surplus = count(2, "abc", {"ab": 2, "a": 6, "b": 2, "c": 1}).stages[1]
    assert surplus.votes == {"a": Fraction("3.667"), "b": 4, "c": 1}
    assert (surplus.remainder, surplus.nontransferable) == (Fraction(0), Fraction("2.333"))


def test_equal_candidates_are_told_apart_by_second_preferences_on_all_papers() -> None:
    """Rule 2: b and c have two first preferences each, and c more second ones."""
    counted = count(1, "abc", {"ac": 3, "b": 2, "c": 2})
    assert (counted.stages[1].of, counted.ties) == ("b", ())
    assert count(1, "abc", {"a": 3, "b": 2, "c": 2}).open_tie == Tie(2, "exclusion", ("b", "c"), 1)


def test_a_surplus_of_an_earlier_count_goes_before_a_larger_one() -> None:
    """The quota is 12,001. a and b are elected at the first count. a's papers give c a surplus larger than b's, but
    b's arose before it.
    """
    counted = count(4, "abcdef", {"ac": 22, "bd": 13, "c": 11, "d": 5, "e": 5, "f": 4})
    assert [stage.of for stage in counted.stages][:4] == [None, "a", "b", "c"]
    assert counted.stages[1].elected == ("c",)


def test_a_later_surplus_goes_on_the_last_sub_parcel_alone() -> None:
    """b's surplus came by a's papers, which go on to d; b's own, for c, do not."""
    counted = count(3, "abcd", {"abd": 14, "bc": 8, "c": 9, "d": 9})
    surplus = counted.stages[1].votes["b"] - Fraction("10.001")
    assert counted.stages[2].of == "b"
    assert counted.stages[2].votes["c"] == 9
    assert counted.stages[2].votes["d"] == 9 + 14 * Fraction(int(surplus * 1000) // 14, 1000)


def test_no_surplus_waits_and_only_one_is_excluded_at_a_time() -> None:
    counted = count(2, "abcde", {"ab": 12, "b": 8, "c": 7, "db": 2, "eb": 1})
    assert [stage.of for stage in counted.stages][:3] == [None, "a", "e"]


def test_who_has_the_quota_after_one_transfer_of_an_exclusion_receives_no_more() -> None:
    """d's own papers bring b from 17,000 over the quota of 17,001; those that d had from a, at 433, go past b to c."""
    counted = count(3, "abcde", {"adbc": 10, "ac": 20, "db": 4, "b": 17, "c": 8, "e": 9})
    assert [stage.of for stage in counted.stages] == [None, "a", "d"]
    assert counted.stages[2].votes["b"] == 21
    assert counted.stages[2].votes["c"] == 8 + 20 * Fraction("0.433") + 10 * Fraction("0.433")
    assert counted.winners == ("a", "b", "c")


def test_the_votes_of_the_last_who_is_excluded_go_on_though_the_others_are_no_more_than_the_seats() -> None:
    """c's own papers give b two votes and a one. Both then have the quota of 4.334, so that the paper that c had from d
    finds nobody. b, with more of them, is elected first.
    """
    counted = count(2, "abcd", {"a": 4, "b": 4, "cb": 2, "ca": 1, "d": 1, "dcab": 1})
    assert [(stage.of, stage.elected) for stage in counted.stages] == [(None, ()), ("d", ()), ("c", ("b", "a"))]
    assert counted.stages[2].votes == {"a": 5, "b": 6, "c": 0, "d": 0}
    assert counted.stages[2].nontransferable == 2


def test_the_last_seat_goes_to_whoever_has_more_than_all_others_together() -> None:
    counted = count(1, "abcd", {"a": 5, "b": 2, "c": 2, "d": 1})
    assert counted.quota == Fraction("5.001")
    assert [stage.elected for stage in counted.stages] == [(), ("a",)]
