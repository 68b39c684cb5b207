"""How much is enough, in whole numbers: a share, `more than 1/2` or `at least 2/3`; or so many, `at least 20`.

"More than" and "at least" are told apart by word, since they differ just where it matters: at exactly that share.
"""

import re

from shared.methods.model import Majority

_NUMBER = "[1-9][0-9]{0,5}"
SHARE = f"^(more than|at least) {_NUMBER}/{_NUMBER}$"
"""How much carries a motion."""
QUORUM = f"^(more than|at least) {_NUMBER}(/{_NUMBER})?$"
"""How much of the roll has to take part: a share of it, or so many voters."""
WORDS = {"1/2": "half", "1/3": "a third", "2/3": "two thirds", "1/4": "a quarter", "3/4": "three quarters"}
BASES = {
    "votes for and against": "the votes for and against",
    "votes cast": "the votes cast, abstentions included",
    "roll": "all voters on the roll",
}


def enough(bound: str, whole: int) -> int:
    """The least number that is enough. Never 0: what nobody votes for is not carried, and nobody is no quorum."""
    how, number, parts = _read(bound)
    below, rest = (number, 0) if parts is None else divmod(whole * number, parts)
    return max(1, below + 1 if how == "more than" or rest else below)


def possible(share: str) -> bool:
    """Whether all would be enough, be it of very many; raises ValueError for other words."""
    how, number, parts = _read(share)
    return parts is None or number < parts or (number == parts and how == "at least")


def checked(share: str, of: str) -> Majority:
    """The majority of these words; raises ValueError."""
    if not re.fullmatch(SHARE, share) or not possible(share) or of not in BASES:
        raise ValueError(f"“{share} of {of}” is no majority")
    return Majority(share, of)  # type: ignore[arg-type]  # looked up


def checked_quorum(quorum: str) -> str:
    """The quorum of these words; raises ValueError."""
    if not possible(quorum):
        raise ValueError(f"“{quorum}” is no quorum")
    return quorum


def majority_words(majority: Majority) -> str:
    """`more than half of the votes for and against`."""
    return f"{_words(majority.share)} of {BASES[majority.of]}"


def quorum_words(quorum: str) -> str:
    """`at least a quarter of all voters on the roll`, `at least 20 voters on the roll`."""
    return f"{_words(quorum)} of {BASES['roll']}" if "/" in quorum else f"{quorum} voters on the roll"


def _words(share: str) -> str:
    how, _, fraction = share.rpartition(" ")
    return f"{how} {WORDS.get(fraction, fraction)}"


def _read(bound: str) -> tuple[str, int, int | None]:
    if not re.fullmatch(QUORUM, bound):
        raise ValueError(f"“{bound}” does not say how much is enough")
    how, _, amount = bound.rpartition(" ")
    number, _, parts = amount.partition("/")
    return how, int(number), int(parts) if parts else None
