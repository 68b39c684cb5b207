"""Warren's rule against a second count, paper by paper in decimals, and where it parts from Meek's."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.methods import METHODS, export
from shared.methods.model import Contest, Papers
from tests.shared.methods.elections import Election, elections, falling
from tests.shared.methods.test_stv_meek import by_the_rule

WARREN = METHODS["stv-warren"]


@settings(max_examples=100)
@given(election=elections("stv-warren"), order=st.permutations("abcdefgh").map("".join))
def test_a_second_count_by_the_letter_of_the_rule_finds_the_same(election: Election, order: str) -> None:
    counted = election.count(lot=falling(order))
    elected, votes, defeated = by_the_rule(election, order, min)
    assert list(counted.winners) == elected
    assert [stage.of for stage in counted.stages if stage.what == "exclusion"] == defeated
    assert {o: Decimal(export.decimal(held, 9)) for o, held in counted.stages[-1].votes.items()} == votes


def test_a_second_elected_option_takes_as_much_of_a_paper_that_came_by_the_first_as_of_its_own() -> None:
    """a and b keep 7/12 of a vote. On a paper for both then d, a leaves 5/12, and b takes all of it; by Meek's rule
    b takes 7/12 of that, and twelve times 5/12 of 5/12 go on to d.
    """
    papers: Papers = {("a", "b", "d"): 12, ("b", "c"): 12, ("c",): 3, ("d",): 1}
    contest = Contest("c", 3, tuple("abcd"))
    warren, meek = (METHODS[name].count(contest, papers).stages[1].votes for name in ("stv-warren", "stv-meek"))
    assert {option: round(held, 6) for option, held in warren.items()} == {"a": 7, "b": 12, "c": 8, "d": 1}
    assert round(meek["d"], 6) == round(1 + 12 * Fraction(5, 12) ** 2, 6)
