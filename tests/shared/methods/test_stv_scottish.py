"""The Scottish rules against real wards, against a second count paper by paper, and at each rule's edge."""

import json
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.files import blt
from shared.methods import METHODS, export
from shared.methods.model import Contest, Count, Decision, Papers, Tie
from tests.shared.methods.elections import Election, elections, falling

STV = METHODS["stv-scottish"]
WARDS = (
    "aberdeenshire_2012_ward11",
    "aberdeenshire_2017_ward15",
    "east_dunbartonshire_2012_ward7",
    "east_dunbartonshire_2022_ward7",
    "edinburgh_2017_ward1",
    "edinburgh_2022_ward11",
    "falkirk_2018_by_election_bonnybridge",
    "falkirk_2021_by_election_south",
    "fife_2012_ward2",
    "glasgow_2007_calton",
    "glasgow_2007_govan",
    "glasgow_2007_hillhead",
    "glasgow_2007_shettleston",
    "glasgow_2012_ward5",
    "north_lanarkshire_2017_ward19",
    "perth_kinross_2012_ward8",
    "perth_kinross_2015_by_election_ward12",
    "perth_kinross_2017_ward11",
    "renfrewshire_2017_ward3",
    "south_lanarkshire_2012_ward3",
)


@pytest.mark.parametrize("ward", WARDS)
def test_a_real_ward_is_counted_stage_by_stage_as_published(wards: Path, ward: str) -> None:
    published = json.loads((wards / "expected.json").read_text())[ward]
    election = blt.read_text((wards / f"{ward}.blt").read_text())
    counted = STV.count(Contest(ward, election.seats, election.options), election.papers)
    shown = export.as_json(counted, election.names)
    assert shown["winners"] == published["elected_in_order"]
    assert shown["quota"] == f"{published['quota']}.00000"
    assert [(stage["votes"], stage["nontransferable"]) for stage in shown["stages"]] == [
        (stage["votes"], stage["nontransferable"]) for stage in published["stages"]
    ]


def test_no_ward_is_left_out(wards: Path) -> None:
    assert sorted(json.loads((wards / "expected.json").read_text())) == list(WARDS)


@dataclass
class Paper:
    marks: list[str]
    value: Decimal = Decimal(1)


def by_hand(election: Election, order: str) -> tuple[list[str], list[dict[str, Decimal]]]:
    """The rules once more, as with paper: one list a pile, a value a paper. The lot falls as `order` says."""
    papers = [Paper(list(marks)) for marks, n in election.papers.items() if marks for _ in range(n)]
    quota = len(papers) // (election.contest.seats + 1) + 1
    pile: dict[str, list[Paper]] = {option: [] for option in election.contest.options}
    for paper in papers:
        pile[paper.marks[0]].append(paper)
    standing = list(pile)
    elected: list[str] = []
    waiting: list[str] = []
    stages: list[dict[str, Decimal]] = []
    kept: dict[str, Decimal] = {}

    def tell() -> None:
        stages.append({o: kept.get(o, sum((paper.value for paper in pile[o]), Decimal(0))) for o in pile})

    def latest_first(option: str) -> tuple[Decimal, ...]:
        return tuple(stage[option] for stage in reversed(stages))

    def move(option: str) -> None:
        for paper in pile[option]:
            rest = paper.marks[paper.marks.index(option) + 1 :]
            onward = next((mark for mark in rest if mark in standing), None)
            if onward:
                pile[onward].append(paper)
        pile[option] = []

    tell()
    while len(elected) < election.contest.seats and standing:
        filled = bool(stages[1:]) and len(standing) <= election.contest.seats - len(elected)
        reached = [] if filled else [o for o in standing if stages[-1][o] >= quota]
        for option in sorted(reached, key=latest_first, reverse=True):
            elected.append(option)
            standing.remove(option)
            waiting.append(option)
        if len(elected) + len(standing) <= election.contest.seats:
            elected += standing
            break
        if len(elected) == election.contest.seats:
            break
        if waiting:
            top = max(latest_first(option) for option in waiting)
            option = min((o for o in waiting if latest_first(o) == top), key=order.index)
            waiting.remove(option)
            held = stages[-1][option]
            for paper in pile[option]:
                paper.value = ((held - quota) * paper.value / held).quantize(Decimal("0.00001"), ROUND_DOWN)
            kept[option] = Decimal(quota)
        else:
            least = min(latest_first(option) for option in standing)
            option = max((o for o in standing if latest_first(o) == least), key=order.index)
            standing.remove(option)
        move(option)
        tell()
    return elected, stages


