"""A paper as a form, and a form as a paper: what it says, and what is wrong with it in the voter's words. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from functions.frontend.rules import marked_as, rule_of
from shared.contracts.definition import Contest
from shared.methods import METHODS, marks
from shared.methods.model import SCORED, Fault, Scale, option_of, score_of

SLUG = re.compile(r"[a-z0-9-]{1,40}")
MARK = re.compile(rf"{SLUG.pattern}(?:{SCORED}(?:{marks.NUMBER.pattern}))?")
RANK = re.compile(r"[1-9][0-9]{0,2}")
SCORE = re.compile(r"[0-9]{1,6}")

Form = Mapping[str, Sequence[str]]
"""A submitted form: a field's name, and its values."""


@dataclass(frozen=True)
class Filled:
    """One contest of a paper: the marks, and why they do not fit, if so. What follows from them is worked out once."""

    contest: Contest
    marks: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    entries: Mapping[str, str] = field(default_factory=dict)
    """What stood at each option, so that a paper with faults comes back as it was. "" is the choice of none."""

    @cached_property
    def kind(self) -> str:
        """`ranked`, `one`, `several` or `scored`: how the contest is marked."""
        return kind_of(self.contest)

    @cached_property
    def how(self) -> str:
        """What to do, in a sentence or two."""
        some = self.most < len(self.contest.options)
        if self.kind == "ranked":
            upto = f", up to {self.most}" if some else ""
            return f"Write 1 for your first choice, 2 for your second, and so on{upto}. Leave the others empty."
        if self.kind == "scored":
            return self._how_scored(some)
        if self.kind == "one":
            return "Choose one."
        return f"Choose up to {self.most}." if some else "Choose as many as you like."

    def _how_scored(self, some: bool) -> str:
        scale = self.scale
        if scale.votes:
            votes = "1 vote" if scale.votes == 1 else f"{scale.votes} votes"
            return f"You have {votes}: write at each option how many of them it gets."
        said = "Judge" if scale.words else "Score"
        scores = "" if scale.words else f": {scale.highest} is the best, 0 the worst"
        lowest = f"“{scale.called(0)}”" if scale.words else "0"
        left_out = "is not judged" if scale.no_opinion else f"gets {lowest}"
        upto = f" {said} at most {self.most}." if some else ""
        return f"{said} each option by itself{scores}. An option left out {left_out}.{upto}"

    @cached_property
    def rule(self) -> str:
        """What the contest asks for besides votes."""
        return rule_of(self.contest.model_dump())

    @cached_property
    def chosen(self) -> list[str]:
        """The names of what was marked, in order; of a scored paper every name with what was given."""
        names = {option.id: option.name for option in self.contest.options}
        if self.kind != "scored":
            return [names[mark] for mark in self.marks if mark in names]
        given = {option_of(mark): self.scale.called(score_of(mark)) for mark in self.marks}
        left_out = "no opinion" if self.scale.no_opinion else self.scale.called(0)
        return [f"{name}: {given.get(option, left_out)}" for option, name in names.items()]

    @cached_property
    def scale(self) -> Scale:
        """What options may be given, where they are scored."""
        return METHODS[self.contest.method].scale(self.contest.for_counting())

    @cached_property
    def most(self) -> int:
        """How many options may be marked."""
        return METHODS[self.contest.method].most_marks(self.contest.for_counting())

    def at(self, fault: Fault) -> str:
        """The id of the field where a fault is mended: its own option's, else the contest's first."""
        known = [option.id for option in self.contest.options]
        return f"{self.contest.id}.{fault.option if fault.option in known else known[0]}"

    @cached_property
    def wrong(self) -> frozenset[str]:
        """The ids of the fields that are at fault themselves."""
        return frozenset(f"{self.contest.id}.{fault.option}" for fault in self.faults if fault.option)


def kind_of(contest: Contest) -> str:
    """How a contest is marked on the page."""
    return marked_as(METHODS[contest.method], contest.for_counting())


