"""How a voter ended follows from the answers, in whatever order they came."""

from itertools import permutations

import pytest

from load.outcomes import ALREADY, CLOSED, Outcome

TOOK = (201, "Your paper is in the box", "AAAA")
STORED = (409, ALREADY, "AAAA")
SHUT = (409, CLOSED, None)
LOST = (0, "", None)
UNSURE = (503, "We do not know yet", None)
VOID = (409, "This link was replaced", None)


@pytest.mark.parametrize(
    ("answers", "end"),
    [
        ([TOOK], "receipt"),
        ([TOOK, TOOK, STORED], "receipt"),
        ([TOOK, LOST, STORED], "receipt"),
        ([SHUT], "closed"),
        ([SHUT, SHUT, SHUT], "closed"),
        ([LOST], "undecided"),
        ([UNSURE, SHUT], "undecided"),
        ([STORED, LOST], "undecided"),
        ([STORED], "refused: somebody has voted with this link"),
        ([VOID], "refused: 409 This link was replaced"),
    ],
)
def test_the_end_of_a_voter(answers: list[tuple[int, str, str | None]], end: str) -> None:
    for order in permutations(answers):
        one = Outcome(1, "straight", sent=len(answers))
        for answer in order:
            one.answered(*answer)
        one.settle()
        assert one.end == end


def test_a_receipt_given_after_the_closing_is_no_ordinary_one() -> None:
    one = Outcome(1, "late", sent=1)
    one.answered(*TOOK)
    one.settle()
    assert one.end == "receipt after the closing"


def test_who_was_cut_off_before_casting_is_said_to_be() -> None:
    one = Outcome(1, "straight")
    one.settle()
    assert one.end == "cut off"
    assert Outcome.from_json(one.as_json()) == one
