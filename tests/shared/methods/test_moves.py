"""Who gave and who got at a stage: nothing comes from nowhere, and where one gave, its own papers went."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.methods import METHODS
from shared.methods.model import Contest, Papers
from shared.methods.moves import MOVING, moves
from tests.shared.methods.elections import elections, falling

MOVERS = [*(name for name in METHODS if name.startswith("stv-")), "irv", "supplementary"]


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=30)
@given(data=st.data())
def test_all_that_was_given_was_got_or_is_with_no_option(method: str, data: st.DataObject) -> None:
    counted = data.draw(elections(method)).count(lot=falling("abcdefgh"))
    found = moves(counted.stages)
    assert len(found) == len(counted.stages)
    for stage, move in zip(counted.stages, found, strict=True):
        if move is not None:
            assert stage.what in MOVING
            assert sum(move.gave.values()) == sum(move.got.values()) + move.nontransferable + move.cut_off
            assert min(*move.gave.values(), *move.got.values(), Fraction(1)) > 0
            assert move.nontransferable >= 0 and move.cut_off >= 0
            # Meek's rule lets surpluses flow in the same stage, before it defeats anybody.
            assert stage.of is None or method in ("stv-meek", "stv-warren") or set(move.gave) == {stage.of}


@pytest.mark.parametrize("method", MOVERS)
def test_papers_go_from_the_last_to_those_named_next_on_them(method: str) -> None:
    """c is last: of its six papers three go to a, two to b, and one names nobody else."""
    papers: Papers = {("a",): 20, ("b",): 17, ("c", "a"): 3, ("c", "b"): 2, ("c",): 1}
    counted = METHODS[method].count(Contest("c", 1, ("a", "b", "c")), papers)
    [move] = [move for move in moves(counted.stages) if move]
    assert move.gave == {"c": 6}
    assert move.got == {"a": 3, "b": 2}
    assert move.nontransferable == 1


def test_a_surplus_goes_from_the_elected_and_what_is_cut_off_is_said() -> None:
    papers: Papers = {("a", "b"): 4, ("a", "c"): 2, ("a",): 1, ("b",): 2, ("c",): 1}
    counted = METHODS["stv-scottish"].count(Contest("c", 2, tuple("abc")), papers)
    move = moves(counted.stages)[1]
    assert move is not None
    assert move.gave == {"a": 3}
    assert move.got == {"b": Fraction(171428, 100000), "c": Fraction(85714, 100000)}
    assert (move.nontransferable, move.cut_off) == (Fraction(42857, 100000), Fraction(1, 100000))


@pytest.mark.parametrize("method", ["bucklin", "sequential-approval", "schulze", "borda"])
def test_where_a_stage_counts_anew_nothing_moves(method: str) -> None:
    papers: Papers = {("a", "b"): 2, ("b", "c"): 3, ("a", "c"): 2}
    seats = METHODS[method].most_seats or 2
    counted = METHODS[method].count(Contest("c", seats, tuple("abc")), papers, lot=falling("abc"))
    assert set(moves(counted.stages)) == {None}