def filled(contest: Contest, form: Form) -> Filled:
    """What a form says in one contest, with a sentence for each fault."""
    kind = kind_of(contest)
    if kind == "ranked":
        return _ranked(contest, form)
    if kind == "scored":
        return _scored(contest, form)
    values = form.get(f"choice.{contest.id}", ())
    return _checked(contest, tuple(value for value in values if value), (), dict.fromkeys(values, "on"))


def refilled(contest: Contest, said: Sequence[str]) -> Filled:
    """The same from marks, as the review page sends them back."""
    entries = {mark: str(place) for place, mark in enumerate(said, 1)} or {"": "on"}
    if kind_of(contest) == "scored":
        left_out = "" if METHODS[contest.method].scale(contest.for_counting()).noughts else "0"
        entries = {option.id: left_out for option in contest.options}
        entries |= {option: score for option, _, score in (mark.partition(SCORED) for mark in said)}
    return _checked(contest, tuple(said), (), entries)


def _ranked(contest: Contest, form: Form) -> Filled:
    entries = _entries(contest, form, "rank")
    names = {option.id: option.name for option in contest.options}
    ranks: dict[int, list[str]] = {}
    faults: list[Fault] = []
    for option, entry in ((option, entry.strip()) for option, entry in entries.items()):
        if RANK.fullmatch(entry):
            ranks.setdefault(int(entry), []).append(option)
        elif entry:
            message = f"“{entry[:20]}” at {names[option]} is not a rank: write 1, 2, 3 …"
            faults.append(Fault("not_a_rank", message, option))
    for rank, options in sorted(ranks.items()):
        if len(options) > 1:
            both = " and ".join(names[option] for option in options)
            faults.append(Fault("same_rank", f"{both} have the same rank, {rank}.", options[1]))
    missing = next((rank for rank in range(1, len(ranks) + 1) if rank not in ranks), None)
    if missing and not faults:
        after = ranks[min(rank for rank in ranks if rank > missing)][0]
        faults.append(Fault("gap", f"There is no rank {missing}. Please number without gaps.", after))
    order = tuple(option for rank in sorted(ranks) for option in ranks[rank])
    return _checked(contest, order, tuple(faults), entries)


def _scored(contest: Contest, form: Form) -> Filled:
    entries = _entries(contest, form, "score")
    names = {option.id: option.name for option in contest.options}
    highest = METHODS[contest.method].scale(contest.for_counting()).highest
    given = {option: entry.strip() for option, entry in entries.items() if entry.strip()}
    faults = tuple(
        Fault("not_a_score", f"“{entry[:20]}” at {names[option]} is not a number from 0 to {highest}.", option)
        for option, entry in given.items()
        if not SCORE.fullmatch(entry) or int(entry) > highest
    )
    if faults:
        return Filled(contest, (), faults, entries)
    scores = tuple(f"{option}{SCORED}{int(entry)}" for option, entry in given.items())
    return _checked(contest, marks.canonical(METHODS[contest.method], contest.for_counting(), scores), (), entries)


def _entries(contest: Contest, form: Form, what: str) -> dict[str, str]:
    """What was written at each option."""
    return {
        option.id: (list(form.get(f"{what}.{contest.id}.{option.id}", ())) or [""])[0] for option in contest.options
    }


def _checked(
    contest: Contest, picked: tuple[str, ...], faults: tuple[Fault, ...], entries: Mapping[str, str]
) -> Filled:
    found = faults or marks.faults(METHODS[contest.method], contest.for_counting(), picked)
    return Filled(contest, picked, found, entries)


def marks_of(said: object) -> dict[str, list[str]] | None:
    """The marks a form carried from the review, contest by contest; None when they are none of ours."""
    if not isinstance(said, dict):
        return None
    for contest, given in said.items():
        if not isinstance(given, list) or not SLUG.fullmatch(contest):
            return None
        if not all(isinstance(mark, str) and MARK.fullmatch(mark) for mark in given):
            return None
    return said
