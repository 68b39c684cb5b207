"""Several seats from marks without an order: block vote and sequential proportional approval."""

from fractions import Fraction
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.methods import METHODS, marks
from shared.methods.model import Contest, Papers, Tie
from tests.shared.methods.elections import Election, elections, falling

BOARD = Contest("board", 3, tuple("abcdef"))


def test_a_block_paper_has_a_mark_a_seat_and_no_more() -> None:
    block = METHODS["block"]
    assert marks.faults(block, BOARD, ["a", "b", "c"]) == ()
    [fault] = marks.faults(block, BOARD, ["a", "b", "c", "d"])
    assert fault.message == "Choose at most 3 options."
    limited = Contest("board", 3, BOARD.options, max_marks=2)
    [fault] = marks.faults(block, limited, ["a", "b", "c"])
    assert fault.message == "Choose at most 2 options."


def test_a_block_gives_all_seats_to_the_larger_half_and_sequential_approval_shares_them() -> None:
    papers: Papers = {("a", "b", "c"): 60, ("d", "e", "f"): 40}
    assert set(METHODS["block"].count(BOARD, papers).winners) == {"a", "b", "c"}
    counted = METHODS["sequential-approval"].count(BOARD, papers, lot=falling("abcdef"))
    assert counted.winners == ("a", "d", "b")
    assert [stage.votes["b"] for stage in counted.stages] == [60, 30, 30]
    assert [stage.votes["d"] for stage in counted.stages] == [40, 40, 20]


def test_a_paper_counts_a_third_once_two_on_it_are_elected() -> None:
    counted = METHODS["sequential-approval"].count(BOARD, {("a", "b", "c"): 9, ("a", "b"): 2, ("a",): 1, ("d",): 3})
    assert [dict(stage.votes)["c"] for stage in counted.stages] == [9, Fraction(9, 2), 3]
    assert counted.winners == ("a", "b")
    assert counted.open_tie == Tie(3, "seat", ("c", "d"), 1)


@settings(max_examples=100)
@given(election=elections("sequential-approval"), order=st.permutations("abcdefgh").map("".join))
def test_each_seat_goes_where_the_satisfaction_of_all_grows_most(election: Election, order: str) -> None:
    """Thiele's own measure: a paper with n elected options is worth 1 + 1/2 + … + 1/n."""

    def satisfaction(chosen: list[str]) -> Fraction:
        return sum(
            (
                Fraction(number, place)
                for paper, number in election.papers.items()
                for _, place in zip([option for option in paper if option in chosen], count(1), strict=False)
            ),
            Fraction(0),
        )

    elected: list[str] = []
    while len(elected) < election.contest.seats:
        gain = {o: satisfaction([*elected, o]) - satisfaction(elected) for o in election.contest.options}
        standing = [o for o in gain if o not in elected and gain[o] > 0]
        if len(standing) <= election.contest.seats - len(elected):
            elected += sorted(standing, key=lambda option: -gain[option])
            break
        elected.append(min((o for o in standing if gain[o] == max(gain[p] for p in standing)), key=order.index))
    assert list(election.count(lot=falling(order)).winners) == elected
