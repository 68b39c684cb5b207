"""Receipts, faults, and papers that all have one form and one length."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import sodium_unpad
from nacl.public import PrivateKey, SealedBox

from functions.ballot import rules
from shared.contracts.definition import BoxKey, Contest, Definition, Option, Style
from shared.methods import METHODS
from tests.shared.methods.elections import liking

BOX = UUID(int=7)
TIME = datetime(2026, 5, 1, tzinfo=UTC)
PRIVATE = PrivateKey.generate()
PUBLIC = bytes(PRIVATE.public_key).hex()
SEALING = 48
"""Bytes that a libsodium sealed box adds: an ephemeral key (32) and an authenticator (16)."""


def contest(name: str, method: str, options: int = 4, **more: Any) -> Contest:
    some = tuple(Option(id=f"{name}-{n}", name=f"Option {n}") for n in range(1, options + 1))
    return Contest(id=name, title=name, method=method, seats=1, options=some, **more)


def opened(*contests: Contest, styles: tuple[Style, ...] = ()) -> rules.Opened:
    everything = Style(id="all", name="All", contests=tuple(one.id for one in contests))
    definition = Definition(
        id=BOX,
        title="Spring election",
        time_zone="UTC",
        opens_at=TIME,
        closes_at=TIME,
        contests=contests,
        styles=styles or (everything,),
        publish="by hand",
        box=BoxKey(public_key=PUBLIC, seed_commitment="00" * 32, proof=""),
    )
    digest = definition.digest()
    return rules.Opened(BOX, definition, digest, rules.block(BOX, definition, digest))


@given(pass_id=st.binary(min_size=16, max_size=16), nonce=st.binary(min_size=16, max_size=16))
def test_a_receipt_is_the_beginning_of_a_hash_over_box_pass_and_nonce(pass_id: bytes, nonce: bytes) -> None:
    parts = (b"uvote receipt", BOX.bytes, pass_id, nonce)
    whole = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    expected = base64.b32encode(hashlib.sha256(whole).digest()).decode()[:16]
    assert rules.receipt(BOX, pass_id, nonce) == expected


def test_a_known_receipt_stays_the_same() -> None:
    # Worked out with sha256sum and base32 outside of this program.
    assert rules.receipt(BOX, bytes(range(16)), bytes(range(16, 32))) == "7F5YMWNOIVHFVZTA"


RANKED = contest("board", "stv-scottish", max_marks=3)
ONE = contest("chair", "plurality", blank_allowed=False)
SEVERAL = contest("plans", "approval", min_marks=2, max_marks=3)
SCORED = contest("trip", "star")


@pytest.mark.parametrize(
    ("asked", "marks", "expected"),
    [
        (RANKED, ["board-2", "board-1"], []),
        (RANKED, [], []),
        (RANKED, ["board-1"] * 2, [("repeated_option", "One option is marked more than once.", "board-1")]),
        (RANKED, [f"board-{n}" for n in (1, 2, 3, 4)], [("too_many", "Rank at most 3 options.", None)]),
        (RANKED, ["nobody"], [("unknown_option", "One mark is for an option that is not on this paper.", "nobody")]),
        (RANKED, ["board-1"] * 5, [("too_many", "There are more marks than options.", None)]),
        (RANKED, "board-1", [("not_a_list", "The marks are not a list of options.", None)]),
        (RANKED, None, [("not_a_list", "The marks are not a list of options.", None)]),
        (RANKED, [1, 2], [("not_a_list", "The marks are not a list of options.", None)]),
        (RANKED, {"board-1": 1}, [("not_a_list", "The marks are not a list of options.", None)]),
        (ONE, ["chair-1"], []),
        (ONE, [], [("blank_not_allowed", "Please mark the paper: a blank one is not allowed here.", None)]),
        (ONE, ["chair-1", "chair-2"], [("too_many", "Choose at most 1 option.", None)]),
        (SEVERAL, ["plans-4", "plans-1"], []),
        (SEVERAL, [], []),
        (SEVERAL, ["plans-1"], [("too_few", "Choose at least 2 options.", None)]),
        (SEVERAL, [f"plans-{n}" for n in (1, 2, 3, 4)], [("too_many", "Choose at most 3 options.", None)]),
        (SCORED, ["trip-2:5", "trip-1:0"], []),
        (SCORED, ["trip-2:6"], [("score_out_of_range", "One score is above 5.", "trip-2")]),
        (SCORED, ["trip-2"], [("not_a_score", "A score is a whole number from 0 to 5.", "trip-2")]),
        (SCORED, ["trip-2:" + "9" * 9999], [("not_a_score", "A score is a whole number from 0 to 5.", "trip-2")]),
    ],
)
def test_each_fault_has_its_code_and_its_sentence(asked: Contest, marks: Any, expected: list[Any]) -> None:
    found = rules.faults(opened(asked), "all", {asked.id: marks})
    assert [(fault["contest"], fault["code"], fault["message"], fault["option"]) for fault in found] == [
        (asked.id, *fault) for fault in expected
    ]


def test_faults_of_all_contests_are_told_together_and_a_contest_left_out_is_a_blank_one() -> None:
    box = opened(ONE, RANKED, SEVERAL)
    found = rules.faults(box, "all", {"board": ["x", "x"], "treasurer": []})
    assert [(fault["contest"], fault["code"]) for fault in found] == [
        ("treasurer", "unknown_contest"),
        ("chair", "blank_not_allowed"),
        ("board", "unknown_option"),
        ("board", "unknown_option"),
        ("board", "repeated_option"),
    ]


def test_a_contest_of_another_style_is_not_on_this_paper() -> None:
    north, south = (
        Style(id="north", name="North", contests=("board",)),
        Style(id="south", name="South", contests=("plans",)),
    )
    box = opened(RANKED, SEVERAL, styles=(north, south))
    assert rules.faults(box, "north", {"board": ["board-1"]}) == []
    found = rules.faults(box, "south", {"board": ["board-1"]})
    assert [(fault["contest"], fault["code"]) for fault in found] == [("board", "unknown_contest")]


def test_a_paper_is_written_in_one_form() -> None:
    box = opened(ONE, RANKED, SEVERAL)
    text = rules.written(box, "all", {"plans": ["plans-3", "plans-1"], "chair": ["chair-2"]})
    assert text.decode() == (
        '{"box":"00000000-0000-0000-0000-000000000007","definition":"' + box.digest + '",'
        '"marks":{"board":[],"chair":["chair-2"],"plans":["plans-1","plans-3"]},"style":"all"}'
    )
    ranked = rules.written(box, "all", {"board": ["board-3", "board-1"], "chair": ["chair-2"]})
    assert json.loads(ranked)["marks"]["board"] == ["board-3", "board-1"]


ids = st.text("ab0-", max_size=39).map(lambda rest: "a" + rest)


@st.composite
def elections(draw: st.DrawFn) -> rules.Opened:
    """Any election: contests of every method, ids of any length, several styles."""
    contests = []
    for name in draw(st.lists(ids, min_size=1, max_size=3, unique=True)):
        method = draw(st.sampled_from(sorted(METHODS)))
        options = draw(st.lists(ids, min_size=2, max_size=5, unique=True))
        most = draw(st.none() | st.integers(1, 6))
        some = tuple(Option(id=option, name="Somebody") for option in options)
        contests.append(Contest(id=name, title=name, method=method, seats=1, options=some, max_marks=most))
    names = [one.id for one in contests]
    parts = st.lists(st.sampled_from(names), min_size=1, unique=True).map(tuple)
    styles = draw(st.dictionaries(ids, parts, min_size=1, max_size=3))
    return opened(*contests, styles=tuple(Style(id=id_, name="S", contests=part) for id_, part in styles.items()))


@given(box=elections(), data=st.data())
def test_every_faultless_paper_fits_into_the_block(box: rules.Opened, data: st.DataObject) -> None:
    style = data.draw(st.sampled_from(sorted(box.styles)))
    said = {}
    for one in box.styles[style]:
        order = data.draw(st.permutations([option.id for option in one.options]))
        method, counting = METHODS[one.method], one.for_counting()
        said[one.id] = list(liking(method, counting, order[: data.draw(st.integers(0, len(order)))]))
    assert rules.faults(box, style, said) == []
    assert len(rules.written(box, style, said)) < box.block


def test_all_sealed_papers_of_a_box_have_one_length_and_open_to_what_was_written() -> None:
    box = opened(RANKED, SEVERAL, SCORED)
    some = [{}, {"board": ["board-1"]}, {"board": ["board-3", "board-1", "board-2"], "plans": ["plans-1", "plans-2"]}]
    some += [{"trip": [f"trip-{n}:{score}" for n in (1, 2, 3, 4)]} for score in (0, 1, 5)]
    for said in some:
        text = rules.written(box, "all", said)
        sealed = rules.seal(text, box.block, PUBLIC)
        assert len(sealed) == box.block + SEALING
        assert sodium_unpad(SealedBox(PRIVATE).decrypt(sealed), box.block) == text
        assert rules.seal(text, box.block, PUBLIC) != sealed


def test_the_block_is_no_longer_than_the_longest_paper_of_any_style_needs() -> None:
    short, long = (
        Style(id="s", name="S", contests=("chair",)),
        Style(id="longer", name="L", contests=("board", "plans")),
    )
    box = opened(ONE, RANKED, SEVERAL, styles=(short, long))
    fullest = {"board": ["board-1", "board-2", "board-3"], "plans": ["plans-1", "plans-2", "plans-3"]}
    assert box.block == len(rules.written(box, "longer", fullest)) + 1
