"""What keeps a draft from being scheduled, found before anyone relies on it."""

from datetime import UTC, datetime

import pytest

from functions.election import definitions
from shared.contracts.draft import Draft

NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)


def codes(**changes: object) -> list[str]:
    """The codes of the faults of a draft with one contest of three options."""
    contest = {"title": "Chair", "options": [{"name": "Ada"}, {"name": "Bob"}, {"name": "Cyd"}], **changes}
    times = {"opens_at": "2026-05-01T09:00", "closes_at": "2026-05-08T17:00"}
    draft = Draft.model_validate({"title": "Spring", **times, "contests": [contest]})
    return [fault.code for fault in definitions.faults(draft, NOON)]


def test_a_plain_contest_has_no_fault() -> None:
    assert codes() == []


@pytest.mark.parametrize(("method", "most"), [("plurality", 1), ("supplementary", 2), ("approval", 3), ("irv", 3)])
def test_more_marks_than_the_method_takes_are_not_asked_for(method: str, most: int) -> None:
    """Or every paper would have too few marks or too many."""
    assert codes(method=method, min_marks=most) == []
    assert codes(method=method, min_marks=most + 1) == ["limits_cross"]


def test_more_seats_than_the_method_fills_are_not_asked_for() -> None:
    assert codes(method="irv", seats=1) == []
    assert codes(method="irv", seats=2) == ["too_many_seats"]
    assert codes(method="stv-scottish", seats=2) == []
