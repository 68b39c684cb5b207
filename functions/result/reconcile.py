"""The count follows the box and the election: opened after the seal, counted, counted again with a decision, recorded;
the key erased.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

import asyncpg

from functions.result import keys, queries, rules
from shared.contracts.states import BoxState, CountState, ElectionState, RollState
from shared.database import Connection
from shared.exchange import Case, Reconcile, Verdict
from shared.methods.model import Count, Papers
from shared.settings import Settings


def reconciler(settings: Settings) -> Reconcile:
    """`reconcile` of the count; opening the papers is its long work (`opening`)."""

    async def reconcile(tx: Connection, case: Case) -> Verdict:
        election, box = case.election, case.box
        if election is None:
            return Verdict(None)
        ended = election.phase in rules.ENDED
        erased = case.count is not None and case.count.key_erased
        if ended and not erased:
            erased = await _erase(tx, case)
        known = await queries.find(tx, case.id)
        papers = known.papers if known else None
        if known is not None and papers is not None and box is not None and box.receipts_digest is not None:
            state = await _counted(tx, settings, case, election, box, known, box.receipts_digest)
        elif ended:
            state = CountState(phase="waiting")
        elif known is not None and known.failure:
            state = CountState(phase="failed", failure=known.failure)
        else:
            state = CountState(phase="counting" if box is not None and box.phase == "sealed" else "waiting")
        return Verdict(
            state.model_copy(update={"key_erased": erased}),
            look_at=case.now + timedelta(seconds=5) if ended and not erased else None,
            work=box is not None and box.phase == "sealed" and papers is None and not ended,
        )

    return reconcile


async def _erase(tx: Connection, case: Case) -> bool:
    """False when somebody reads the keys just now (a dump, say): the next look tries again."""
    try:
        async with tx.transaction():
            await queries.erase_key(tx, case.id)
            await queries.drop_pages(tx, case.id)
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def _counted(
    tx: Connection,
    settings: Settings,
    case: Case,
    election: ElectionState,
    box: BoxState,
    known: queries.Counted,
    receipts_digest: str,
) -> CountState:
    """Count where no count was made with these decisions; record where the election says so.

    What hangs on the size of the roll waits until the roll is closed, so that it has one size for good.
    """
    roll = case.roll if case.roll is not None and case.roll.phase == "closed" else None
    if roll is None and any(contest.for_counting().of_the_roll for contest in election.definition.contests):
        return CountState(phase="counting")
    key = await queries.find_key(tx, case.id)
    assert key is not None  # noqa: S101  (it opened the papers)
    seed = keys.seed(settings, key)
    decisions = [decision.model_dump(mode="json") for decision in election.decisions]
    if known.state is not None and known.counted is not None and known.decisions == decisions:
        state, shown = CountState.model_validate(known.state), known.counted
    else:
        tallies = await queries.tallies(tx, case.id)
        counts = await asyncio.to_thread(_count_all, election, tallies, seed, receipts_digest, roll)
        shown = [rules.shown(c, counts[c.id], known.rejected.get(c.id, 0)) for c in election.definition.contests]
        ties = rules.open_ties(counts)
        phase: Literal["tied", "counted"] = "tied" if ties else "counted"
        state = CountState(phase=phase, has_papers=True, papers=known.papers, ties=ties)
        await queries.keep_count(tx, case.id, decisions, state.model_dump(mode="json"), shown)
    if election.published and known.record is None and roll is not None:
        record = rules.record(
            election.definition, election.digest, box, roll, shown, key.seed_commitment, seed, election.decisions
        )
        await queries.keep_record(tx, case.id, record)
    return state


def _count_all(
    election: ElectionState,
    tallies: Mapping[str, Papers],
    seed: bytes,
    receipts_digest: str,
    roll: RollState | None,
) -> dict[str, Count]:
    definition = election.definition
    entitled = {c.id: definition.entitled(c.id, roll.size) if roll else None for c in definition.contests}
    return {
        contest.id: rules.count(
            contest, tallies.get(contest.id, {}), seed, receipts_digest, election.decisions, entitled[contest.id]
        )
        for contest in definition.contests
    }
