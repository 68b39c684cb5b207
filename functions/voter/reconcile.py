"""The roll follows its box: when the box is sealed, who has voted is marked at once, and the roll is closed."""

import asyncio
from uuid import UUID

from functions.voter import keys, queries, rules
from functions.voter.settling import settle
from shared import log, security
from shared.contracts.box import SpentPage
from shared.contracts.states import RollState
from shared.database import Connection, transaction
from shared.errors import Conflict, Unavailable
from shared.exchange import Case, Verdict
from shared.leases import Work
from shared.peers import Peers
from shared.settings import Settings

TOGETHER = 10_000
"""Voters that are marked by one statement."""


class BoxSilent(Unavailable):
    code = "spent_not_to_be_had"
    sentence = "The box does not say which passes are spent."


async def reconcile(tx: Connection, case: Case) -> Verdict:
    """`reconcile` of the roll. Its long work is settling with the box: pending wishes, and the spent passes."""
    if case.election is None:
        return Verdict(None)
    roll = await queries.find_roll(tx, case.id)
    ended = case.election.phase in {"cancelled", "annulled"}
    # Also when the election was annulled: whether that or the seal was heard of first makes no difference.
    sealed = case.box is not None and case.box.papers is not None
    if roll is None or not roll.closed:
        pending = bool(await queries.wishes(tx, case.id)) and not ended
        return Verdict(RollState(phase="open"), work=sealed or pending)
    state = RollState(
        phase="closed",
        size=await queries.sizes(tx, case.id),
        marked=roll.marked,
        unknown=roll.unknown,
        links_read=roll.links_read,
    )
    return Verdict(state)


def worker(settings: Settings, peers: Peers) -> Work:
    """Settle what waits for the box, then close the roll if the box is sealed. Killed anywhere, it starts again."""

    async def work(election: UUID) -> None:
        async with transaction(settings) as tx:
            waiting = await queries.wishes(tx, election)
            sealed = await queries.box_sealed(tx, election)
        for entry in waiting:
            try:
                await settle(settings, peers, election, entry)
            except Conflict as refusal:
                log.note("wish refused", election=election, code=refusal.code)
        if sealed:
            await _close(settings, peers, election)

    return work


async def _close(settings: Settings, peers: Peers, election: UUID) -> None:
    """Mark everybody in one transaction, so that no row tells when its voter's mark was found."""
    spent = await _spent(settings, peers, election)
    async with transaction(settings) as tx:
        roll = await queries.hold_roll(tx, election, keys.make(settings))
        # A change begun since then comes first: it may yet take a voter off whose mark would be missed.
        if roll.closed or await queries.wishes(tx, election):
            return
        issued = await queries.issued(tx, election)
        found = await asyncio.to_thread(rules.marks, keys.opened(settings, roll.keys), issued, spent)
        for begin in range(0, len(issued), TOGETHER):
            voters = [voter for voter, _ in issued[begin : begin + TOGETHER]]
            await queries.mark(tx, voters, [voter in found.voted for voter in voters])
        await queries.close(tx, election, len(found.voted), found.unknown)
        await queries.note(tx, election, "voter", "roll closed", f"{len(found.voted)} marked, {found.unknown} unknown")
    if found.unknown:
        log.trouble("stuffing alarm", election=election, unknown=found.unknown)


async def _spent(settings: Settings, peers: Peers, election: UUID) -> set[bytes]:
    """The passes that put a paper in; raises BoxSilent."""
    spent: set[bytes] = set()
    after: str | None = None
    while True:
        params = {"after": after} if after else {}
        token = security.signer(settings.signing_key_file).sign("service", ["ballot"], 60, {})
        answer = await peers.request("ballot", "GET", f"/boxes/{election}/spent", token=token, params=params)
        if not answer.is_success:
            raise BoxSilent
        page = SpentPage.model_validate_json(answer.content)
        spent.update(bytes.fromhex(one) for one in page.spent)
        after = page.next
        if after is None:
            return spent
