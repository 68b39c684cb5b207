"""Phases as laws: where an election may go, when an officer may do what, and what stands between it and its result."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.election import rules
from functions.election.rules import BadClosing, ClosedAlready, NotOpenYet, OpenAlready, WrongPhase
from shared.contracts.states import BoxState, CountState, Decision, OpenTie, RollState
from shared.errors import UVoteError

OPENS = datetime(2026, 5, 1, 9, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=7)
PHASES = ("draft", "scheduled", "awaiting decision", "counted", "published", "cancelled", "annulled")
ALLOWED = {
    ("draft", "scheduled"),
    ("draft", "cancelled"),
    ("scheduled", "awaiting decision"),
    ("scheduled", "counted"),
    ("scheduled", "cancelled"),
    ("scheduled", "annulled"),
    ("awaiting decision", "counted"),
    ("awaiting decision", "annulled"),
    ("counted", "published"),
    ("counted", "annulled"),
    ("published", "annulled"),
}
"""The design's phases: a draft is never annulled, an opened election never cancelled, and nothing comes back."""


def refusal(rule: Any, *arguments: Any) -> type[UVoteError] | None:
    """How a rule refuses, or None."""
    try:
        rule(*arguments)
    except UVoteError as error:
        return type(error)
    return None


@pytest.mark.parametrize(("now", "to"), list(product(PHASES, PHASES)))
def test_an_election_goes_only_where_the_phases_say(now: str, to: str) -> None:
    assert refusal(rules.move, now, to) is (None if (now, to) in ALLOWED else WrongPhase)


@given(st.lists(st.sampled_from(PHASES), max_size=30))
def test_whatever_is_tried_an_ended_election_stays_ended_and_a_published_one_can_only_be_annulled(
    tries: list[str],
) -> None:
    phase, been = "draft", ["draft"]
    for to in tries:
        if refusal(rules.move, phase, to) is None:
            phase = to
            been.append(to)
    assert been.count("draft") == 1
    for ended in ("cancelled", "annulled"):
        if ended in been:
            assert been[-1] == ended
    if "published" in been:
        assert been[been.index("published") + 1 :] in ([], ["annulled"])
        assert "cancelled" not in been


boxes = st.one_of(
    st.none(),
    st.builds(
        BoxState,
        phase=st.sampled_from(["ready", "sealed", "cleared"]),
        opens_at=st.just(OPENS),
        closes_at=st.just(CLOSES),
        refused_closes_at=st.sampled_from([None, CLOSES + timedelta(days=1)]),
        papers=st.integers(0, 3),
    ),
)
rolls = st.one_of(
    st.none(),
    st.builds(
        RollState,
        phase=st.sampled_from(["open", "closed"]),
        marked=st.integers(0, 3),
        unknown=st.integers(0, 1),
    ),
)
counts = st.one_of(
    st.none(),
    st.builds(CountState, phase=st.sampled_from(["waiting", "counting", "tied", "counted", "failed"])),
)
moments = st.sampled_from([OPENS - timedelta(seconds=1), OPENS, OPENS + timedelta(days=1), CLOSES])


@given(phase=st.sampled_from(PHASES), box=boxes, now=moments)
def test_who_may_open_close_cancel_or_annul_hangs_on_the_phase_and_the_opening(
    phase: str, box: BoxState | None, now: datetime
) -> None:
    opened = now >= OPENS
    sealed = box is not None and box.phase != "ready"
    scheduled = phase == "scheduled"
    assert refusal(rules.may_open_now, phase, OPENS, now) is (
        WrongPhase if not scheduled else OpenAlready if opened else None
    )
    assert refusal(rules.may_close_now, phase, OPENS, box, now) is (
        WrongPhase if not scheduled else NotOpenYet if not opened else ClosedAlready if sealed else None
    )
    cancels = phase in {"draft", "scheduled"}
    assert refusal(rules.may_cancel, phase, OPENS, now) is (
        WrongPhase if not cancels else OpenAlready if opened else None
    )
    annuls = phase in {"scheduled", "awaiting decision", "counted", "published"}
    assert refusal(rules.may_annul, phase, OPENS, now) is (
        WrongPhase if not annuls else NotOpenYet if not opened else None
    )


