"""Scored methods against programs by others, on papers drawn by chance; and where these read a rule otherwise.

* starvote counts a tie of three or more for the runoff by papers that prefer, paper by paper; the Equal Vote
  Coalition's protocol says match-ups, and to leave out who lost most of them, again and again. We follow the protocol.
* starvote takes a paper that is used up in part for a whole one when it fills the next quota; the coalition's reference
  adds up what papers still count. We follow the reference: two seats, where nothing is used up in part before the
  quota that matters, are compared. (With three, 14 of 557 counts differ.)
* votelib fills several seats by majority judgment as a group, and lets an option that a lower middle grade has put
  behind come back; the majority-ranking does neither. Two options are compared with it (with more, one seat went to
  another in 9 of 1,412 counts), and any number with the ranking's definition: every grade in the order in which it
  would be taken from the middle.
"""

from fractions import Fraction
from random import Random
from typing import Any

import pytest
import starvote
import votelib.evaluate.cardinal as votelib

from shared.methods import METHODS
from shared.methods.model import SCORED, Contest, Marks, Papers, option_of, score_of
from tests.shared.methods.elections import falling

PROFILES = 600
WANTED = 200
"""So many counts at least are compared by each test, of so many that are drawn."""
Ballot = dict[str, int]


def drawn(chance: Random, options: str, most_papers: int, least: int = 0) -> Papers:
    """Papers that score each of these options, or leave it out where `least` is 0."""
    papers: dict[Marks, int] = {}
    for _ in range(chance.randint(1, most_papers)):
        scores = {option: chance.randint(least, 5) for option in options}
        marks = tuple(f"{option}{SCORED}{score}" for option, score in scores.items() if score or least == 0)
        papers[marks] = papers.get(marks, 0) + chance.randint(1, 3)
    return papers


def each(papers: Papers) -> list[Ballot]:
    return [{option_of(mark): score_of(mark) for mark in marks} for marks, many in papers.items() for _ in range(many)]


def without_noughts(papers: Papers) -> Papers:
    """As a box would hold them."""
    plain: dict[Marks, int] = {}
    for marks, many in papers.items():
        kept = tuple(mark for mark in marks if score_of(mark))
        plain[kept] = plain.get(kept, 0) + many
    return plain


def points(papers: Papers) -> dict[str, int]:
    total: dict[str, int] = {}
    for ballot in each(papers):
        for option, score in ballot.items():
            total[option] = total.get(option, 0) + score
    return total


def theirs(method: Any, papers: Papers, order: str, **more: Any) -> set[str]:
    tiebreaker = starvote.predefined_permutation_tiebreaker(list(order))
    return set(method(each(papers), tiebreaker=tiebreaker, **more))


def ours(name: str, papers: Papers, options: str, seats: int, order: str) -> set[str]:
    counted = METHODS[name].count(Contest("c", seats, tuple(options)), without_noughts(papers), lot=falling(order))
    return set(counted.winners)


@pytest.mark.parametrize("most_papers", [4, 12, 60])
def test_star_as_starvote_counts_it(most_papers: int) -> None:
    """With few papers most counts have a tie somewhere."""
    compared = 0
    for number in range(PROFILES):
        chance = Random(f"star {most_papers} {number}")
        options = "abcdef"[: chance.randint(2, 6)]
        order = "".join(chance.sample(options, len(options)))
        papers = drawn(chance, options, most_papers)
        held = sorted(points(papers).values())
        if held[-1] == 0 or held.count(held[-2]) > 2:
            continue
        assert ours("star", papers, options, 1, order) == theirs(starvote.star_voting, papers, order), papers
        compared += 1
    assert compared >= WANTED


def into_runoff(ballots: list[Ballot], level: set[str], places: int, order: str) -> set[str]:
    """Who of options with equal points are in the runoff: by match-ups, scores of five, the lot."""
    if not places or len(level) <= places:
        return level if places else set()

    def prefer(one: str, other: str) -> int:
        return sum(ballot[one] > ballot[other] for ballot in ballots)

    lost = {one: [prefer(other, one) > prefer(one, other) for other in level].count(True) for one in level}
    fives = {one: [ballot[one] for ballot in ballots].count(5) for one in level}
    stay = {one for one in level if lost[one] < max(lost.values())}
    if not stay:
        stay = {one for one in level if fives[one] == max(fives.values())}
        if len(stay) > places:
            stay = {one for one in level if fives[one] > min(fives.values())} or {min(level, key=order.index)}
    if len(stay) > places:
        return into_runoff(ballots, stay, places, order)
    return stay | into_runoff(ballots, level - stay, places - len(stay), order)


