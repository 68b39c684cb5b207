"""Marks fit or have a fault with a sentence; what fits is counted in one form, and never longer than the longest."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.methods import METHODS, marks
from shared.methods.model import Contest, Fault, Method, option_of

BOARD = Contest("board", 2, ("ann", "bob", "cyd", "dan"), min_marks=2, max_marks=3, blank_allowed=False)
RANKED, ONE, SEVERAL = METHODS["stv-scottish"], METHODS["plurality"], METHODS["approval"]
STAR, MEAN, SHARED = METHODS["star"], METHODS["score-mean"], METHODS["cumulative"]
FREE = replace(BOARD, min_marks=0, max_marks=None, blank_allowed=True)


@pytest.mark.parametrize(
    ("method", "contest", "given_marks", "code", "message"),
    [
        (RANKED, BOARD, "ann", "not_a_list", "The marks are not a list of options."),
        (RANKED, BOARD, None, "not_a_list", "The marks are not a list of options."),
        (RANKED, BOARD, {"ann": 1}, "not_a_list", "The marks are not a list of options."),
        (RANKED, BOARD, ["ann", 2], "not_a_list", "The marks are not a list of options."),
        (RANKED, BOARD, ["ann", ["bob"]], "not_a_list", "The marks are not a list of options."),
        (RANKED, BOARD, [*"abcde"], "too_many", "There are more marks than options."),
        (RANKED, BOARD, ["ann", "eve"], "unknown_option", "One mark is for an option that is not on this paper."),
        (RANKED, BOARD, ["ann", "ann"], "repeated_option", "One option is marked more than once."),
        (RANKED, BOARD, [], "blank_not_allowed", "Please mark the paper: a blank one is not allowed here."),
        (RANKED, BOARD, ["ann"], "too_few", "Rank at least 2 options."),
        (RANKED, BOARD, ["ann", "bob", "cyd", "dan"], "too_many", "Rank at most 3 options."),
        (ONE, FREE, ["ann", "bob"], "too_many", "Choose at most 1 option."),
        (SEVERAL, BOARD, ["ann", "bob", "cyd", "dan"], "too_many", "Choose at most 3 options."),
        (SEVERAL, BOARD, ["ann"], "too_few", "Choose at least 2 options."),
        (STAR, FREE, ["ann"], "not_a_score", "A score is a whole number from 0 to 5."),
        (STAR, FREE, ["ann:"], "not_a_score", "A score is a whole number from 0 to 5."),
        (STAR, FREE, ["ann:-1"], "not_a_score", "A score is a whole number from 0 to 5."),
        (STAR, FREE, ["ann:05"], "not_a_score", "A score is a whole number from 0 to 5."),
        (STAR, FREE, ["ann:²"], "not_a_score", "A score is a whole number from 0 to 5."),
        (STAR, FREE, ["ann:6"], "score_out_of_range", "One score is above 5."),
        (STAR, FREE, ["eve:5"], "unknown_option", "One mark is for an option that is not on this paper."),
        (STAR, FREE, ["ann:5", "ann:4"], "repeated_option", "One option is marked more than once."),
        (
            STAR,
            BOARD,
            ["ann:0", "bob:0"],
            "blank_not_allowed",
            "Please mark the paper: a blank one is not allowed here.",
        ),
        (STAR, BOARD, ["ann:5", "bob:0"], "too_few", "Score at least 2 options."),
        (STAR, BOARD, ["ann:5", "bob:1", "cyd:1", "dan:1"], "too_many", "Score at most 3 options."),
        (SHARED, FREE, ["ann:2", "bob:1"], "too_many_votes", "There are 2 votes to give, and this paper gives 3."),
        (SHARED, FREE, ["ann:3"], "score_out_of_range", "One score is above 2."),
        (RANKED, FREE, ["ann:1"], "unknown_option", "One mark is for an option that is not on this paper."),
    ],
)
def test_each_fault_has_its_code_and_its_sentence(
    method: Method, contest: Contest, given_marks: object, code: str, message: str
) -> None:
    [fault] = marks.faults(method, contest, given_marks)
    assert (fault.code, fault.message) == (code, message)


def test_every_fault_is_told_and_names_its_option() -> None:
    assert marks.faults(RANKED, BOARD, ["eve", "ann", "ann", "x" * 300]) == (
        Fault("unknown_option", "One mark is for an option that is not on this paper.", "eve"),
        Fault("unknown_option", "One mark is for an option that is not on this paper.", "x" * 100),
        Fault("repeated_option", "One option is marked more than once.", "ann"),
        Fault("too_many", "Rank at most 3 options."),
    )


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_blank_paper_fits_where_the_contest_allows_it(method: Method) -> None:
    allowed = replace(BOARD, blank_allowed=True)
    assert marks.faults(method, allowed, []) == ()
    assert marks.faults(method, FREE, ()) == ()


def test_a_ranking_keeps_its_order_and_a_choice_has_none() -> None:
    assert marks.canonical(RANKED, BOARD, ["dan", "ann"]) == ("dan", "ann")
    assert marks.canonical(SEVERAL, BOARD, ["dan", "ann"]) == ("ann", "dan")


def test_scores_have_no_order_and_a_nought_is_written_only_where_it_is_not_the_same_as_none() -> None:
    assert marks.canonical(STAR, BOARD, ["dan:3", "bob:0", "ann:5"]) == ("ann:5", "dan:3")
    assert marks.canonical(MEAN, BOARD, ["dan:3", "bob:0", "ann:5"]) == ("ann:5", "bob:0", "dan:3")
    assert marks.faults(MEAN, BOARD, ["ann:0", "bob:0"]) == ()


def test_the_longest_paper_has_the_longest_options() -> None:
    contest = Contest("c", 1, ("a", "cyd", "bo", "daniel"), max_marks=2)
    assert set(marks.longest(RANKED, contest)) == {"daniel", "cyd"}
    assert marks.longest(ONE, contest) == ("daniel",)
    assert set(marks.longest(STAR, contest)) == {"daniel:5", "cyd:5"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(BOARD.options),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


scores = st.builds(
    lambda option, score: f"{option}:{score}",
    st.sampled_from(BOARD.options),
    st.integers(-1, 11) | st.sampled_from(["", "05", "5 ", "²", "5:5", "1.5"]),
)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@given(said=json_values | st.lists(st.sampled_from(BOARD.options) | scores, max_size=6))
def test_whatever_is_sent_has_faults_or_is_no_longer_than_the_longest_paper(method: Method, said: object) -> None:
    for contest in (BOARD, FREE):
        if not marks.faults(method, contest, said):
            fit = marks.canonical(method, contest, said)  # type: ignore[arg-type]
            options = [option_of(mark) for mark in fit]
            assert set(options) <= set(contest.options)
            assert len(set(options)) == len(options)
            longest = marks.longest(method, contest)
            assert len(json.dumps(fit)) <= len(json.dumps(longest))
