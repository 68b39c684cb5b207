"""A draft survives its form: what is rendered, sent as browsers send it, and read again is the same draft."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.election import definitions
from functions.frontend import drafts
from functions.frontend.routes.desk import drafting
from shared.contracts.draft import Draft
from shared.methods import METHODS
from tests.functions.frontend.browser import fields
from tests.functions.frontend.markup import Node, check

ELECTION = UUID(int=7)
letters = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
line = st.text(letters, max_size=30).map(str.strip)
prose = st.lists(line, max_size=3).map(lambda lines: "\n".join(lines).strip())
slugs = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
options: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": slugs,
        "name": line.filter(bool),
        "text": prose,
        "link": st.sampled_from(["", "https://example.org/a?b=1&c=%20"]),
    }
)
quorums = st.sampled_from([None, "at least 1/4", "more than 20", "at least 999999/999999"])
others: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": slugs,
        "title": line,
        "method": st.sampled_from([*(name for name in METHODS if not METHODS[name].roles), "a-method-of-tomorrow"]),
        "seats": st.none() | st.integers(1, 100),
        "min_marks": st.integers(0, 200),
        "max_marks": st.none() | st.integers(1, 200),
        "blank_allowed": st.booleans(),
        "ties": st.sampled_from(["lot", "officer"]),
        "reopen_nominations": st.booleans(),
        "text": prose,
        "quorum": quorums,
        "options": st.lists(options, max_size=5, unique_by=lambda option: str(option["id"])),
    }
)
motions: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": slugs,
        "title": line,
        "method": st.just("motion"),
        "blank_allowed": st.booleans(),
        "text": prose,
        "majority": st.fixed_dictionaries(
            {
                "share": st.sampled_from(["more than 1/2", "at least 2/3", "at least 999/1000"]),
                "of": st.sampled_from(["votes for and against", "votes cast", "roll"]),
            }
        ),
        "quorum": quorums,
        "options": st.lists(options, min_size=2, max_size=4, unique_by=lambda option: str(option["id"])),
    }
)
contests = others | motions
zones = st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Nowhere/Atlantis"])


def times(offset: tzinfo | None) -> st.SearchStrategy[datetime | None]:
    """Times in the middle of a month in which no clock is put forward or back."""
    some = st.datetimes(datetime(2027, 1, 10), datetime(2027, 1, 20))
    return st.none() | some.map(lambda moment: moment.replace(microsecond=0, tzinfo=offset))


@st.composite
def whole_drafts(draw: st.DrawFn) -> dict[str, Any]:
    """A draft as `election` gives it, its times with an offset or without."""
    found = draw(st.lists(contests, max_size=3, unique_by=lambda contest: contest["id"]))
    ids = [contest["id"] for contest in found]
    some = (
        st.lists(st.sampled_from(ids), unique=True).map(lambda chosen: [i for i in ids if i in chosen])
        if ids
        else st.just([])
    )
    styles: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({"id": slugs, "name": line, "contests": some})
    offset = UTC if draw(st.booleans()) else None
    given = {
        "title": draw(line),
        "description": draw(prose),
        "time_zone": draw(zones),
        "opens_at": draw(times(offset)),
        "closes_at": draw(times(offset)),
        "publish": draw(st.sampled_from(["by hand", "after the count"])),
        "contests": found,
        "styles": draw(st.lists(styles, max_size=2, unique_by=lambda style: str(style["id"]))),
    }
    return Draft.model_validate(given).model_dump(mode="json")


def form_of(draft: dict[str, Any]) -> Node:
    page = check(bytes(drafting._form(draft, ELECTION, revision="3").body).decode())
    return next(form for form in page.all("form") if form.attrs["action"].endswith("/draft"))


def sent(form: Node, **typed: str | list[str] | bytes | None) -> dict[str, list[str]]:
    """The form's fields as a server reads them."""
    found: dict[str, list[str]] = {}
    for name, value in fields(form, typed):
        found.setdefault(name, []).append(str(value))
    return found


def in_utc(draft: Draft) -> Draft:
    """The draft with its times as moments, so that 10:00+00:00 and ten in London are the same in winter."""
    zone = definitions.zone(draft) or ZoneInfo("UTC")
    moments = {name: definitions.moment(getattr(draft, name), zone) if getattr(draft, name) else None
               for name in ("opens_at", "closes_at")}  # fmt: skip
    return draft.model_copy(update=moments)


