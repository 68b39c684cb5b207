"""What a form says about a paper, and what is wrong with it, in the voter's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.frontend import rules
from shared.contracts.definition import Contest, Option
from shared.methods import METHODS

NAMES = {"ada": "Ada", "bob": "Bob", "cyd": "Cyd"}
OPTIONS = tuple(Option(id=slug, name=name) for slug, name in NAMES.items())


def contest(method: str = "stv-scottish", **changes: object) -> Contest:
    return Contest.model_validate(
        {"id": "board", "title": "Board", "method": method, "seats": 1, **changes}
        | {"options": changes.get("options", [option.model_dump() for option in OPTIONS])}
    )


def ranks(**entries: str) -> dict[str, list[str]]:
    return {f"rank.board.{option}": [entry] for option, entry in entries.items()}


@pytest.mark.parametrize(
    ("method", "changes", "kind"),
    [
        ("stv-scottish", {}, "ranked"),
        ("plurality", {}, "one"),
        ("approval", {}, "several"),
        ("approval", {"max_marks": 1}, "one"),
    ],
)
def test_how_a_contest_is_marked_follows_from_its_method_and_limits(
    method: str, changes: dict[str, object], kind: str
) -> None:
    assert rules.kind_of(contest(method, **changes)) == kind


@given(order=st.permutations(list(NAMES)), ranked=st.integers(0, 3))
def test_a_ranking_is_read_from_its_numbers_and_written_back_as_it_was(order: list[str], ranked: int) -> None:
    form = ranks(**{option: f" {place} " for place, option in enumerate(order[:ranked], 1)})
    part = rules.filled(contest(), form)
    assert (part.marks, part.faults) == (tuple(order[:ranked]), ())
    again = rules.refilled(contest(), part.marks)
    assert {option: entry for option, entry in again.entries.items() if option} == {
        option: str(place) for place, option in enumerate(order[:ranked], 1)
    }


@pytest.mark.parametrize(
    ("entries", "message", "field"),
    [
        ({"ada": "1", "bob": "1"}, "Ada and Bob have the same rank, 1.", "board.bob"),
        ({"ada": "1", "bob": "3"}, "There is no rank 2. Please number without gaps.", "board.bob"),
        ({"cyd": "2"}, "There is no rank 1. Please number without gaps.", "board.cyd"),
        ({"ada": "1", "bob": "x"}, "“x” at Bob is not a rank: write 1, 2, 3 …", "board.bob"),
        ({"bob": "0"}, "“0” at Bob is not a rank: write 1, 2, 3 …", "board.bob"),
        ({"bob": "²"}, "“²” at Bob is not a rank: write 1, 2, 3 …", "board.bob"),
        ({"bob": "1.5"}, "“1.5” at Bob is not a rank: write 1, 2, 3 …", "board.bob"),
    ],
)
def test_a_wrong_ranking_is_told_at_its_field_and_keeps_what_was_typed(
    entries: dict[str, str], message: str, field: str
) -> None:
    part = rules.filled(contest(), ranks(**entries))
    assert [fault.message for fault in part.faults] == [message]
    assert part.at(part.faults[0]) == field
    assert field in part.wrong
    assert {option: entry for option, entry in part.entries.items() if entry} == entries


def test_a_fault_about_no_option_is_mended_at_the_first() -> None:
    part = rules.filled(contest("plurality", blank_allowed=False), {})
    assert [fault.code for fault in part.faults] == ["blank_not_allowed"]
    assert part.at(part.faults[0]) == "board.ada"


def test_choosing_nothing_is_not_the_same_as_not_having_chosen_yet() -> None:
    chosen = rules.filled(contest("plurality"), {"choice.board": [""]})
    assert (chosen.marks, chosen.faults, dict(chosen.entries)) == ((), (), {"": "on"})
    assert rules.Filled(contest("plurality")).entries == {}
    assert rules.refilled(contest("plurality"), []).entries == {"": "on"}


def test_fields_of_contests_whose_ids_run_together_are_told_apart() -> None:
    first = contest(id="a", options=[{"id": "b-c", "name": "X"}, {"id": "d", "name": "Y"}])
    second = contest(id="a-b", options=[{"id": "c", "name": "X"}, {"id": "d", "name": "Y"}])
    form = {"rank.a.b-c": ["1"], "rank.a-b.d": ["1"]}
    assert (rules.filled(first, form).marks, rules.filled(second, form).marks) == (("b-c",), ("d",))


@given(
    st.dictionaries(
        st.sampled_from([*(f"rank.board.{option}" for option in NAMES), "choice.board", "rank.board.nobody"]),
        st.lists(st.text(max_size=8), max_size=4),
    ),
    st.sampled_from(list(METHODS)),
)
def test_no_form_whatever_is_read_as_a_faulty_paper_without_saying_so(form: dict[str, list[str]], method: str) -> None:
    part = rules.filled(contest(method), form)
    assert part.faults or (set(part.marks) <= set(NAMES) and len(set(part.marks)) == len(part.marks))


@pytest.mark.parametrize(
    "said",
    [None, [], "x", {"board": "ada"}, {"board": [1]}, {"board": [None]}, {"Board": ["ada"]}, {"board": ["ad\ud800"]},
     {"board": [["ada"]]}, {"board": [float("nan")]}, {"": []}, {"board": ["x" * 41]}],
)  # fmt: skip
def test_marks_that_the_review_never_wrote_are_none(said: object) -> None:
    assert rules.marks_of(said) is None


def test_marks_come_back_as_the_review_wrote_them() -> None:
    assert rules.marks_of({"board": ["ada", "bob"], "chair": []}) == {"board": ["ada", "bob"], "chair": []}


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


def test_an_observer_is_offered_nothing_and_only_an_owner_may_annul() -> None:
    phases = ["draft", "scheduled", "open", "closing", "counting", "awaiting decision", "counted", "published",
              "cancelled", "annulled"]  # fmt: skip
    assert [rules.offered(phase, "observer") for phase in phases] == [[]] * len(phases)
    assert [phase for phase in phases if "annul" in rules.offered(phase, "owner")] == phases[2:8]
    assert [phase for phase in phases if "annul" in rules.offered(phase, "organiser")] == []
    assert rules.offered("draft", "organiser") == ["schedule", "cancel"]