def pair_of(papers: Papers, options: str, order: str) -> set[str]:
    """Who is in the runoff, by the protocol's words."""
    held = points(papers)
    second = sorted(held[option] for option in options)[-2]
    sure = {option for option in options if held[option] > second}
    level = {option for option in options if held[option] == second}
    return sure | into_runoff(each(papers), level, 2 - len(sure), order)


def our_pair(papers: Papers, options: str, order: str) -> set[str]:
    counted = METHODS["star"].count(Contest("c", 1, tuple(options)), without_noughts(papers), lot=falling(order))
    return {option for option in options if f"{{{option}}}" in counted.stages[0].said}


def written(rows: list[str]) -> Papers:
    """`530` is a paper that scores a 5, b 3 and c 0."""
    papers: dict[Marks, int] = {}
    for row in rows:
        marks = tuple(f"{option}{SCORED}{score}" for option, score in zip("abcdef", row, strict=False))
        papers[marks] = papers.get(marks, 0) + 1
    return papers


def levelled(chance: Random, options: str) -> Papers:
    """Some papers, and further ones that bring those with fewer points up to those with more."""
    rows = [[chance.choice((0, 1, 2, 3, 4, 5, 5)) for _ in options] for _ in range(chance.randint(2, 5))]
    short = [max(map(sum, zip(*rows, strict=True))) - sum(column) for column in zip(*rows, strict=True)]
    while any(short):
        rows.append([min(chance.randint(3, 4), points) for points in short])
        short = [points - given for points, given in zip(short, rows[-1], strict=True)]
    return written(["".join(map(str, row)) for row in rows])


def test_star_where_three_or_more_are_level_for_the_runoff_as_the_protocol_words_it() -> None:
    for number in range(PROFILES):
        chance = Random(f"level {number}")
        options = "abcdef"[: chance.randint(3, 6)]
        order = "".join(chance.sample(options, len(options)))
        papers = levelled(chance, options)
        assert our_pair(papers, options, order) == pair_of(papers, options, order), papers


@pytest.mark.parametrize(
    ("rows", "pair"),
    [
        # Two have most scores of five, and are in though another of those left would be preferred to one of them.
        (["554554", "550053", "324155", "513110", "430524", "044444", "024402", "003200"], {"a", "e"}),
        # Nobody has most: only who has fewest is out, and the others are compared again.
        (["450502", "201451", "131555", "444044", "324002", "004000"], {"c", "f"}),
    ],
)
def test_star_by_scores_of_five_elects_for_the_runoff_or_leaves_out(rows: list[str], pair: set[str]) -> None:
    assert our_pair(written(rows), "abcdef", "abcdef") == pair
    assert pair_of(written(rows), "abcdef", "abcdef") == pair


@pytest.mark.parametrize("seats", [2, 3])
def test_bloc_star_as_starvote_counts_it(seats: int) -> None:
    compared = 0
    for number in range(PROFILES):
        chance = Random(f"bloc {seats} {number}")
        options = "abcdefg"[: chance.randint(seats + 1, 7)]
        order = "".join(chance.sample(options, len(options)))
        papers = drawn(chance, options, 40, least=1)
        if len(set(points(papers).values())) == len(options):
            assert ours("star-bloc", papers, options, seats, order) == theirs(
                starvote.bloc_star_voting, papers, order, seats=seats
            )
            compared += 1
    assert compared >= WANTED


@pytest.mark.parametrize("seats", [2, 3, 4])
def test_reweighted_range_as_starvote_counts_it(seats: int) -> None:
    compared = 0
    for number in range(PROFILES):
        chance = Random(f"range {seats} {number}")
        options = "abcdefg"[: chance.randint(seats + 1, 7)]
        order = "".join(chance.sample(options, len(options)))
        papers = drawn(chance, options, 12, least=chance.randint(0, 1))
        if all(points(papers).values()):
            assert ours("score-proportional", papers, options, seats, order) == theirs(
                starvote.reweighted_range_voting, papers, order, seats=seats
            )
            compared += 1
    assert compared >= WANTED


