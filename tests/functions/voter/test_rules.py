"""Links and passes are derived as the table of ids says, and given only when they may be."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.voter import rules
from functions.voter.rules import RollKeys, Schedule
from shared.errors import Conflict

KEYS = RollKeys(b"l" * 32, b"p" * 32)
OPENS = datetime(2026, 5, 1, 9, tzinfo=UTC)
CLOSES = datetime(2026, 5, 8, 17, tzinfo=UTC)
OPEN = Schedule("scheduled", OPENS, CLOSES, frozenset({"all"}))
NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)


def parts(*some: bytes) -> bytes:
    """Each part behind its length, as the document says, written again here."""
    return b"".join(bytes([0, 0, 0, 0, 0, 0, 0, len(part)]) + part for part in some)


@given(voter=st.uuids(), issue=st.integers(1, 255))
def test_a_token_is_half_of_an_hmac_over_voter_and_issue(voter: UUID, issue: int) -> None:
    message = parts(b"uvote link", voter.bytes, b"\0" * 7 + bytes([issue]))
    expected = base64.urlsafe_b64encode(hmac.digest(b"l" * 32, message, "sha256")[:16]).decode()[:22]
    assert rules.token(KEYS, voter, issue) == expected
    assert rules.TOKEN.fullmatch(expected)


@given(voter=st.uuids(), issue=st.integers(1, 255))
def test_a_pass_id_comes_from_the_other_key(voter: UUID, issue: int) -> None:
    message = parts(b"uvote pass", voter.bytes, b"\0" * 7 + bytes([issue]))
    assert rules.pass_id(KEYS, voter, issue) == hmac.digest(b"p" * 32, message, "sha256")[:16]


def test_what_is_stored_of_a_token_is_a_hash_bound_to_the_election() -> None:
    election = uuid4()
    token = "A" * 22
    expected = hashlib.sha256(parts(b"uvote link hash", election.bytes, token.encode())).digest()
    assert rules.token_hash(election, token) == expected
    assert rules.token_hash(uuid4(), token) != expected


def test_a_pass_lasts_sixty_days_beyond_the_closing() -> None:
    late = datetime(2026, 7, 7, 16, 59, tzinfo=UTC)
    for now in (OPENS, NOON, CLOSES + timedelta(days=1), late):
        assert rules.admit(OPEN, "all", False, now) == datetime(2026, 7, 7, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "style", "being_changed", "now", "code"),
    [
        (None, "all", False, NOON, "too_early"),
        (OPEN, "all", False, OPENS - timedelta(microseconds=1), "too_early"),
        (OPEN, "all", False, datetime(2026, 7, 7, 17, tzinfo=UTC), "roll_closed"),
        (Schedule("cancelled", OPENS, CLOSES, frozenset({"all"})), "all", False, NOON, "cancelled"),
        (Schedule("annulled", OPENS, CLOSES, frozenset({"all"})), "all", False, NOON, "annulled"),
        (OPEN, "all", True, NOON, "being_changed"),
        (OPEN, "north", False, NOON, "style_unknown"),
    ],
)
def test_no_pass_is_given_otherwise(
    schedule: Schedule | None, style: str, being_changed: bool, now: datetime, code: str
) -> None:
    with pytest.raises(Conflict) as refusal:
        rules.admit(schedule, style, being_changed, now)
    assert refusal.value.code == code


def test_marks_are_of_the_present_issue_and_the_rest_is_unknown() -> None:
    ada, bob, cyd = uuid4(), uuid4(), uuid4()
    spent = {rules.pass_id(KEYS, ada, 1), rules.pass_id(KEYS, bob, 1), b"\0" * 16}
    found = rules.marks(KEYS, [(ada, 1), (bob, 2), (cyd, 1)], spent)
    assert found == rules.Marks(voted=frozenset({ada}), unknown=2)
