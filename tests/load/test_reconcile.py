"""The verdict: equal passes, anything else fails, and only who never got an answer may make a difference."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from load.outcomes import ALREADY, CLOSED, Outcome
from load.reconcile import Held, Verdict, judge


def voter(number: int, *receipts: str) -> Outcome:
    """Somebody who cast and was told 201 for each receipt; without one, never got an answer."""
    one = Outcome(number, "straight", sent=1)
    for receipt in receipts:
        one.answered(201, "Your paper is in the box", receipt)
    one.settle()
    return one


def held(*numbers: int) -> Held:
    """A system that holds the papers of these voters, and counted them in two contests."""
    papers = len(numbers)
    return Held([f"R{n}" for n in numbers], papers, set(numbers), papers, 0, (papers, papers))


def differing(verdict: Verdict) -> set[str]:
    return {line.what for line in verdict.lines if not line.holds}


VOTERS = [voter(n, f"R{n}") for n in range(5)]
GOOD = held(*range(5))


def test_what_clients_were_told_and_the_system_holds_passes() -> None:
    verdict = judge(VOTERS, GOOD)
    assert verdict.holds
    assert verdict.undecided == {}
    assert {line.found for line in verdict.lines} == {5, 0}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (replace(GOOD, board=GOOD.board[:-1]), "receipts that clients hold and the board lacks"),
        (replace(GOOD, board=[*GOOD.board, "STRANGER"]), "receipts on the board that no client holds"),
        (replace(GOOD, board=[*GOOD.board[:-1], "OTHER"]), "receipts that clients hold and the board lacks"),
        (replace(GOOD, board=[*GOOD.board, GOOD.board[0]]), "receipts on the board"),
        (replace(GOOD, spent=6), "spent passes"),
        (replace(GOOD, marked={0, 1, 2, 3}), "voters with a receipt and no mark"),
        (replace(GOOD, marked={0, 1, 2, 3, 4, 9}), "voters with a mark and no receipt, and not undecided"),
        (replace(GOOD, marked={0, 1, 2, 3, 9}), "voters with a receipt and no mark"),
        (replace(GOOD, closed_with=4), "papers in the box when it was sealed"),
        (replace(GOOD, counted=(5, 4)), "papers counted, contest 2"),
        (replace(GOOD, unknown=1), "spent passes of nobody on the roll"),
    ],
)
def test_one_paper_receipt_or_mark_too_many_or_missing_fails_the_run(wrong: Held, named: str) -> None:
    verdict = judge(VOTERS, wrong)
    assert not verdict.holds
    assert named in differing(verdict)


def test_two_receipts_of_one_voter_fail_the_run_even_where_the_system_holds_both() -> None:
    twice = [*VOTERS, voter(5, "R5", "R6")]
    found = replace(held(*range(7)), marked=set(range(6)))
    assert "voters who saw two receipts" in differing(judge(twice, found))


def test_a_receipt_that_its_voter_did_not_find_fails_the_run() -> None:
    last = voter(5, "R5")
    last.checked = False
    assert differing(judge([*VOTERS, last], held(*range(6)))) == {"receipts that their voters did not find in the box"}


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(31, 40)), st.sets(st.integers(31, 40)))
def test_the_undecided_bound_the_difference_and_are_named(sure: set[int], unsure: set[int], more: set[int]) -> None:
    """Whichever of the undecided papers are really in the box, the run passes; one of somebody else fails it."""
    voters = [voter(n, f"R{n}") for n in sure] + [voter(n) for n in unsure]
    verdict = judge(voters, held(*sure, *more))
    assert verdict.holds == (more <= unsure)
    assert verdict.undecided == {n: n in more for n in unsure}


def test_who_was_told_that_voting_is_closed_is_not_undecided() -> None:
    late = Outcome(5, "straight", sent=1)
    late.answered(409, CLOSED, None)
    late.settle()
    assert late.end == "closed"
    assert judge([*VOTERS, late], GOOD).holds
    assert differing(judge([*VOTERS, late], held(*range(6))))


def test_a_first_device_without_an_answer_may_have_been_the_one_that_cast() -> None:
    one = Outcome(5, "double", sent=2)
    one.answered(503, "We do not know yet", None)
    one.answered(409, ALREADY, "R5")
    one.settle()
    assert one.end == "undecided"
    assert judge([*VOTERS, one], held(*range(6))).holds
    assert not judge([*VOTERS, one], GOOD).holds


def test_a_paper_that_is_there_without_a_mark_fails_the_run_though_its_voter_is_undecided() -> None:
    found = replace(held(*range(6)), marked=set(range(5)))
    assert differing(judge([*VOTERS, voter(5)], found)) == {"“has voted” marks"}


def test_a_paper_that_nobody_was_told_201_for_fails_the_run_where_no_answer_was_lost() -> None:
    one = Outcome(5, "straight", sent=1)
    one.answered(409, ALREADY, "R5")
    one.settle()
    assert differing(judge([*VOTERS, one], held(*range(6)))) == {"voters who were told 201"}
