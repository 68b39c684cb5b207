"""Forms and papers, without a browser or a server: what a form says, what is wrong with it, what a page offers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.contracts.definition import Contest
from shared.methods import METHODS, marks
from shared.methods.model import Fault

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
RECEIPT = re.compile(r"[A-Z2-7]{16}")

Form = Mapping[str, Sequence[str]]
"""A submitted form: a field's name, and its values."""


@dataclass(frozen=True, slots=True)
class Filled:
    """One contest of a filled paper: the marks, and why they do not fit, if so."""

    contest: Contest
    marks: tuple[str, ...]
    faults: tuple[Fault, ...]
    entries: Mapping[str, str]
    """What stood at each option, so that a paper with faults comes back as it was."""

    @property
    def kind(self) -> str:
        """`ranked`, `one` or `several`: how the contest is marked."""
        return kind_of(self.contest)

    @property
    def chosen(self) -> list[str]:
        """The names of what was marked, in order."""
        names = {option.id: option.name for option in self.contest.options}
        return [names[mark] for mark in self.marks if mark in names]


def kind_of(contest: Contest) -> str:
    """How a contest is marked on the page."""
    method = METHODS[contest.method]
    if method.paper == "ranked":
        return "ranked"
    return "one" if method.most_marks(contest.for_counting()) == 1 else "several"


def filled(contest: Contest, form: Form) -> Filled:
    """What a form says in one contest, with a sentence for each fault."""
    if kind_of(contest) == "ranked":
        return _ranked(contest, form)
    picked = tuple(value for value in form.get(f"choice-{contest.id}", ()) if value)
    return _checked(contest, picked, (), dict.fromkeys(picked, "on"))


def refilled(contest: Contest, said: object) -> Filled:
    """The same from marks, as the review page sends them back."""
    picked = tuple(mark for mark in said if isinstance(mark, str)) if isinstance(said, list) else ()
    return _checked(contest, picked, (), {mark: str(place) for place, mark in enumerate(picked, 1)})


def _ranked(contest: Contest, form: Form) -> Filled:
    entries = {
        option.id: (list(form.get(f"rank-{contest.id}-{option.id}", ())) or [""])[0] for option in contest.options
    }
    ranks: dict[int, list[str]] = {}
    faults: list[Fault] = []
    for option in contest.options:
        entry = entries[option.id].strip()
        if re.fullmatch(r"[1-9][0-9]{0,2}", entry):
            ranks.setdefault(int(entry), []).append(option.name)
        elif entry:
            faults.append(Fault("not_a_rank", f"“{entry[:20]}” at {option.name} is not a rank.", option.id))
    for rank, names in sorted(ranks.items()):
        if len(names) > 1:
            faults.append(Fault("same_rank", f"{' and '.join(names)} have the same rank, {rank}."))
    missing = next((rank for rank in range(1, len(ranks) + 1) if rank not in ranks), None)
    if missing and not faults:
        faults.append(Fault("gap", f"There is no rank {missing}. Please number without gaps."))
    order = sorted((o.id for o in contest.options if entries[o.id].strip().isdigit()), key=lambda o: int(entries[o]))
    return _checked(contest, tuple(order), tuple(faults), entries)


def _checked(
    contest: Contest, picked: tuple[str, ...], faults: tuple[Fault, ...], entries: Mapping[str, str]
) -> Filled:
    found = faults or marks.faults(METHODS[contest.method], contest.for_counting(), picked)
    return Filled(contest, picked, found, entries)


def receipt_of(text: str) -> str | None:
    """A receipt as people type it, or None when it is none."""
    bare = re.sub(r"[\s-]", "", text).upper()
    return bare if RECEIPT.fullmatch(bare) else None
