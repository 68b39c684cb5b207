"""Re-open nominations win seats that stay vacant, as many as their voters earn; who withdrew is on no paper."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.methods import METHODS, export
from shared.methods.model import Contest, Papers, option_of
from tests.shared.methods.elections import elections, falling, liking

STV = [name for name in METHODS if name.startswith("stv-")]
ELECTING = [name for name in METHODS if not METHODS[name].roles]
BOARD = Contest("board", 3, ("ann", "bob", "cyd", "ron"), reopen="ron")


@pytest.mark.parametrize("method", ELECTING)
def test_a_seat_that_they_win_stays_vacant_and_they_are_no_winner(method: str) -> None:
    hall = Contest("hall", 1, ("ann", "bob", "ron"), reopen="ron")
    ron, ann, bob = (liking(METHODS[method], hall, [option]) for option in ("ron", "ann", "bob"))
    counted = METHODS[method].count(hall, {ron: 7, ann: 3, bob: 2})
    assert (counted.winners, counted.vacant, counted.decided) == ((), 1, True)
    assert [stage.elected for stage in counted.stages][-1] == ("ron",)
    lost = METHODS[method].count(hall, {ron: 3, ann: 7, bob: 2})
    assert (lost.winners, lost.vacant) == (("ann",), 0)


@pytest.mark.parametrize("method", STV)
def test_their_voters_leave_as_many_seats_vacant_as_they_have_quotas(method: str) -> None:
    """80 of 120 papers are two thirds of three seats, however those voters rank the others."""
    papers: Papers = {("ron", "ann"): 40, ("ron",): 40, ("ann", "bob", "cyd"): 25, ("bob", "ann"): 15}
    counted = METHODS[method].count(BOARD, papers)
    assert (counted.winners, counted.vacant) == (("ann",), 2)
    assert counted.stages[-1].votes.keys() == {"ann", "bob", "cyd", "ron"}


@pytest.mark.parametrize("method", STV)
def test_somebody_without_a_rival_must_outlast_them(method: str) -> None:
    alone = Contest("alone", 3, ("ann", "ron"), reopen="ron")
    assert METHODS[method].count(alone, {("ron", "ann"): 30, ("ann",): 3}).winners == ()
    counted = METHODS[method].count(alone, {("ron",): 3, ("ann", "ron"): 30})
    assert counted.winners == ("ann",)


@pytest.mark.parametrize("method", STV)
@settings(max_examples=150)
@given(data=st.data())
def test_they_are_counted_as_one_option_and_seats_are_won_or_vacant(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    contest = replace(election.contest, reopen="a")
    election.papers["a",] = election.papers.get(("a",), 0) + data.draw(st.integers(1, 30))
    counted = METHODS[method].count(contest, election.papers, lot=falling("bacdefgh"))
    assert counted.decided
    assert contest.reopen not in counted.winners
    assert len(counted.winners) + counted.vacant <= contest.seats
    assert len(set(counted.winners)) == len(counted.winners)
    if len(contest.options) > contest.seats:
        assert len(counted.winners) + counted.vacant == contest.seats
    for stage in counted.stages:
        assert stage.votes.keys() == set(contest.options)
        marked = sum(number for marks, number in election.papers.items() if marks)
        assert sum(stage.votes.values()) + stage.nontransferable + stage.remainder == marked
    assert {option for tie in counted.ties for option in tie.options} <= set(contest.options)
    assert export.as_json(counted, {option: option.upper() for option in contest.options})


@pytest.mark.parametrize("method", STV)
@settings(max_examples=40)
@given(data=st.data())
def test_with_one_seat_only_who_is_elected_is_told_otherwise(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    contest = replace(election.contest, seats=1)
    plain = METHODS[method].count(contest, election.papers, lot=falling("abcdefgh"))
    reopening = METHODS[method].count(replace(contest, reopen="a"), election.papers, lot=falling("abcdefgh"))
    assert (reopening.stages, reopening.ties) == (plain.stages, plain.ties)
    assert (reopening.winners, reopening.vacant) == (((), 1) if plain.winners == ("a",) else (plain.winners, 0))


@pytest.mark.parametrize("method", STV)
def test_where_they_themselves_withdrew_nominations_stay_closed(method: str) -> None:
    closed = replace(BOARD, withdrawn=("ron",))
    counted = METHODS[method].count(closed, {("ron", "bob"): 9, ("ann",): 3, ("cyd",): 2})
    assert (set(counted.winners), counted.vacant) == ({"ann", "bob", "cyd"}, 0)


@pytest.mark.parametrize("method", ELECTING)
@settings(max_examples=30)
@given(data=st.data())
def test_who_withdrew_is_passed_over_as_if_never_there(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method, most_options=5).filter(lambda election: len(election.contest.options) > 1))
    gone = data.draw(st.sampled_from(election.contest.options))
    papers: dict[tuple[str, ...], int] = {}
    for marks, number in election.papers.items():
        rest = tuple(mark for mark in marks if option_of(mark) != gone)
        papers[rest] = papers.get(rest, 0) + number
    left = replace(election.contest, options=tuple(o for o in election.contest.options if o != gone))
    never = METHODS[method].count(left, papers, lot=falling("abcdefgh"))
    counted = METHODS[method].count(
        replace(election.contest, withdrawn=(gone,)), election.papers, lot=falling("abcdefgh")
    )
    assert (counted.stages, counted.winners, counted.ties) == (never.stages, never.winners, never.ties)
    assert counted.papers == sum(election.papers.values())


def test_a_count_says_how_many_seats_stay_vacant() -> None:
    names = {option: option.upper() for option in BOARD.options}
    papers: Papers = {("ron",): 80, ("ann",): 25, ("bob", "ann"): 15}
    shown = export.as_json(METHODS["stv-scottish"].count(BOARD, papers), names)
    assert (shown["winners"], shown["vacant"]) == (["ANN"], 2)
    assert export.elected(shown) == "Elected: ANN. 2 seats stay vacant: nominations are re-opened."
    assert "2 seats stay vacant: nominations are re-opened." in export.stages_csv(shown, list(names.values()))
    assert export.elected({"method": "irv", "winners": [], "vacant": 1, "withdrawn": []}) == (
        "Elected: nobody. A seat stays vacant: nominations are re-opened."
    )


@pytest.mark.parametrize("method", STV)
def test_seats_for_all_go_to_all_once_no_surplus_could_re_open_another(method: str) -> None:
    few = Contest("few", 3, ("ann", "bob", "ron"), reopen="ron")
    counted = METHODS[method].count(few, {("bob",): 9, (): 1})
    assert (set(counted.winners), counted.vacant, counted.ties) == ({"ann", "bob"}, 1, ())
