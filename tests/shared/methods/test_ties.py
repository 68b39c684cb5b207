"""A tie is named with the stage that waits for it; a decision or the lot breaks it, and the count says which."""

import hashlib
from dataclasses import replace

import pytest

from shared.methods import METHODS, ties
from shared.methods.model import Contest, Decision, Papers, Tie

HALL = Contest("hall", 1, ("ann", "bob", "cyd"))
LEVEL: Papers = {("ann",): 3, ("bob",): 3, ("cyd",): 2}
ABOUT = {
    "plurality": Tie(1, "seat", ("ann", "bob"), 1),
    "stv-scottish": Tie(3, "exclusion", ("ann", "bob"), 1),
}


@pytest.mark.parametrize("method", ABOUT)
def test_a_tie_left_open_ends_the_count_and_is_named_with_the_stage_it_leads_to(method: str) -> None:
    counted = METHODS[method].count(HALL, LEVEL)
    assert counted.ties == (ABOUT[method],)
    assert counted.open_tie == ABOUT[method]
    assert (counted.winners, counted.decided, len(counted.stages)) == ((), False, ABOUT[method].stage - 1 or 1)


@pytest.mark.parametrize("method", ABOUT)
def test_a_decision_is_followed_before_the_lot_and_the_count_says_so(method: str) -> None:
    tie = ABOUT[method]
    decision = Decision(tie.stage, ("bob", "ann"))
    counted = METHODS[method].count(HALL, LEVEL, lot=lambda stage, options: options, decisions=[decision])
    assert counted.winners == ("bob",)
    assert counted.ties == (replace(tie, order=("bob", "ann"), resolved_by="officer"),)


@pytest.mark.parametrize("method", ABOUT)
def test_without_a_decision_the_lot_falls_and_the_count_says_so(method: str) -> None:
    tie = ABOUT[method]
    asked = []

    def lot(stage: int, options: tuple[str, ...]) -> tuple[str, ...]:
        asked.append((stage, options))
        return options[::-1]

    counted = METHODS[method].count(HALL, LEVEL, lot=lot)
    assert asked == [(tie.stage, tie.options)]
    assert counted.winners == ("bob",)
    assert counted.ties == (replace(tie, order=("bob", "ann"), resolved_by="lot"),)


@pytest.mark.parametrize("order", [("bob", "cyd"), ("ann", "bob", "cyd"), ("bob",), ("bob", "bob")])
@pytest.mark.parametrize("method", ABOUT)
def test_a_decision_about_others_or_another_stage_breaks_no_tie(method: str, order: tuple[str, ...]) -> None:
    tie = ABOUT[method]
    decisions = [Decision(tie.stage, order), Decision(tie.stage + 1, ("bob", "ann"))]
    assert METHODS[method].count(HALL, LEVEL, decisions=decisions).open_tie == tie


def test_the_lot_is_a_hash_that_anyone_can_compute_again() -> None:
    def ticket(number: str, stage: str) -> bytes:
        parts = (b"seed", b"receipts", b"hall", stage.encode(), number.encode())
        return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()

    lot = ties.draw(b"seed", b"receipts", HALL)
    for stage in range(1, 20):
        expected = sorted([("1", "ann"), ("2", "bob"), ("3", "cyd")], key=lambda one: ticket(one[0], str(stage)))
        assert lot(stage, ("cyd", "ann", "bob")) == tuple(option for _, option in expected)


def test_every_part_enters_the_lot() -> None:
    stages = range(1, 30)

    def drawn(seed: bytes = b"s", receipts: bytes = b"r", contest: Contest = HALL) -> list[tuple[str, ...]]:
        lot = ties.draw(seed, receipts, contest)
        return [lot(stage, HALL.options) for stage in stages]

    assert len(set(drawn())) > 1, "the stage does not matter"
    others = [drawn(seed=b"t"), drawn(receipts=b"q"), drawn(contest=replace(HALL, id="mall"))]
    others.append(drawn(contest=replace(HALL, options=("cyd", "bob", "ann"))))
    assert drawn() not in others
