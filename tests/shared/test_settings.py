"""Settings are read once, from a mapping; one that is missing or malformed is a sentence that names it."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from shared.settings import BadSetting, Settings


def test_without_an_environment_every_setting_has_its_default() -> None:
    settings = Settings.from_env({})
    assert (settings.function, settings.pool_size, settings.statement_cache, settings.trusted_hops) == (
        "frontend",
        "4",
        "100",
        "0",
    )


def test_every_setting_has_a_name_and_a_meaning_of_its_own() -> None:
    said = [(field.metadata["name"], field.metadata["meaning"]) for field in fields(Settings)]
    assert len({name for name, _ in said}) == len(said)
    assert all(name.isupper() and meaning for name, meaning in said)


def test_each_setting_is_read_under_its_name() -> None:
    for field in fields(Settings):
        value = "7"
        assert getattr(Settings.from_env({field.metadata["name"]: value}), field.name) == value


@pytest.mark.parametrize("name", ["UVOTE_POOL_SIZE", "DATABASE_STATEMENT_CACHE", "UVOTE_TRUSTED_HOPS"])
@pytest.mark.parametrize("value", ["", "four", "-1", "1.5", "0x4", "²", " 4"])
def test_a_number_that_is_none_is_a_sentence_that_names_the_setting(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name} is not a whole number"):
        Settings.from_env({name: value})


def test_a_pool_holds_at_least_one_connection() -> None:
    with pytest.raises(BadSetting, match="UVOTE_POOL_SIZE is not a whole number from 1 on"):
        Settings.from_env({"UVOTE_POOL_SIZE": "0"})


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings.from_env({}).function = "auth"  # type: ignore[misc]


def test_where_another_function_answers_is_known_or_named_as_missing() -> None:
    settings = Settings.from_env({"UVOTE_VOTER_URL": "http://voter/"})
    assert settings.peer("voter") == "http://voter"
    with pytest.raises(BadSetting, match=r"Missing setting: UVOTE_BALLOT_URL\."):
        settings.peer("ballot")


def test_the_address_of_links_has_no_slash_at_its_end_however_it_is_written() -> None:
    assert Settings.from_env({"UVOTE_PUBLIC_URL": "https://vote.example.org/"}).public_url == "https://vote.example.org"


def test_a_secret_is_thirty_two_bytes_in_hexadecimal(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    settings = Settings.from_env({"UVOTE_SECRET": str(file)})
    with pytest.raises(BadSetting, match="UVOTE_SECRET"):
        settings.secret()
    right = {"00" * 32, "ff" * 32 + "\n"}
    for text in (*right, "00" * 31, "00" * 33, "zz" * 32, ""):
        file.write_text(text)
        if text in right:
            assert settings.secret() == bytes.fromhex(text)
        else:
            with pytest.raises(BadSetting, match="UVOTE_SECRET") as refused:
                settings.secret()
            assert not text or text not in str(refused.value)
