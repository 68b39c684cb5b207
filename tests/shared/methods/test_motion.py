"""A motion is carried by what its rule asks for, to the vote; examples from rules, and a second reckoning."""

from dataclasses import replace
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.methods import METHODS, export
from shared.methods.model import Contest, Count, Majority, Outcome, Papers
from tests.shared.methods.elections import liking

Base = Literal["votes for and against", "votes cast", "roll"]
MOTION = METHODS["motion"]
HOUSE = Contest("house", 1, ("for", "against", "abstain"))
NAMES = {"for": "Yes", "against": "No", "abstain": "Abstention"}


def vote(
    pro: int,
    contra: int,
    abstain: int = 0,
    blank: int = 0,
    *,
    share: str = "more than 1/2",
    of: Base = "votes for and against",
    roll: int | None = None,
    quorum: str | None = None,
) -> Count:
    papers: Papers = {("for",): pro, ("against",): contra, ("abstain",): abstain, (): blank}
    asked = replace(HOUSE, majority=Majority(share, of), roll=roll, quorum=quorum)
    return MOTION.count(asked, {marks: number for marks, number in papers.items() if number})


@pytest.mark.parametrize(
    ("share", "of", "needed"),
    [("at least 2/3", "votes for and against", 10), ("at least 2/3", "votes cast", 14), ("at least 2/3", "roll", 47)],
)
def test_roberts_rules_of_order_revised_section_48(share: str, of: Base, needed: int) -> None:
    """14 members vote, 20 are present, 70 are members: what two thirds are of each. Those present abstain here."""
    for pro in range(15):
        counted = vote(pro, 14 - pro, abstain=6, share=share, of=of, roll=70)
        assert counted.quota == needed
        assert counted.outcome == ("carried" if pro >= needed else "not carried")


def test_roberts_rules_of_order_revised_section_46_a_tie_is_lost() -> None:
    tied = vote(13, 13)
    assert (tied.outcome, tied.ties, tied.decided) == ("not carried", (), True)
    assert tied.notes[-1] == "A tie between {for} and {against} carries nothing."
    assert vote(14, 13).outcome == "carried"
    assert vote(13, 14).outcome == "not carried"


def test_bundesgerichtshof_ii_zr_164_81_abstentions_are_not_votes_unless_the_rule_says_so() -> None:
    """Eight are present; four are for, three against, one abstains: carried under section 32 BGB.

    Were the majority one of those present, five would have been needed.
    """
    assert vote(4, 3, 1).outcome == "carried"
    present = vote(4, 3, 1, of="votes cast")
    assert present.outcome == "not carried"
    assert present.quota == 5


def test_swiss_civil_code_article_67_the_majority_of_those_present() -> None:
    """Of 78 members present 40 are needed."""
    assert vote(39, 1, 38, of="votes cast").outcome == "not carried"
    assert vote(40, 0, 38, of="votes cast").outcome == "carried"


def test_companies_act_2006_ordinary_and_special_resolutions() -> None:
    """Section 282: a simple majority of the votes cast. Section 283: not less than 75 %, or of all who are eligible."""
    assert vote(50, 50).outcome == "not carried"
    assert vote(51, 49).outcome == "carried"
    assert vote(75, 25, 40, share="at least 3/4").outcome == "carried"
    assert vote(74, 25, 40, share="at least 3/4").outcome == "not carried"
    assert vote(75, 0, share="at least 3/4", of="roll", roll=100).outcome == "carried"
    assert vote(74, 0, share="at least 3/4", of="roll", roll=100).outcome == "not carried"


@pytest.mark.parametrize("of", get_args(Base))
@pytest.mark.parametrize(
    "share", ["more than 1/2", "at least 1/2", "at least 2/3", "at least 1/1", "at least 1/999999"]
)
def test_what_nobody_votes_for_is_not_carried(share: str, of: Base) -> None:
    for votes in ((0, 0, 0, 0), (0, 0, 7, 0), (0, 0, 0, 7)):
        for roll in (0, 7):
            assert vote(*votes, share=share, of=of, roll=roll).outcome == "not carried"


