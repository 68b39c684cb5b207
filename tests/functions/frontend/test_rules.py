"""What is taken for a receipt and for an order, and what is offered to whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.frontend import rules
from shared.methods import METHODS

NAMES = {"ada": "Ada", "bob": "Bob", "cyd": "Cyd"}


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=16), st.randoms())
def test_a_receipt_is_known_however_it_is_typed(receipt: str, chance: object) -> None:
    typed = " ".join(receipt[at : at + 4] for at in range(0, 16, 4))
    assert [rules.receipt_of(text) for text in (receipt, typed, typed.lower(), f" {typed.replace(' ', '-')}\n")] == [
        receipt
    ] * 4


@pytest.mark.parametrize("text", ["", "ABCD", "A" * 15, "A" * 17, "A" * 15 + "1", "A" * 15 + "ß", "Ä" * 16, "A" * 5000])
def test_what_is_no_receipt_is_none(text: str) -> None:
    assert rules.receipt_of(text) is None


@given(order=st.permutations(list(NAMES)))
def test_an_officers_order_follows_the_numbers(order: list[str]) -> None:
    numbers = {option: f" {place}" for place, option in enumerate(order, 1)}
    assert rules.order_of(list(NAMES), numbers) == order


@pytest.mark.parametrize(
    "numbers",
    [("1", "2"), ("1", "2", "2"), ("1", "2", "4"), ("0", "1", "2"), ("1", "2", "x"), ("1", "2", "³"), ("", "", "")],
)
def test_an_order_that_is_no_order_is_none(numbers: tuple[str, ...]) -> None:
    assert rules.order_of(list(NAMES), dict(zip(NAMES, numbers, strict=False))) is None


def test_every_method_is_offered_once_among_those_whose_papers_are_marked_as_its_own() -> None:
    groups = {words: [method.name for method in alike] for words, alike in rules.methods_by_way()}
    assert sorted(name for names in groups.values() for name in names) == sorted(METHODS)
    assert groups["Choose one"] == ["plurality"]
    assert groups["Choose several"] == ["approval", "block", "limited", "sequential-approval"]
    assert groups["For or against a motion"] == ["motion"]
    assert {METHODS[name].paper for name in groups["Rank"]} == {"ranked"}
    assert {METHODS[name].paper for name in groups["Score"]} == {"scored"}


def test_an_observer_is_offered_nothing_and_only_an_owner_may_annul() -> None:
    phases = ["draft", "scheduled", "open", "closing", "counting", "awaiting decision", "counted", "published",
              "cancelled", "annulled"]  # fmt: skip
    assert [rules.offered(phase, "observer") for phase in phases] == [[]] * len(phases)
    assert [phase for phase in phases if "annul" in rules.offered(phase, "owner")] == phases[2:8]
    assert [phase for phase in phases if "annul" in rules.offered(phase, "organiser")] == []
    assert rules.offered("draft", "organiser") == ["schedule", "cancel"]
