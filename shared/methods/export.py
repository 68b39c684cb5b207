"""A count as others read it: JSON, CSV rows, and the plain sentence of each stage."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from shared.methods import METHODS
from shared.methods.model import Count, Stage


def decimal(number: Fraction, digits: int) -> str:
    """An exact number with `digits` decimals; the rest is cut off (a rule's own numbers have none)."""
    whole = int(number * 10**digits)
    return f"{whole // 10**digits}.{whole % 10**digits:0{digits}d}" if digits else str(whole)


def sentence(stage: Stage, names: Mapping[str, str]) -> str:
    """What was done at a stage, and what came of it."""
    done = {
        "first": "First preferences" if stage.of is None else "",
        "surplus": f"Surplus of {names.get(stage.of or '', '')} transferred",
        "exclusion": f"{names.get(stage.of or '', '')} excluded, votes transferred",
    }[stage.what]
    elected = ", ".join(names[option] for option in stage.elected)
    return f"{done}; elected: {elected}." if elected else f"{done}."


def as_json(count: Count, names: Mapping[str, str]) -> dict[str, Any]:
    """The count with names instead of ids; numbers as decimal texts, so that no reader rounds them."""
    digits = METHODS[count.method].digits
    return {
        "method": count.method,
        "seats": count.contest.seats,
        "quota": None if count.quota is None else decimal(count.quota, digits),
        "papers": count.papers,
        "blank": count.blank,
        "winners": [names[option] for option in count.winners],
        "decided": count.decided,
        "stages": [
            {
                "what": sentence(stage, names),
                "votes": {names[option]: decimal(held, digits) for option, held in stage.votes.items()},
                "nontransferable": decimal(stage.nontransferable, digits),
                "elected": [names[option] for option in stage.elected],
            }
            for stage in count.stages
        ],
        "ties": [
            {
                "stage": tie.stage,
                "what": tie.what,
                "options": [names[option] for option in tie.options],
                "choose": tie.choose,
                "order": None if tie.order is None else [names[option] for option in tie.order],
                "resolved_by": tie.resolved_by,
            }
            for tie in count.ties
        ],
    }


def rows(count: Count, names: Mapping[str, str]) -> list[list[str]]:
    """A table: a head with the stages, a row an option, the non-transferable votes last."""
    digits = METHODS[count.method].digits
    table = [["", *(str(number) for number in range(1, len(count.stages) + 1))]]
    table += [
        [names[option], *(decimal(stage.votes[option], digits) for stage in count.stages)]
        for option in count.contest.options
    ]
    return [*table, ["Non-transferable", *(decimal(stage.nontransferable, digits) for stage in count.stages)]]
