"""Plurality and approval: the most votes win, and nobody is elected without one."""

import pytest

from shared.methods import METHODS
from shared.methods.model import Contest, Papers, Tie

BOARD = Contest("board", 2, ("ann", "bob", "cyd", "dan"))


def test_the_most_votes_win_in_their_order() -> None:
    counted = METHODS["plurality"].count(BOARD, {("ann",): 2, ("bob",): 5, ("cyd",): 3, (): 4})
    assert (counted.winners, counted.ties, counted.papers, counted.blank) == (("bob", "cyd"), (), 14, 4)


def test_each_approval_is_a_vote() -> None:
    papers: Papers = {("ann", "bob"): 3, ("bob", "cyd"): 2, ("cyd", "dan"): 2}
    counted = METHODS["approval"].count(BOARD, papers)
    assert dict(counted.stages[0].votes) == {"ann": 3, "bob": 5, "cyd": 4, "dan": 2}
    assert counted.winners == ("bob", "cyd")


@pytest.mark.parametrize("method", ["plurality", "approval", "block", "sequential-approval", "borda", "dowdall"])
def test_nobody_is_elected_without_a_vote(method: str) -> None:
    assert METHODS[method].count(BOARD, {("cyd",): 1}).winners == ("cyd",)
    assert METHODS[method].count(BOARD, {}).ties == ()


def test_a_tie_for_the_last_seat_leaves_the_sure_winners_and_names_the_rest() -> None:
    counted = METHODS["plurality"].count(BOARD, {("dan",): 5, ("cyd",): 3, ("ann",): 3, ("bob",): 1})
    assert (counted.winners, counted.open_tie) == (("dan",), Tie(1, "seat", ("ann", "cyd"), 1))


def test_who_is_equal_with_a_seat_for_each_is_no_tie() -> None:
    assert METHODS["plurality"].count(BOARD, {("dan",): 3, ("ann",): 3, ("bob",): 1}).winners == ("ann", "dan")
