"""Methods for one seat (and counts of points) against worked examples and second, plainer counts."""

from fractions import Fraction
from itertools import permutations, product
from random import Random

import pytest
import votelib.convert
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.methods import METHODS, export
from shared.methods.model import EQUAL, Contest, Count, Marks, Papers, Tie
from tests.shared.methods.elections import Election, elections, falling, levelled

CAPITAL = Contest("capital", 1, ("memphis", "nashville", "chattanooga", "knoxville"))
VOTERS: Papers = {
    ("memphis", "nashville", "chattanooga", "knoxville"): 42,
    ("nashville", "chattanooga", "knoxville", "memphis"): 26,
    ("chattanooga", "knoxville", "nashville", "memphis"): 15,
    ("knoxville", "chattanooga", "nashville", "memphis"): 17,
}
"""The best known example of social choice: where should the capital of Tennessee be?"""


@pytest.mark.parametrize(
    ("method", "winner"),
    [
        ("irv", "knoxville"),
        ("borda", "nashville"),
        ("bucklin", "nashville"),
    ],
)
def test_the_capital_of_tennessee(method: str, winner: str) -> None:
    assert METHODS[method].count(CAPITAL, VOTERS).winners == (winner,)


def votes(counted: Count) -> list[list[int]]:
    """The numbers of each stage in the order of the paper."""
    return [[int(stage.votes[option]) for option in counted.contest.options] for stage in counted.stages]


def test_the_stages_of_the_capital() -> None:
    assert votes(METHODS["irv"].count(CAPITAL, VOTERS)) == [[42, 26, 15, 17], [42, 26, 0, 32], [42, 0, 0, 58]]
    assert votes(METHODS["bucklin"].count(CAPITAL, VOTERS)) == [[42, 26, 15, 17], [42, 68, 58, 32]]
    # One point more a paper than counts from n - 1 down to 0: 126, 194, 173, 107.
    assert votes(METHODS["borda"].count(CAPITAL, VOTERS)) == [[226, 294, 273, 207]]


@settings(max_examples=100)
@given(election=elections("irv"), order=st.permutations("abcdefgh").map("".join))
def test_instant_runoff_is_striking_out_the_last_until_two_are_left(election: Election, order: str) -> None:
    left = list(election.contest.options)
    while True:
        tops = [next((mark for mark in marks if mark in left), None) for marks in election.papers]
        held = {o: sum(n for top, n in zip(tops, election.papers.values(), strict=True) if top == o) for o in left}
        if len(left) <= 2:
            break
        left.remove(max((o for o in left if held[o] == min(held.values())), key=order.index))
    most = [o for o in left if held[o] == max(held.values()) > 0]
    winners = (min(most, key=order.index),) if most else ()
    counted = election.count(lot=falling(order))
    assert counted.winners == winners
    assert {o: counted.stages[-1].votes[o] for o in left} == held


def test_a_majority_does_not_end_an_instant_runoff_before_two_are_left() -> None:
    counted = METHODS["irv"].count(Contest("c", 1, tuple("abc")), {("a",): 9, ("b",): 3, ("c", "b"): 2})
    assert votes(counted) == [[9, 3, 2], [9, 5, 0]]


@settings(max_examples=100)
@given(election=elections("supplementary"), order=st.permutations("abcdefgh").map("".join))
def test_the_supplementary_vote_is_a_runoff_of_the_two_best(election: Election, order: str) -> None:
    papers = [marks for marks, number in election.papers.items() if marks for _ in range(number)]
    first = [sum(marks[0] == option for marks in papers) for option in election.contest.options]
    counted = election.count(lot=falling(order))
    if not papers:
        assert counted.winners == ()
        return
    held = dict(zip(election.contest.options, first, strict=True))
    if 2 * max(first) <= len(papers) and len(first) > 2:
        held = {o: n for o, n in held.items() if sum(other > n for other in first) < 2}
        for one, *two in papers:
            if one not in held and two and two[0] in held:
                held[two[0]] += 1
    best = [option for option in held if held[option] == max(held.values())]
    assert counted.winners == (min(best, key=order.index),)
    assert {option: counted.stages[-1].votes[option] for option in held} == held


