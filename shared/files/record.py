"""UVote's own record, as `GET /results/{election}` publishes it: papers, rules, seed and decisions of every contest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from shared.files.election import MOST_PAPERS, Election, FileError
from shared.methods.majority import checked, checked_quorum
from shared.methods.marks import NUMBER
from shared.methods.model import SCORED, Decision, Majority, Marks


@dataclass(frozen=True, slots=True)
class Recorded:
    """One contest of a record, with all that its count depends on, and the count that was published."""

    election: Election
    method: str
    seed: str | None
    receipts_digest: str
    decisions: tuple[Decision, ...]
    by_lot: bool
    majority: Majority | None
    quorum: str | None
    roll: int | None
    """How many could vote in the contest, when the roll closed."""
    count: Mapping[str, Any]


def read(file: BinaryIO, contest: str | None = None) -> Recorded:
    """A contest of a record; raises FileError. Which one may be left open where there is one."""
    try:
        said = json.loads(file.read().decode())
    except UnicodeDecodeError as error:
        raise FileError(error.object.count(b"\n", 0, error.start) + 1, "this is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise FileError(error.lineno, f"this is not JSON ({error.msg}).") from error
    except (ValueError, RecursionError) as error:
        raise FileError(1, "this is not JSON that can be read.") from error
    try:
        return _contest(said, contest)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(1, "this is not the record of a result.") from error


def _contest(said: Any, contest: str | None) -> Recorded:
    ids = [one["id"] for one in said["contests"]]
    if contest is None and len(ids) != 1:
        raise FileError(1, f"the record has several contests: say which of {', '.join(ids)}.")
    if contest is not None and contest not in ids:
        raise FileError(1, f"the record has no contest {contest!r}; it has {', '.join(ids)}.")
    one = said["contests"][ids.index(contest) if contest is not None else 0]
    defined = next(asked for asked in said["definition"]["contests"] if asked["id"] == one["id"])
    names = {_text(option["id"]): _text(option["name"]) for option in one["options"]}
    papers: dict[Marks, int] = {}
    for row in one["tally"]:
        marks = tuple(map(_text, row["marks"]))
        options = [mark if mark in names else _scored(mark) for mark in marks]
        if any(option not in names for option in options) or len(set(options)) < len(options) or marks in papers:
            raise FileError(1, f"the contest {one['id']} has a paper that does not fit: {' '.join(marks)[:60]!r}.")
        papers[marks] = _number(row["papers"], 1, MOST_PAPERS)
    if sum(papers.values()) != one["count"]["papers"]:
        raise FileError(1, f"the contest {one['id']} has other papers than were counted.")
    decisions = tuple(
        Decision(_number(made["stage"], 1, 10**6), tuple(map(_text, made["order"])))
        for made in said["decisions"]
        if made["contest"] == one["id"]
    )
    reopen = one["reopen"]
    if reopen is not None and reopen not in names:
        raise FileError(1, f"the contest {one['id']} has no option {str(reopen)[:60]!r} to re-open nominations.")
    seats = _number(one["seats"], 1, 1000)
    election = Election(_text(one["title"]), seats, names, (), papers, _text(one["id"]), reopen)
    seed = None if said["seed"] is None else _text(said["seed"])
    asked, quorum = defined.get("majority"), defined.get("quorum")
    return Recorded(
        election=election,
        method=_text(one["method"]),
        seed=seed,
        receipts_digest=_text(said["receipts_digest"]),
        decisions=decisions,
        by_lot=defined["ties"] == "lot",
        majority=None if asked is None else checked(_text(asked["share"]), _text(asked["of"])),
        quorum=None if quorum is None else checked_quorum(_text(quorum)),
        roll=None if asked is None and quorum is None else _entitled(said, one["id"]),
        count=one["count"],
    )


def _entitled(said: Any, contest: str) -> int:
    """How many could vote in the contest: voters of the styles that have it."""
    styles = [style["id"] for style in said["definition"]["styles"] if contest in style["contests"]]
    return sum(_number(said["roll"]["size"].get(style, 0), 0, MOST_PAPERS) for style in styles)


def _scored(mark: str) -> str | None:
    """The option of a mark with a score, None for others."""
    option, _, score = mark.partition(SCORED)
    return option if NUMBER.fullmatch(score) else None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise TypeError
    return value
