"""What a paper is and what comes of it, without a database: receipts, sealing, what fits, when a box closes."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from shared import security
from shared.contracts.definition import Contest, Definition
from shared.contracts.states import CountState, ElectionState
from shared.methods import METHODS, marks, model

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True)
class Opened:
    """A box's definition, ready for checking papers. It never changes, so a process keeps it."""

    box: UUID
    definition: Definition
    digest: str
    block: int

    @cached_property
    def styles(self) -> Mapping[str, tuple[Contest, ...]]:
        return {style.id: self.definition.of_style(style.id) for style in self.definition.styles}

    @cached_property
    def counting(self) -> Mapping[str, tuple[model.Method, model.Contest]]:
        """Each contest's method, and the contest as methods see it."""
        return {contest.id: (METHODS[contest.method], contest.for_counting()) for contest in self.definition.contests}


def receipt(box: UUID, pass_id: bytes, nonce: bytes) -> str:
    """Sixteen letters that show a paper's presence, never its content (design, section 3.2.3)."""
    return base64.b32encode(security.digest("uvote receipt", box.bytes, pass_id, nonce)[:10]).decode()


def faults(opened: Opened, style: str, said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every fault of a paper, contest by contest. A contest left out is a blank one."""
    contests = opened.styles.get(style, ())
    known = {contest.id for contest in contests}
    found: list[dict[str, Any]] = [
        {"contest": name[:100], "code": "unknown_contest", "message": "This contest is not on this paper."}
        for name in said
        if name not in known
    ]
    for contest in contests:
        for fault in marks.faults(*opened.counting[contest.id], said.get(contest.id, [])):
            found.append({"contest": contest.id, "code": fault.code, "message": fault.message, "option": fault.option})
    return found


def written(opened: Opened, style: str, said: Mapping[str, Any]) -> bytes:
    """A faultless paper as the bytes that are sealed: canonical JSON, a choice in the order of the contest."""
    canonical = {
        contest.id: marks.canonical(*opened.counting[contest.id], said.get(contest.id, []))
        for contest in opened.styles[style]
    }
    text = _canonical({"box": str(opened.box), "definition": opened.digest, "style": style, "marks": canonical})
    return text.encode()


def block(box: UUID, definition: Definition, digest: str) -> int:
    """Bytes that hold the longest paper of any style, and the one byte that padding needs."""
    opened = Opened(box, definition, digest, 0)
    longest = 0
    for style, contests in opened.styles.items():
        fullest = {c.id: list(marks.longest(*opened.counting[c.id])) for c in contests}
        longest = max(longest, len(written(opened, style, fullest)))
    return longest + 1


def seal(paper: bytes, block_size: int, public_key: str) -> bytes:
    """A sealed paper; every one of a box has the same length."""
    from nacl.bindings import crypto_box_seal, sodium_pad

    return crypto_box_seal(sodium_pad(paper, block_size), bytes.fromhex(public_key))


@dataclass(frozen=True, slots=True)
class Box:
    """A box as its row has it."""

    election: UUID
    opens_at: datetime
    closes_at: datetime
    refused_closes_at: datetime | None
    ended: str | None
    sealed_at: datetime | None
    papers: int | None
    papers_digest: str | None
    receipts_digest: str | None
    cleared: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What a box is to do now."""

    opens_at: datetime
    closes_at: datetime
    refused_closes_at: datetime | None
    ended: str | None
    seal: bool
    forget: bool


def step(box: Box, election: ElectionState, count: CountState | None, now: datetime) -> Step:
    """What the election asks and the clock commands. A closing that has passed is not extended: it is recorded."""
    over = box.sealed_at is not None or now >= box.closes_at or election.close_now
    # What is told does not hang on whether "close now" was heard together with the extension or after it.
    early = election.close_now and (now < box.closes_at if box.sealed_at is None else box.sealed_at <= box.closes_at)
    ended = election.phase if election.phase in {"cancelled", "annulled"} else box.ended
    later = election.closes_at > box.closes_at
    opens_at = election.opens_at if now < box.opens_at else box.opens_at
    refused = box.refused_closes_at
    if later and over and not early:
        refused = election.closes_at
    counted = count is not None and count.has_papers and count.papers == box.papers and box.sealed_at is not None
    return Step(
        opens_at=opens_at,
        closes_at=election.closes_at if later and not over else box.closes_at,
        refused_closes_at=refused,
        ended=ended,
        seal=over and box.sealed_at is None and ended is None,
        forget=not box.cleared and (ended is not None or counted),
    )
