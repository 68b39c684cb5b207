"""From opened papers to a count, without a database: what fits, what is rejected, the record that is published."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.contracts.definition import Contest, Definition
from shared.contracts.states import BoxState, Decision, OpenTie, RollState
from shared.methods import METHODS, export, marks, model, ties
from shared.methods.model import Count, Marks, Method, Papers
from shared.methods.model import Decision as Ordered

ENDED = frozenset({"published", "cancelled", "annulled"})
"""Phases of an election in which its box key opens nothing any more."""


class DoesNotFit(Exception):
    """What was fetched is not what the box said it holds; `args[0]` is a stable code."""


@dataclass
class Tally:
    """Papers per contest. `rejected` + counted = the papers of each contest's styles, and every unreadable one."""

    definition: Definition
    digest: str
    contests: dict[str, Counter[Marks]] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)
    papers: int = 0

    def __post_init__(self) -> None:
        self.contests = {contest.id: Counter() for contest in self.definition.contests}
        counting = {c.id: (METHODS[c.method], c.for_counting()) for c in self.definition.contests}
        self._styles = {
            style.id: [counting[contest.id] for contest in self.definition.of_style(style.id)]
            for style in self.definition.styles
        }

    def add(self, paper: bytes | None) -> None:
        """Take one opened paper; None is one that does not open. Its style unknown, it is rejected in each contest."""
        self.papers += 1
        read = self._read(paper)
        if read is None:
            self.rejected.update(self.contests.keys())
            return
        contests, said = read
        for method, contest in contests:
            given = said.get(contest.id, [])
            if marks.faults(method, contest, given):
                self.rejected[contest.id] += 1
            else:
                self.contests[contest.id][marks.canonical(method, contest, given)] += 1

    def written(self) -> bytes:
        """The tally as a text for `add_written`, sorted: the order of its papers is not in it."""
        contests = {
            id_: sorted([many, *found] for found, many in counted.items()) for id_, counted in self.contests.items()
        }
        return json.dumps(
            {"papers": self.papers, "rejected": self.rejected, "contests": contests}, sort_keys=True
        ).encode()

    def add_written(self, text: bytes) -> None:
        """Add another tally of this election."""
        other = json.loads(text)
        self.papers += other["papers"]
        self.rejected.update(other["rejected"])
        for contest, rows in other["contests"].items():
            for many, *found in rows:
                # Each option's id once in memory, not once a mark.
                self.contests[contest][tuple(map(sys.intern, found))] += many

    def _read(self, paper: bytes | None) -> tuple[list[tuple[Method, model.Contest]], Mapping[str, Any]] | None:
        try:
            said = json.loads(paper or b"null")
            if said["box"] != str(self.definition.id) or said["definition"] != self.digest:
                return None
            if not isinstance(said["marks"], dict):
                return None
            return self._styles[said["style"]], said["marks"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


def check(papers: int, digest: str, box: BoxState) -> None:
    """Raises DoesNotFit unless these are exactly the papers that were sealed."""
    if papers != box.papers:
        raise DoesNotFit("number_differs")
    if digest != box.papers_digest:
        raise DoesNotFit("digest_differs")


def count(
    contest: Contest, papers: Papers, seed: bytes, receipts_digest: str, decisions: Iterable[Decision], roll: int | None
) -> Count:
    """Count one contest; a tie goes to the lot or waits for the officer, as the definition says.

    `roll` is how many could vote in it.
    """
    counting = contest.for_counting(roll)
    lot = ties.draw(seed, bytes.fromhex(receipts_digest), counting) if contest.ties == "lot" else None
    ordered = [Ordered(one.stage, one.order) for one in decisions if one.contest == contest.id]
    return METHODS[contest.method].count(counting, papers, lot=lot, decisions=ordered)


def open_ties(counts: Mapping[str, Count]) -> tuple[OpenTie, ...]:
    """The ties that wait for the returning officer."""
    return tuple(
        OpenTie(contest=contest, stage=tie.stage, what=tie.what, options=tie.options, choose=tie.choose)
        for contest, counted in counts.items()
        if (tie := counted.open_tie)
    )


def shown(contest: Contest, counted: Count, rejected: int) -> dict[str, Any]:
    """One contest of the record."""
    names = {option.id: option.name for option in contest.options}
    return {
        "id": contest.id,
        "title": contest.title,
        "method": contest.method,
        "method_title": METHODS[contest.method].title,
        "seats": contest.seats,
        "options": [option.model_dump() for option in contest.options],
        "reopen": contest.reopen,
        "rejected": rejected,
        "count": export.as_json(counted, names),
    }


def tally(papers: Papers) -> list[dict[str, Any]]:
    """The papers of a contest as the record has them."""
    return [{"papers": many, "marks": list(found)} for found, many in papers.items()]


def record(
    definition: Definition,
    digest: str,
    box: BoxState,
    roll: RollState | None,
    contests: list[dict[str, Any]],
    seed_commitment: str,
    seed: bytes | None,
    decisions: Iterable[Decision],
) -> dict[str, Any]:
    """Everything that is published: what anyone needs to see that the count follows from the papers."""
    return {
        "election": str(definition.id),
        "title": definition.title,
        "definition": definition.model_dump(mode="json"),
        "digest": digest,
        "opens_at": box.opens_at.isoformat(),
        "closes_at": box.closes_at.isoformat(),
        "papers": box.papers,
        "papers_digest": box.papers_digest,
        "receipts_digest": box.receipts_digest,
        "roll": roll.model_dump(mode="json") if roll and roll.phase == "closed" else None,
        "seed_commitment": seed_commitment,
        "seed": seed.hex() if seed else None,
        "decisions": [decision.model_dump(mode="json") for decision in decisions],
        "contests": contests,
    }


def box_id(election: UUID) -> bytes:
    """The 16 bytes that stand for the box in hashes."""
    return election.bytes
