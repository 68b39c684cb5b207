"""How much is enough is exact to the last vote, and words that say nothing possible are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.methods.majority import checked, checked_quorum, enough, majority_words, quorum_words
from shared.methods.model import Majority

parts = st.integers(1, 999_999)
wholes = st.integers(0, 10**7)


@given(number=parts, of=parts, whole=wholes)
def test_at_least_is_reached_by_so_many_and_by_no_less(number: int, of: int, whole: int) -> None:
    found = enough(f"at least {number}/{of}", whole)
    assert found * of >= whole * number
    assert found == 1 or (found - 1) * of < whole * number


@given(number=parts, of=parts, whole=wholes)
def test_more_than_is_reached_by_so_many_and_by_no_less(number: int, of: int, whole: int) -> None:
    found = enough(f"more than {number}/{of}", whole)
    assert found * of > whole * number
    assert found == 1 or (found - 1) * of <= whole * number


@pytest.mark.parametrize(
    ("bound", "whole", "least"),
    [
        ("more than 1/2", 100, 51),
        ("more than 1/2", 101, 51),
        ("at least 1/2", 100, 50),
        ("at least 2/3", 100, 67),
        ("at least 2/3", 99, 66),
        ("more than 2/3", 99, 67),
        ("at least 1/1", 7, 7),
        ("at least 20", 7, 20),
        ("more than 20", 700, 21),
        ("at least 2/3", 0, 1),
        ("more than 1/2", 0, 1),
    ],
)
def test_the_least_number_that_is_enough(bound: str, whole: int, least: int) -> None:
    assert enough(bound, whole) == least


@pytest.mark.parametrize(
    "share",
    ["", "1/2", "more than 1", "more than 1/0", "at least 0/2", "at least 3/2", "more than 2/2", "at least 1/2 ",
     "at least ½", "at most 1/2", "at least 0.5", "at least 1/1234567", "at least 1/2\n"],
)  # fmt: skip
def test_what_is_no_share_is_refused(share: str) -> None:
    with pytest.raises(ValueError, match="“"):
        checked(share, "roll")


def test_what_is_no_base_or_no_quorum_is_refused() -> None:
    with pytest.raises(ValueError, match="“more than 1/2 of members” is no majority"):
        checked("more than 1/2", "members")
    for quorum in ("", "20", "at least 0", "at least 5/4", "half"):
        with pytest.raises(ValueError, match="“"):
            checked_quorum(quorum)


def test_a_majority_and_a_quorum_are_said_as_people_say_them() -> None:
    assert majority_words(Majority()) == "more than half of the votes for and against"
    said = majority_words(Majority("at least 2/3", "votes cast"))
    assert said == "at least two thirds of the votes cast, abstentions included"
    assert majority_words(Majority("at least 3/5", "roll")) == "at least 3/5 of all voters on the roll"
    assert quorum_words("at least 1/4") == "at least a quarter of all voters on the roll"
    assert quorum_words("at least 20") == "at least 20 voters on the roll"
