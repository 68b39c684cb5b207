"""Voiding the old pass before a voter is removed, restyled or given a new link (design, section 3.2.6).

The intent is committed first, so no pass is given meanwhile; then the box is asked: either the old pass's paper or
its voiding wins, never both; then the change is done or refused. A tick completes what a crash left.
"""

from uuid import UUID

from functions.voter import keys, queries, rules
from functions.voter.queries import Entry
from shared import security
from shared.database import Connection, transaction
from shared.errors import Conflict
from shared.peers import PeerDown, Peers
from shared.settings import Settings


class AlreadyVoted(Conflict):
    code = "already_voted"
    sentence = "This voter has voted already; nothing was changed."


async def settle(settings: Settings, peers: Peers, election: UUID, entry: Entry) -> None:
    """Carry out one wish; raises AlreadyVoted or RollClosed when the box refused, PeerDown when it did not answer."""
    async with transaction(settings) as tx:
        opened = await keys.of_open_roll(tx, settings, election)
    old = rules.pass_id(opened, entry.id, entry.issue)
    token = security.signer(settings.signing_key_file).sign("service", ["ballot"], 60, {})
    answer = await peers.request("ballot", "POST", f"/boxes/{election}/void", token=token, json={"pass_id": old.hex()})
    if not answer.is_success and answer.status_code != 409:
        raise PeerDown  # no such box yet: it is made when the schedule has arrived there
    refused = None if answer.is_success else answer.json().get("code")
    async with transaction(settings) as tx:
        await keys.of_open_roll(tx, settings, election)
        if refused:
            await queries.refuse_wish(tx, entry.id)
        else:
            await grant(tx, election, entry, opened)
    if refused == AlreadyVoted.code:
        raise AlreadyVoted
    if refused:
        raise rules.RollClosed


async def grant(tx: Connection, election: UUID, entry: Entry, opened: rules.RollKeys) -> None:
    """Do what the wish says: remove the voter, or give the next issue. Done once, however often it is tried."""
    if entry.wish == "remove":
        await queries.remove(tx, entry.id)
        return
    link_hash = rules.token_hash(election, rules.token(opened, entry.id, entry.issue + 1))
    await queries.reissue(tx, entry.id, entry.issue + 1, link_hash, entry.wished_style or entry.style)
