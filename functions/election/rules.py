"""Phases as data, and what an election waits for. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.contracts.states import BoxState, CountState, Decision, OpenTie, RollState
from shared.errors import Conflict, Invalid

Phase = Literal["draft", "scheduled", "awaiting decision", "counted", "published", "cancelled", "annulled"]

NEXT: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"scheduled", "cancelled"}),
    "scheduled": frozenset({"awaiting decision", "counted", "cancelled", "annulled"}),
    "awaiting decision": frozenset({"counted", "annulled"}),
    "counted": frozenset({"published", "annulled"}),
    "published": frozenset({"annulled"}),
    "cancelled": frozenset(),
    "annulled": frozenset(),
}
"""From which stored phase an election may go where."""

LONGEST_EXTENSION = timedelta(days=30)


class WrongPhase(Conflict):
    code = "wrong_phase"
    sentence = "This cannot be done in the election's present phase."


class NotOpenYet(Conflict):
    code = "not_open_yet"
    sentence = "The election has not opened yet."


class OpenAlready(Conflict):
    code = "open_already"
    sentence = "The election has opened already."


class ClosedAlready(Conflict):
    code = "closed_already"
    sentence = "The election is closed already."


class BadClosing(Invalid):
    code = "bad_closing"
    sentence = "The new closing time must be later than the present one, and at most 30 days after the scheduled one."


class NoSuchTie(Conflict):
    code = "no_such_tie"
    sentence = "There is no open tie between exactly these options at this stage."


class TieDecided(Conflict):
    code = "tie_decided"
    sentence = "This tie has been decided already, in another order."


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that an election waits for. `alarm` is one that people must look into."""

    code: str
    sentence: str
    alarm: bool = False


def move(now: str, to: str) -> str:
    """The next phase; raises WrongPhase."""
    if to not in NEXT[now]:
        raise WrongPhase(f"An election that is {now} cannot become {to}.")
    return to


def shown(phase: str, opens_at: datetime | None, close_asked: bool, box: BoxState | None, now: datetime) -> str:
    """The phase as people see it: `scheduled` is stored, and open, closing and counting are read off it and the box."""
    if phase != "scheduled" or opens_at is None:
        return phase
    if box is not None and box.phase != "ready":
        return "counting"
    closes_at = box.closes_at if box else None
    if close_asked or (closes_at is not None and now >= closes_at):
        return "closing"
    return "open" if now >= opens_at else "scheduled"


def may_open_now(phase: str, opens_at: datetime, now: datetime) -> None:
    """Raises unless the election is scheduled and has not opened."""
    if phase != "scheduled":
        raise WrongPhase
    if now >= opens_at:
        raise OpenAlready


def may_close_now(phase: str, opens_at: datetime, box: BoxState | None, now: datetime) -> None:
    """Raises unless the election is open."""
    if phase != "scheduled":
        raise WrongPhase
    if now < opens_at:
        raise NotOpenYet
    if box is not None and box.phase != "ready":
        raise ClosedAlready


def may_extend(
    phase: str, scheduled: datetime, asked: datetime, wanted: datetime, close_asked: bool, box: BoxState | None
) -> None:
    """Raises unless `wanted` is a later closing within the limit, and the box has not said that it is sealed."""
    if phase != "scheduled":
        raise WrongPhase
    if close_asked or (box is not None and box.phase != "ready"):
        raise ClosedAlready
    if not asked < wanted <= scheduled + LONGEST_EXTENSION:
        raise BadClosing


def may_cancel(phase: str, opens_at: datetime | None, now: datetime) -> None:
    """Raises unless the election has not opened: from then on it can only be annulled."""
    move(phase, "cancelled")
    if opens_at is not None and now >= opens_at:
        raise OpenAlready


def may_annul(phase: str, opens_at: datetime | None, now: datetime) -> None:
    """Raises unless the election has opened."""
    move(phase, "annulled")
    if opens_at is None or now < opens_at:
        raise NotOpenYet


def tie_of(count: CountState | None, contest: str, stage: int, order: tuple[str, ...]) -> OpenTie:
    """The open tie that an officer decides; raises NoSuchTie."""
    for tie in count.ties if count else ():
        if (tie.contest, tie.stage, sorted(tie.options)) == (contest, stage, sorted(order)):
            return tie
    raise NoSuchTie


def is_decided(decisions: Iterable[Decision], wanted: Decision) -> bool:
    """Whether this very decision was taken before; raises TieDecided when the tie was decided in another order.

    Until the count has heard of a decision the tie stays open: two officers must not break it two ways.
    """
    for taken in decisions:
        if (taken.contest, taken.stage, sorted(taken.order)) == (wanted.contest, wanted.stage, sorted(wanted.order)):
            if taken != wanted:
                raise TieDecided
            return True
    return False


def missing(
    phase: str, box: BoxState | None, roll: RollState | None, count: CountState | None, opened: bool
) -> tuple[Missing, ...]:
    """What stands between a scheduled election and `counted`, in the order in which it happens."""
    if phase not in {"scheduled", "awaiting decision"}:
        return ()
    found: list[Missing] = []
    if box is None:
        found.append(Missing("box_not_ready", "The box is not ready yet.", alarm=opened))
    elif box.phase == "ready":
        found.append(Missing("box_not_sealed", "The box is not sealed yet."))
    if box is not None and box.refused_closes_at is not None:
        found.append(Missing("extension_too_late", "The last extension came too late: the box was closed already."))
    if box is None or box.phase == "ready":
        return tuple(found)
    if roll is None or roll.phase != "closed":
        found.append(Missing("roll_not_closed", "Who has voted is not marked yet."))
    elif roll.unknown:
        found.append(Missing("stuffing_alarm", f"{roll.unknown} papers were cast by nobody on the roll.", alarm=True))
    elif roll.marked != box.papers:
        sentence = f"{roll.marked} voters are marked, and {box.papers} papers are in the box."
        found.append(Missing("marks_differ", sentence, alarm=True))
    if count is None or count.phase in {"waiting", "counting"}:
        found.append(Missing("count_waiting", "The papers are being counted."))
    elif count.phase == "failed":
        found.append(Missing("count_failed", f"The count failed ({count.failure}); it is tried again.", alarm=True))
    elif count.phase == "tied":
        found.append(Missing("tie_open", "A tie has to be decided by the returning officer."))
    elif box.phase != "cleared":
        found.append(Missing("box_not_cleared", "The sealed papers are not erased yet."))
    return tuple(found)


def phase_after(
    phase: str, box: BoxState | None, roll: RollState | None, count: CountState | None, at_once: bool
) -> str:
    """Where the states take a scheduled election: to a decision, to `counted`, to `published`."""
    if phase == "counted":
        return "published" if at_once else phase
    if phase not in {"scheduled", "awaiting decision"} or box is None or count is None:
        return phase
    waits = {item.code for item in missing(phase, box, roll, count, opened=True)} - {"extension_too_late"}
    if not waits:
        return "published" if at_once else "counted"
    return "awaiting decision" if "tie_open" in waits else phase