def test_all_who_are_equal_second_remain_in_a_supplementary_vote() -> None:
    """Paragraph 4(3): b and c are both second, so that d's second choices can still make c the winner."""
    contest = Contest("mayor", 1, tuple("abcd"))
    counted = METHODS["supplementary"].count(contest, {("a",): 5, ("b", "a"): 3, ("c",): 3, ("d", "c"): 2, ("d",): 1})
    assert votes(counted) == [[5, 3, 3, 3], [5, 3, 3, 3]]
    counted = METHODS["supplementary"].count(contest, {("a",): 4, ("b", "a"): 3, ("c",): 3, ("d", "c"): 2})
    assert votes(counted) == [[4, 3, 3, 2], [4, 3, 5, 0]]
    assert counted.winners == ("c",)
    assert counted.stages[-1].nontransferable == 0


def test_two_equal_first_leave_no_room_for_a_third_in_a_supplementary_vote() -> None:
    counted = METHODS["supplementary"].count(Contest("mayor", 1, tuple("abc")), {("a",): 4, ("b",): 4, ("c", "a"): 2})
    assert (votes(counted), counted.winners) == ([[4, 4, 2], [6, 4, 0]], ("a",))


def test_just_half_is_no_majority() -> None:
    contest = Contest("mayor", 1, tuple("abc"))
    counted = METHODS["supplementary"].count(contest, {("a",): 4, ("b",): 3, ("c", "b"): 1})
    assert (votes(counted), counted.open_tie) == ([[4, 3, 1], [4, 4, 0]], Tie(2, "seat", ("a", "b"), 1))
    counted = METHODS["bucklin"].count(contest, {("a", "b"): 2, ("b", "a"): 1, ("c", "b"): 1})
    assert (votes(counted), counted.winners) == ([[2, 1, 1], [3, 4, 1]], ("b",))


@settings(max_examples=60)
@given(election=elections("borda"))
def test_borda_points_are_pairwise_wins_and_one_for_being_ranked(election: Election) -> None:
    """A second way to the same sum: an option gets a point from a paper for itself and each option not above it."""
    options = election.contest.options
    for option, points in election.count().stages[0].votes.items():
        not_above = [
            number * sum(other not in marks[: marks.index(option)] for other in options)
            for marks, number in election.papers.items()
            if option in marks
        ]
        assert points == sum(not_above)


def test_options_of_equal_rank_share_the_points_of_their_places_in_a_borda_count() -> None:
    """Of four options the first two are worth 4 and 3, so 3 1/2 each; the last three 3, 2 and 1, so 2 each."""
    contest = Contest("c", 1, tuple("abcd"))
    counted = METHODS["borda"].count(contest, {("a=b", "c"): 1, ("d", "a=b=c"): 2})
    assert counted.stages[0].votes == {"a": Fraction(15, 2), "b": Fraction(15, 2), "c": 6, "d": 8}
    assert counted.winners == ("d",)
    names = {option: option for option in contest.options}
    written = export.as_json(counted, names)["stages"][0]["votes"]
    assert written == {"a": "7.5", "b": "7.5", "c": "6.0", "d": "8.0"}
    whole = METHODS["borda"].count(contest, {("a", "b", "c"): 1})
    assert export.as_json(whole, names)["stages"][0]["votes"]["a"] == "4"


@settings(max_examples=100)
@given(election=elections("borda", most_options=5, most_papers=5), chance=st.integers(0, 2**32 - 1))
def test_equal_ranks_of_a_borda_count_are_the_mean_of_every_order_they_leave_open(
    election: Election, chance: int
) -> None:
    election = levelled(election, Random(chance))
    points = dict.fromkeys(election.contest.options, Fraction(0))
    for marks, number in election.papers.items():
        orders = list(product(*(permutations(mark.split(EQUAL)) for mark in marks)))
        for order in orders:
            for place, option in enumerate(option for rank in order for option in rank):
                points[option] += Fraction(number * (len(points) - place), len(orders))
    assert election.count().stages[0].votes == points


