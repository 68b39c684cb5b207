"""What may stand on a paper: one check for all methods, total over anything a sender can send."""

import re
from collections.abc import Iterator, Sequence

from shared.methods.model import SCORED, Contest, Fault, Marks, Method, Scale, option_of, score_of

NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
"""A score as it is written: each in one way only."""


def faults(method: Method, contest: Contest, marks: object) -> tuple[Fault, ...]:
    """Every fault of `marks`, which may be any JSON value; none means that the paper fits."""
    if not isinstance(marks, list | tuple) or not all(isinstance(mark, str) for mark in marks):
        return (Fault("not_a_list", "The marks are not a list of options."),)
    if len(marks) > len(contest.options):
        return (Fault("too_many", "There are more marks than options."),)
    scored = method.paper == "scored"
    options = [option_of(mark) for mark in marks] if scored else marks
    found = [
        Fault("unknown_option", "One mark is for an option that is not on this paper.", option[:100])
        for option in options
        if option not in contest.options
    ]
    seen: set[str] = set()
    for option in options:
        if option in seen:
            found.append(Fault("repeated_option", "One option is marked more than once.", option[:100]))
        seen.add(option)
    if scored:
        found += _scores(method.scale(contest), marks)
        if found:
            return tuple(found)
        # A score of 0 that says no more than leaving the option out is no mark.
        options = canonical(method, contest, marks)
    most, least = method.most_marks(contest), contest.min_marks
    if not options:
        if not contest.blank_allowed:
            found.append(Fault("blank_not_allowed", "Please mark the paper: a blank one is not allowed here."))
    elif len(options) > most:
        found.append(Fault("too_many", _limit(method, "at most", most)))
    elif len(options) < least:
        found.append(Fault("too_few", _limit(method, "at least", least)))
    return tuple(found)


def _scores(scale: Scale, marks: Sequence[str]) -> Iterator[Fault]:
    scores = []
    for mark in marks:
        option, _, score = mark.partition(SCORED)
        if not NUMBER.fullmatch(score):
            yield Fault("not_a_score", f"A score is a whole number from 0 to {scale.highest}.", option[:100])
        elif int(score) > scale.highest:
            yield Fault("score_out_of_range", f"One score is above {scale.highest}.", option[:100])
        else:
            scores.append(int(score))
    if scale.votes is not None and sum(scores) > scale.votes:
        there_are = "There is 1 vote" if scale.votes == 1 else f"There are {scale.votes} votes"
        yield Fault("too_many_votes", f"{there_are} to give, and this paper gives {sum(scores)}.")


def canonical(method: Method, contest: Contest, marks: list[str] | tuple[str, ...]) -> Marks:
    """Faultless marks in the one form they are counted in: a choice has no order, nor have scores."""
    if method.paper == "ranked":
        return tuple(marks)
    if method.paper == "choose":
        return tuple(option for option in contest.options if option in marks)
    noughts = method.scale(contest).noughts
    scored = {option_of(mark): mark for mark in marks if noughts or score_of(mark)}
    return tuple(scored[option] for option in contest.options if option in scored)


def longest(method: Method, contest: Contest) -> Marks:
    """Marks whose text is as long as any can be, so that every paper can be padded to the same length.

    Where points are shared out no paper may have all of these; being too long does no harm.
    """
    by_length = sorted(contest.options, key=lambda option: -len(option))
    score = f"{SCORED}{method.scale(contest).highest}" if method.paper == "scored" else ""
    return tuple(option + score for option in by_length[: method.most_marks(contest)])


def _limit(method: Method, bound: str, number: int) -> str:
    verb = {"ranked": "Rank", "choose": "Choose", "scored": "Score"}[method.paper]
    return f"{verb} {bound} {number} option{'' if number == 1 else 's'}."
