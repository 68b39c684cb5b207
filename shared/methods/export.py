"""A count as others read it: JSON, CSV, and the plain sentence of each stage."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from shared.methods import METHODS
from shared.methods.model import Count, Papers, Stage, option_of, score_of
from shared.methods.moves import Move, moves

ABOUT = {
    "seat": "who is elected",
    "surplus": "whose surplus is transferred first",
    "exclusion": "who is excluded",
    "order": "whose comparisons are taken first",
    "runoff": "who is in the runoff",
}
"""What a tie is about, for people."""
FORMULA = re.compile(r"(?:^|(?<=[;\t]))(?=[=+@-])")
"""Where a spreadsheet would see a formula begin."""


def decimal(number: Fraction, digits: int) -> str:
    """An exact number with `digits` decimals; the rest is cut off (a rule's own numbers have none)."""
    whole = int(number * 10**digits)
    return f"{whole // 10**digits}.{whole % 10**digits:0{digits}d}" if digits else str(whole)


def sentence(stage: Stage, names: Mapping[str, str]) -> str:
    """What was done at a stage, and what came of it."""
    done = named(stage.said, names)
    elected = ", ".join(names[option] for option in stage.elected)
    return f"{done}; elected: {elected}." if elected else f"{done}."


def named(said: str, names: Mapping[str, str]) -> str:
    """A method's sentence with the names of the options that stand in it as `{id}`."""
    return re.sub(r"\{([^{}]+)\}", lambda option: names[option[1]], said)


def as_json(count: Count, names: Mapping[str, str]) -> dict[str, Any]:
    """The count with names instead of ids; numbers as decimal texts, so that no reader rounds them."""
    digits = count.digits
    shown: dict[str, Any] = {
        "method": count.method,
        "seats": count.contest.seats,
        "quota": None if count.quota is None else decimal(count.quota, digits),
        "papers": count.papers,
        "blank": count.blank,
        "winners": [names[option] for option in count.winners],
        "vacant": count.vacant,
        "withdrawn": [names[option] for option in count.contest.withdrawn],
        "decided": count.decided,
        "unit": METHODS[count.method].unit,
        "stages": [
            {
                "what": sentence(stage, names),
                "votes": {names[option]: decimal(held, digits) for option, held in stage.votes.items()},
                "nontransferable": decimal(stage.nontransferable, digits),
                "remainder": decimal(stage.remainder, digits),
                "elected": [names[option] for option in stage.elected],
                "moved": None if move is None else _moved(move, names, digits),
                **({"unit": stage.unit} if stage.unit else {}),
            }
            for stage, move in zip(count.stages, moves(count.stages), strict=True)
        ],
        "ties": [
            {
                "stage": tie.stage,
                "what": tie.what,
                "about": ABOUT[tie.what],
                "options": [names[option] for option in tie.options],
                "choose": tie.choose,
                "order": None if tie.order is None else [names[option] for option in tie.order],
                "resolved_by": tie.resolved_by,
            }
            for tie in count.ties
        ],
        "pairs": {
            names[one]: {names[other]: count.pairs[one, other] for other in count.contest.standing if other != one}
            for one in (count.contest.standing if count.pairs else ())
        },
        "notes": [named(note, names) for note in count.notes],
    }
    if count.outcome:
        shown["outcome"] = count.outcome
    if count.contest.of_the_roll:
        shown["roll"] = count.contest.roll
    return shown


def _moved(move: Move, names: Mapping[str, str], digits: int) -> dict[str, Any]:
    return {
        "from": {names[option]: decimal(by, digits) for option, by in move.gave.items()},
        "to": {names[option]: decimal(by, digits) for option, by in move.got.items()},
        "nontransferable": decimal(move.nontransferable, digits),
        "remainder": decimal(move.cut_off, digits),
    }


def rows(shown: Mapping[str, Any], names: Iterable[str]) -> list[list[str]]:
    """The stages of a count in its JSON form as a table: a row an option, then what no option has, where there is any.

    Each row begins with its name; a column is a stage. The names come in the order of the paper.
    """
    stages = shown["stages"]
    table = [[name, *(stage["votes"][name] for stage in stages)] for name in names]
    nobodys = "No preference" if METHODS[shown["method"]].paper == "scored" else "Non-transferable"
    for what, called in (("nontransferable", nobodys), ("remainder", "Lost by cutting off")):
        held = [str(stage[what]) for stage in stages]
        if any(number.strip("0.") for number in held):
            table.append([called, *held])
    return table


def moved_rows(shown: Mapping[str, Any], names: Iterable[str]) -> list[list[str]]:
    """What each option got (+) or gave (-) at each stage; no rows where votes never moved between options."""
    moves = [stage["moved"] or {"from": {}, "to": {}} for stage in shown["stages"]]
    if not any(move["from"] for move in moves):
        return []
    table = [[name, *(_change(move["from"].get(name), move["to"].get(name)) for move in moves)] for name in names]
    for what, called in (("nontransferable", "Non-transferable"), ("remainder", "Lost by cutting off")):
        got = [_change(None, move.get(what)) for move in moves]
        table += [[called, *got]] if any(got) else []
    return table


def _change(gave: str | None, got: str | None) -> str:
    if gave and gave.strip("0."):
        return f"−{gave}"
    return f"+{got}" if got and got.strip("0.") else ""


def tie_sentence(tie: Mapping[str, Any]) -> str:
    """A tie of a count in its JSON form, and how it was broken."""
    how = {"lot": "by lot", "officer": "by the returning officer", None: "open"}[tie["resolved_by"]]
    return f"Tie at stage {tie['stage']} ({tie['about']}), {how}: {', '.join(tie['order'] or tie['options'])}."


def outcome(shown: Mapping[str, Any]) -> str:
    """What became of a motion, or that an election has no quorum; empty for an election with one."""
    if not shown.get("outcome"):
        return ""
    if not METHODS[shown["method"]].roles:
        return "No quorum: too few have voted."
    return {
        "carried": "The motion is carried.",
        "not carried": "The motion is not carried.",
        "no quorum": "No quorum: the motion is not carried.",
    }[str(shown["outcome"])]


def elected(shown: Mapping[str, Any]) -> str:
    """Who is elected by a count in its JSON form, how many seats stay vacant, who withdrew; or a motion's outcome."""
    if METHODS[shown["method"]].roles:
        return outcome(shown)
    by = "Elected, were there a quorum" if shown.get("outcome") else "Elected"
    said = [outcome(shown)] if shown.get("outcome") else []
    said.append(f"{by}: {', '.join(shown['winners']) or 'nobody'}.")
    if shown["vacant"]:
        said.append(vacant(shown["vacant"]))
    if shown["withdrawn"]:
        said.append(f"Withdrawn: {', '.join(shown['withdrawn'])}.")
    return " ".join(said)


def vacant(seats: int) -> str:
    """What re-open nominations have won."""
    stays = "A seat stays" if seats == 1 else f"{seats} seats stay"
    return f"{stays} vacant: nominations are re-opened."


def stages_csv(shown: Mapping[str, Any], names: Iterable[str]) -> str:
    """The same table as CSV, each stage under its sentence; then what moved, ties, notes, and who is elected."""
    names = list(names)
    table = [["", *(stage["what"] for stage in shown["stages"])], *rows(shown, names)]
    if moved := moved_rows(shown, names):
        table += [["Moved"], *moved]
    table += [[tie_sentence(tie)] for tie in shown["ties"]] + [[note] for note in shown["notes"]]
    table += [[elected(shown)]]
    width = len(table[0])
    return csv_text([[*row, *[""] * (width - len(row))] for row in table])


def marks_rows(names: Mapping[str, str], papers: Papers) -> list[list[str]]:
    """Papers as a table: how many, then the names marked in order; 0 papers with every name come first."""
    marked = [[str(many), *(names[mark] for mark in marks)] for marks, many in papers.items()]
    return [["papers", "marks"], ["0", *names.values()], *marked]


def scores_rows(names: Mapping[str, str], papers: Papers) -> list[list[str]]:
    """Scored papers as a table: how many, then the score of each option, if it has one; the heads are the names."""
    table = [["scored papers", *names.values()]]
    for marks, many in papers.items():
        given = {option_of(mark): str(score_of(mark)) for mark in marks}
        table.append([str(many), *(given.get(option, "") for option in names)])
    return table


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """CSV that a spreadsheet shows as it is: what begins like a formula would run there, and gets an apostrophe.

    So does what follows a semicolon or a tab: half of Europe's spreadsheets take those for the end of a cell.
    """
    out = io.StringIO()
    csv.writer(out).writerows([[FORMULA.sub("'", cell) for cell in row] for row in rows])
    return out.getvalue()