@given(whole_drafts())
@settings(max_examples=40)
def test_a_draft_comes_back_from_its_form_as_it_was(draft: dict[str, Any]) -> None:
    read = drafts.to_send(drafts.read(sent(form_of(draft))))
    assert in_utc(Draft.model_validate(read)) == in_utc(Draft.model_validate(draft))


def test_lines_that_end_as_browsers_end_them_end_as_elsewhere() -> None:
    form = form_of(drafts.empty_draft(datetime(2027, 1, 1, tzinfo=UTC), "UTC"))
    typed = sent(form, description="One\r\n\r\ntwo", c0_o0_name="Ada", c0_o0_text="I\r\nam")
    read = drafts.to_send(drafts.read(typed))
    assert (read["description"], read["contests"][0]["options"][0]["text"]) == ("One\n\ntwo", "I\nam")
    Draft.model_validate(read)


def test_a_new_draft_is_open_from_tomorrow_for_a_week_and_lacks_only_what_nobody_can_guess() -> None:
    draft = Draft.model_validate(
        drafts.to_send(drafts.empty_draft(datetime(2027, 1, 1, 22, 30, tzinfo=UTC), "Europe/Paris"))
    )
    assert (draft.opens_at, draft.closes_at) == (datetime(2027, 1, 2, 9), datetime(2027, 1, 9, 20))
    wrong = {fault.code for fault in definitions.faults(draft, datetime(2027, 1, 1, 22, 30, tzinfo=UTC))}
    assert wrong == {"no_title", "no_option"}


def test_rows_left_empty_are_no_options_but_a_statement_without_a_name_is_not_lost() -> None:
    form = form_of(drafts.empty_draft(datetime(2027, 1, 1, tzinfo=UTC), "UTC"))
    read = drafts.to_send(drafts.read(sent(form, c0_o0_name=" ", c0_o1_name="Ada", c0_o2_text="A word")))
    assert [(option["name"], option["text"]) for option in read["contests"][0]["options"]] == [
        ("Ada", ""),
        ("", "A word"),
    ]


def two_contests() -> dict[str, Any]:
    draft = drafts.empty_draft(datetime(2027, 1, 1, tzinfo=UTC), "UTC")
    draft["contests"] = [
        {**drafts.empty_contest(), "id": slug, "options": [{"id": o, "name": o, "text": "", "link": ""} for o in "xyz"]}
        for slug in ("a", "b")
    ]
    draft["styles"] = [{"id": "all", "name": "", "contests": ["a", "b"]}]
    return draft


@pytest.mark.parametrize(
    ("do", "contests", "options", "styles"),
    [
        ("add-contest", ["a", "b", None], "xyz", [["a", "b"]]),
        ("add-motion", ["a", "b", None], "xyz", [["a", "b"]]),
        ("drop-contest-1", ["a"], "xyz", [["a"]]),
        ("drop-option-0-1", ["a", "b"], "xz", [["a", "b"]]),
        ("raise-option-0-2", ["a", "b"], "xzy", [["a", "b"]]),
        ("add-style", ["a", "b"], "xyz", [["a", "b"], ["a", "b"]]),
        ("drop-style-0", ["a", "b"], "xyz", []),
    ],
)
def test_each_button_changes_the_form_and_nothing_else(
    do: str, contests: list[str | None], options: str, styles: list[list[str]]
) -> None:
    draft = drafts.changed(two_contests(), do)
    assert [contest["id"] for contest in draft["contests"]] == contests
    assert "".join(option["id"] for option in draft["contests"][0]["options"]) == options
    assert [style["contests"] for style in draft["styles"]] == styles


def test_more_options_are_five_empty_rows() -> None:
    draft = drafts.changed(two_contests(), "add-options-1")
    assert [option["name"] for option in draft["contests"][1]["options"]] == ["x", "y", "z", *[""] * 5]


BUTTONS = re.compile(
    r"add-contest|add-motion|add-style|drop-style-0+|drop-contest-0*[01]|add-options-0*[01]|(drop|raise)-option-0*[01]-0*[012]"
)


@given(
    st.text(max_size=30) | st.from_regex(r"(add|drop|raise)-(contest|motion|option|options|style)(-[0-9²]{1,4}){0,3}")
)
def test_what_is_no_button_changes_nothing(do: str) -> None:
    assert drafts.changed(two_contests(), do) == two_contests() or BUTTONS.fullmatch(do)


@given(st.dictionaries(
    st.sampled_from(["contests", "c0-options", "c0-seats", "styles", "c0-min", "s0-c0", "title", "c0-method",
                     "c0-share", "c0-other", "c0-of", "c0-quorum", "c0-o0-name"]),
    st.lists(st.text(max_size=6) | st.sampled_from(["1", "motion", "0/0", "0%", "9 %"]), max_size=2)))  # fmt: skip
