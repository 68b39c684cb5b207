"""Every option compared with every other: the table of pairs, and what follows from it for any rule that uses it."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from shared.methods.model import EQUAL, Contest, Papers, Stage
from shared.methods.rule import Tally, fractions
from shared.methods.ties import OpenTie, Ties

Pairs = Mapping[tuple[str, str], int]


def compared(contest: Contest, papers: Papers) -> Pairs:
    """On how many papers the first stands before the second; an option left out stands behind all that are marked.

    Of options of equal rank none stands before another.
    """
    options = contest.options
    pairs = {(one, other): 0 for one in options for other in options if one != other}
    for marks, number in papers.items():
        behind = list(options)
        for mark in marks:
            level = mark.split(EQUAL) if EQUAL in mark else (mark,)
            for one in level:
                behind.remove(one)
            for one in level:
                for other in behind:
                    pairs[one, other] += number
    return pairs


def smith_set(contest: Contest, pairs: Pairs) -> tuple[str, ...]:
    """The smallest set of options each of which beats every option outside."""
    options = contest.options
    beaten = {one: sum(pairs[one, other] > pairs[other, one] for other in options if other != one) for one in options}
    inside: list[str] = []
    for option in sorted(options, key=lambda option: -beaten[option]):
        outside = [other for other in options if other not in inside]
        if inside and all(pairs[one, other] > pairs[other, one] for one in inside for other in outside):
            break
        inside.append(option)
    return tuple(option for option in options if option in inside)


class Condorcet(Tally):
    """One stage: how many others each option beats; the rule says who may win, and a tie among those is named."""

    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        self.pairs = compared(contest, papers)
        self.notes: list[str] = []

    def margin(self, one: str, other: str) -> int:
        return self.pairs[one, other] - self.pairs[other, one]

    def others(self, one: str) -> tuple[str, ...]:
        return tuple(option for option in self.contest.options if option != one)

    def winners(self) -> list[str]:
        """Whom the rule elects; several where the papers leave it open. May raise OpenTie."""
        raise NotImplementedError

    def stages(self) -> Iterator[Stage]:
        elected: tuple[str, ...] = ()
        if any(self.papers):
            try:
                elected = self.ties.order(1, "seat", self.winners(), 1)[:1]
            except OpenTie:
                elected = ()
        beaten = {one: sum(self.margin(one, other) > 0 for other in self.others(one)) for one in self.contest.options}
        held = fractions(beaten)
        yield Stage("pairs", None, self._said(beaten), held, Fraction(0), Fraction(0), elected)

    def _said(self, beaten: Mapping[str, int]) -> str:
        """Whether somebody beats all others, which settles every such rule."""
        for option, number in beaten.items():
            if number and number == len(beaten) - 1:
                return f"{{{option}}} beats every other option"
        return "Every option compared with every other"
