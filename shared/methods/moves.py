"""From whom to whom votes went at a stage, read off the stages before and after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from shared.methods.model import Stage

MOVING = frozenset({"surplus", "exclusion"})
"""What a stage does when it moves votes: all of them are somewhere afterwards. Other stages count anew."""


@dataclass(frozen=True, slots=True)
class Move:
    """Votes given and got. Given by one option, all that was got came from it; where several gave, from them together.

    Given votes = got votes + nontransferable + cut_off.
    """

    gave: Mapping[str, Fraction]
    got: Mapping[str, Fraction]
    nontransferable: Fraction
    cut_off: Fraction
    """What the rule lost by cutting numbers off."""


def moves(stages: Sequence[Stage]) -> tuple[Move | None, ...]:
    """The move of every stage, None where no votes moved between options."""
    return (*(None for _ in stages[:1]), *(_move(*two) for two in pairwise(stages)))


def _move(before: Stage, after: Stage) -> Move | None:
    if after.what not in MOVING:
        return None
    change = {option: held - before.votes[option] for option, held in after.votes.items()}
    move = Move(
        gave={option: -by for option, by in change.items() if by < 0},
        got={option: by for option, by in change.items() if by > 0},
        nontransferable=after.nontransferable - before.nontransferable,
        cut_off=after.remainder - before.remainder,
    )
    return move if move.gave else None
