"""Keys that rotate, and hashes in which no two texts are the same."""

import json
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knative import keys as key_files
from shared import security
from shared.errors import Unauthenticated
from shared.security import BadToken, ExpiredToken, Keys, Signer

parts = st.lists(st.binary(max_size=6), max_size=4)


@given(parts, parts)
def test_parts_joined_can_be_told_apart(left: list[bytes], right: list[bytes]) -> None:
    assert (security.joined(*left) == security.joined(*right)) == (left == right)


@given(st.text(max_size=5), st.text(max_size=5), parts, parts)
def test_a_hash_is_of_one_domain_and_one_list_of_parts(a: str, b: str, left: list[bytes], right: list[bytes]) -> None:
    same = (a, left) == (b, right)
    assert (security.digest(a, *left) == security.digest(b, *right)) == same
    assert (security.mac(b"key", a, *left) == security.mac(b"key", b, *right)) == same
    assert security.mac(b"key", a, *left) != security.mac(b"yek", a, *left)


def test_a_hash_is_sha_256_over_each_part_with_its_length() -> None:
    """As README of the functions says it, so that a receipt can be checked without this code."""
    import hashlib

    text = b"\0\0\0\0\0\0\0\x0duvote receipt\0\0\0\0\0\0\0\x02ab"
    assert security.digest("uvote receipt", b"ab") == hashlib.sha256(text).digest()


@pytest.fixture
def folder(keys: Path, tmp_path: Path) -> Path:
    """Keys that may be changed."""
    return Path(shutil.copytree(keys, tmp_path / "keys"))


def sign(folder: Path, lifetime: float = 60) -> str:
    return Signer.from_file(str(folder / "voter.signing.json")).sign("pass", ["ballot"], lifetime, {"style": "all"})


class TestRotation:
    def test_what_an_old_key_signed_holds_after_a_new_one_came(self, folder: Path) -> None:
        known, old = Keys(str(folder / "jwks.json")), sign(folder)
        assert known.verify("pass", old, "ballot")["style"] == "all"
        key_files.rotate(folder, "voter")
        assert known.verify("pass", sign(folder), "ballot")["style"] == "all"  # read again at once: an unknown key
        assert known.verify("pass", old, "ballot")["style"] == "all"

    def test_what_a_retired_key_signed_holds_no_more(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        known, old = Keys(str(folder / "jwks.json")), sign(folder)
        known.verify("pass", old, "ballot")
        kid = json.loads((folder / "voter.signing.json").read_text())["kid"]
        key_files.rotate(folder, "voter")
        key_files.retire(folder, kid)
        later = time.monotonic() + 2  # the file is looked at once a second
        monkeypatch.setattr(time, "monotonic", lambda: later)
        with pytest.raises(BadToken):
            known.verify("pass", old, "ballot")
        assert known.verify("pass", sign(folder), "ballot")

    def test_a_stranger_with_unknown_key_ids_does_not_make_the_file_be_parsed_again(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = Keys(str(folder / "jwks.json"))
        known.find("nobody")

        def loads(*_: object) -> object:
            raise AssertionError("parsed again")

        monkeypatch.setattr(json, "loads", loads)
        for number in range(5):
            assert known.find(f"nobody-{number}") is None


class TestVerify:
    def test_a_token_is_good_for_whom_it_names_until_it_expires(self, folder: Path) -> None:
        known = Keys(str(folder / "jwks.json"))
        assert known.verify("pass", sign(folder), "ballot")["iss"] == "voter"
        with pytest.raises(BadToken):
            known.verify("pass", sign(folder), "result")
        with pytest.raises(ExpiredToken):
            known.verify("pass", sign(folder, lifetime=-1), "ballot")

    def test_only_an_event_may_be_late(self, folder: Path) -> None:
        known = Keys(str(folder / "jwks.json"))
        event = Signer.from_file(str(folder / "voter.signing.json")).sign("event", ["ballot"], -1, {})
        assert known.verify("event", event, "ballot", late=True)["iss"] == "voter"
        with pytest.raises(Unauthenticated):
            known.verify("event", event, "ballot")

    @pytest.mark.parametrize("kind", list(security.ISSUERS))
    @pytest.mark.parametrize("signer", ["auth", "voter", "election", "ballot", "result"])
    def test_each_kind_of_token_is_signed_by_those_who_may_say_it(self, keys: Path, kind: str, signer: str) -> None:
        """A session by `auth` alone, a grant by `election` alone, and so on."""
        may = {
            "session": {"auth"},
            "grant": {"election"},
            "pass": {"voter"},
            "service": {"voter", "result", "election"},
            "boxkey": {"result"},
            "event": {"election", "voter", "ballot", "result"},
        }
        token = Signer.from_file(str(keys / f"{signer}.signing.json")).sign(kind, ["x"], 60, {})
        known = Keys(str(keys / "jwks.json"))
        if signer in may[kind]:
            assert known.verify(kind, token, "x")["iss"] == signer
        else:
            with pytest.raises(BadToken):
                known.verify(kind, token, "x")
