"""What every counting method promises, whatever its rule: stated once, tried over the whole registry."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.methods import METHODS, export
from shared.methods.model import EQUAL, SCORED, Contest, Count, Decision, Marks, option_of, score_of
from tests.shared.methods.elections import Election, elections, falling, levelled

laws = settings(max_examples=40)
every_method = pytest.mark.parametrize("method", METHODS)
electing = pytest.mark.parametrize("method", [name for name in METHODS if not METHODS[name].roles])
"""A motion elects nobody, and the places of its options say what they stand for."""
orders = st.permutations("abcdefgh").map("".join)


def same(one: Count, other: Count) -> bool:
    """Equal, and equal as written down."""
    names = {option: option.upper() for option in one.contest.options}
    return one == other and export.as_json(one, names) == export.as_json(other, names)


def renamed_mark(mark: str, called: dict[str, str]) -> str:
    option, separator, score = mark.partition(SCORED)
    return called[option] + separator + score


def wanted(election: Election) -> set[str]:
    """Whom somebody marked, with more than nothing where papers are scored."""
    scored = METHODS[election.method].paper == "scored"
    return {option_of(m) for marks in election.papers for m in marks if not scored or score_of(m)}


@every_method
@laws
@given(data=st.data())
def test_the_order_of_the_papers_does_not_matter(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    shuffled = data.draw(st.permutations(list(election.papers.items())))
    assert same(election.count(), election.with_papers(dict(shuffled)).count())


@every_method
@laws
@given(data=st.data())
def test_what_the_options_are_called_does_not_matter(method: str, data: st.DataObject) -> None:
    """Other ids, the same places on the paper: the same count, name for name."""
    election = data.draw(elections(method))
    options = election.contest.options
    ids = data.draw(st.permutations(["zz", "a", "0", "9-x", "b-1", "ron", "m", "h"]))
    called = dict(zip(options, ids, strict=False))
    renamed = Election(
        method,
        Contest("c", election.contest.seats, tuple(called[option] for option in options)),
        {tuple(renamed_mark(mark, called) for mark in marks): number for marks, number in election.papers.items()},
    )
    names = {option: f"Option {option}" for option in options}
    as_called = {called[option]: names[option] for option in options}
    assert export.as_json(election.count(), names) == export.as_json(renamed.count(), as_called)


@electing
@laws
@given(data=st.data())
def test_the_places_on_the_paper_do_not_matter_where_nothing_is_tied(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    counted = election.count()
    places = tuple(data.draw(st.permutations(election.contest.options)))
    moved = Election(method, Contest("c", election.contest.seats, places), election.papers).count()
    assert [stage.votes for stage in moved.stages] == [stage.votes for stage in counted.stages]
    assert len(moved.ties) == len(counted.ties)
    assert sorted(moved.winners) == sorted(counted.winners)


@every_method
@laws
@given(data=st.data())
def test_every_paper_is_counted_and_blank_ones_change_nothing_else(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    counted = election.count()
    assert counted.papers == sum(election.papers.values())
    assert counted.blank == election.papers.get((), 0)
    assert len(counted.stages) >= 1
    more = election.with_papers({**election.papers, (): counted.blank + 7}).count()
    assert (more.papers, more.blank) == (counted.papers + 7, counted.blank + 7)
    assert (more.winners, more.stages, more.ties, more.quota) == (
        counted.winners,
        counted.stages,
        counted.ties,
        counted.quota,
    )


SEQUENTIAL = ["sequential-approval", "score-proportional", "star-proportional"]
CONSERVING = [
    name
    for name in METHODS
    # Comparisons are no votes, and a paper with somebody elected is worth less by this rule's very idea.
    if METHODS[name].unit in ("votes", "points") and name not in SEQUENTIAL
]


def worth(election: Election, marks: Marks, stage: int) -> Fraction:
    """What a paper brings to the numbers of a stage: of most methods one vote, with an option, exhausted or lost."""
    places = range(1, len(marks) + 1)
    match election.method:
        case "score" | "cumulative":
            return Fraction(sum(map(score_of, marks)))
        case "star" | "star-bloc":
            return Fraction(sum(map(score_of, marks)) if stage % 2 else bool(marks))
        case "plurality" | "approval" | "block" | "limited":
            return Fraction(len(marks))
        case "borda":
            return Fraction(sum(len(election.contest.options) + 1 - place for place in places))
        case "dowdall":
            return sum((Fraction(1, place) for place in places), Fraction(0))
        case "bucklin":
            return Fraction(min(stage, len(marks)))
        case _:
            return Fraction(bool(marks))


@pytest.mark.parametrize("method", CONSERVING)
@settings(max_examples=100)
@given(data=st.data())
def test_at_each_stage_the_numbers_are_those_of_the_papers_to_the_last_digit(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    counted = election.count(lot=falling("abcdefgh"))
    for number, stage in enumerate(counted.stages, 1):
        assert set(stage.votes) == set(election.contest.options)
        assert min(stage.votes.values()) >= 0
        assert min(stage.nontransferable, stage.remainder) >= 0
        votes = sum((worth(election, marks, number) * many for marks, many in election.papers.items()), Fraction(0))
        assert sum(stage.votes.values(), Fraction(0)) + stage.nontransferable + stage.remainder == votes


@pytest.mark.parametrize("method", [name for name in METHODS if METHODS[name].equal_ranks])
@laws
@given(data=st.data(), chance=st.integers(0, 2**32 - 1))
def test_in_which_order_options_of_equal_rank_are_written_does_not_matter(
    method: str, data: st.DataObject, chance: int
) -> None:
    election = levelled(data.draw(elections(method)), Random(chance))
    turned = {
        tuple(EQUAL.join(reversed(mark.split(EQUAL))) for mark in marks): n for marks, n in election.papers.items()
    }
    assert same(election.count(), election.with_papers(turned).count())


@pytest.mark.parametrize("method", [name for name in METHODS if METHODS[name].equal_ranks])
@laws
@given(data=st.data(), chance=st.integers(0, 2**32 - 1))
def test_who_withdrew_leaves_others_of_equal_rank_where_they_are(method: str, data: st.DataObject, chance: int) -> None:
    election = levelled(data.draw(elections(method)), Random(chance))
    others = election.contest.options[1:]
    without: dict[Marks, int] = {}
    for marks, number in election.papers.items():
        ranks = [[option for option in mark.split(EQUAL) if option in others] for mark in marks]
        left = tuple(EQUAL.join(rank) for rank in ranks if rank)
        without[left] = without.get(left, 0) + number
    withdrawn = replace(election, contest=replace(election.contest, withdrawn=election.contest.options[:1])).count()
    never = Election(method, replace(election.contest, options=others), without).count()
    assert (withdrawn.winners, withdrawn.stages, withdrawn.ties) == (never.winners, never.stages, never.ties)


@electing
@laws
@given(data=st.data())
def test_the_seats_are_filled_once_each_by_stages_that_say_so(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    counted = election.count(lot=falling("abcdefgh"))
    assert counted.decided
    assert len(set(counted.winners)) == len(counted.winners) <= election.contest.seats
    assert counted.winners == tuple(option for stage in counted.stages for option in stage.elected)
    if election.method != "score-mean":  # who has too few scores is not elected
        assert len(counted.winners) >= min(election.contest.seats, len(wanted(election)))


@every_method
@laws
@given(data=st.data())
def test_a_tie_is_never_broken_silently(method: str, data: st.DataObject) -> None:
    """With nobody to break ties a count has none, or ends at the first, which is the first the lot breaks."""
    election = data.draw(elections(method))
    alone = election.count()
    drawn = election.count(lot=falling("abcdefgh"))
    assert [tie.order for tie in alone.ties] in ([], [None])
    if not alone.ties:
        assert same(alone, drawn)
        return
    first = drawn.ties[0]
    assert (alone.ties[0].stage, alone.ties[0].what, alone.ties[0].options) == (first.stage, first.what, first.options)
    assert 1 <= first.choose < len(first.options)
    assert set(alone.winners) <= set(drawn.winners)
    for tie in drawn.ties:
        assert tie.resolved_by == "lot"
        assert tie.order == tuple(sorted(tie.options))


@every_method
@laws
@given(data=st.data(), order=orders)
def test_what_was_broken_by_lot_is_counted_again_by_decision(method: str, data: st.DataObject, order: str) -> None:
    election = data.draw(elections(method))
    drawn = election.count(lot=falling(order))
    decisions = [Decision(tie.stage, tie.order) for tie in drawn.ties if tie.order]
    decided = election.count(lot=falling(order[::-1]), decisions=decisions)
    assert (decided.winners, decided.stages) == (drawn.winners, drawn.stages)
    assert [(tie.order, tie.resolved_by) for tie in decided.ties] == [(tie.order, "officer") for tie in drawn.ties]


@every_method
def test_no_papers_elect_nobody_without_a_tie_being_named(method: str) -> None:
    counted = METHODS[method].count(Contest("c", 1, ("a", "b", "c")), {})
    assert counted.winners == ()
    assert (counted.papers, counted.blank) == (0, 0)
    assert all(held == 0 for stage in counted.stages for held in stage.votes.values())


@electing
@laws
@given(data=st.data())
def test_where_there_are_seats_for_all_whoever_has_a_vote_is_elected(method: str, data: st.DataObject) -> None:
    drawn = data.draw(elections(method, most_options=METHODS[method].most_seats or 6))
    seats = METHODS[method].most_seats or len(drawn.contest.options) + data.draw(st.integers(0, 2))
    counted = Election(method, Contest("c", seats, drawn.contest.options), drawn.papers).count()
    assert counted.ties == ()
    if METHODS[method].paper == "ranked":
        assert {mark for marks in drawn.papers for mark in marks[:1]} <= set(counted.winners)
    elif method != "score-mean":
        assert wanted(drawn) <= set(counted.winners)


STV = [name for name in METHODS if name.startswith("stv-")]
MAJORITARIAN = [*STV, "plurality", "irv", "supplementary", "bucklin", "schulze", "ranked-pairs", "minimax"]


@pytest.mark.parametrize("method", MAJORITARIAN)
@laws
@given(data=st.data())
def test_the_first_choice_of_more_than_half_is_elected(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    others = sum(number for marks, number in election.papers.items() if marks and marks[0] != "a")
    papers = {**election.papers, ("a",): others + 1}
    assert "a" in election.with_papers(papers).count(lot=falling("hgfedcba")).winners


@pytest.mark.parametrize("method", STV)
@settings(max_examples=100)
@given(data=st.data())
def test_whoever_agree_on_some_options_get_as_many_as_they_have_quotas(method: str, data: st.DataObject) -> None:
    """Droop proportionality for solid coalitions, with a paper to spare for what a rule cuts off."""
    election = data.draw(elections(method))
    seats, winners = election.contest.seats, set(election.count(lot=falling("abcdefgh")).winners)
    quota = sum(number for marks, number in election.papers.items() if marks) // (seats + 1) + 1
    for size in range(1, len(election.contest.options) + 1):
        for some in combinations(election.contest.options, size):
            solid = sum(number for marks, number in election.papers.items() if set(marks[:size]) == set(some))
            earned = max(0, (solid - 1) // quota)
            assert len(winners & set(some)) >= min(earned, size, seats)
