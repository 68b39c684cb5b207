"""From a draft to the frozen definition: what is still wrong with it, and how it is written down. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.contracts.definition import LARGEST, MOST_OPTIONS, BoxKey, Contest, Definition, Majority, Option, Style
from shared.contracts.draft import Draft, DraftContest
from shared.methods import METHODS, model

RON = "Re-open nominations"
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class DraftFault:
    """What keeps a draft from being scheduled, and where."""

    where: str
    code: str
    message: str


def zone(draft: Draft) -> ZoneInfo | None:
    """The draft's time zone, None when there is none of that name."""
    try:
        return ZoneInfo(draft.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def moment(given: datetime, in_zone: ZoneInfo) -> datetime | None:
    """A time as written, in UTC. Without an offset it is the zone's; None for one that clocks skip over."""
    if given.tzinfo is not None:
        return given.astimezone(UTC)
    utc = given.replace(tzinfo=in_zone, fold=0).astimezone(UTC)
    return utc if utc.astimezone(in_zone).replace(tzinfo=None) == given else None


def faults(draft: Draft, now: datetime) -> list[DraftFault]:
    """Everything that keeps the draft from being scheduled."""
    found: list[DraftFault] = []
    if not draft.title:
        found.append(DraftFault("title", "no_title", "The election needs a title."))
    found += _times(draft, now)
    if not draft.contests:
        found.append(DraftFault("contests", "no_contest", "There is no contest."))
    _twice(found, "contests", (contest.id for contest in draft.contests if contest.id))
    for number, contest in enumerate(draft.contests, 1):
        found += _contest(contest, f"Contest {number}")
    known = {contest.id for contest in draft.contests}
    _twice(found, "styles", (style.id for style in draft.styles))
    for style in draft.styles:
        if not style.contests or not set(style.contests) <= known:
            found.append(DraftFault(f"Style {style.id}", "bad_style", "A style names contests of this election."))
    return found


def _times(draft: Draft, now: datetime) -> list[DraftFault]:
    in_zone = zone(draft)
    if in_zone is None:
        return [DraftFault("time_zone", "unknown_time_zone", f"There is no time zone “{draft.time_zone}”.")]
    if draft.opens_at is None or draft.closes_at is None:
        return [DraftFault("times", "no_times", "When the election opens and closes is not set.")]
    opens_at, closes_at = moment(draft.opens_at, in_zone), moment(draft.closes_at, in_zone)
    if opens_at is None or closes_at is None:
        return [DraftFault("times", "skipped_time", "One of the times does not exist: clocks are put forward then.")]
    if closes_at <= opens_at:
        return [DraftFault("closes_at", "closes_before_opening", "The closing must be after the opening.")]
    if closes_at <= now:
        return [DraftFault("closes_at", "closes_in_the_past", "The closing time has passed.")]
    if closes_at - max(opens_at, now) > LONGEST:
        return [DraftFault("closes_at", "open_too_long", "An election is open for at most 90 days.")]
    return []


def _contest(contest: DraftContest, where: str) -> list[DraftFault]:
    found: list[DraftFault] = []
    method = METHODS.get(contest.method)
    names = _names(contest)
    if not contest.title:
        found.append(DraftFault(where, "no_title", "The contest needs a title."))
    if method is None:
        return [*found, DraftFault(where, "unknown_method", f"“{contest.method}” is not a known way to count.")]
    if not names:
        found.append(DraftFault(where, "no_option", "There is no option."))
    if len(names) > MOST_OPTIONS:
        found.append(DraftFault(where, "too_many_options", f"A contest has at most {MOST_OPTIONS} options."))
    if any(not name for name in names):
        found.append(DraftFault(where, "option_without_name", "An option has no name."))
    _twice(found, where, (name.casefold() for name in names), "Two options have the same name.")
    _twice(found, where, (option.id for option in contest.options if option.id))
    if contest.seats is None:
        found.append(DraftFault(where, "no_seats", "How many seats there are is not set."))
    elif method.most_seats is not None and contest.seats > method.most_seats:
        found.append(DraftFault(where, "too_many_seats", f"“{method.title}” fills {method.most_seats} seat."))
    if method.roles and (contest.reopen_nominations or len(method.roles) - len(names) not in (0, 1)):
        wanted = f"“{method.title}” takes the options {', '.join(method.roles)}, the last of which may be left out."
        found.append(DraftFault(where, "other_options", f"{wanted} They may have other names."))
    if contest.majority is not None and not method.roles:
        found.append(DraftFault(where, "majority_of_no_motion", f"“{method.title}” knows no majority: a motion does."))
    if contest.max_marks is not None and contest.max_marks < contest.min_marks:
        found.append(DraftFault(where, "limits_cross", "More marks are asked for than allowed."))
    if contest.min_marks > len(names):
        found.append(DraftFault(where, "limits_cross", "More marks are asked for than there are options."))
    elif contest.min_marks > method.most_marks(model.Contest("", contest.seats or 1, tuple(names))):
        found.append(DraftFault(where, "limits_cross", f"“{method.title}” takes no paper with so many marks."))
    return found


def _twice(found: list[DraftFault], where: str, keys: Iterable[str], message: str = "The same id twice.") -> None:
    listed = list(keys)
    if len(set(listed)) < len(listed):
        found.append(DraftFault(where, "twice", message))


def _names(contest: DraftContest) -> list[str]:
    return [*(option.name for option in contest.options), *([RON] if contest.reopen_nominations else [])]


def numbered(draft: Draft) -> Draft:
    """The draft with an id for everything that has none: `c1`, `o1`, …, never one that is taken."""
    taken = {contest.id for contest in draft.contests}
    contests = []
    for contest in draft.contests:
        options_taken = {option.id for option in contest.options}
        options = tuple(
            option if option.id else option.model_copy(update={"id": _free("o", options_taken)})
            for option in contest.options
        )
        new_id = contest.id or _free("c", taken)
        contests.append(contest.model_copy(update={"id": new_id, "options": options}))
    return draft.model_copy(update={"contests": tuple(contests)})


def _free(letter: str, taken: set[str | None]) -> str:
    number = 1
    while f"{letter}{number}" in taken:
        number += 1
    taken.add(f"{letter}{number}")
    return f"{letter}{number}"


def freeze(election: UUID, draft: Draft, key: BoxKey, now: datetime) -> Definition:
    """The definition of a faultless, numbered draft. An opening in the past is an opening now."""
    in_zone = zone(draft)
    assert in_zone and draft.opens_at and draft.closes_at  # noqa: S101  (the draft has no faults)
    opens_at, closes_at = moment(draft.opens_at, in_zone), moment(draft.closes_at, in_zone)
    assert opens_at and closes_at  # noqa: S101
    contests = tuple(_frozen(contest) for contest in draft.contests)
    styles = tuple(
        Style(id=style.id, name=style.name or style.id, contests=style.contests) for style in draft.styles
    ) or (Style(id="all", name="All voters", contests=tuple(contest.id for contest in contests)),)
    return Definition(
        id=election,
        title=draft.title,
        time_zone=draft.time_zone,
        opens_at=max(opens_at, now),
        closes_at=closes_at,
        contests=contests,
        styles=styles,
        publish=draft.publish,
        box=key,
    )


def _frozen(contest: DraftContest) -> Contest:
    assert contest.id and contest.seats  # noqa: S101  (numbered, and without faults)
    options = [Option(id=option.id or "", name=option.name) for option in contest.options]
    reopen = _free("ron", {option.id for option in options}) if contest.reopen_nominations else None
    if reopen:
        options.append(Option(id=reopen, name=RON))
    return Contest(
        id=contest.id,
        title=contest.title,
        method=contest.method,
        seats=contest.seats,
        options=tuple(options),
        min_marks=contest.min_marks,
        max_marks=contest.max_marks,
        blank_allowed=contest.blank_allowed,
        ties=contest.ties,
        reopen=reopen,
        text=contest.text,
        majority=contest.majority or Majority() if METHODS[contest.method].roles else None,
        quorum=contest.quorum,
    )


def too_large(definition: Definition) -> bool:
    """Over the 100 kB that every event carries."""
    return len(definition.canonical()) > LARGEST
