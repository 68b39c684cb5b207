"""What is counted and what is rejected adds up, however the papers come."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.result import rules
from functions.result.rules import DoesNotFit, Tally
from shared.contracts.definition import BoxKey, Contest, Definition, Option, Style
from shared.contracts.states import BoxState

BOX = UUID(int=7)
DIGEST = "ab" * 32
TIME = datetime(2026, 5, 1, tzinfo=UTC)


def contest(name: str, method: str, **more: Any) -> Contest:
    options = tuple(Option(id=f"{name}-{n}", name=f"Option {n}") for n in range(1, 4))
    return Contest(id=name, title=name, method=method, seats=1, options=options, **more)


DEFINITION = Definition(
    id=BOX,
    title="Spring election",
    time_zone="UTC",
    opens_at=TIME,
    closes_at=TIME,
    contests=(
        contest("chair", "plurality", blank_allowed=False),
        contest("board", "stv-scottish"),
        contest("plans", "approval", max_marks=2),
    ),
    styles=(
        Style(id="north", name="North", contests=("chair", "board")),
        Style(id="south", name="South", contests=("plans",)),
    ),
    publish="by hand",
    box=BoxKey(public_key="00" * 32, seed_commitment="00" * 32, proof=""),
)
CONTESTS = {"north": ("chair", "board"), "south": ("plans",)}


def paper(style: str = "north", **said: Any) -> bytes:
    return json.dumps({"box": str(BOX), "definition": DIGEST, "style": style, "marks": said}).encode()


def tally(*papers: bytes | None) -> Tally:
    made = Tally(DEFINITION, DIGEST)
    for one in papers:
        made.add(one)
    return made


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def fitting(name: str) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from([f"{name}-{n}" for n in range(1, 4)]), unique=True, max_size=3)


def readable(style: str, marks: Callable[[str], st.SearchStrategy[Any]]) -> st.SearchStrategy[tuple[str | None, Any]]:
    said = st.fixed_dictionaries({}, optional={name: marks(name) for name in ("chair", "board", "plans")})
    return said.map(lambda said: (style, paper(style, **said)))


unreadable = st.sampled_from(
    [
        None,
        paper("west", chair=["chair-1"]),
        paper().replace(DIGEST.encode(), b"cd" * 32),
        paper().replace(str(BOX).encode(), str(UUID(int=8)).encode()),
        json.dumps({"box": str(BOX), "definition": DIGEST, "style": "north", "marks": []}).encode(),
        b"[" * 100_000,
    ]
)
# Each line is drawn as often as the others.
a_paper = st.one_of(
    readable("north", fitting),
    readable("south", fitting),
    readable("north", lambda name: st.lists(st.sampled_from([f"{name}-1", "nobody"]), max_size=4)),
    readable("south", lambda name: anything),
    unreadable.map(lambda content: (None, content)),
    st.binary(max_size=30).map(lambda content: (None, content)),
    anything.map(lambda value: (None, json.dumps(value).encode())),
)
papers = st.lists(a_paper, max_size=12)


@given(papers=papers)
def test_counted_and_rejected_are_the_papers_of_each_contests_styles(papers: list[tuple[str | None, Any]]) -> None:
    found = tally(*(content for _, content in papers))
    assert found.papers == len(papers)
    for name in ("chair", "board", "plans"):
        due = sum(style is None or name in CONTESTS[style] for style, _ in papers)
        assert found.contests[name].total() + found.rejected[name] == due


@given(papers=papers, cuts=st.lists(st.integers(0, 12), max_size=3))
def test_pages_added_up_are_the_whole(papers: list[tuple[str | None, Any]], cuts: list[int]) -> None:
    contents = [content for _, content in papers]
    whole = tally(*contents)
    added = Tally(DEFINITION, DIGEST)
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(contents)], strict=True):
        added.add_written(tally(*contents[begin:end]).written())
    assert (added.papers, added.rejected, added.contests) == (whole.papers, whole.rejected, whole.contests)


def test_the_order_of_papers_is_not_in_a_written_tally() -> None:
    first, second = paper(chair=["chair-1"], board=["board-2"]), paper(chair=["chair-2"], board=["board-1"])
    assert tally(first, second).written() == tally(second, first).written()


def test_a_paper_that_misfits_one_contest_is_counted_in_the_other() -> None:
    found = tally(paper(chair=["chair-1", "chair-2"], board=["board-2", "board-1"]))
    assert dict(found.rejected) == {"chair": 1}
    assert dict(found.contests["board"]) == {("board-2", "board-1"): 1}


def test_a_contest_left_out_is_a_blank_where_blanks_are_allowed() -> None:
    found = tally(paper(), paper("south"))
    assert dict(found.rejected) == {"chair": 1}
    assert (dict(found.contests["board"]), dict(found.contests["plans"])) == ({(): 1}, {(): 1})


def test_a_choice_has_no_order_and_a_ranking_has_one() -> None:
    found = tally(
        paper("south", plans=["plans-1", "plans-3"]),
        paper("south", plans=["plans-3", "plans-1"]),
        paper(chair=["chair-1"], board=["board-1", "board-3"]),
        paper(chair=["chair-1"], board=["board-3", "board-1"]),
    )
    assert dict(found.contests["plans"]) == {("plans-1", "plans-3"): 2}
    assert dict(found.contests["board"]) == {("board-1", "board-3"): 1, ("board-3", "board-1"): 1}


@pytest.mark.parametrize(
    ("papers", "digest", "code"),
    [(2, "cd", "number_differs"), (4, "cd", "number_differs"), (3, "ce", "digest_differs")],
)
def test_other_papers_than_the_sealed_ones_are_told(papers: int, digest: str, code: str) -> None:
    box = BoxState(phase="sealed", opens_at=TIME, closes_at=TIME, papers=3, papers_digest="cd" * 32)
    rules.check(3, "cd" * 32, box)
    with pytest.raises(DoesNotFit, match=code):
        rules.check(papers, digest * 32, box)
