"""The box follows its election: made when scheduled, extended, sealed by the clock or at once, emptied at last."""

from datetime import timedelta
from uuid import UUID

import asyncpg

from functions.ballot import queries, rules
from shared import log, security
from shared.contracts.definition import Definition
from shared.contracts.states import BoxState, ElectionState
from shared.database import Connection
from shared.exchange import Case, Reconcile, Verdict
from shared.settings import Settings


def reconciler(settings: Settings) -> Reconcile:
    """`reconcile` of the box; it needs the public keys, to see that `result` made the key papers are sealed to."""

    async def reconcile(tx: Connection, case: Case) -> Verdict:
        election = case.election
        if election is None:
            return Verdict(None)
        await queries.lock(tx, case.id)
        now = await queries.now(tx)  # after the lock: a closing that passed while casts had it is not extended
        box = await queries.find(tx, case.id)
        if box is None:
            if not _genuine(settings, case.id, election):
                return Verdict(_no_box(election) if election.phase in {"cancelled", "annulled"} else None)
            block = rules.block(case.id, election.definition, election.digest)
            new = rules.Opened(case.id, election.definition, election.digest, block)
            await queries.create(tx, new, election.opens_at, election.closes_at)
            box = await _box(tx, case.id)
        step = rules.step(box, election, case.count, now)
        await queries.follow(tx, case.id, step)
        if step.seal:
            await queries.seal(tx, case.id)
        again = None
        if step.forget and not await _forget(tx, case.id):
            again = now + timedelta(seconds=5)
        box = await _box(tx, case.id)
        waits = box.sealed_at is None and box.ended is None
        return Verdict(_state(box), look_at=box.closes_at if waits else again)

    return reconcile


async def _box(tx: Connection, box: UUID) -> rules.Box:
    found = await queries.find(tx, box)
    assert found is not None  # noqa: S101  (made in this transaction, or before)
    return found


async def _forget(tx: Connection, box: UUID) -> bool:
    """False when somebody reads the box just now (a dump, say): the next tick tries again."""
    try:
        async with tx.transaction():
            await queries.forget(tx, box)
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        return False
    return True


def _genuine(settings: Settings, box: UUID, election: ElectionState) -> bool:
    """The definition is what its digest says, and its box key is one that `result` signed for this box."""
    definition: Definition = election.definition
    try:
        proof = security.keys(settings.jwks_file).verify("boxkey", definition.box.proof, "ballot", late=True)
    except security.BadToken:
        proof = {}
    said = (proof.get("box"), proof.get("public_key"), proof.get("seed_commitment"))
    right = said == (str(box), definition.box.public_key, definition.box.seed_commitment)
    if not right or definition.id != box or definition.digest() != election.digest:
        log.trouble("definition refused", election=box)
        return False
    return True


def _no_box(election: ElectionState) -> BoxState:
    """There is none and will be none: said when the election has ended, so that it is not asked for ever."""
    return BoxState(phase="cleared", opens_at=election.opens_at, closes_at=election.closes_at)


def _state(box: rules.Box) -> BoxState:
    sealed = box.sealed_at is not None
    return BoxState(
        phase="cleared" if box.cleared else "sealed" if sealed else "ready",
        opens_at=box.opens_at,
        closes_at=box.closes_at,
        refused_closes_at=box.refused_closes_at,
        papers=box.papers,
        papers_digest=box.papers_digest,
        receipts_digest=box.receipts_digest,
    )
