"""The count follows the box and the election: fetch and open after the seal, count, count again with a decision,
publish the record, erase the key.
"""

import asyncio
import base64
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from functions.result import keys, queries, rules
from shared import log, security
from shared.contracts.states import BoxState, CountState, ElectionState
from shared.database import Connection, transaction
from shared.errors import Unavailable
from shared.exchange import Case, Reconcile, Verdict, Work
from shared.methods.model import Count, Papers
from shared.peers import Peers
from shared.settings import Settings

ENDED = {"published", "cancelled", "annulled"}
PAGE = 2000


class NotSealedYet(Unavailable):
    code = "papers_not_to_be_had"
    sentence = "The box does not hand out its papers yet."


def reconciler(settings: Settings) -> Reconcile:
    """`reconcile` of the count; counting itself is quick and pure, opening papers is left to `worker`."""

    async def reconcile(tx: Connection, case: Case) -> Verdict:
        election, box = case.election, case.box
        if election is None:
            return Verdict(None)
        known = await queries.find(tx, case.id)
        key = await queries.find_key(tx, case.id)
        taken = known is not None and known.failure is None
        state = CountState(phase="waiting")
        if known is not None and taken and box is not None and box.receipts_digest is not None:
            state = await _counted(tx, settings, case, election, box, known)
        elif known is not None and known.failure:
            state = CountState(phase="failed", failure=known.failure)
        elif box is not None and box.phase == "sealed":
            state = CountState(phase="counting")
        if key is not None and election.phase in ENDED and key.private_key is not None:
            await queries.erase_key(tx, case.id)
            key = await queries.find_key(tx, case.id)
        erased = key is not None and key.private_key is None
        wanted = box is not None and box.phase == "sealed" and not taken and election.phase not in ENDED
        return Verdict(state.model_copy(update={"key_erased": erased}), work=wanted)

    return reconcile


async def _counted(
    tx: Connection, settings: Settings, case: Case, election: ElectionState, box: BoxState, known: queries.Counted
) -> CountState:
    """Count where no count was made with these decisions; publish where the election says so."""
    key = await queries.find_key(tx, case.id)
    if key is None or box.receipts_digest is None:
        return CountState(phase="failed", failure="key_missing")
    seed = keys.seed(settings, key)
    decisions = [decision.model_dump(mode="json") for decision in election.decisions]
    if known.state is not None and known.counted is not None and known.decisions == decisions:
        state, shown = CountState.model_validate(known.state), known.counted
    else:
        tallies = await queries.tallies(tx, case.id)
        counts = await asyncio.to_thread(_count_all, election, tallies, seed, box.receipts_digest)
        shown = [rules.shown(c, counts[c.id], known.rejected.get(c.id, 0)) for c in election.definition.contests]
        ties = rules.open_ties(counts)
        phase: Literal["tied", "counted"] = "tied" if ties else "counted"
        state = CountState(phase=phase, has_papers=True, papers=known.papers, ties=ties)
        await queries.keep_count(tx, case.id, decisions, state.model_dump(mode="json"), shown)
    roll_closed = case.roll is not None and case.roll.phase == "closed"
    if election.phase == "published" and known.record is None and roll_closed:
        record = rules.record(
            election.definition, election.digest, box, case.roll, shown, key.seed_commitment, seed, election.decisions
        )
        await queries.keep_record(tx, case.id, record)
    return state


def _count_all(
    election: ElectionState, tallies: Mapping[str, Papers], seed: bytes, receipts_digest: str
) -> dict[str, Count]:
    return {
        contest.id: rules.count(contest, tallies.get(contest.id, {}), seed, receipts_digest, election.decisions)
        for contest in election.definition.contests
    }


def worker(settings: Settings, peers: Peers, case_of: Any) -> Work:
    """The long work: fetch the sealed papers, open them, keep them per contest. Killed anywhere, it starts again."""

    async def work(election: UUID) -> None:
        case: Case = await case_of(election)
        state, box = case.election, case.box
        if state is None or box is None or box.phase != "sealed" or state.phase in ENDED:
            return
        sealed = await _fetch(settings, peers, election)
        try:
            rules.check(sealed, box)
            async with transaction(settings) as tx:
                key = await queries.find_key(tx, election)
            if key is None:
                raise rules.DoesNotFit("key_missing")
            tally = await asyncio.to_thread(_open, settings, key, state, sealed)
        except (rules.DoesNotFit, LookupError) as trouble:
            code = str(trouble.args[0]) if isinstance(trouble, rules.DoesNotFit) else "key_erased"
            log.trouble("count failed", election=election, code=code)
            async with transaction(settings) as tx:
                await queries.failed(tx, election, code)
            return
        async with transaction(settings) as tx:
            await queries.keep_papers(tx, election, tally.papers, tally.rejected, tally.contests)

    return work


def _open(settings: Settings, key: queries.Key, state: ElectionState, sealed: list[bytes]) -> rules.Tally:
    tally = rules.Tally(state.definition, state.digest)
    for paper in keys.open_all(settings, key, sealed):
        tally.add(paper)
    return tally


async def _fetch(settings: Settings, peers: Peers, election: UUID) -> list[bytes]:
    """Every sealed paper, in the order of ids, page by page; raises Unavailable when they are not to be had now."""
    token = security.signer(settings.signing_key_file).sign("service", ["ballot"], 60, {})
    sealed: list[bytes] = []
    after: str | None = None
    while True:
        params = {"limit": str(PAGE), **({"after": after} if after else {})}
        answer = await peers.request(
            "ballot", "GET", f"/boxes/{election}/papers", token=token, params=params, timeout=30
        )
        if answer.status_code == 401:
            token = security.signer(settings.signing_key_file).sign("service", ["ballot"], 60, {})
            continue
        if not answer.is_success:
            raise NotSealedYet
        page = answer.json()
        sealed += [base64.b64decode(one["sealed"]) for one in page["papers"]]
        after = page["next"]
        if after is None:
            return sealed
