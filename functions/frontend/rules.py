"""What pages tell and offer, and what they take for a link, a receipt or an order; without a browser or a server."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from shared.methods import METHODS
from shared.methods.majority import majority_words, quorum_words
from shared.methods.model import Contest, Majority, Method

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
RECEIPT = re.compile(r"[A-Z2-7]{16}")
BEARER = re.compile(r"[A-Za-z0-9_.=-]{1,4000}")
"""A token that can be sent on in a header."""
OVER = frozenset({"closing", "counting", "awaiting decision", "counted", "published"})
"""The phases in which there is no paper to be had any more; cancelled and annulled are told by their notice."""
WAYS = {
    "one": "Choose one",
    "several": "Choose several",
    "ranked": "Rank",
    "scored": "Score",
    "motion": "For or against a motion",
}
"""How papers can be marked, in words for people; a motion's are a way of their own."""
SMALL = 20
"""Voters below whom a full ranking may well be one person's."""


def rule_of(contest: Mapping[str, Any]) -> str:
    """What a contest of a definition or a draft asks for, in sentences: a motion's majority, a quorum; else nothing."""
    said = []
    if contest["method"] in METHODS and METHODS[contest["method"]].roles:
        said.append(f"Carried by {majority_words(Majority(**(contest.get('majority') or {})))}.")
    if contest.get("quorum"):
        said.append(f"Quorum: {quorum_words(contest['quorum'])}.")
    return " ".join(said)


def marked_as(method: Method, contest: Contest) -> str:
    """How a paper of the contest is marked: `ranked`, `scored`, `one` or `several`."""
    if method.paper != "choose":
        return method.paper
    return "one" if method.most_marks(contest) == 1 else "several"


def methods_by_way() -> list[tuple[str, list[Method]]]:
    """All methods under the words for how their papers are marked, those that are marked alike together."""
    roomy = Contest("", seats=3, options=("a", "b", "c", "d"))
    ways = {method.name: "motion" if method.roles else marked_as(method, roomy) for method in METHODS.values()}
    return [(words, [METHODS[name] for name in ways if ways[name] == way]) for way, words in WAYS.items()]


def receipt_of(text: str) -> str | None:
    """A receipt as people type it, or None when it is none."""
    bare = re.sub(r"[\s-]", "", text).upper()
    return bare if RECEIPT.fullmatch(bare) else None


def order_of(options: Sequence[str], ranks: Mapping[str, str]) -> list[str] | None:
    """Tied options in the order of their numbers, each of 1, 2, 3 … once; None when the numbers are not that."""
    numbers = {option: ranks.get(option, "").strip() for option in options}
    if sorted(numbers.values()) != sorted(str(place) for place in range(1, len(options) + 1)):
        return None
    return sorted(options, key=lambda option: int(numbers[option]))


def offered(phase: str, role: str) -> list[str]:
    """What a member of an election's staff may do to it, in the phase that is shown; the most likely first."""
    if role == "observer":
        return []
    acts = {
        "draft": ["schedule", "cancel"],
        "scheduled": ["open-now", "extend", "cancel"],
        "open": ["extend", "close-now"],
        "awaiting decision": ["tie"],
        "counted": ["publish"],
    }.get(phase, [])
    may_annul = role == "owner" and phase not in {"draft", "scheduled", "cancelled", "annulled"}
    return [*acts, *(["annul"] if may_annul else [])]
