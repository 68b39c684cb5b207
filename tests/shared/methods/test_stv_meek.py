"""Meek's rule against a second count, paper by paper in decimals, and at its edges."""

from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.methods import METHODS, export
from shared.methods.model import Contest, Papers, Tie
from tests.shared.methods.elections import Election, elections, falling

MEEK = METHODS["stv-meek"]
LAST = Decimal("0.000000001")


def raised(number: Decimal) -> Decimal:
    return number.quantize(LAST, ROUND_UP)


def by_the_rule(
    election: Election, order: str, kept: Callable[[Decimal, Decimal], Decimal] = lambda left, keep: raised(left * keep)
) -> tuple[list[str], dict[str, Decimal], list[str]]:
    """The rule's steps as they are written: the elected, the last votes, and the defeated in turn."""
    papers = [marks for marks, number in election.papers.items() if marks for _ in range(number)]
    seats = election.contest.seats
    hopeful, elected, defeated = list(election.contest.options), list[str](), list[str]()
    keep = dict.fromkeys(hopeful, Decimal(1))
    votes = dict.fromkeys(hopeful, Decimal(0))

    def distribute() -> None:
        votes.update(dict.fromkeys(votes, Decimal(0)))
        for paper in papers:
            weight = Decimal(1)
            for option in paper:
                share = kept(weight, keep[option])
                votes[option] += share
                weight -= share

    while len(elected) < seats < len(elected) + len(hopeful):
        last = None
        while True:
            distribute()
            quota = (sum(votes.values(), Decimal(0)) / (seats + 1)).quantize(LAST, ROUND_DOWN) + LAST
            reached = sorted((o for o in hopeful if votes[o] >= quota), key=lambda o: votes[o], reverse=True)
            if reached:
                elected += reached
                hopeful = [option for option in hopeful if option not in reached]
                break
            surplus = max(Decimal(0), sum((votes[option] - quota for option in elected), Decimal(0)))
            if surplus < Decimal("0.000001") or (last is not None and surplus >= last):
                fewest = min(votes[option] for option in hopeful)
                tied = [option for option in hopeful if votes[option] <= fewest + surplus]
                out = max(tied, key=order.index)
                hopeful.remove(out)
                defeated.append(out)
                keep[out] = Decimal(0)
                break
            last = surplus
            for option in elected:
                keep[option] = raised(raised(keep[option] * quota) / votes[option])
    distribute()
    if len(elected) < seats:
        elected += sorted(hopeful, key=lambda option: votes[option], reverse=True)
    return elected, votes, defeated


@settings(max_examples=100)
@given(election=elections("stv-meek"), order=st.permutations("abcdefgh").map("".join))
def test_a_second_count_by_the_letter_of_the_rule_finds_the_same(election: Election, order: str) -> None:
    counted = election.count(lot=falling(order))
    elected, votes, defeated = by_the_rule(election, order)
    assert list(counted.winners) == elected
    assert [stage.of for stage in counted.stages if stage.what == "exclusion"] == defeated
    assert {o: Decimal(export.decimal(held, 9)) for o, held in counted.stages[-1].votes.items()} == votes


def test_a_vote_for_the_elected_goes_on_in_part_and_an_exhausted_one_lowers_the_quota() -> None:
    """a has 6 of 9 votes and the quota is 3.000000001, so it keeps 0.500000001 of each, which is rounded up."""
    papers: Papers = {("a", "b"): 4, ("a",): 2, ("b",): 1, ("c",): 2}
    counted = MEEK.count(Contest("c", 2, tuple("abc")), papers)
    first, second = counted.stages
    assert (first.elected, second.elected) == (("a",), ("b",))
    assert {option: export.decimal(held, 9) for option, held in second.votes.items()} == {
        "a": "3.000000006",
        "b": "2.999999996",
        "c": "2.000000000",
    }
    assert export.decimal(second.nontransferable, 9) == "0.999999998"
    assert export.as_json(counted, dict(zip("abc", "ABC", strict=True)))["quota"] == "2.666666668"


def test_equal_last_candidates_are_a_tie_though_they_differed_before() -> None:
    """The rule looks at no earlier stage."""
    papers: Papers = {("a",): 9, ("b",): 3, ("c",): 2, ("d", "c"): 1}
    counted = MEEK.count(Contest("c", 2, tuple("abcd")), papers)
    assert counted.open_tie == Tie(3, "exclusion", ("b", "c"), 1)