@given(phase=st.sampled_from(PHASES), now=moments)
def test_at_no_moment_can_an_election_be_both_cancelled_and_annulled(phase: str, now: datetime) -> None:
    both = (refusal(rules.may_cancel, phase, OPENS, now), refusal(rules.may_annul, phase, OPENS, now))
    assert both != (None, None)
    if phase == "scheduled":
        assert None in both


@given(
    asked=st.integers(0, 40),
    wanted=st.integers(-5, 40),
    close_asked=st.booleans(),
    box=boxes,
)
def test_a_closing_is_put_off_to_a_later_day_within_thirty_days_of_the_scheduled_one(
    asked: int, wanted: int, close_asked: bool, box: BoxState | None
) -> None:
    """In all: each extension is measured from the closing that was scheduled."""
    said = refusal(
        rules.may_extend,
        "scheduled",
        CLOSES,
        CLOSES + timedelta(days=asked),
        CLOSES + timedelta(days=wanted),
        close_asked,
        box,
    )
    if close_asked or (box is not None and box.phase != "ready"):
        assert said is ClosedAlready
    else:
        assert said is (None if asked < wanted <= 30 else BadClosing)


@pytest.mark.parametrize("phase", [phase for phase in PHASES if phase != "scheduled"])
def test_only_a_scheduled_election_is_extended(phase: str) -> None:
    later = CLOSES + timedelta(days=1)
    assert refusal(rules.may_extend, phase, CLOSES, CLOSES, later, False, None) is WrongPhase


@given(phase=st.sampled_from(PHASES), box=boxes, roll=rolls, count=counts, at_once=st.booleans())
def test_an_election_is_counted_when_marks_papers_and_count_agree_and_never_otherwise(
    phase: str, box: BoxState | None, roll: RollState | None, count: CountState | None, at_once: bool
) -> None:
    after = rules.phase_after(phase, box, roll, count, at_once)
    agreed = (
        box is not None
        and roll is not None
        and count is not None
        and box.phase == "cleared"
        and roll.phase == "closed"
        and roll.unknown == 0
        and roll.marked == box.papers
        and count.phase == "counted"
    )
    if phase in {"scheduled", "awaiting decision"}:
        if agreed:
            assert after == ("published" if at_once else "counted")
        else:
            tied = count is not None and count.phase == "tied" and box is not None and box.phase != "ready"
            assert after == ("awaiting decision" if tied else phase)
    else:
        assert after == ("published" if phase == "counted" and at_once else phase)
    assert rules.phase_after(after, box, roll, count, at_once) == after


@given(phase=st.sampled_from(PHASES), box=boxes, roll=rolls, count=counts, opened=st.booleans())
def test_what_is_missing_is_nothing_exactly_when_the_election_may_go_on(
    phase: str, box: BoxState | None, roll: RollState | None, count: CountState | None, opened: bool
) -> None:
    missing = {item.code for item in rules.missing(phase, box, roll, count, opened)}
    if phase in {"scheduled", "awaiting decision"}:
        waits = missing - {"extension_too_late"}
        assert bool(waits) == (rules.phase_after(phase, box, roll, count, False) != "counted")
    else:
        assert missing == set()


def _missing(box: Any = None, roll: Any = None, count: Any = None, opened: bool = True) -> list[tuple[str, bool]]:
    whole: dict[str, Any] = {"opens_at": OPENS, "closes_at": CLOSES}
    return [
        (item.code, item.alarm)
        for item in rules.missing(
            "scheduled",
            BoxState(**whole, **box) if box else None,
            RollState(**roll) if roll else None,
            CountState(**count) if count else None,
            opened,
        )
    ]