def test_equal_ranks_of_a_borda_count_as_the_pairs_of_votelib_have_them() -> None:
    """Where everyone is ranked, points are a point for oneself, one for each other behind and half for each equal.

    votelib's own Borda count gives all who are equal the points of the best of them; its pairs take no side.
    """
    votelib_pairs = votelib.convert.RankedToCondorcetVotes()
    for number in range(300):
        chance = Random(f"borda {number}")
        options = "abcdef"[: chance.randint(2, 6)]
        contest = Contest("c", 1, tuple(options))
        papers: dict[Marks, int] = {}
        for _ in range(chance.randint(1, 12)):
            papers[tuple(chance.sample(options, len(options)))] = chance.randint(1, 9)
        papers = levelled(Election("borda", contest, papers), chance).papers
        theirs: dict[tuple[str | frozenset[str], ...], int] = {}
        for marks, many in papers.items():
            ranks = tuple(frozenset(mark.split(EQUAL)) if EQUAL in mark else mark for mark in marks)
            theirs[ranks] = theirs.get(ranks, 0) + many
        before = votelib_pairs.convert(theirs)
        many = sum(papers.values())
        points = {
            one: many
            + sum(Fraction(many + before.get((one, o), 0) - before.get((o, one), 0), 2) for o in options if o != one)
            for one in options
        }
        assert METHODS["borda"].count(contest, papers).stages[0].votes == points


def test_dowdall_points_are_exact_fractions() -> None:
    """Three thirds are one point, not 0.99999: a and b are equal."""
    papers: Papers = {tuple("cda"): 3, ("b",): 1, tuple("dc"): 1}
    counted = METHODS["dowdall"].count(Contest("c", 4, tuple("abcd")), papers)
    assert counted.stages[0].votes == {"a": 1, "b": 1, "c": Fraction(7, 2), "d": Fraction(5, 2)}
    assert counted.winners == ("c", "d", "a", "b")


@settings(max_examples=100)
@given(election=elections("bucklin"), order=st.permutations("abcdefgh").map("".join))
def test_bucklin_elects_whom_a_majority_ranks_highest(election: Election, order: str) -> None:
    papers = [marks for marks, number in election.papers.items() if marks for _ in range(number)]
    options = election.contest.options
    deepest = max((len(marks) for marks in papers), default=0)
    held = dict.fromkeys(options, 0)
    for rank in range(1, deepest + 1):
        held = {option: sum(option in marks[:rank] for marks in papers) for option in options}
        if any(number > len(papers) / 2 for number in held.values()):
            break
    best = [option for option in options if held[option] == max(held.values()) > 0]
    counted = election.count(lot=falling(order))
    assert counted.winners == ((min(best, key=order.index),) if best else ())
    assert counted.stages[-1].votes == held


@pytest.mark.parametrize("method", ["irv", "supplementary", "borda", "dowdall", "bucklin"])
def test_equal_leaders_are_a_tie_for_the_seat(method: str) -> None:
    counted = METHODS[method].count(Contest("c", 1, ("a", "b")), {("a",): 3, ("b",): 3, (): 1})
    assert (counted.winners, counted.open_tie) == ((), Tie(1, "seat", ("a", "b"), 1))


def test_equal_last_places_of_an_instant_runoff_are_a_tie_even_if_they_differed_before() -> None:
    """Section 723-A, subsection 3, knows the lot alone; a had more first choices than c."""
    contest = Contest("c", 1, tuple("abcd"))
    counted = METHODS["irv"].count(contest, {("a",): 3, ("b",): 5, ("c",): 2, ("d", "c"): 1})
    assert counted.open_tie == Tie(3, "exclusion", ("a", "c"), 1)
