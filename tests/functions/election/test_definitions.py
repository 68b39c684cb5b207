"""What keeps a draft from being scheduled, found before anyone relies on it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.election import definitions
from shared.contracts.definition import BoxKey, Contest, Definition, Majority
from shared.contracts.draft import Draft
from shared.methods import METHODS

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


def draft(**changes: Any) -> Draft:
    """A draft that can be scheduled, but for the changes."""
    contest = {"id": "chair", "title": "Chair", "options": [{"id": "ada", "name": "Ada"}, {"id": "bob", "name": "Bob"}]}
    times = {"opens_at": "2026-05-01T09:00", "closes_at": "2026-05-08T17:00"}
    return Draft.model_validate({"title": "Spring", **times, "contests": [contest], **changes})


def faulty(**changes: Any) -> list[tuple[str, str]]:
    return [(fault.where, fault.code) for fault in definitions.faults(draft(**changes), NOON)]


KEY = BoxKey(public_key="0" * 64, seed_commitment="0" * 64, proof="x")
TWO = [{"name": "Ada"}, {"name": "Bob"}]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"title": " "}, ("title", "no_title")),
        ({"contests": []}, ("contests", "no_contest")),
        ({"time_zone": "Europe/Atlantis"}, ("time_zone", "unknown_time_zone")),
        ({"time_zone": "Europe"}, ("time_zone", "unknown_time_zone")),
        ({"opens_at": None}, ("times", "no_times")),
        ({"closes_at": None}, ("times", "no_times")),
        ({"closes_at": "2026-05-01T09:00"}, ("closes_at", "closes_before_opening")),
        ({"opens_at": "2026-04-01T09:00", "closes_at": "2026-05-02T12:00"}, ("closes_at", "closes_in_the_past")),
        ({"opens_at": "2026-06-01T09:00", "closes_at": "2026-08-30T09:01"}, ("closes_at", "open_too_long")),
        ({"styles": [{"id": "north", "contests": []}]}, ("Style north", "bad_style")),
        ({"styles": [{"id": "north", "contests": ["mayor"]}]}, ("Style north", "bad_style")),
        ({"styles": [{"id": "north", "contests": ["chair"]}] * 2}, ("styles", "twice")),
    ],
)
def test_each_fault_is_named_with_its_place(changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faulty(**changes) == [fault]


def test_two_contests_with_one_id_are_a_fault() -> None:
    contest = {"id": "c", "title": "Chair", "options": TWO}
    assert faulty(contests=[contest, contest]) == [("contests", "twice")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, "no_title"),
        ({"options": []}, "no_option"),
        ({"options": [{"name": "Ada"}, {"name": ""}]}, "option_without_name"),
        ({"options": [{"name": "Ada"}, {"name": "ADA"}]}, "twice"),
        ({"options": [{"id": "ada", "name": "Ada"}, {"id": "ada", "name": "Bob"}]}, "twice"),
        ({"options": [*TWO, {"name": "Re-open nominations"}], "reopen_nominations": True}, "twice"),
        ({"options": [{"name": f"N{n}"} for n in range(200)], "reopen_nominations": True}, "too_many_options"),
        ({"method": "dice"}, "unknown_method"),
        ({"seats": None}, "no_seats"),
        ({"method": "approval", "min_marks": 2, "max_marks": 1}, "limits_cross"),
        ({"method": "approval", "min_marks": 4}, "limits_cross"),
        ({"method": "motion", "options": TWO[:1]}, "other_options"),
        ({"method": "motion", "options": [*TWO, {"name": "Cyd"}, {"name": "Dan"}]}, "other_options"),
        ({"method": "motion", "options": TWO, "reopen_nominations": True}, "other_options"),
        ({"method": "motion", "options": TWO, "seats": 2}, "too_many_seats"),
        ({"method": "motion", "options": [{"name": "Yes"}, {"name": "yes"}]}, "twice"),
        ({"method": "approval", "majority": {"share": "more than 1/2", "of": "roll"}}, "majority_of_no_motion"),
    ],
)
def test_each_fault_of_a_contest_is_named(changes: dict[str, Any], code: str) -> None:
    assert codes(**changes) == [code]


def test_as_many_marks_as_seats_may_be_asked_for_where_a_paper_has_a_mark_a_seat() -> None:
    assert codes(method="block", seats=3, min_marks=3) == []
    assert codes(method="block", seats=2, min_marks=3) == ["limits_cross"]


def frozen_contest(**changes: Any) -> Contest:
    contest = {"title": "A boat", "options": TWO, **changes}
    return definitions.freeze(UUID(int=1), definitions.numbered(draft(contests=[contest])), KEY, NOON).contests[0]


@pytest.mark.parametrize("options", [TWO, [*TWO, {"name": "Cyd"}]])
def test_a_motion_has_two_options_or_three_and_freezes_the_majority_that_carries_it(options: list[Any]) -> None:
    motion: dict[str, Any] = {"title": "A boat", "method": "motion", "options": options}
    assert faulty(contests=[motion]) == []
    assert frozen_contest(**motion).majority == Majority(share="more than 1/2", of="votes for and against")
    asked = {"share": "at least 2/3", "of": "roll"}
    whole = frozen_contest(**motion, majority=asked, quorum="at least 1/4", text="That we\nbuy one.")
    assert whole.majority == Majority(share="at least 2/3", of="roll")
    assert (whole.quorum, whole.text) == ("at least 1/4", "That we\nbuy one.")


def test_the_rule_and_the_wording_are_part_of_what_is_frozen_and_say_nothing_where_there_is_none() -> None:
    """So that what was frozen before there were motions has the digest it had."""
    motion = frozen_contest(method="motion")
    seen = {motion.model_dump_json()}
    for change in ({"majority": Majority(share="at least 1/2")}, {"quorum": "at least 5"}, {"text": "More."}):
        changed = motion.model_copy(update=change)
        assert Contest.model_validate_json(changed.model_dump_json()) == changed
        seen.add(changed.model_dump_json())
    assert len(seen) == 4
    assert not {"majority", "quorum", "text"} & frozen_contest(method="plurality").model_dump(mode="json").keys()


@pytest.mark.parametrize(
    "changes",
    [{"majority": {"share": share}} for share in ("1/2", "half", "more than 1/1", "at least 3/2", "at least 50 %")]
    + [{"majority": {"of": "members"}}, {"quorum": "20"}, {"quorum": "at least 0"}, {"quorum": "at least 5/4"}],
)
def test_a_majority_or_quorum_that_says_nothing_possible_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        draft(contests=[{"title": "A boat", "method": "motion", "options": TWO, **changes}])


def test_every_fault_is_told_at_once() -> None:
    assert faulty(title="", opens_at=None, contests=[{"title": ""}]) == [
        ("title", "no_title"),
        ("times", "no_times"),
        ("Contest 1", "no_title"),
        ("Contest 1", "no_option"),
    ]


def test_an_election_open_for_ninety_days_is_just_short_enough() -> None:
    assert faulty(opens_at="2026-06-01T09:00", closes_at="2026-08-30T09:00") == []
    assert faulty(opens_at="2020-01-01T09:00", closes_at="2026-07-31T12:00") == []  # from now on


@pytest.mark.parametrize(
    ("zone", "written", "utc"),
    [
        ("Europe/London", "2026-01-15T12:00", "2026-01-15T12:00Z"),
        ("Europe/London", "2026-07-15T12:00", "2026-07-15T11:00Z"),
        ("Pacific/Auckland", "2026-01-15T12:00", "2026-01-14T23:00Z"),
        ("Asia/Kathmandu", "2026-01-15T12:00", "2026-01-15T06:15Z"),
        ("Europe/London", "2026-07-15T12:00+05:00", "2026-07-15T07:00Z"),
        # Clocks are put forward at one o'clock on 29 March 2026: there is no half past one.
        ("Europe/London", "2026-03-29T00:59", "2026-03-29T00:59Z"),
        ("Europe/London", "2026-03-29T01:30", None),
        ("Europe/London", "2026-03-29T02:00", "2026-03-29T01:00Z"),
        ("Europe/London", "2026-03-29T01:30Z", "2026-03-29T01:30Z"),
        # And back at two o'clock on 25 October: half past one is there twice, and the first is meant.
        ("Europe/London", "2026-10-25T01:30", "2026-10-25T00:30Z"),
        ("Europe/London", "2026-10-25T02:00", "2026-10-25T02:00Z"),
        # Lord Howe Island moves its clocks by half an hour.
        ("Australia/Lord_Howe", "2026-10-04T02:15", None),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z"),
    ],
)
def test_a_time_is_that_of_the_elections_zone_and_one_that_clocks_skip_is_none(
    zone: str, written: str, utc: str | None
) -> None:
    expected = datetime.fromisoformat(utc) if utc else None
    assert definitions.moment(datetime.fromisoformat(written), ZoneInfo(zone)) == expected


def test_a_closing_that_clocks_skip_is_a_fault() -> None:
    times = {"opens_at": "2027-03-27T09:00", "closes_at": "2027-03-28T01:30", "time_zone": "Europe/London"}
    assert faulty(**times) == [("times", "skipped_time")]


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), st.sampled_from(["Europe/London", "America/Caracas"])
)
def test_a_time_that_exists_comes_back_as_it_was_written(written: datetime, name: str) -> None:
    utc = definitions.moment(written, ZoneInfo(name))
    if utc is not None:
        assert utc.astimezone(ZoneInfo(name)).replace(tzinfo=None) == written


def test_whatever_has_no_id_gets_one_that_is_free() -> None:
    contests = [
        {"title": "A", "options": [{"name": "x"}, {"id": "o1", "name": "y"}, {"name": "z"}]},
        {"id": "c1", "title": "B", "options": []},
        {"title": "C", "options": []},
    ]
    numbered = definitions.numbered(draft(contests=contests))
    assert [contest.id for contest in numbered.contests] == ["c2", "c1", "c3"]
    assert [option.id for option in numbered.contests[0].options] == ["o2", "o1", "o3"]
    assert definitions.numbered(numbered) == numbered


def test_re_open_nominations_is_the_last_option_and_the_contest_knows_it() -> None:
    options = [{"id": "ron1", "name": "Ron"}, {"name": "Ada"}]
    contest = {"title": "Chair", "options": options, "reopen_nominations": True}
    frozen = definitions.freeze(UUID(int=1), definitions.numbered(draft(contests=[contest])), KEY, NOON)
    assert [(option.id, option.name) for option in frozen.contests[0].options] == [
        ("ron1", "Ron"),
        ("o1", "Ada"),
        ("ron2", "Re-open nominations"),
    ]
    assert frozen.contests[0].reopen == frozen.contests[0].for_counting().reopen == "ron2"
    without = definitions.freeze(UUID(int=1), definitions.numbered(draft()), KEY, NOON)
    assert without.contests[0].reopen is None


def test_an_opening_in_the_past_is_an_opening_now_and_times_are_frozen_in_utc() -> None:
    written = draft(time_zone="Europe/London", closes_at="2026-07-08T17:00")
    frozen = definitions.freeze(UUID(int=1), definitions.numbered(written), KEY, NOON)
    assert frozen.opens_at == NOON
    assert frozen.closes_at == datetime(2026, 7, 8, 16, tzinfo=UTC)
    assert [(style.id, style.contests) for style in frozen.styles] == [("all", ("chair",))]


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
options = st.lists(st.builds(lambda name: {"name": name, "text": name}, names), max_size=4)
contests = st.lists(
    st.fixed_dictionaries(
        {
            "title": names,
            "method": st.sampled_from([*METHODS, "dice"]),
            "seats": st.sampled_from([None, 1, 2, 100]),
            "options": options,
            "min_marks": st.integers(0, 3),
            "max_marks": st.sampled_from([None, 1, 2, 200]),
            "reopen_nominations": st.booleans(),
            "text": st.sampled_from(["", "Two\nlines"]),
            "majority": st.sampled_from([None, {"share": "at least 2/3", "of": "roll"}]),
            "quorum": st.sampled_from([None, "at least 1/4", "more than 20"]),
        }
    ),
    max_size=3,
)


@given(title=names, contests=contests, named=st.sampled_from([[], ["c1"], ["c1", "c2"]]))
def test_a_draft_without_faults_can_always_be_frozen(title: str, contests: list[Any], named: list[str]) -> None:
    styles = [{"id": "north", "name": title, "contests": named}] if named else []
    whole = definitions.numbered(draft(title=title, contests=contests, styles=styles))
    if not definitions.faults(whole, NOON):
        frozen = definitions.freeze(UUID(int=1), whole, KEY, NOON)
        assert Definition.model_validate_json(frozen.canonical()) == frozen
        assert not definitions.too_large(frozen)


@pytest.mark.parametrize("text", ["\x85", "line\nfeed", "\x00", "\x1b[31m", "\x9f"], ids=ascii)
def test_a_name_with_control_characters_is_refused_before_it_is_kept(text: str) -> None:
    """Or the draft could be kept, and not be frozen."""
    name = f"a{text}b"
    for changes in (
        {"title": name},
        {"contests": [{"title": name}]},
        {"contests": [{"options": [{"name": name}]}]},
        {"styles": [{"id": "north", "name": name, "contests": []}]},
    ):
        with pytest.raises(ValidationError):
            draft(**changes)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "1999-12-31T23:59", "9999-12-31T23:59:59-12:00"])
def test_a_time_at_the_calendars_ends_is_refused(moment: str) -> None:
    with pytest.raises(ValidationError):
        draft(opens_at=moment)


def test_a_definition_beyond_what_an_event_carries_is_too_large() -> None:
    options = [{"name": f"{number} {'x' * 150}"} for number in range(60)]
    many = [{"title": f"Contest {number}", "options": options} for number in range(12)]
    frozen = definitions.freeze(UUID(int=1), definitions.numbered(draft(contests=many)), KEY, NOON)
    assert definitions.too_large(frozen)