def test_each_thing_an_election_waits_for_has_its_code_and_some_are_alarms() -> None:
    sealed, closed = {"phase": "sealed", "papers": 2}, {"phase": "closed", "marked": 2, "unknown": 0}
    cleared = {**sealed, "phase": "cleared"}
    late = {"refused_closes_at": CLOSES + timedelta(days=1)}
    assert _missing(opened=False) == [("box_not_ready", False)]
    assert _missing() == [("box_not_ready", True)]
    assert _missing({"phase": "ready"}) == [("box_not_sealed", False)]
    assert _missing(sealed) == [("roll_not_closed", False), ("count_waiting", False)]
    assert _missing({**sealed, **late}, closed, {"phase": "counting"}) == [
        ("extension_too_late", False),
        ("count_waiting", False),
    ]
    assert _missing(cleared, {**closed, "unknown": 1}, {"phase": "counted"}) == [("stuffing_alarm", True)]
    assert _missing(cleared, {**closed, "marked": 1}, {"phase": "counted"}) == [("marks_differ", True)]
    assert _missing(sealed, closed, {"phase": "failed", "failure": "number_differs"}) == [("count_failed", True)]
    assert _missing(sealed, closed, {"phase": "tied"}) == [("tie_open", False)]
    assert _missing(sealed, closed, {"phase": "counted"}) == [("box_not_cleared", False)]
    assert _missing(cleared, closed, {"phase": "counted"}) == []


@pytest.mark.parametrize(
    ("phase", "close_asked", "box", "now", "shown"),
    [
        ("draft", False, None, OPENS, "draft"),
        ("scheduled", False, None, OPENS - timedelta(seconds=1), "scheduled"),
        ("scheduled", False, "ready", OPENS, "open"),
        ("scheduled", False, "ready", CLOSES, "closing"),
        ("scheduled", True, "ready", OPENS, "closing"),
        ("scheduled", False, "sealed", CLOSES, "counting"),
        ("scheduled", True, "cleared", CLOSES, "counting"),
        ("published", False, "cleared", CLOSES, "published"),
        ("annulled", False, "sealed", CLOSES, "annulled"),
        ("cancelled", False, None, OPENS, "cancelled"),
    ],
)
def test_open_and_closing_are_read_off_the_clock_and_the_box(
    phase: str, close_asked: bool, box: str | None, now: datetime, shown: str
) -> None:
    state = BoxState(phase=box, opens_at=OPENS, closes_at=CLOSES) if box else None  # type: ignore[arg-type]
    assert rules.shown(phase, OPENS, close_asked, state, now) == shown


TIE = OpenTie(contest="board", stage=3, what="the last seat", options=("b1", "b2"), choose=1)


def test_a_decision_is_about_one_open_tie_and_all_its_options() -> None:
    count = CountState(phase="tied", ties=(TIE,))
    assert rules.tie_of(count, "board", 3, ("b2", "b1")) == TIE
    for contest, stage, order in [
        ("chair", 3, ("b1", "b2")),
        ("board", 2, ("b1", "b2")),
        ("board", 3, ("b1",)),
        ("board", 3, ("b1", "b2", "b3")),
        ("board", 3, ("b1", "b1")),
    ]:
        assert refusal(rules.tie_of, count, contest, stage, order) is rules.NoSuchTie
    assert refusal(rules.tie_of, None, "board", 3, ("b1", "b2")) is rules.NoSuchTie


def test_a_tie_is_broken_one_way() -> None:
    taken = Decision(contest="board", stage=3, order=("b1", "b2"))
    assert not rules.is_decided([], taken)
    assert rules.is_decided([taken], taken)
    other_way = Decision(contest="board", stage=3, order=("b2", "b1"))
    assert refusal(rules.is_decided, [taken], other_way) is rules.TieDecided
    for other in (
        Decision(contest="board", stage=4, order=("b2", "b1")),
        Decision(contest="chair", stage=3, order=("b2", "b1")),
        Decision(contest="board", stage=3, order=("b2", "b3")),
    ):
        assert not rules.is_decided([taken], other)
