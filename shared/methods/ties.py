"""How a tie that the papers leave open is broken: by the officer's decision if there is one, else by lot, else not."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from shared.methods.model import Contest, Decision, Lot, Tie


def broken(tie: Tie, lot: Lot | None, decisions: Sequence[Decision]) -> Tie:
    """The tie with its order, or as it is. A decision about other options than the tied ones is not one about it."""
    for decision in decisions:
        if decision.stage == tie.stage and sorted(decision.order) == sorted(tie.options):
            return replace(tie, order=decision.order, resolved_by="officer")
    if lot:
        return replace(tie, order=lot(tie.stage, tie.options), resolved_by="lot")
    return tie


def draw(seed: bytes, receipts_digest: bytes, contest: Contest) -> Lot:
    """The lot anyone can draw again: order by SHA-256 over seed, receipts digest, contest, stage and option.

    Each part has its length (8 bytes, big endian) before it; the stage and the option's number on the paper (from 1)
    are written in decimal. The seed is committed to before opening; the receipts are known only after the seal, so
    neither who made the seed nor who cast last could choose the outcome alone.
    """
    number = {option: place for place, option in enumerate(contest.options, 1)}

    def ticket(stage: int, option: str) -> bytes:
        parts = (seed, receipts_digest, contest.id.encode(), str(stage).encode(), str(number[option]).encode())
        return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()

    return lambda stage, options: tuple(sorted(options, key=lambda option: ticket(stage, option)))