def test_exactly_two_thirds_are_at_least_and_not_more_than_two_thirds() -> None:
    assert vote(20, 10, share="at least 2/3").outcome == "carried"
    assert vote(20, 10, share="more than 2/3").outcome == "not carried"
    assert vote(21, 10, share="at least 2/3").outcome == "carried"
    assert vote(20, 11, share="at least 2/3").outcome == "not carried"


def test_everybody_is_no_more_than_everybody() -> None:
    assert vote(30, 0, share="at least 1/1").outcome == "carried"
    assert vote(29, 1, share="at least 1/1").outcome == "not carried"
    assert vote(29, 0, share="at least 1/1", of="roll", roll=30).outcome == "not carried"


def test_a_blank_paper_is_no_vote_and_counts_for_the_quorum() -> None:
    assert vote(2, 1, blank=30, of="votes cast").outcome == "carried"
    assert vote(2, 1, blank=27, quorum="at least 30", roll=100).outcome == "carried"
    assert vote(2, 1, blank=26, quorum="at least 30", roll=100).outcome == "no quorum"


def test_without_a_quorum_nothing_is_carried_however_many_are_for_it() -> None:
    counted = vote(24, 0, quorum="at least 1/4", roll=100)
    assert counted.outcome == "no quorum"
    assert [export.named(note, NAMES) for note in counted.notes] == [
        "Quorum, at least a quarter of all voters on the roll: 24 of 100 handed in a paper; needed: 25.",
        "Majority, more than half of the votes for and against: Yes has 24 of 24; needed: 13.",
    ]
    assert vote(25, 0, quorum="at least 1/4", roll=100).outcome == "carried"
    assert vote(0, 0, quorum="at least 1/4", roll=0).outcome == "no quorum"


def test_a_rule_about_the_roll_is_not_counted_without_it() -> None:
    for asked in (replace(HOUSE, quorum="at least 1/4"), replace(HOUSE, majority=Majority(of="roll"))):
        with pytest.raises(ValueError, match="roll"):
            MOTION.count(asked, {("for",): 3})


def test_a_paper_without_abstentions_and_no_rule_of_its_own_asks_for_a_simple_majority() -> None:
    plain = Contest("house", 1, ("yes", "no"))
    assert MOTION.count(plain, {("yes",): 2, ("no",): 1}).outcome == "carried"
    assert MOTION.count(plain, {("yes",): 2, ("no",): 2, (): 9}).outcome == "not carried"


def test_what_is_written_says_the_outcome_and_elects_nobody() -> None:
    shown = export.as_json(vote(3, 1, 1, of="roll", roll=4), NAMES)
    assert (shown["outcome"], shown["roll"], shown["winners"], shown["quota"]) == ("carried", 4, [], "3")
    assert export.stages_csv(shown, NAMES.values()).splitlines() == [
        ",Votes.",
        "Yes,3",
        "No,1",
        "Abstention,1",
        '"Majority, more than half of all voters on the roll: Yes has 3 of 4; needed: 3.",',
        "The motion is carried.,",
    ]
    assert export.elected(export.as_json(vote(1, 1), NAMES)) == "The motion is not carried."
    missed = export.as_json(vote(1, 0, quorum="at least 2", roll=4), NAMES)
    assert export.elected(missed) == "No quorum: the motion is not carried."
    assert "roll" not in export.as_json(vote(1, 1, roll=4), NAMES)


numbers = st.integers(0, 40)


