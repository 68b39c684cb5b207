"""The long work: fetch the sealed papers, open them, add them up, page by page and each page kept before the next, so
that whoever is killed is followed by another who goes on.

What a page came to is kept sealed to the box key, like its papers: the tables never say which marks came with which
papers, and what is left of them in a file cannot be read once that key is erased. All are counted together at the end,
and only if they are the papers that the box sealed.
"""

import asyncio
import base64
import hashlib
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from functions.result import keys, queries, rules
from functions.result.queries import Page
from shared import log, security
from shared.contracts.box import PapersPage
from shared.contracts.states import BoxState, ElectionState
from shared.database import transaction
from shared.exchange import Case
from shared.leases import Work
from shared.peers import PeerDown, Peers
from shared.settings import Settings

SPELL = 40.0
"""Seconds after which the work stops and the next tick goes on: a request ends after sixty."""
PAGE = 2000


class BoxSilent(Exception):
    """The box does not hand out its papers now."""


def worker(settings: Settings, peers: Peers, case_of: Callable[[UUID], Awaitable[Case]]) -> Work:
    """A spell of work. What hinders it is kept, for the count's state to say; then it is tried again."""

    async def work(election: UUID) -> bool:
        case = await case_of(election)
        if case.election is None or case.box is None or case.box.phase != "sealed":
            return False
        end = time.monotonic() + SPELL
        try:
            while await _step(settings, peers, case.election, case.box):
                if time.monotonic() >= end:
                    return True
        except BoxSilent:
            await _hindered(settings, election, "papers_not_to_be_had")
        except rules.DoesNotFit as trouble:
            await _hindered(settings, election, str(trouble), anew=True)
        return False

    return work


async def _step(settings: Settings, peers: Peers, election: ElectionState, box: BoxState) -> bool:
    """Open the next page; after the last, count all as one. False when nothing is left to do."""
    this = election.definition.id
    async with transaction(settings) as tx:
        key = await queries.find_key(tx, this)
        known = await queries.find(tx, this)
        last = await queries.last_page(tx, this)
        if key is None:
            raise rules.DoesNotFit("key_missing")
        if key.private_key is None or (known and known.papers is not None):
            await queries.drop_pages(tx, this)
            return False
    if last is not None and last.next is None:
        await _finish(settings, key, election, box)
        return False
    sealed, onward = await _fetch(settings, peers, this, last.next if last else None)
    papers = len(sealed) + (last.papers if last else 0)
    if papers > (box.papers or 0) or (onward is not None and not sealed):
        raise rules.DoesNotFit("number_differs")
    digests, tally = await asyncio.to_thread(_open, settings, key, election, sealed)
    async with transaction(settings) as tx:
        await queries.keep_page(tx, this, Page(last.number + 1 if last else 0, onward, papers, digests, tally))
    return True


async def _fetch(settings: Settings, peers: Peers, box: UUID, after: UUID | None) -> tuple[list[bytes], UUID | None]:
    """A page of sealed papers, and where the next begins; raises BoxSilent."""
    token = security.signer(settings.signing_key_file).sign("service", ["ballot"], 60, {})
    params = {"limit": str(PAGE), **({"after": str(after)} if after else {})}
    try:
        answer = await peers.request("ballot", "GET", f"/boxes/{box}/papers", token=token, params=params)
        if not answer.is_success:
            raise BoxSilent
        page = PapersPage.model_validate_json(answer.content)
        return [base64.b64decode(paper.sealed, validate=True) for paper in page.papers], page.next
    except (PeerDown, ValueError) as error:
        raise BoxSilent from error


def _open(settings: Settings, key: queries.Key, election: ElectionState, papers: list[bytes]) -> tuple[bytes, bytes]:
    """The papers' digests, and what they come to, sealed."""
    box = keys.box_key(settings, key)
    tally = rules.Tally(election.definition, election.digest)
    for sealed in papers:
        tally.add(keys.open_paper(box, sealed))
    return b"".join(hashlib.sha256(sealed).digest() for sealed in papers), bytes(box.encrypt(tally.written()))


async def _finish(settings: Settings, key: queries.Key, election: ElectionState, box: BoxState) -> None:
    """Add the pages up, see that they are what the box sealed, and keep the papers sorted, with no page behind them."""
    this = election.definition.id
    opener = keys.box_key(settings, key)
    tally, whole = rules.Tally(election.definition, election.digest), hashlib.sha256()
    async with transaction(settings) as tx:
        async for page in queries.pages(tx, this):
            whole.update(page.digests)
            await asyncio.to_thread(tally.add_written, opener.decrypt(page.tally))
        rules.check(tally.papers, whole.hexdigest(), box)
        await queries.keep_papers(tx, this, tally.papers, tally.rejected, tally.contests)
        await queries.drop_pages(tx, this)


async def _hindered(settings: Settings, election: UUID, code: str, anew: bool = False) -> None:
    log.trouble("count failed", election=election, code=code)
    async with transaction(settings) as tx:
        await queries.failed(tx, election, code)
        if anew:
            await queries.drop_pages(tx, election)
