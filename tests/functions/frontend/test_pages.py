"""Moments, receipts and numbers as people read them; what a page loads."""

from datetime import UTC, datetime

import pytest

from functions.frontend import pages

NOON = datetime(2026, 7, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "said"),
    [
        (NOON, "Europe/London", "Wednesday 1 July 2026, 12:00 BST"),
        ("2026-12-01T11:00:00+00:00", "Europe/London", "Tuesday 1 December 2026, 11:00 GMT"),
        ("2026-07-01T11:00:00", "Europe/London", "Wednesday 1 July 2026, 11:00 BST"),
        (NOON, "America/New_York", "Wednesday 1 July 2026, 07:00 EDT"),
        (NOON, "No/Where", "Wednesday 1 July 2026, 11:00 UTC"),
        (NOON, "../../etc/passwd", "Wednesday 1 July 2026, 11:00 UTC"),
        (NOON, "", "Wednesday 1 July 2026, 11:00 UTC"),
    ],
)
def test_a_moment_is_said_with_the_zone_it_is_in(moment: str | datetime, zone: str, said: str) -> None:
    assert pages.when(moment, zone) == said


def test_a_column_says_a_moment_shortly() -> None:
    assert pages.briefly(NOON, "Europe/London") == "1 Jul 2026, 12:00 BST"


def test_what_is_no_time_stays_in_its_field_as_it_was_typed() -> None:
    assert [pages.local(text, "UTC") for text in ("tomorrow", "", None)] == ["tomorrow", "", ""]


def test_numbers_and_receipts_are_written_for_people() -> None:
    assert [pages.number(n, "voter") for n in (0, 1, 2, 12345)] == ["0 voters", "1 voter", "2 voters", "12,345 voters"]
    assert pages.number(2, "voter has", "voters have") == "2 voters have"
    assert pages.grouped("ABCDEFGHIJKLMNOP") == "ABCD EFGH IJKL MNOP"


def test_the_zones_to_choose_from_are_utc_and_places() -> None:
    assert pages.zones()[0] == "UTC"
    assert {"Europe/London", "America/Argentina/Ushuaia", "Asia/Kolkata"} <= set(pages.zones())
    assert not {"EST5EDT", "Etc/GMT+1", "Factory", "posixrules", "localtime"} & set(pages.zones())


def test_what_a_page_loads_has_a_name_that_changes_with_its_content() -> None:
    (style, (content, kind)), (icon, _) = pages.static().items()
    assert (kind, style.startswith("uvote-"), icon.endswith(".svg")) == ("text/css", True, True)
    assert b"url(" not in content and b"@import" not in content