def test_allocated_score_for_two_seats_as_starvote_counts_it() -> None:
    compared = 0
    for number in range(PROFILES):
        chance = Random(f"allocated {number}")
        options = "abcdefg"[: chance.randint(3, 7)]
        order = "".join(chance.sample(options, len(options)))
        papers = {marks: many for marks, many in drawn(chance, options, 12).items() if any(map(score_of, marks))}
        if papers and all(points(papers).values()):
            assert ours("star-proportional", papers, options, 2, order) == theirs(
                starvote.allocated_score_voting, papers, order, seats=2
            )
            compared += 1
    assert compared >= WANTED


def votelib_ballots(papers: Papers) -> dict[Any, int]:
    return {
        frozenset((option_of(mark), score_of(mark)) for mark in marks): many for marks, many in papers.items() if marks
    }


@pytest.mark.parametrize("name", ["score", "score-mean"])
def test_sums_and_means_as_votelib_takes_them(name: str) -> None:
    function = "sum" if name == "score" else lambda scores: Fraction(sum(scores), len(scores))
    rule = votelib.ScoreVoting(function)
    compared = 0
    for number in range(PROFILES):
        chance = Random(f"{name} {number}")
        options = "abcdefg"[: chance.randint(2, 7)]
        papers = drawn(chance, options, 30)
        if name == "score-mean":  # one paper in two says nothing of an option
            papers = {tuple(mark for mark in marks if chance.random() < 0.5): many for marks, many in papers.items()}
        seats = chance.randint(1, len(options))
        counted = METHODS[name].count(Contest("c", seats, tuple(options)), papers)
        few = any("fewer than a quarter" in note for note in counted.notes)
        if not counted.ties and not few and len(counted.winners) == seats:
            assert set(counted.winners) == set(rule.evaluate(votelib_ballots(papers), seats))
            compared += 1
    assert compared >= WANTED


def test_cumulative_votes_as_votelib_adds_them() -> None:
    compared = 0
    for number in range(PROFILES):
        chance = Random(f"cumulative {number}")
        options, seats = "abcdefg"[: chance.randint(3, 7)], chance.randint(1, 3)
        papers: dict[Marks, int] = {}
        for _ in range(chance.randint(1, 20)):
            votes = [chance.choice(options) for _ in range(chance.randint(1, seats))]
            marks = tuple(f"{option}{SCORED}{votes.count(option)}" for option in options if option in votes)
            papers[marks] = papers.get(marks, 0) + chance.randint(1, 9)
        counted = METHODS["cumulative"].count(Contest("c", seats, tuple(options)), papers)
        if not counted.ties and len(counted.winners) == seats:
            assert set(counted.winners) == set(votelib.ScoreVoting("sum").evaluate(votelib_ballots(papers), seats))
            compared += 1
    assert compared >= WANTED


def majority_value(grades: list[int]) -> list[int]:
    """The grades in the order in which they are taken from the middle."""
    left, taken = sorted(grades), []
    while left:
        taken.append(left.pop((len(left) - 1) // 2))
    return taken


def test_majority_judgment_as_its_ranking_is_defined() -> None:
    ties = 0
    for number in range(PROFILES):
        chance = Random(f"grades {number}")
        options = "abcde"[: chance.randint(2, 5)]
        papers = drawn(chance, options, chance.choice([1, 2, 40]))
        order, seats = "".join(chance.sample(options, len(options))), chance.randint(1, len(options))
        ballots = each(papers)
        value = {option: majority_value([ballot[option] for ballot in ballots]) for option in options}
        ranking = [option for option in sorted(order, key=value.__getitem__, reverse=True) if any(value[option])]
        counted = METHODS["majority-judgment"].count(Contest("c", seats, tuple(options)), papers, lot=falling(order))
        # Python sorts equal ones as they stood, in the order of the lot; with a seat for each they have no order.
        assert set(counted.winners) == set(ranking[:seats]), papers
        ties += bool(counted.ties)
    assert ties >= 10


def test_majority_judgment_of_two_as_votelib_counts_it() -> None:
    rule, compared = votelib.MajorityJudgment(unscored_value=0), 0
    for number in range(PROFILES):
        chance = Random(f"two {number}")
        papers = drawn(chance, "ab", chance.choice([3, 6, 40]))
        counted = METHODS["majority-judgment"].count(Contest("c", 1, ("a", "b")), papers)
        if counted.winners:
            assert list(counted.winners) == rule.evaluate(votelib_ballots(papers), 1)
            compared += 1
    assert compared >= WANTED
