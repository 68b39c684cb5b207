"""What a form says about a paper, and what is wrong with it, in the voter's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.frontend import papers
from shared.contracts.definition import Contest, Option
from shared.methods import METHODS, marks

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
        ("star", {}, "scored"),
        ("cumulative", {}, "scored"),
    ],
)
def test_how_a_contest_is_marked_follows_from_its_method_and_limits(
    method: str, changes: dict[str, object], kind: str
) -> None:
    assert papers.kind_of(contest(method, **changes)) == kind


@given(order=st.permutations(list(NAMES)), ranked=st.integers(0, 3))
def test_a_ranking_is_read_from_its_numbers_and_written_back_as_it_was(order: list[str], ranked: int) -> None:
    form = ranks(**{option: f" {place} " for place, option in enumerate(order[:ranked], 1)})
    part = papers.filled(contest(), form)
    assert (part.marks, part.faults) == (tuple(order[:ranked]), ())
    again = papers.refilled(contest(), part.marks)
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
    part = papers.filled(contest(), ranks(**entries))
    assert [fault.message for fault in part.faults] == [message]
    assert part.at(part.faults[0]) == field
    assert field in part.wrong
    assert {option: entry for option, entry in part.entries.items() if entry} == entries


def test_a_fault_about_no_option_is_mended_at_the_first() -> None:
    part = papers.filled(contest("plurality", blank_allowed=False), {})
    assert [fault.code for fault in part.faults] == ["blank_not_allowed"]
    assert part.at(part.faults[0]) == "board.ada"


@pytest.mark.parametrize(
    ("method", "changes", "how"),
    [
        ("irv", {}, "Write 1 for your first choice, 2 for your second, and so on. Leave the others empty."),
        (
            "irv",
            {"max_marks": 2},
            "Write 1 for your first choice, 2 for your second, and so on, up to 2. Leave the others empty.",
        ),
        ("plurality", {}, "Choose one."),
        ("approval", {}, "Choose as many as you like."),
        ("approval", {"max_marks": 2}, "Choose up to 2."),
        ("limited", {"seats": 3}, "Choose up to 2."),
        ("star", {}, "Score each option by itself: 5 is the best, 0 the worst. An option left out gets 0."),
        (
            "score-mean",
            {"max_marks": 2},
            "Score each option by itself: 5 is the best, 0 the worst. An option left out is not judged. "
            "Score at most 2.",
        ),
        ("majority-judgment", {}, "Judge each option by itself. An option left out gets “to reject”."),
        ("cumulative", {}, "You have 1 vote: write at each option how many of them it gets."),
        ("cumulative", {"seats": 2}, "You have 2 votes: write at each option how many of them it gets."),
    ],
)
def test_a_paper_says_what_to_do(method: str, changes: dict[str, object], how: str) -> None:
    assert papers.Filled(contest(method, **changes)).how == how


def test_choosing_nothing_is_not_the_same_as_not_having_chosen_yet() -> None:
    chosen = papers.filled(contest("plurality"), {"choice.board": [""]})
    assert (chosen.marks, chosen.faults, dict(chosen.entries)) == ((), (), {"": "on"})
    assert papers.Filled(contest("plurality")).entries == {}
    assert papers.refilled(contest("plurality"), []).entries == {"": "on"}


def test_fields_of_contests_whose_ids_run_together_are_told_apart() -> None:
    first = contest(id="a", options=[{"id": "b-c", "name": "X"}, {"id": "d", "name": "Y"}])
    second = contest(id="a-b", options=[{"id": "c", "name": "X"}, {"id": "d", "name": "Y"}])
    form = {"rank.a.b-c": ["1"], "rank.a-b.d": ["1"]}
    assert (papers.filled(first, form).marks, papers.filled(second, form).marks) == (("b-c",), ("d",))


@given(
    st.dictionaries(
        st.sampled_from(
            [*(f"{what}.board.{option}" for option in (*NAMES, "nobody") for what in ("rank", "score")), "choice.board"]
        ),
        st.lists(st.text(max_size=8) | st.integers(-1, 9).map(str), max_size=4),
    ),
    st.sampled_from(list(METHODS)),
)
def test_no_form_whatever_is_read_as_a_faulty_paper_without_saying_so(form: dict[str, list[str]], method: str) -> None:
    part = papers.filled(contest(method), form)
    options = [mark.split(":")[0] for mark in part.marks]
    assert part.faults or (set(options) <= set(NAMES) and len(set(options)) == len(options))
    assert part.faults or marks.faults(METHODS[method], contest(method).for_counting(), part.marks) == ()


@pytest.mark.parametrize(
    "said",
    [None, [], "x", {"board": "ada"}, {"board": [1]}, {"board": [None]}, {"Board": ["ada"]}, {"board": ["ad\ud800"]},
     {"board": [["ada"]]}, {"board": [float("nan")]}, {"": []}, {"board": ["x" * 41]},
     {"board": ["ada:"]}, {"board": ["ada:05"]}, {"board": ["ada:-1"]}, {"board": ["ada:1:1"]}, {"board:1": []}],
)  # fmt: skip
def test_marks_that_the_review_never_wrote_are_none(said: object) -> None:
    assert papers.marks_of(said) is None


def test_marks_come_back_as_the_review_wrote_them() -> None:
    for said in ({"board": ["ada", "bob"], "chair": []}, {"board": ["ada:0", "bob:10"]}):
        assert papers.marks_of(said) == said


def scores(**entries: str) -> dict[str, list[str]]:
    return {f"score.board.{option}": [entry] for option, entry in entries.items()}


@given(
    given=st.dictionaries(st.sampled_from(list(NAMES)), st.integers(0, 5)),
    method=st.sampled_from(["star", "score-mean"]),
)
def test_scores_are_read_from_their_fields_and_written_back_as_they_were(given: dict[str, int], method: str) -> None:
    part = papers.filled(contest(method), scores(**{option: f" {score}" for option, score in given.items()}))
    no_opinion = method == "score-mean"
    told = [f"{option}:{given[option]}" for option in NAMES if option in given and (no_opinion or given[option])]
    assert (list(part.marks), part.faults) == (told, ())
    again = papers.refilled(contest(method), part.marks).entries
    assert again == {option: str(given.get(option, "" if no_opinion else 0)) for option in NAMES}
    left_out = "no opinion" if no_opinion else "0"
    assert part.chosen == [f"{name}: {given.get(option, left_out)}" for option, name in NAMES.items()]


@pytest.mark.parametrize("entry", ["6", "-1", "x", "1.5", "²", "1000000", "5 5"])
def test_a_wrong_score_is_told_at_its_field_and_keeps_what_was_typed(entry: str) -> None:
    part = papers.filled(contest("star"), scores(ada="5", bob=entry))
    [fault] = part.faults
    assert fault.message == f"“{entry}” at Bob is not a number from 0 to 5."
    assert (part.at(fault), set(part.wrong)) == ("board.bob", {"board.bob"})
    assert part.entries == {"ada": "5", "bob": entry, "cyd": ""}


def test_more_votes_than_there_are_to_share_out_are_told() -> None:
    part = papers.filled(contest("cumulative", seats=3), scores(ada="2", bob="2"))
    [fault] = part.faults
    assert (fault.code, fault.message) == ("too_many_votes", "There are 3 votes to give, and this paper gives 4.")
