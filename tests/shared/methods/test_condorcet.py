"""Methods that compare in pairs: the laws they have, counterexamples for those they lack, and plainer second counts."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, groupby, permutations, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.methods import METHODS
from shared.methods.model import Contest, Decision, Papers, Tie
from tests.shared.methods.elections import Election, elections, falling
from tests.shared.methods.test_ranked import CAPITAL, VOTERS

CONDORCET = ["schulze", "ranked-pairs", "minimax"]
every_condorcet = pytest.mark.parametrize("method", CONDORCET)
orders = st.permutations("abcdefgh").map("".join)


def before(election: Election, one: str, other: str) -> int:
    """Papers on which `one` stands before `other`."""
    place = {marks: {option: -at for at, option in enumerate(marks, 1)} for marks in election.papers}
    return sum(n for marks, n in election.papers.items() if place[marks].get(one, -99) > place[marks].get(other, -99))


def beats(election: Election, one: str, other: str) -> bool:
    return before(election, one, other) > before(election, other, one)


def papers_of(table: dict[str, int]) -> Papers:
    return {tuple(marks): number for marks, number in table.items()}


@every_condorcet
@settings(max_examples=50)
@given(data=st.data())
def test_the_table_of_pairs_and_the_options_beaten_are_as_the_papers_say(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    counted = election.count(lot=falling("abcdefgh"))
    assert counted.pairs == {pair: before(election, *pair) for pair in permutations(election.contest.options, 2)}
    for option, beaten in counted.stages[0].votes.items():
        assert beaten == sum(beats(election, option, other) for other in election.contest.options)


@every_condorcet
@settings(max_examples=50)
@given(data=st.data(), order=orders)
def test_who_beats_every_other_option_wins_without_a_tie(method: str, data: st.DataObject, order: str) -> None:
    election = data.draw(elections(method, most_options=4))
    counted = election.count(lot=falling(order))
    for option in election.contest.options:
        others = [other for other in election.contest.options if other != option]
        if others and all(beats(election, option, other) for other in others):
            assert (counted.winners, counted.ties) == ((option,), ())


@pytest.mark.parametrize("method", ["schulze", "ranked-pairs"])
@settings(max_examples=60)
@given(data=st.data(), order=orders)
def test_nobody_outside_the_smith_set_wins(method: str, data: st.DataObject, order: str) -> None:
    election = data.draw(elections(method, most_options=5))
    [winner] = election.count(lot=falling(order)).winners or ("",)
    for size in range(1, len(election.contest.options)):
        for some in combinations(election.contest.options, size):
            rest = [option for option in election.contest.options if option not in some]
            if all(beats(election, one, other) for one in some for other in rest):
                assert winner in some
                return


def test_minimax_can_elect_whom_every_other_option_beats() -> None:
    """d loses to each by 9 papers to 10; a, b and c beat one another in a circle by more."""
    papers = papers_of({"dabc": 3, "dbca": 3, "dcab": 3, "abcd": 4, "bcad": 3, "cabd": 3})
    contest = Contest("c", 1, tuple("abcd"))
    assert METHODS["minimax"].count(contest, papers).winners == ("d",)
    assert METHODS["schulze"].count(contest, papers).winners == ("a",)
    assert METHODS["ranked-pairs"].count(contest, papers).winners == ("a",)


@every_condorcet
def test_the_capital_of_tennessee_is_nashville_which_beats_every_other(method: str) -> None:
    counted = METHODS[method].count(CAPITAL, VOTERS)
    assert counted.winners == ("nashville",)
    assert dict(counted.stages[0].votes) == {"memphis": 0, "nashville": 3, "chattanooga": 2, "knoxville": 1}
    assert counted.pairs["nashville", "memphis"] == 58


def test_schulze_agrees_with_the_best_known_example_of_its_paper() -> None:
    """45 voters, five options: E wins, with paths of 24, 28, 28 and 31 against 23 to 25 back."""
    table = {"ACBED": 5, "ADECB": 5, "BEDAC": 8, "CABED": 3, "CAEBD": 7, "CBADE": 2, "DCEBA": 7, "EBADC": 8}
    papers = papers_of({marks.lower(): number for marks, number in table.items()})
    counted = METHODS["schulze"].count(Contest("c", 1, tuple("abcde")), papers)
    assert (counted.winners, counted.ties) == (("e",), ())
    assert counted.notes == (
        "Strongest path from {e} to {a}: 25; back: 24.",
        "Strongest path from {e} to {b}: 28; back: 24.",
        "Strongest path from {e} to {c}: 28; back: 24.",
        "Strongest path from {e} to {d}: 31; back: 24.",
    )


def strongest(election: Election, start: str, end: str) -> int:
    """By the definition: of all paths the one whose weakest defeat is strongest."""
    options = [option for option in election.contest.options if option not in (start, end)]
    best = 0
    for length in range(len(options) + 1):
        for between in permutations(options, length):
            steps = list(zip((start, *between), (*between, end), strict=True))
            if all(beats(election, *step) for step in steps):
                best = max(best, min(before(election, *step) for step in steps))
    return best


@settings(max_examples=60)
@given(election=elections("schulze", most_options=4), order=orders)
def test_schulze_is_its_definition(election: Election, order: str) -> None:
    options = election.contest.options if any(election.papers) else ()
    path = {(a, b): strongest(election, a, b) for a, b in permutations(options, 2)}
    best = [a for a in options if all(path[a, b] >= path[b, a] for b in options if a != b)]
    counted = election.count(lot=falling(order))
    assert counted.winners == ((min(best, key=order.index),) if best else ())
    assert [tie.options for tie in counted.ties] == ([tuple(best)] if len(best) > 1 else [])
    assert list(counted.notes) == [
        f"Strongest path from {{{a}}} to {{{b}}}: {path[a, b]}; back: {path[b, a]}."
        for a in best
        for b in options
        if a != b
    ]


def test_paths_are_found_through_options_of_any_place_on_the_paper() -> None:
    """Found in another order of steps, some paths of this election are missed, and d seems to win alone."""
    papers = papers_of({"acbd": 4, "adcb": 4, "bdac": 5, "cdba": 4, "cbda": 1})
    election = Election("schulze", Contest("c", 1, tuple("abcd")), dict(papers))
    assert election.count().open_tie == Tie(1, "seat", ("a", "d"), 1)
    assert strongest(election, "a", "d") == strongest(election, "d", "a")


@settings(max_examples=60)
@given(election=elections("minimax", most_options=5), order=orders)
def test_minimax_is_its_definition(election: Election, order: str) -> None:
    options = election.contest.options if any(election.papers) else ()
    worst = {
        a: max([0, *(before(election, b, a) - before(election, a, b) for b in options if b != a)]) for a in options
    }
    best = [a for a in options if worst[a] == min(worst.values())]
    assert election.count(lot=falling(order)).winners == ((min(best, key=order.index),) if best else ())


def every_ranking(election: Election) -> Iterator[set[str]]:
    """Who is unbeaten, for every order in which equal majorities can be locked in."""
    options = election.contest.options

    def margin(pair: tuple[str, str]) -> int:
        return before(election, *pair) - before(election, *pair[::-1])

    majorities = sorted((pair for pair in permutations(options, 2) if margin(pair) > 0), key=margin, reverse=True)
    groups = [list(permutations(list(group))) for _, group in groupby(majorities, key=margin)]
    for turn in product(*groups):
        above: dict[str, set[str]] = {option: {option} for option in options}
        beaten: set[str] = set()
        for winner, loser in (pair for group in turn for pair in group):
            if loser not in above[winner]:
                beaten.add(loser)
                for option in options:
                    if loser in above[option]:
                        above[option] |= above[winner]
        yield {option for option in options if option not in beaten}


@settings(max_examples=60)
@given(election=elections("ranked-pairs", most_options=4), order=orders)
def test_ranked_pairs_elects_one_of_its_rankings_and_names_a_tie_where_they_differ(
    election: Election, order: str
) -> None:
    assume(any(election.papers))
    ways = list(every_ranking(election))
    alone = election.count()
    if alone.decided:
        assert ways == [{alone.winners[0]}] * len(ways)
    [winner] = election.count(lot=falling(order)).winners
    assert any(winner in way for way in ways)


def test_equal_majorities_in_a_circle_are_taken_in_a_drawn_order() -> None:
    papers = papers_of({"abc": 1, "bca": 1, "cab": 1})
    contest = Contest("c", 1, tuple("abc"))
    counted = METHODS["ranked-pairs"].count(contest, papers)
    assert (counted.winners, counted.open_tie) == ((), Tie(1, "order", ("a", "b", "c"), 2))
    decided = METHODS["ranked-pairs"].count(contest, papers, decisions=[Decision(1, ("b", "a", "c"))])
    assert decided.winners == ("b",)
    assert decided.notes == (
        "{b} over {c} by 1: locked.",
        "{c} over {a} by 1: locked.",
        "{a} over {b} by 1: left out, it closes a circle.",
    )


def test_a_circle_among_those_who_cannot_win_asks_nobody() -> None:
    papers = papers_of({"dabc": 1, "dbca": 1, "dcab": 1})
    counted = METHODS["ranked-pairs"].count(Contest("c", 1, tuple("abcd")), papers)
    assert (counted.winners, counted.ties) == (("d",), ())


@pytest.mark.parametrize("method", ["schulze", "ranked-pairs", "irv"])
@settings(max_examples=60)
@given(data=st.data())
def test_a_clone_changes_nothing_but_which_clone_wins(method: str, data: st.DataObject) -> None:
    """z is put beside a on every paper, before it or behind."""
    election = data.draw(elections(method, most_options=4))
    cloned: dict[tuple[str, ...], int] = {}
    for marks, number in election.papers.items():
        ahead = data.draw(st.integers(0, number)) if "a" in marks else number
        for pair, many in ((("a", "z"), ahead), (("z", "a"), number - ahead)):
            paper = tuple(mark for option in marks for mark in (pair if option == "a" else (option,)))
            if many:
                cloned[paper] = cloned.get(paper, 0) + many
    contest = Contest("c", 1, (*election.contest.options, "z"))
    one, other = election.count(), Election(method, contest, cloned).count()
    assume(not one.ties and not other.ties and one.winners)
    assert other.winners == one.winners or (one.winners == ("a",) and other.winners == ("z",))


@pytest.mark.parametrize("method", ["schulze", "ranked-pairs", "borda"])
@settings(max_examples=60)
@given(data=st.data())
def test_nobody_is_elected_who_also_wins_with_every_paper_upside_down(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method, most_options=5))
    election = replace(election, contest=replace(election.contest, seats=1))
    options = election.contest.options
    full: dict[tuple[str, ...], int] = {}
    for marks, number in election.papers.items():
        paper = (*marks, *(option for option in options if option not in marks))
        full[paper] = full.get(paper, 0) + number
    counted = election.with_papers(full).count()
    assume(len(options) > 1 and any(full) and not counted.ties)
    assert counted.winners != election.with_papers({paper[::-1]: n for paper, n in full.items()}).count().winners


def test_options_of_equal_rank_stand_before_all_behind_them_and_not_before_one_another() -> None:
    contest = Contest("c", 1, tuple("abcd"))
    counted = METHODS["schulze"].count(contest, {("a=b", "c"): 3, ("d", "b=c"): 2})
    assert {pair: number for pair, number in counted.pairs.items() if number} == {
        ("a", "c"): 3,
        ("a", "d"): 3,
        ("b", "c"): 3,
        ("b", "d"): 3,
        ("c", "d"): 3,
        ("d", "a"): 2,
        ("d", "b"): 2,
        ("d", "c"): 2,
        ("b", "a"): 2,
        ("c", "a"): 2,
    }
    assert METHODS["schulze"].count(replace(contest, withdrawn=("b",)), {("a=b", "c"): 3, ("b",): 1}).blank == 1


@pytest.mark.parametrize("method", ["ranked-pairs", "minimax", "borda"])
@settings(max_examples=60)
@given(data=st.data())
def test_by_margins_two_papers_of_equal_ranks_are_as_good_as_one_of_either_order(
    method: str, data: st.DataObject
) -> None:
    election = data.draw(elections(method, most_options=5))
    level, apart = dict(election.papers), dict(election.papers)
    for marks, number in election.papers.items():
        if len(marks) > 1:
            one, other, *rest = marks
            equal = (f"{one}={other}", *rest)
            level[equal] = level.get(equal, 0) + 2 * number
            for order in ((one, other, *rest), (other, one, *rest)):
                apart[order] = apart.get(order, 0) + number
    winners = [election.with_papers(papers).count(lot=falling("abcdefgh")).winners for papers in (level, apart)]
    assert winners[0] == winners[1]