@given(election=elections("stv-scottish", most_options=7), order=st.permutations("abcdefgh").map("".join))
@settings(max_examples=150)
def test_a_second_count_paper_by_paper_finds_the_same(election: Election, order: str) -> None:
    counted = election.count(lot=falling(order))
    elected, stages = by_hand(election, order)
    assert list(counted.winners) == elected
    assert [
        {o: Decimal(export.decimal(held, 5)) for o, held in stage.votes.items()} for stage in counted.stages
    ] == stages


def count(seats: int, options: str, papers: dict[str, int], *decisions: Decision) -> Count:
    ranked: Papers = {tuple(marks): number for marks, number in papers.items()}
    return STV.count(Contest("c", seats, tuple(options)), ranked, decisions=decisions)


def test_equal_last_candidates_are_told_apart_by_the_latest_earlier_stage_not_by_first_preferences() -> None:
    """Rule 51: b has 3, 5, 5 votes and c has 4, 4, 5."""
    counted = count(1, "abcde", {"a": 8, "b": 3, "c": 4, "db": 2, "ec": 1, "ea": 2})
    assert [stage.of for stage in counted.stages][:4] == [None, "d", "e", "c"]
    assert (counted.winners, counted.ties) == (("a",), ())


def test_equal_surpluses_that_were_always_equal_are_a_tie() -> None:
    counted = count(3, "abcd", {"a": 5, "b": 5, "c": 1, "d": 1})
    assert counted.open_tie == Tie(2, "surplus", ("a", "b"), 1)
    assert counted.winners == ("a", "b")


def test_who_has_just_the_quota_is_shown_to_transfer_nothing() -> None:
    counted = count(2, "abc", {"ac": 4, "b": 3, "cb": 2})
    assert counted.stages[0].elected == ("a",)
    assert [(stage.what, stage.of) for stage in counted.stages] == [
        ("first", None),
        ("surplus", "a"),
        ("exclusion", "c"),
    ]
    assert counted.stages[1].votes == counted.stages[0].votes == {"a": 4, "b": 3, "c": 2}


def test_between_two_who_transfer_nothing_there_is_no_tie() -> None:
    counted = count(3, "abcd", {"a": 4, "b": 4, "c": 3, "d": 2})
    assert (counted.ties, counted.winners) == ((), ("a", "b", "c"))


def test_the_last_vacancies_are_filled_as_soon_as_the_candidates_are_no_more() -> None:
    """Rule 52: the exclusion of a fills both seats, so c is not first for having the quota after the transfer."""
    counted = count(2, "abc", {"ac": 3, "b": 3, "c": 3}, Decision(2, ("b", "c", "a")))
    assert counted.winners == ("b", "c")
    assert counted.stages[-1].votes == {"a": 0, "b": 3, "c": 6}


def test_without_a_contest_who_has_the_quota_is_elected_first() -> None:
    assert count(4, "abc", {"a": 2, "b": 8}).winners == ("b", "a", "c")


def test_reopen_nominations_is_an_option_like_any_other() -> None:
    hall = Contest("hall", 1, ("ann", "bob", "ron"))
    assert STV.count(hall, {("ron",): 3, ("ann",): 2}).winners == ("ron",)
    counted = STV.count(hall, {("ron", "bob"): 2, ("ann",): 4, ("bob",): 3})
    assert (counted.stages[1].of, counted.winners) == ("ron", ("bob",))


def test_a_transfer_value_is_cut_off_after_five_decimals() -> None:
    """Rule 48(3): a's surplus of 3 on 7 papers is 0.42857 a paper, and 3 - 7 * 0.42857 is lost."""
    second = count(2, "abc", {"ab": 4, "ac": 2, "a": 1, "b": 2, "c": 1}).stages[1]
    assert (second.what, second.of) == ("surplus", "a")
    assert {option: export.decimal(held, 5) for option, held in second.votes.items()} == {
        "a": "4.00000",
        "b": "3.71428",
        "c": "1.85714",
    }
    assert export.decimal(second.nontransferable, 5) == "0.42857"
    assert export.decimal(second.remainder, 5) == "0.00001"
