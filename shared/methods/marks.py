"""What may stand on a paper: one check for all methods, total over anything a sender can send."""

from shared.methods.model import Contest, Fault, Marks, Method


def faults(method: Method, contest: Contest, marks: object) -> tuple[Fault, ...]:
    """Every fault of `marks`, which may be any JSON value; none means that the paper fits."""
    if not isinstance(marks, list | tuple) or not all(isinstance(mark, str) for mark in marks):
        return (Fault("not_a_list", "The marks are not a list of options."),)
    if len(marks) > len(contest.options):
        return (Fault("too_many", "There are more marks than options."),)
    found = [
        Fault("unknown_option", "One mark is for an option that is not on this paper.", mark[:100])
        for mark in marks
        if mark not in contest.options
    ]
    seen: set[str] = set()
    for mark in marks:
        if mark in seen:
            found.append(Fault("repeated_option", "One option is marked more than once.", mark[:100]))
        seen.add(mark)
    most, least = method.most_marks(contest), contest.min_marks
    if not marks:
        if not contest.blank_allowed:
            found.append(Fault("blank_not_allowed", "Please mark the paper: a blank one is not allowed here."))
    elif len(marks) > most:
        found.append(Fault("too_many", _limit(method, "at most", most)))
    elif len(marks) < least:
        found.append(Fault("too_few", _limit(method, "at least", least)))
    return tuple(found)


def canonical(method: Method, contest: Contest, marks: list[str] | tuple[str, ...]) -> Marks:
    """Faultless marks in the one form they are counted in: a choice has no order."""
    if method.paper == "ranked":
        return tuple(marks)
    return tuple(option for option in contest.options if option in marks)


def longest(method: Method, contest: Contest) -> Marks:
    """The marks whose text is longest, so that every paper can be padded to the same length."""
    by_length = sorted(contest.options, key=lambda option: -len(option))
    return tuple(by_length[: method.most_marks(contest)])


def _limit(method: Method, bound: str, number: int) -> str:
    verb = "Rank" if method.paper == "ranked" else "Choose"
    return f"{verb} {bound} {number} option{'' if number == 1 else 's'}."
