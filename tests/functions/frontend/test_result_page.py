"""The page of a result follows from what a method says of itself: no method has a page of its own."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import uuid4

import pytest

from functions.frontend.pages import page
from functions.result.rules import shown
from shared.contracts.definition import Contest, Option
from shared.methods import METHODS
from shared.methods.model import Decision, Papers
from tests.functions.frontend.markup import Node, check
from tests.shared.methods.elections import liking

electing = pytest.mark.parametrize("method", [name for name in METHODS if not METHODS[name].roles])
RANKED: Papers = {("a", "b", "c"): 3, ("b", "c", "a"): 3, ("c", "a", "b"): 3}
CIRCLE: Papers = {**RANKED, ("a",): 1, ("b",): 1, ("c",): 1, (): 2}
"""Everything is tied that can be: first choices, comparisons, exclusions."""


def contest(method: str, ties: Literal["lot", "officer"]) -> Contest:
    options = tuple(Option(id=option, name=f"<{option}> & Co") for option in "abcd")
    seats = METHODS[method].most_seats or 2
    return Contest(id="c", title="Board", method=method, seats=seats, options=options, ties=ties)


def result(
    method: str,
    *,
    lot: bool,
    ties: Literal["lot", "officer"] = "lot",
    decisions: Sequence[Decision] = (),
    reopen: str | None = None,
) -> tuple[dict[str, Any], Node]:
    """A contest of the record and its page."""
    asked = contest(method, ties).model_copy(update={"reopen": reopen})
    papers: dict[tuple[str, ...], int] = {}
    for options, number in CIRCLE.items():
        marks = liking(METHODS[method], asked.for_counting(), options)
        papers[marks] = papers.get(marks, 0) + number
    draw = (lambda stage, options: tuple(sorted(options))) if lot else None
    part = shown(asked, METHODS[method].count(asked.for_counting(), papers, lot=draw, decisions=decisions), 1)
    return part, page_of(asked, part, decisions)


def page_of(asked: Contest, part: dict[str, Any], decisions: Sequence[Decision] = ()) -> Node:
    """The page of a record with this contest."""
    this = str(uuid4())
    public: dict[str, Any] = {"id": this, "title": "Spring", "time_zone": "UTC", "notices": [], "phase": "published"}
    public["definition"] = {"contests": [asked.model_dump(mode="json")]}
    record = {
        "election": this,
        "closes_at": "2026-05-08T17:00:00+00:00",
        "papers": 12,
        "roll": None,
        "seed": "00" * 32,
        "seed_commitment": "11" * 32,
        "receipts_digest": "22" * 32,
        "decisions": [{"contest": "c", "stage": one.stage, "order": list(one.order)} for one in decisions],
        "contests": [part],
    }
    answer = page("result.html", frame="base.html", public=public, record=record, preview=False)
    return check(bytes(answer.body).decode())


@electing
def test_every_method_has_its_numbers_steps_and_ties_on_the_page(method: str) -> None:
    part, document = result(method, lot=True)
    count, text = part["count"], document.text()
    cells = [cell.text() for cell in document.all("td")]
    for stage in count["stages"]:
        for held in stage["votes"].values():
            assert held in cells
            cells.remove(held)
        assert len(count["stages"]) == 1 or stage["what"] in text
    for sentence in count["notes"]:
        assert sentence in text
    assert count["decided"] and count["ties"]
    for tie in count["ties"]:
        assert f"({tie['about']}) between {', '.join(tie['options'])}: broken by lot" in text
    if len(count["winners"]) == 1:
        assert f"Elected: {count['winners'][0]}" in text
    else:
        assert [item.text() for item in next(document.all("ol")).all("li")] == count["winners"]
    assert METHODS[method].unit.capitalize() in text


@pytest.mark.parametrize(
    ("method", "how"),
    [
        *((name, "stands before") for name in METHODS if METHODS[name].unit == "options beaten"),
        ("star", "is scored higher than"),
    ],
)
def test_comparisons_are_shown_as_a_table_of_pairs(method: str, how: str) -> None:
    part, document = result(method, lot=True)
    table = [table for table in document.all("table") if f"of the row {how} that" in table.text()]
    rows = [[cell.text() for cell in row.all("td")] for row in table[0].all("tr")][1:]
    names = [option["name"] for option in part["options"]]
    heads = [head.text() for head in table[0].all("th")]
    called = [f"{number}. {name}" for number, name in enumerate(names, 1)]
    assert heads == ["Before", *called, *called]
    assert rows == [
        ["" if one == other else str(part["count"]["pairs"][one][other]) for other in names] for one in names
    ]


@electing
def test_an_open_tie_is_shown_as_open(method: str) -> None:
    part, document = result(method, lot=False)
    [tie] = [tie for tie in part["count"]["ties"] if tie["order"] is None]
    text = document.text()
    assert "A tie is open: the returning officer has to decide it." in text
    assert f"between {', '.join(tie['options'])}." in text


def test_a_stage_that_counts_something_else_says_what() -> None:
    heads = [head.text() for head in result("star", lot=True)[1].all("th")]
    assert "Stage 1" in heads and "Stage 2 (votes)" in heads


def test_what_no_option_has_is_a_row_of_its_own_where_there_is_any() -> None:
    def heads(method: str) -> list[str]:
        return [head.text() for head in result(method, lot=True)[1].all("th")]

    assert "Non-transferable" in heads("irv")
    assert "Non-transferable" not in heads("plurality")


def test_the_command_to_count_again_has_the_lot_or_the_decisions_that_broke_the_ties() -> None:
    lot = result("plurality", lot=True)[1].text()
    seed = f"--seed {'00' * 32} --receipts-digest {'22' * 32}"
    assert f"uvote count c.blt --method plurality --contest c {seed} Check" in lot
    decided = result("plurality", lot=False, ties="officer", decisions=[Decision(1, ("b", "a", "c"))])[1].text()
    assert "uvote count c.blt --method plurality --contest c --decisions decisions.json" in decided
    assert '[{"contest": "c", "order": ["b", "a", "c"], "stage": 1}]' in decided


def test_a_seat_that_re_open_nominations_win_is_shown_as_vacant() -> None:
    part, document = result("stv-scottish", lot=True, reopen="a")
    assert part["count"]["vacant"] == 1
    assert "A seat stays vacant: nominations are re-opened." in document.text()
    assert "stays vacant" not in result("stv-scottish", lot=True)[1].text()


def motion(pro: int, contra: int, **asked: Any) -> tuple[dict[str, Any], Node]:
    """A motion of the record and its page; 40 could vote."""
    names = (("y", "Yes"), ("n", "No <Nay>"), ("a", "Abstention"))
    options = tuple(Option(id=option, name=name) for option, name in names)
    of_roll = {"share": "at least 1/2", "of": "roll"}
    given = {"method": "motion", "options": options, "majority": of_roll, "text": "That we\nbuy a boat.", **asked}
    this = Contest.model_validate({**contest("plurality", "lot").model_dump(), **given, "seats": 1})
    papers: Papers = {("y",): pro, ("n",): contra, ("a",): 2}
    part = shown(this, METHODS["motion"].count(this.for_counting(40), papers), 0)
    return part, page_of(this, part)


def outcome(document: Node) -> tuple[str, str]:
    """The line that says it, and whether it is a good one."""
    [line] = [node for node in document.all("p") if "outcome" in node.attrs.get("class", "").split()]
    return line.text(), line.attrs["class"].split()[0]


def test_a_motion_says_its_outcome_its_numbers_and_its_rule_and_nothing_of_elections() -> None:
    part, document = motion(20, 3)
    text = document.text()
    assert outcome(document) == ("The motion is carried.", "good")
    assert part["count"]["notes"] == [
        "Majority, at least half of all voters on the roll: Yes has 20 of 40; needed: 20."
    ]
    assert part["count"]["notes"][0] in text
    assert "That we\nbuy a boat." in next(p for p in document.all("p") if "prose" in p.attrs.get("class", "")).raw()
    for other in ("elected", "Elected", "Quota", "seat", "--seed"):
        assert other not in text, other
    assert [[cell.text() for cell in row.all("th", "td")] for row in document.all("tr")] == [
        ["Option", "Votes"], ["Yes", "20"], ["No <Nay>", "3"], ["Abstention", "2"],
    ]  # fmt: skip
    assert 'uvote count c.blt --method motion --contest c --majority "at least 1/2 of roll" --roll 40' in text
    assert outcome(motion(19, 3)[1]) == ("The motion is not carried.", "notice")


def test_without_a_quorum_a_motion_is_not_carried_and_of_an_election_it_is_said_what_the_votes_say() -> None:
    document = motion(20, 3, quorum="at least 26")[1]
    assert outcome(document) == ("No quorum: the motion is not carried.", "notice")
    assert "Quorum, at least 26 voters on the roll: 25 of 40 handed in a paper; needed: 26." in document.text()
    assert '--quorum "at least 26" --roll 40' in document.text()
    asked = contest("plurality", "lot").model_copy(update={"quorum": "more than 1/2", "seats": 1})
    counted = METHODS["plurality"].count(asked.for_counting(8), {("a",): 4})
    missed = page_of(asked, shown(asked, counted, 0))
    assert outcome(missed) == ("No quorum: too few have voted.", "notice")
    assert "By the votes alone: <a> & Co" in missed.text()
    assert "more than half of all voters on the roll: 4 of 8 handed in a paper; needed: 5." in missed.text()
    assert "Elected: " not in missed.text()
    assert "Green: would be elected." in missed.text()
    reached = page_of(asked, shown(asked, METHODS["plurality"].count(asked.for_counting(7), {("a",): 4}), 0)).text()
    assert reached.index("4 of 7 handed in a paper; needed: 4.") < reached.index("Elected: <a> & Co")
    assert "No quorum" not in reached and "What led to the winner" not in reached