@given(
    pro=numbers, contra=numbers, abstain=numbers, blank=numbers, beside=numbers,
    how=st.sampled_from(["more than", "at least"]), share=st.integers(1, 12).flatmap(
        lambda parts: st.tuples(st.integers(1, parts), st.just(parts))
    ),
    of=st.sampled_from(get_args(Base)),
    quorum=st.none() | st.tuples(st.integers(1, 12), st.integers(12, 12)) | st.integers(1, 100),
)  # fmt: skip
def test_a_second_reckoning_by_multiplying_across_agrees(
    pro: int, contra: int, abstain: int, blank: int, beside: int,
    how: str, share: tuple[int, int], of: Base, quorum: tuple[int, int] | int | None,
) -> None:  # fmt: skip
    number, parts = share
    handed_in = pro + contra + abstain + blank
    roll = handed_in + beside
    whole = {"votes for and against": pro + contra, "votes cast": pro + contra + abstain, "roll": roll}[of]
    more, level = pro * parts > whole * number, pro * parts == whole * number
    outcome: Outcome = "carried" if pro and (more or (level and how == "at least")) else "not carried"
    said = None
    if isinstance(quorum, int):
        said = f"at least {quorum}"
        outcome = outcome if handed_in >= quorum else "no quorum"
    elif quorum is not None:
        said = f"at least {quorum[0]}/{quorum[1]}"
        reached = handed_in and handed_in * quorum[1] >= roll * quorum[0]
        outcome = outcome if reached else "no quorum"
    counted = vote(pro, contra, abstain, blank, share=f"{how} {number}/{parts}", of=of, roll=roll, quorum=said)
    assert counted.outcome == outcome
    assert (counted.papers, counted.blank) == (handed_in, blank)
    assert [counted.stages[0].votes[option] for option in HOUSE.options] == [pro, contra, abstain]


@given(
    votes=st.tuples(numbers, numbers, numbers, numbers),
    beside=st.integers(1, 40),
    share=st.sampled_from(["more than 1/2", "at least 1/2", "at least 2/3", "more than 3/4", "at least 1/1"]),
    of=st.sampled_from(get_args(Base)),
    quorum=st.sampled_from([None, "at least 1/4", "more than 1/2", "at least 30"]),
)
def test_who_comes_and_votes_for_it_never_loses_it_nor_carries_it_who_votes_against_unless_for_a_quorum(
    votes: tuple[int, int, int, int], beside: int, share: str, of: Base, quorum: str | None
) -> None:
    pro, contra, abstain, blank = votes
    roll = sum(votes) + beside

    def outcome(pro: int, contra: int) -> Outcome | None:
        return vote(pro, contra, abstain, blank, share=share, of=of, roll=roll, quorum=quorum).outcome

    before = outcome(pro, contra)
    if before == "carried":
        assert outcome(pro + 1, contra) == "carried"
    if before == "not carried":
        assert outcome(pro, contra + 1) == "not carried"


def test_with_a_quorum_who_is_against_may_do_better_to_stay_away() -> None:
    """Which is no mistake of the count: it is what a quorum of those who take part does."""
    assert vote(30, 19, quorum="at least 1/2", roll=100).outcome == "no quorum"
    assert vote(30, 20, quorum="at least 1/2", roll=100).outcome == "carried"


@pytest.mark.parametrize("method", [name for name in METHODS if not METHODS[name].roles])
def test_an_election_without_its_quorum_says_so_beside_its_count(method: str) -> None:
    contest = Contest("c", 1, ("a", "b"), quorum="at least 1/2", roll=6)
    ann = liking(METHODS[method], contest, ["a"])
    missed = METHODS[method].count(contest, {ann: 2})
    plain = METHODS[method].count(replace(contest, quorum=None), {ann: 2})
    assert (missed.outcome, plain.outcome) == ("no quorum", None)
    assert (missed.winners, missed.stages) == (plain.winners, plain.stages) == (("a",), plain.stages)
    names = {"a": "Ann", "b": "Bob"}
    said = export.elected(export.as_json(missed, names))
    assert said == "No quorum: too few have voted. Elected, were there a quorum: Ann."
    reached = METHODS[method].count(contest, {ann: 2, (): 1})
    assert (reached.outcome, reached.winners) == (None, ("a",))
    assert "3 of 6 handed in a paper; needed: 3." in reached.notes[0]
