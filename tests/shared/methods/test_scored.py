"""Methods with scores: their worked examples, how each breaks ties, and the laws that some of them have."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.methods import METHODS
from shared.methods.model import SCORED, Contest, Count, Marks, Papers, Tie, option_of, score_of
from tests.shared.methods.elections import Election, elections, falling

laws = settings(max_examples=60)
Table = dict[str, int]
"""`5 3 0` is a paper that scores a 5, b 3 and c 0; how many papers there are of each."""


def papers_of(table: Table) -> Papers:
    return {
        tuple(
            f"{option}{SCORED}{score}" for option, score in zip("abcdefgh", row.split(), strict=False) if score != "0"
        ): n
        for row, n in table.items()
    }


def counted(method: str, table: Table, seats: int = 1, order: str | None = None) -> Count:
    options = tuple("abcdefgh"[: len(next(iter(table)).split())])
    lot = falling(order) if order else None
    return METHODS[method].count(Contest("c", seats, options), papers_of(table), lot=lot)


def test_a_limited_paper_has_a_mark_fewer_than_seats_and_at_least_one() -> None:
    limited, names = METHODS["limited"], tuple("abcd")
    assert [limited.most_marks(Contest("c", seats, names)) for seats in (1, 2, 3, 4, 9)] == [1, 1, 2, 3, 4]
    assert limited.most_marks(Contest("c", 4, names, max_marks=2)) == 2


def test_a_minority_that_gives_one_option_all_its_votes_wins_a_seat() -> None:
    """40 of 100 papers, three seats: they could not win one by the block vote."""
    assert counted("cumulative", {"1 1 1 0": 60, "0 0 0 3": 40}, seats=3, order="abcd").winners == ("d", "a", "b")


def test_the_mean_is_of_those_who_gave_a_score_if_they_are_a_quarter_of_the_best_known() -> None:
    contest = Contest("c", 1, ("a", "b", "c"))
    papers: Papers = {("a:3", "b:5"): 2, ("a:4",): 6, ("c:5",): 1, (): 9}
    count = METHODS["score-mean"].count(contest, papers)
    assert dict(count.stages[0].votes) == {"a": Fraction(15, 4), "b": 5, "c": 5}
    assert (count.winners, count.ties) == (("b",), ())
    assert count.notes[2] == "{c}: 5 points; scores: 1, fewer than a quarter of 8: not to be elected."


def test_star_elects_whom_more_papers_score_higher_of_the_two_with_most_points() -> None:
    """a has the most points, c beats both in pairs but is third; b beats a by 3 to 2."""
    count = counted("star", {"5 0 0": 2, "3 4 4": 2, "2 3 5": 1})
    assert [dict(stage.votes) for stage in count.stages] == [{"a": 18, "b": 11, "c": 13}, {"a": 2, "b": 0, "c": 3}]
    assert (count.winners, count.stages[1].unit) == (("c",), "votes")
    assert count.pairs["b", "a"] == 3


@pytest.mark.parametrize(
    ("table", "finalists", "note"),
    [
        ({"5 1 2": 2, "5 4 2": 1}, ["a", "c"], "{b} and {c} are level for the runoff. Fewer match-ups lost: {c}."),
        (
            {"4 5 2": 1, "4 0 3": 1, "5 0 0": 1},
            ["a", "b"],
            "{b} and {c} are level for the runoff. Most scores of five: {b}.",
        ),
    ],
)
def test_star_breaks_a_tie_for_the_runoff_head_to_head_and_then_by_scores_of_five(
    table: Table, finalists: list[str], note: str
) -> None:
    count = counted("star", table)
    assert [option for option in "abc" if f"{{{option}}}" in count.stages[0].said] == finalists
    assert (count.notes, count.ties) == ((note,), ())


def test_star_leaves_a_tie_for_the_runoff_to_the_lot_when_nothing_else_tells_them_apart() -> None:
    table = {"4 2 3": 1, "4 3 2": 1}
    assert counted("star", table).open_tie == Tie(1, "runoff", ("b", "c"), 1)
    count = counted("star", table, order="cba")
    assert "{a} and {c}" in count.stages[0].said
    assert [(tie.what, tie.order) for tie in count.ties] == [("runoff", ("c", "b"))]


@pytest.mark.parametrize(
    ("table", "winner", "note"),
    [
        ({"5 1": 1, "2 3": 1}, "a", "{a} and {b} have equal votes in the runoff; {a} has the higher score."),
        ({"5 3": 1, "2 4": 1}, "a", "{a} and {b} have equal votes in the runoff; {a} has more scores of five."),
    ],
)
def test_star_breaks_a_tie_in_the_runoff_by_score_and_then_by_scores_of_five(
    table: Table, winner: str, note: str
) -> None:
    count = counted("star", table)
    assert (count.winners, count.notes, count.ties) == ((winner,), (note,), ())


def test_star_leaves_a_tie_in_the_runoff_to_the_lot_when_nothing_else_tells_them_apart() -> None:
    count = counted("star", {"5 1": 1, "1 5": 1})
    assert (count.winners, count.open_tie) == ((), Tie(2, "seat", ("a", "b"), 1))
    assert len(count.stages) == 2


def test_majority_judgment_takes_from_the_middle_what_is_level_until_it_is_not() -> None:
    """Of 4 papers a has good, good, good, poor and b excellent, good, good, to reject."""
    count = counted("majority-judgment", {"3 5": 1, "3 3": 2, "1 0": 1})
    assert dict(count.stages[0].votes) == {"a": 3, "b": 3}
    assert (count.winners, count.ties) == (("a",), ())
    assert count.notes == (
        "{a}: good; of 4 grades 0 better, 1 worse.",
        "{b}: good; of 4 grades 1 better, 1 worse.",
        "{a}, {b} are level; with 2 from the middle of each gone, {a}: poor.",
    )


def test_majority_judgment_is_tied_only_where_every_grade_is_the_same() -> None:
    assert counted("majority-judgment", {"5 1": 1, "1 5": 1, "2 2": 3}).open_tie == Tie(1, "seat", ("a", "b"), 1)


def test_a_paper_that_rejects_everybody_is_not_a_blank_one() -> None:
    """It lowers the middle grades of all, and so can change who is judged best."""
    contest = Contest("c", 1, ("a", "b"))
    papers: dict[Marks, int] = {("a:5", "b:3"): 2, ("a:1", "b:3"): 2}
    assert METHODS["majority-judgment"].count(contest, papers).winners == ("b",)
    count = METHODS["majority-judgment"].count(contest, {**papers, ("a:0", "b:0"): 5, (): 9})
    assert dict(count.stages[0].votes) == {"a": 0, "b": 0}


def top(count: Count) -> str:
    """The winner of one seat, where there is one without a tie."""
    assume(count.winners and not count.ties)
    return count.winners[0]


def one_seat(election: Election) -> Election:
    return replace(election, contest=replace(election.contest, seats=1))


@pytest.mark.parametrize("method", ["score", "majority-judgment"])
@laws
@given(data=st.data())
def test_without_a_loser_the_winner_is_the_same(method: str, data: st.DataObject) -> None:
    election = one_seat(data.draw(elections(method)))
    winner = top(election.count())
    losers = [option for option in election.contest.options if option != winner]
    assume(losers)
    gone = data.draw(st.sampled_from(losers))
    less = replace(election, contest=replace(election.contest, withdrawn=(gone,)))
    if method == "majority-judgment":  # who judged nobody else judges nobody now
        assume(all({option_of(mark) for mark in marks} != {gone} for marks in election.papers))
    assert less.count().winners == (winner,)


@pytest.mark.parametrize("method", ["score", "star", "majority-judgment"])
@laws
@given(data=st.data())
def test_a_higher_score_for_the_winner_does_no_harm(method: str, data: st.DataObject) -> None:
    election = one_seat(data.draw(elections(method)))
    winner = top(election.count())
    marks = data.draw(st.sampled_from(sorted(marks for marks in election.papers if marks) or [()]))
    assume(marks)
    scores = {option_of(mark): score_of(mark) for mark in marks}
    assume(scores.get(winner, 0) < 5)
    scores[winner] = scores.get(winner, 0) + 1
    raised = tuple(f"{option}{SCORED}{scores[option]}" for option in election.contest.options if option in scores)
    papers = dict(election.papers)
    papers[marks] -= 1
    papers[raised] = papers.get(raised, 0) + 1
    assert election.with_papers({one: many for one, many in papers.items() if many}).count().winners == (winner,)


@laws
@given(data=st.data())
def test_a_paper_that_scores_the_winner_highest_does_no_harm_where_scores_are_added(data: st.DataObject) -> None:
    election = one_seat(data.draw(elections("score")))
    winner = top(election.count())
    scores = {option: data.draw(st.integers(0, 4)) for option in election.contest.options} | {winner: 5}
    marks = tuple(f"{option}{SCORED}{score}" for option, score in scores.items() if score)
    assert election.with_papers({**election.papers, marks: election.papers.get(marks, 0) + 1}).count().winners == (
        winner,
    )


@laws
@given(data=st.data())
def test_who_loses_to_every_other_option_never_wins_by_star(data: st.DataObject) -> None:
    election = data.draw(elections("star"))
    count = election.count(lot=falling("abcdefgh"))
    for option in election.contest.options:
        others = [other for other in election.contest.options if other != option]
        if others and all(count.pairs[other, option] > count.pairs[option, other] for other in others):
            assert option not in count.winners


def full(election: Election) -> Papers:
    """Its marks as the highest score each."""
    return {tuple(f"{option}{SCORED}5" for option in marks): many for marks, many in election.papers.items()}


@pytest.mark.parametrize(("scored", "chosen"), [("score", "approval"), ("score-proportional", "sequential-approval")])
@laws
@given(data=st.data())
def test_with_scores_of_all_or_nothing_it_is_a_vote_by_approval(scored: str, chosen: str, data: st.DataObject) -> None:
    election = data.draw(elections(chosen))
    approved = election.count(lot=falling("abcdefgh"))
    five = METHODS[scored].count(election.contest, full(election), lot=falling("abcdefgh"))
    assert five.winners == approved.winners
    assert [stage.votes for stage in five.stages] == [
        {option: 5 * held for option, held in stage.votes.items()} for stage in approved.stages
    ]


@pytest.mark.parametrize("method", ["score-proportional", "star-proportional", "star-bloc"])
@laws
@given(data=st.data())
def test_with_one_seat_it_is_the_method_for_one(method: str, data: st.DataObject) -> None:
    election = one_seat(data.draw(elections(method)))
    single = METHODS["star" if method == "star-bloc" else "score"]
    alone = single.count(election.contest, election.papers, lot=falling("abcdefgh"))
    assert election.count(lot=falling("abcdefgh")).winners == alone.winners


@settings(max_examples=100)
@given(data=st.data())
def test_whoever_agree_on_some_options_alone_get_as_many_as_they_have_hare_quotas(data: st.DataObject) -> None:
    """Voters who give five to some options and nothing to others, to which the rest give nothing."""
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=3))
    options = iter("abcdefghi")
    parties = [[next(options) for _ in range(size)] for size in sizes]
    votes = [data.draw(st.integers(0, 20)) for _ in parties]
    seats = data.draw(st.integers(1, 4))
    papers = {
        tuple(f"{one}{SCORED}5" for one in party): many for party, many in zip(parties, votes, strict=True) if many
    }
    contest = Contest("c", seats, tuple(option for party in parties for option in party))
    winners = METHODS["star-proportional"].count(contest, papers, lot=falling("abcdefghi")).winners
    for party, many in zip(parties, votes, strict=True):
        earned = many * seats // sum(votes) if any(votes) else 0
        assert len(set(party) & set(winners)) >= min(earned, len(party))


def test_star_leaves_out_who_loses_most_match_ups_whatever_scores_of_five_they_have() -> None:
    """All four have 11 points; a, b and c beat one another in a circle and all beat d, who alone has fives.

    The lot has b in; of a and c, c is preferred.
    """
    count = counted("star", {"1 1 1 5": 2, "4 3 2 1": 1, "2 4 3 0": 1, "3 2 4 0": 1}, order="bacd")
    assert set(count.stages[0].votes.values()) == {11}
    assert count.notes == (
        "{a}, {b}, {c} and {d} are level for the runoff. Fewer match-ups lost: {a}, {b} and {c}.",
        "{a}, {b} and {c} are level for the runoff. By lot or decision: {b}.",
        "{a} and {c} are level for the runoff. Fewer match-ups lost: {c}.",
    )
    assert [tie.options for tie in count.ties] == [("a", "b", "c")]
    assert count.winners == ("b",)


def test_a_paper_used_up_in_part_gives_that_part_of_its_score_and_is_taken_after_those_that_give_more() -> None:
    """A quota is 7/3. b takes 7/15 of each of the five papers that give it 5. Then a has 3 from a whole paper, twice,
    and only 4 * 8/15 from each of three: of those the last third of its quota comes, and none of the two with 3 * 8/15.
    """
    table = {"3 0 0 4": 2, "3 5 3 2": 2, "4 5 0 0": 3}
    count = counted("star-proportional", table, seats=3)
    assert (count.winners, count.ties) == (("b", "a", "c"), ())
    assert [stage.votes["c"] for stage in count.stages] == [6, 6 * Fraction(8, 15), 6 * Fraction(8, 15)]
    assert [stage.votes["d"] for stage in count.stages] == [12, 8 + 4 * Fraction(8, 15), 4 * Fraction(8, 15)]


def joined(table: Table, paper: str) -> Table:
    return {**table, paper: table.get(paper, 0) + 1}


@pytest.mark.parametrize(
    ("method", "table", "paper", "elected", "then"),
    [
        ("star", {"3 2 4": 1, "4 0 5": 1, "5 5 0": 1}, "0 5 1", "c", "a"),
        ("majority-judgment", {"2 1 1": 1, "2 2 5": 1}, "5 0 3", "a", "c"),
    ],
)
def test_a_voter_can_do_better_by_staying_at_home(
    method: str, table: Table, paper: str, elected: str, then: str
) -> None:
    """The paper scores who is elected without it higher than whom it elects."""
    scores = dict(zip("abc", paper.split(), strict=True))
    assert scores[elected] > scores[then]
    assert counted(method, table).winners == (elected,)
    assert counted(method, joined(table, paper)).winners == (then,)


@pytest.mark.parametrize(
    ("method", "table", "paper", "with_second", "elected", "then"),
    [
        ("score", {"4 0 0": 1}, "0 0 5", "2 0 5", "c", "a"),
        ("star", {"1 5 0": 1, "4 1 3": 1}, "0 0 5", "2 0 5", "c", "a"),
        ("majority-judgment", {"3 3 0": 1}, "0 0 5", "1 0 5", "c", "a"),
    ],
)
def test_points_for_a_second_choice_can_harm_the_first(
    method: str, table: Table, paper: str, with_second: str, elected: str, then: str
) -> None:
    assert counted(method, joined(table, paper)).winners == (elected,)
    assert counted(method, joined(table, with_second)).winners == (then,)


@pytest.mark.parametrize(
    ("method", "table", "best", "elected"),
    [
        ("score", {"0 1 5": 1, "3 1 0": 1, "3 4 3": 1}, "b", "c"),
        ("star", {"0 1 2": 1, "1 5 2": 1, "5 0 1": 1}, "c", "b"),
        ("majority-judgment", {"0 5 1": 1, "4 1 1": 1, "5 4 1": 1}, "a", "b"),
    ],
)
def test_scores_can_pass_over_whom_more_papers_prefer_to_every_other(
    method: str, table: Table, best: str, elected: str
) -> None:
    for other in {*"abc"} - {best}:
        at, before = "abc".index(best), "abc".index(other)
        rows = [row.split() for row in table]
        assert sum(row[at] > row[before] for row in rows) > sum(row[at] < row[before] for row in rows)
    assert counted(method, table).winners == (elected,)


def test_a_clone_of_c_can_change_whom_star_elects() -> None:
    """a wins the runoff against c, but c and its clone d have the most points."""
    assert counted("star", {"5 0 4": 2, "0 0 5": 1}).winners == ("a",)
    assert counted("star", {"5 0 4 4": 2, "0 0 5 4": 1}).winners == ("c",)