def test_no_form_whatever_makes_reading_it_fail(form: dict[str, list[str]]) -> None:
    drafts.to_send(drafts.roomy(drafts.read(form)))


def new(**typed: str | list[str]) -> dict[str, Any]:
    """The first contest of a new draft, as it is sent with these fields filled in."""
    form = form_of(drafts.empty_draft(datetime(2027, 1, 1, tzinfo=UTC), "UTC"))
    contest: dict[str, Any] = drafts.read(sent(form, **typed))["contests"][0]
    return contest


MOTION = {"method": "motion", "majority": {"share": "more than 1/2", "of": "votes for and against"}}


def names_of(contest: dict[str, Any]) -> list[str]:
    return [option["name"] for option in contest["options"]]


def test_a_motion_takes_the_place_of_a_contest_nobody_wrote_into() -> None:
    draft = drafts.changed(drafts.empty_draft(datetime(2027, 1, 1, tzinfo=UTC), "UTC"), "add-motion")
    [motion] = draft["contests"]
    assert (motion.items() >= MOTION.items(), names_of(motion)) == (True, ["For", "Against", "Abstain"])
    assert motion["blank_allowed"] is False
    assert len(drafts.changed(draft, "add-motion")["contests"]) == 2


def test_a_contest_that_becomes_a_motion_keeps_what_was_written_and_asks_for_a_simple_majority() -> None:
    motion = new(c0_method="motion", c0_title="A boat", c0_seats="3", c0_quorum="1/4")
    assert motion.items() >= {**MOTION, "title": "A boat", "quorum": "at least 1/4", "seats": 1}.items()
    assert names_of(motion) == ["For", "Against", "Abstain"]
    named = new(c0_method="motion", c0_title="A boat", c0_o0_name="Yes", c0_o1_name="No")
    assert names_of(named) == ["Yes", "No", ""]


def test_for_and_against_keep_their_places_when_a_name_is_taken_away() -> None:
    draft = drafts.changed(drafts.empty_draft(datetime(2027, 1, 1, tzinfo=UTC), "UTC"), "add-motion")
    typed = sent(form_of(draft), c0_o0_name=" ", c0_o1_name="No", c0_o2_name="")
    [read] = drafts.to_send(drafts.read(typed))["contests"]
    assert names_of(read) == ["For", "No"]


@pytest.mark.parametrize(
    ("typed", "share"),
    [
        ("at least 3/5", "at least 3/5"),
        ("3/5", "at least 3/5"),
        (" More than 60% ", "more than 3/5"),
        ("75 %", "at least 3/4"),
        ("half", "half"),
        ("", "at least 2/3"),
    ],
)
def test_another_majority_goes_before_the_list(typed: str, share: str) -> None:
    draft = drafts.changed(drafts.empty_draft(datetime(2027, 1, 1, tzinfo=UTC), "UTC"), "add-motion")
    form = sent(form_of(draft), c0_share="at least 2/3", c0_of="roll", c0_other=typed)
    assert drafts.read(form)["contests"][0]["majority"] == {"share": share, "of": "roll"}


@pytest.mark.parametrize(
    ("typed", "quorum"),
    [("", None), ("50", "at least 50"), ("25 %", "at least 1/4"), ("more than 1/2", "more than 1/2"), ("all", "all")],
)
def test_a_quorum_is_typed_as_people_write_it(typed: str, quorum: str | None) -> None:
    assert new(c0_quorum=typed)["quorum"] == quorum


def test_a_contest_added_beside_styles_gets_an_id_of_its_own() -> None:
    draft = two_contests()
    draft["contests"][0]["id"] = "c3"
    draft = drafts.changed(drafts.changed(draft, "add-contest"), "add-style")
    assert [contest["id"] for contest in draft["contests"]] == ["c3", "b", "c1"]
    assert draft["styles"][1]["contests"] == ["c3", "b", "c1"]


def test_a_time_with_an_offset_is_shown_by_the_clock_of_the_elections_zone() -> None:
    draft = two_contests() | {"time_zone": "America/New_York", "opens_at": "2027-01-15T15:00:00Z"}
    assert sent(form_of(draft))["opens_at"] == ["2027-01-15T10:00"]
    draft["opens_at"] = "2027-01-15T15:00:30Z"
    assert sent(form_of(draft))["opens_at"] == ["2027-01-15T10:00:30"]
