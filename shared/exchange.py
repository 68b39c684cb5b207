"""Four things, one exchange: each owner tells its thing's whole state until the other three have said they have it.

Level-triggered (design, section 3.1): an event lost, repeated, late or out of order ends in the same state, because a
taker keeps only what is newer, then runs its own `reconcile`, which brings its thing to where the states and the
clock say it should be. The table `exchange` of each owner's schema is the only memory; the broker is none.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError

from shared import cloudevent, leases, log, security
from shared.contracts.definition import Frozen
from shared.contracts.states import OWNERS, STATES, BoxState, CountState, ElectionState, Message, RollState
from shared.database import Connection, transaction
from shared.peers import Peers
from shared.settings import Settings

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
TOGETHER = 4
"""Elections that one tick sees to at the same time."""
LIFETIME = 24 * 3600.0
"""Seconds an event's signature is said to last; takers accept it later too, since an old state is only outdated."""


class NoState(ValueError):
    """An event of its owner that holds no state as this version of UVote knows it."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one owner knows of one election when it reconciles."""

    id: UUID
    now: datetime
    election: ElectionState | None
    roll: RollState | None
    box: BoxState | None
    count: CountState | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `reconcile` came to: the thing's state, when the clock next matters, and whether long work waits."""

    state: Frozen | None
    """None while there is nothing to tell the others yet."""
    look_at: datetime | None = None
    work: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look came to: whether the others are to be told, and whether long work waits."""

    changed: bool
    work: bool


Reconcile = Callable[[Connection, Case], Awaitable[Verdict]]


@dataclass
class Exchange:
    """One owner's side of the exchange. `reconcile` runs in the caller's transaction, `work` opens its own."""

    thing: str
    settings: Settings
    peers: Peers
    reconcile: Reconcile
    work: leases.Work | None = None
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    _waiting: set[UUID] = field(default_factory=set)

    @property
    def function(self) -> str:
        return OWNERS[self.thing]

    async def look(self, tx: Connection, election: UUID) -> Looked:
        """Reconcile one election in this transaction; a changed state gets the next version and is due to be sent."""
        row = await _hold(tx, election)
        case = _case(election, await tx.fetchval("select clock()"), self.thing, row)
        verdict = await self.reconcile(tx, case)
        state = verdict.state.model_dump(mode="json") if verdict.state else None
        changed = state is not None and state != _json(row["state"])
        await tx.execute(
            """
            update exchange set
                state = case when $2 then $3::jsonb else state end,
                version = version + case when $2 then 1 else 0 end,
                behind_since = case when $2 and not $5 then clock() else behind_since end,
                pause = case when $2 then $4 else pause end,
                next_send = case when $2 then clock() when $5 then next_send end,
                look_at = $6,
                work_at = case when $7 then coalesce(work_at, clock()) end,
                work_pause = case when $7 then work_pause else $8 end
            where election = $1
            """,
            election,
            changed,
            json.dumps(state),
            FIRST_PAUSE,
            bool(_behind(row, self.thing)),
            verdict.look_at,
            verdict.work,
            leases.AFTER_FAILURE,
        )
        return Looked(changed, verdict.work)

    async def case(self, election: UUID) -> Case:
        """What is known of one election now, for long work that opens its own transactions."""
        async with transaction(self.settings) as tx:
            return _case(election, await tx.fetchval("select clock()"), self.thing, await _hold(tx, election))

    async def take(self, token: str) -> None:
        """Take another owner's event; raises BadToken when it is not signed by the owner, NoState when malformed."""
        claims = security.keys(self.settings.jwks_file).verify("event", token, self.function, late=True)
        try:
            message = Message.model_validate({name: claims.get(name) for name in Message.model_fields})
            state = STATES[message.thing].model_validate(message.state).model_dump(mode="json")
        except ValidationError as error:
            raise NoState from error
        if OWNERS[message.thing] != claims["iss"] or message.thing == self.thing:
            raise security.BadToken
        async with transaction(self.settings) as tx:
            row = await _hold(tx, message.election)
            others, seen = _json(row["others"]), _json(row["seen"])
            if message.version > others.get(message.thing, {"version": 0})["version"]:
                others[message.thing] = {"version": message.version, "state": state}
            seen[message.thing] = max(seen.get(message.thing, 0), message.seen.get(self.thing, 0))  # type: ignore[call-overload]
            await tx.execute(
                "update exchange set others = $2, seen = $3 where election = $1",
                message.election,
                json.dumps(others),
                json.dumps(seen),
            )
            looked = await self.look(tx, message.election)
        if looked.changed or (row["version"] > 0 and self.thing in message.asks):
            self.send_soon(message.election)
        if looked.work:
            self.wake_soon()

    async def send(self, election: UUID, *, due_only: bool = False) -> None:
        """Tell the others the present state: of a change and at each repetition with the question who has it, the next
        time set before, so that a lost event is repeated; as an answer without one.
        """
        async with transaction(self.settings) as tx:
            row = await _hold(tx, election)
            now = await tx.fetchval("select clock()")
            # What is committed from here on waited for this row: it is not in this event, and is to be sent anew.
            self._waiting.discard(election)
            due = row["next_send"] is not None and row["next_send"] <= now
            if row["version"] == 0 or (due_only and not due):
                return
            # Answers that asked would be answered in turn, by three each: where events are slow, ever more of them.
            asks = _behind(row, self.thing) if due else []
            if due:
                await tx.execute(
                    "update exchange set next_send = $2, pause = $3 where election = $1",
                    election,
                    now + row["pause"] if asks else None,
                    min(row["pause"] * 2, LONGEST_PAUSE),
                )
        if not self.settings.sink:
            return
        claims = {
            "thing": self.thing,
            "election": str(election),
            "version": row["version"],
            "state": _json(row["state"]),
            "seen": {thing: known["version"] for thing, known in _json(row["others"]).items()},
            "asks": asks,
        }
        audience = [owner for thing, owner in OWNERS.items() if thing != self.thing]
        token = security.signer(self.settings.signing_key_file).sign("event", audience, LIFETIME, claims)
        event = cloudevent.Event(
            id=str(uuid4()),
            source=f"/uvote/{self.function}",
            type=f"org.uvote.{self.thing}.changed.v1",
            subject=str(election),
            data={"token": token},
        )
        headers, body = cloudevent.encode_structured(event)
        await self.peers.publish(headers, body)

    def send_soon(self, election: UUID) -> None:
        """Send after the present answer; changes and answers that fall together are sent once."""
        if election not in self._waiting:
            self._waiting.add(election)
            self._spawn(self._send_once(election))

    async def _send_once(self, election: UUID) -> None:
        await asyncio.sleep(0)  # whatever else this request changes comes first
        try:
            await self.send(election)
        except BaseException:
            self._waiting.discard(election)
            raise

    def wake_soon(self) -> None:
        """Long work runs inside a tick's request, which keeps the process awake: post one to this function."""
        self._spawn(self._wake_myself())

    async def _wake_myself(self) -> None:
        await self.peers.request(self.function, "POST", "/tick", timeout=60)

    def _spawn(self, job: Awaitable[None]) -> None:
        async def quietly() -> None:
            try:
                await job
            except Exception as error:  # a tick repeats what failed here
                log.trouble("exchange", error, thing=self.thing)

        task = asyncio.ensure_future(quietly())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until nothing started here is under way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def tick(self) -> None:
        """Do what is due by the clock: look at elections whose time has come, do long work, send again."""
        async with transaction(self.settings) as tx:
            due = await tx.fetch(
                "select election from exchange where least(look_at, work_at, next_send) <= clock() order by election"
            )
        gate = asyncio.Semaphore(TOGETHER)

        async def see_to(election: UUID) -> None:
            async with gate:
                try:
                    await self._do(election)
                except Exception as error:  # one election's trouble must not keep the others waiting
                    log.trouble("tick", error, thing=self.thing, election=election)

        await asyncio.gather(*(see_to(row["election"]) for row in due))

    async def _do(self, election: UUID) -> None:
        onward = False
        if self.work and await leases.take(self.settings, election):
            onward = await leases.work(self.settings, election, self.work)
        async with transaction(self.settings) as tx:
            await self.look(tx, election)
        if onward:
            self.wake_soon()
        await self.send(election, due_only=True)


def _case(election: UUID, now: datetime, own: str, row: Any) -> Case:
    states = {thing: known["state"] for thing, known in _json(row["others"]).items()}
    if row["state"] is not None:
        states[own] = _json(row["state"])
    return Case(election, now, **{t: STATES[t].model_validate(states[t]) if t in states else None for t in OWNERS})  # type: ignore[arg-type]


async def _hold(tx: Connection, election: UUID) -> Any:
    """The election's row, made where there is none, kept from other changes until the transaction ends."""
    question = "select * from exchange where election = $1 for update"
    row = await tx.fetchrow(question, election)
    if row is None:
        await tx.execute("insert into exchange (election) values ($1) on conflict do nothing", election)
        row = await tx.fetchrow(question, election)
    return row


def _behind(row: Any, own: str) -> list[str]:
    """The things whose owners have not said that they have our present version."""
    seen = _json(row["seen"])
    return [thing for thing in OWNERS if thing != own and seen.get(thing, 0) < row["version"]]


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)
