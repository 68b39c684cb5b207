"""Moments, receipts and numbers as people read them; results of every method as whole pages."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import Response

from functions.frontend import pages
from shared.contracts.definition import Contest
from shared.methods import METHODS, export, ties
from shared.methods.model import Decision, Marks
from tests.functions.frontend.markup import Node, check

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


NAMES = {"a": "Ada <i>", "b": "Bob & Co", "c": "Cyd"}
PAPERS: list[Mapping[Marks, int]] = [{}, {(): 2}, {("a",): 3, ("b",): 2, ("c",): 1}]
RANKINGS: list[Mapping[Marks, int]] = [
    {("a", "b", "c"): 1, ("b", "c", "a"): 1, ("c", "a", "b"): 1},
    {("a", "b"): 5, ("b", "a"): 5, ("c",): 1},
    {("a", "b"): 30, ("b", "c"): 21, ("c", "b"): 10, (): 4},
]


def record(method: str, seats: int, papers: Mapping[Marks, int], by: str) -> dict[str, Any]:
    """What is published of one contest counted by the method, its ties broken by lot, by an officer, or left open."""
    options = [{"id": option, "name": name} for option, name in NAMES.items()]
    contest = Contest.model_validate(
        {
            "id": "c1",
            "title": "A < B",
            "method": method,
            "seats": seats,
            "options": options,
            "ties": "lot" if by == "lot" else "officer",
        }
    )
    counting, lot = contest.for_counting(), None
    if by == "lot":
        lot = ties.draw(b"s" * 32, b"r" * 32, counting)
    decisions: list[Decision] = []
    counted = METHODS[method].count(counting, papers, lot=lot)
    while by == "officer" and counted.open_tie:
        decisions.append(Decision(counted.open_tie.stage, counted.open_tie.options))
        counted = METHODS[method].count(counting, papers, decisions=decisions)
    return {
        "contest": contest.model_dump(mode="json"),
        "shown": {
            **{name: getattr(contest, name) for name in ("id", "title", "method", "seats")},
            "method_title": METHODS[method].title,
            "options": options,
            "rejected": 1,
            "count": export.as_json(counted, NAMES),
        },
        "decisions": [{"contest": "c1", "stage": one.stage, "order": list(one.order)} for one in decisions],
    }


def result_page(found: dict[str, Any], *, preview: bool) -> Node:
    public = {
        "id": "e",
        "title": "Spring",
        "phase": "counted",
        "time_zone": "Europe/London",
        "notices": [],
        "definition": {"contests": [found["contest"]]},
    }
    whole = {
        "papers": 7,
        "closes_at": NOON.isoformat(),
        "roll": None if preview else {"size": {"all": 40}, "marked": 6, "links_read": 1},
        "contests": [found["shown"]],
        "decisions": found["decisions"],
        **({} if preview else {"seed": "5" * 64, "receipts_digest": "7" * 64, "seed_commitment": "9" * 64}),
    }
    answer: Response = pages.page("result.html", frame="base.html", public=public, record=whole, preview=preview)
    return check(bytes(answer.body).decode())


@pytest.mark.parametrize("method", METHODS)
def test_the_result_of_every_method_is_a_whole_page_with_every_stage_and_every_tie(method: str) -> None:
    most = METHODS[method].most_seats
    for papers in PAPERS + (RANKINGS if METHODS[method].paper == "ranked" else []):
        for seats in {1, min(2, most or 2)}:
            for by in ("lot", "officer", "nobody"):
                found = record(method, seats, papers, by)
                page = result_page(found, preview=by == "nobody")
                text, count = page.text(), found["shown"]["count"]
                table = next(page.all("table"))
                heads = [cell.text() for cell in next(table.all("thead")).all("th")]
                assert len(heads) == len(count["stages"]) + 2
                for row, name in zip(list(table.all("tr"))[1:], NAMES.values(), strict=False):
                    cells = [cell.text() for cell in row.all("th", "td")]
                    assert cells[0] == name
                    assert cells[1:-1] == [stage["votes"][name] for stage in count["stages"]]
                    assert (cells[-1] == "Elected") == (name in count["winners"])
                assert text.count("broken by lot") == (len(count["ties"]) if by == "lot" else 0)
                assert text.count("broken by the returning officer") == len(found["decisions"])
                assert ("A tie is open" in text) == (not count["decided"])
                assert ("Pairs: A < B" in {node.attrs.get("aria-label") for node in page.all()}) == bool(count["pairs"])


def test_the_command_to_count_again_is_one_that_counts_again() -> None:
    drawn = result_page(record("plurality", 1, {("a",): 1, ("b",): 1}, "lot"), preview=False).text()
    seed = f"--seed {'5' * 64} --receipts-digest {'7' * 64}"
    assert f"uvote count c1.blt --method plurality --contest c1 {seed} Check" in drawn
    decided = result_page(record("plurality", 1, {("a",): 1, ("b",): 1}, "officer"), preview=False).text()
    assert "uvote count c1.blt --method plurality --contest c1 --decisions decisions.json" in decided
    assert '[{"contest": "c1", "order": ["a", "b"], "stage": 1}]' in decided
