"""Waiting, addresses and refresh tokens as laws."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.auth import rules
from functions.auth.rules import Refresh, judge

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def test_three_tries_are_free_and_then_the_wait_doubles_to_half_a_minute() -> None:
    assert [rules.wait_after(failures) for failures in range(1, 11)] == [0, 0, 1, 2, 4, 8, 16, 30, 30, 30]


@given(st.integers(0, 10**9))
def test_the_wait_never_shrinks_and_is_never_longer_than_half_a_minute(failures: int) -> None:
    assert rules.wait_after(failures) <= rules.wait_after(failures + 1) <= 30


@pytest.mark.parametrize(
    ("forwarded", "hops", "client"),
    [
        ("", 0, "peer"),
        ("6.6.6.6", 0, "peer"),
        ("", 1, "peer"),
        ("1.1.1.1", 1, "1.1.1.1"),
        ("6.6.6.6, 1.1.1.1", 1, "1.1.1.1"),
        ("6.6.6.6, 1.1.1.1, 2.2.2.2", 2, "1.1.1.1"),
        ("1.1.1.1", 2, "peer"),
        (" , ,1.1.1.1,", 1, "1.1.1.1"),
    ],
)
def test_the_address_is_what_the_outermost_trusted_proxy_saw(forwarded: str, hops: int, client: str) -> None:
    assert rules.client("peer", forwarded, hops) == client


@given(forged=st.text("0123456789., ", max_size=60), hops=st.integers(1, 4))
def test_nothing_that_a_client_writes_into_the_header_changes_its_address(forged: str, hops: int) -> None:
    proxies = [f"10.0.0.{n}" for n in range(hops)]  # the outermost proxy adds the client, each other the one before it
    chain = ", ".join(["1.1.1.1", *proxies[: hops - 1]])
    assert rules.client("peer", f"{forged}, {chain}", hops) == "1.1.1.1"


@given(st.emails(), st.sampled_from(["1.1.1.1", "2.2.2.2"]))
def test_failures_are_counted_per_address_typed_and_client(email: str, client: str) -> None:
    key = rules.failure_key(email, client)
    assert key == rules.failure_key(f" {email.lower()} ", client)
    assert key != rules.failure_key(email + "x", client)
    assert key != rules.failure_key(email, client + "3")
    assert email.lower().encode() not in key


def test_a_refresh_token_is_used_once_and_seconds_later_again() -> None:
    for used_at, verdict in [
        (None, "fresh"),
        (NOW, "again"),
        (NOW - timedelta(seconds=10), "again"),
        (NOW - timedelta(seconds=10, microseconds=1), "stolen"),
        (NOW - timedelta(hours=1), "stolen"),
    ]:
        assert judge(Refresh(LATER, LATER, used_at), NOW) == verdict, used_at


@pytest.mark.parametrize("used_at", [None, NOW])
def test_an_expired_token_or_family_is_over_used_or_not(used_at: datetime | None) -> None:
    assert judge(Refresh(NOW, LATER, used_at), NOW) == "over"
    assert judge(Refresh(LATER, NOW, used_at), NOW) == "over"
    assert judge(None, NOW) == "over"


@given(st.text(), st.text(), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_successor_is_always_the_same_and_needs_both_the_token_and_its_row(
    token: str, other: str, salt: bytes, other_salt: bytes
) -> None:
    following = rules.successor(token, salt)
    assert following == rules.successor(token, salt)
    assert len(following) == 64
    if token != other:
        assert following != rules.successor(other, salt)
    if salt != other_salt:
        assert following != rules.successor(token, other_salt)
