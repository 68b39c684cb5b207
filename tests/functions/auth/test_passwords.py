"""bcrypt: its cost, its seventy-two bytes, and one check whoever asks."""

import asyncio
import os
import threading
from typing import Any

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.auth import passwords
from functions.auth.passwords import PasswordNotUsable, PasswordTooLong, PasswordTooShort, fits, hash_of, usable


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What every check of bcrypt was run against."""
    seen: list[bytes] = []
    real = bcrypt.checkpw

    def check(password: bytes, against: bytes) -> bool:
        seen.append(against)
        return real(password, against)

    monkeypatch.setattr(bcrypt, "checkpw", check)
    return seen


async def test_a_password_fits_its_own_hash_and_no_other() -> None:
    stored = await hash_of("correct horse battery")
    assert await fits("correct horse battery", stored)
    assert not await fits("correct horse batterY", stored)
    assert not await fits("correct horse battery", None)
    assert await hash_of("correct horse battery") != stored


async def test_an_over_long_password_is_refused_and_never_cut() -> None:
    longest = "a" * 72
    stored = await hash_of(longest)
    assert await fits(longest, stored)
    assert not await fits(longest + "b", stored)
    with pytest.raises(PasswordTooLong):
        await hash_of(longest + "b")
    with pytest.raises(PasswordTooLong):
        usable("é" * 37)  # 74 bytes
    assert usable("é" * 36) == ("é" * 36).encode()


@pytest.mark.parametrize("text", ["with a nul \x00 inside", "with a line\nfeed", "half a pair \ud800 only"], ids=ascii)
async def test_characters_that_bcrypt_would_end_at_are_refused(text: str) -> None:
    with pytest.raises(PasswordNotUsable):
        usable(text)
    assert not await fits(text, await hash_of("with a nul, or not"))


def test_eleven_characters_are_too_few() -> None:
    with pytest.raises(PasswordTooShort):
        usable("a" * 11)
    assert usable("a" * 12)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=12, max_size=18))
def test_every_printable_text_of_that_length_is_usable(text: str) -> None:
    assert usable(text).decode() == text


@pytest.mark.parametrize("password", ["correct horse battery", "short", "a" * 100, "nul \x00 in the middle"], ids=ascii)
@pytest.mark.parametrize("known", [True, False], ids=["known account", "unknown account"])
async def test_every_answer_takes_one_check_of_the_same_cost(
    password: str, known: bool, checks: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = await hash_of("another password") if known else None
    assert not await fits(password, stored)
    assert [against[:7] for against in checks] == [b"$2b$04$"]


async def test_as_many_checks_run_at_once_as_there_are_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    passwords._limiter.cache_clear()
    running, most, both = 0, 0, threading.Event()
    lock = threading.Lock()

    def check(*_: Any) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 2:
                both.set()
        assert both.wait(10)
        with lock:
            running -= 1
        return False

    monkeypatch.setattr(bcrypt, "checkpw", check)
    await asyncio.gather(*(fits("correct horse battery", None) for _ in range(8)))
    passwords._limiter.cache_clear()
    assert most == 2


@pytest.mark.real_cost
async def test_the_real_cost_is_twelve_for_hashes_and_for_nobodys(checks: list[bytes]) -> None:
    stored = await hash_of("correct horse battery")
    assert stored.startswith("$2b$12$")
    assert await fits("correct horse battery", stored)
    assert not await fits("correct horse battery", None)
    assert [against[:7] for against in checks] == [b"$2b$12$", b"$2b$12$"]
