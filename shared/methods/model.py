"""What counting is about: papers in, a count out, with every stage and every tie named. Pure and exact.

Options are ids here; names come in when something is written for people (`export`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, Protocol

Marks = tuple[str, ...]
"""Ranked: options in order of preference. Chosen: options in the order of the contest. Empty: a blank paper.

Scored: the options in the order of the contest, each with its score: `ann:5`.
"""

EQUAL = "="
"""Options of equal rank are one mark: the options with this between them. Papers in a box have none, files may."""

SCORED = ":"
"""Between an option and its score on a scored paper. No option's id has it."""

Papers = Mapping[Marks, int]
"""How many papers carry these marks."""

Outcome = Literal["carried", "not carried", "no quorum"]

Lot = Callable[[int, tuple[str, ...]], tuple[str, ...]]
"""Given the number of the stage and the tied options, an order of them, the preferred one first."""


@dataclass(frozen=True, slots=True)
class Majority:
    """What carries a motion: `share` (see `majority`) of what is counted as `of`; the default is a simple majority."""

    share: str = "more than 1/2"
    of: Literal["votes for and against", "votes cast", "roll"] = "votes for and against"


@dataclass(frozen=True, slots=True)
class Contest:
    """One question as the counting sees it."""

    id: str
    seats: int
    options: tuple[str, ...]
    min_marks: int = 0
    max_marks: int | None = None
    blank_allowed: bool = True
    reopen: str | None = None
    """The option that stands for re-opening nominations: a seat that it wins stays vacant."""
    withdrawn: tuple[str, ...] = ()
    """Options on the papers that stand no more: each is passed over on every paper, as if it were not there."""
    majority: Majority | None = None
    quorum: str | None = None
    """How much of the roll has to hand in a paper (see `majority`); None: it does not matter."""
    roll: int | None = None
    """How many could vote here, when the roll closed; wanted where `of_the_roll`."""

    @property
    def standing(self) -> tuple[str, ...]:
        """The options that stand, in the order of the paper."""
        return tuple(option for option in self.options if option not in self.withdrawn)

    @property
    def of_the_roll(self) -> bool:
        """Whether the outcome hangs on how many could vote."""
        return self.quorum is not None or (self.majority is not None and self.majority.of == "roll")


@dataclass(frozen=True, slots=True)
class Scale:
    """What a scored paper may give each option: a whole number from 0, the least, to `highest`."""

    highest: int
    words: tuple[str, ...] = ()
    """What the scores are called, from 0 on; none where they are numbers to people too."""
    votes: int | None = None
    """Where scores are votes to share out, how many a paper has: what its scores may come to together."""
    noughts: bool = False
    """Whether 0 is written like other scores. Else an option with 0 is one left out."""
    no_opinion: bool = False
    """Whether an option left out has no score. Else it has 0."""

    def called(self, score: int) -> str:
        """A score as people say it."""
        return self.words[score] if self.words else str(score)


def option_of(mark: str) -> str:
    """The option that a mark is for, with or without a score."""
    return mark.partition(SCORED)[0]


def score_of(mark: str) -> int:
    """The score of a mark of a scored paper; raises ValueError for others."""
    return int(mark.partition(SCORED)[2])


@dataclass(frozen=True, slots=True)
class Fault:
    """Why marks do not fit: `code` for programs, a sentence for the voter."""

    code: str
    message: str
    option: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The returning officer's order of the options tied at a stage, the preferred one first; stages count from 1."""

    stage: int
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tie:
    """Options that the papers do not tell apart where the rule must; `choose` of them are preferred to the rest.

    `stage` is the number, from 1, of the stage that waits for the order.
    `what` is `seat` (who is elected), `surplus` (whose surplus goes first), `exclusion` (who is excluded: the last
    of the order), `order` (in which order equal comparisons are taken) or `runoff` (who is in one). `order` is None
    while the tie is open.
    """

    stage: int
    what: Literal["seat", "surplus", "exclusion", "order", "runoff"]
    options: tuple[str, ...]
    choose: int
    order: tuple[str, ...] | None = None
    resolved_by: Literal["lot", "officer"] | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """The votes of every option after something was done, such as the first look, a surplus, or an exclusion."""

    what: str
    """What was done, for programs: `first`, `surplus`, `exclusion`, or another word of the method's.

    At a `surplus` or an `exclusion` votes move, and none comes or goes: `votes`, `nontransferable` and `remainder`
    together are what they were (`moves` reads off who gave and who got).
    """
    of: str | None
    """Whose surplus, or who was excluded."""
    said: str
    """What was done, as a sentence in the method's words without its full stop; options stand as `{id}`."""
    votes: Mapping[str, Fraction]
    nontransferable: Fraction
    """What lies with exhausted papers."""
    remainder: Fraction
    """What the rule has lost so far by cutting numbers off."""
    elected: tuple[str, ...]
    """Elected by what this stage shows, in order."""
    unit: str | None = None
    """What its numbers count, where it is not what the method's others do."""


@dataclass(frozen=True, slots=True)
class Count:
    """A whole count. With an open tie it ends there: nothing is guessed."""

    method: str
    contest: Contest
    papers: int
    """Papers counted, blank ones included."""
    blank: int
    quota: Fraction | None
    digits: int
    """How many decimals the numbers are written with; what is beyond is cut off in writing alone."""
    vacant: int
    """Seats that re-opening nominations won."""
    winners: tuple[str, ...]
    """In order of election; options elected together with equal votes all along keep the order of the contest."""
    stages: tuple[Stage, ...]
    ties: tuple[Tie, ...]
    pairs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """On how many papers the first stands before the second, where the method compares options in pairs."""
    notes: tuple[str, ...] = ()
    """What else led to the winners, or to the outcome, as sentences; options stand as `{id}`."""
    outcome: Outcome | None = None
    """What became of a motion; of an election only that it has no quorum. Winners are told even then."""

    @property
    def open_tie(self) -> Tie | None:
        """The tie that nobody has broken yet."""
        return next((tie for tie in self.ties if tie.order is None), None)

    @property
    def decided(self) -> bool:
        return self.open_tie is None


class Method(Protocol):
    """One way to count, in its own words: forms, checks, pages and exports follow from them."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def paper(self) -> Literal["ranked", "choose", "scored"]: ...
    @property
    def unit(self) -> str:
        """What its numbers count, such as `votes` or `points`."""
        ...

    @property
    def most_seats(self) -> int | None:
        """How many seats it can fill, None for any number."""
        ...

    @property
    def equal_ranks(self) -> bool:
        """Whether its rule knows options of equal rank."""
        ...

    @property
    def roles(self) -> tuple[str, ...]:
        """What its options stand for, in their order, the last of which may be left out; empty: just for themselves."""
        ...

    def most_marks(self, contest: Contest) -> int:
        """How many options one paper may carry."""
        ...

    def scale(self, contest: Contest) -> Scale:
        """What options may be given, where papers are scored."""
        ...

    def count(
        self, contest: Contest, papers: Papers, *, lot: Lot | None = None, decisions: Sequence[Decision] = ()
    ) -> Count:
        """Count the papers; every one must be without faults. Ties: by the rule, a decision, the lot, or left open."""
        ...
