"""Whatever becomes of events, whenever functions are down and whatever people do meanwhile: the end is the same.

A script of steps runs through the four real functions over a network that loses, repeats, delays and reorders. Then the
network is mended, and everything must come to the one state that follows from what people were told was done: papers
answered with 201, officers' requests answered with 200, and whether the box was sealed.
"""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shared.contracts.states import OWNERS
from tests.elections import CHAIR, Running, scheduled
from tests.world import Event, World

OPTIONS = ("ada", "bob", "cyd")
NAMES = {"ada": "Ada", "bob": "Bob", "cyd": "Cyd"}
VOTERS = 4
FUNCTIONS = tuple(OWNERS.values())
ENDED = {"cancelled", "annulled"}

Step = tuple[Any, ...]
voter = st.integers(0, VOTERS - 1)
function = st.sampled_from(FUNCTIONS)
CARRYING = st.tuples(st.just("carry"), st.sampled_from([1, 3, 10, 30]))
TICKING = st.tuples(st.just("tick"), function)
WAITING = st.tuples(st.just("wait"), st.sampled_from([1, 15, 60, 120, 240]))
BREAKING = st.tuples(st.sampled_from(["down", "up", "up", "crash"]), function)
CASTING = st.tuples(st.just("cast"), voter, st.sampled_from(OPTIONS))
EXTENDING = st.tuples(st.just("extend"), st.sampled_from([1, 3, 12]))
REMOVING = st.tuples(st.sampled_from(["remove", "link"]), voter)
ENDING = st.tuples(st.sampled_from(["cancel", "annul"]))
OPENING, CLOSING, RESTING = (st.just((what,)) for what in ("open-now", "close-now", "rest"))
DECIDING = st.one_of(st.tuples(st.just("decide"), st.permutations(OPTIONS)), st.just(("publish",)))
MOVING = st.one_of(CARRYING, CARRYING, TICKING, TICKING, BREAKING)

LEVEL = ("vote", "ada", "bob", "ada", "bob")
BEGIN = st.sampled_from(
    [[], [("wait", 61)], [("open-now",), ("rest",)], [("rest",), ("wait", 61)], [("rest",), ("wait", 61), LEVEL]]
)
BEFORE = st.one_of(MOVING, CASTING, CASTING, EXTENDING, REMOVING, OPENING, CLOSING, WAITING, RESTING, ENDING)
LATE = [("wait", 300), ("extend", 3), ("close-now",)]
TURN = st.sampled_from([[], [("close-now",)], [("wait", 240)], [("wait", 300)], [("close-now",), ("rest",)], LATE])
AFTER = st.one_of(MOVING, MOVING, CASTING, EXTENDING, REMOVING, CLOSING, WAITING, RESTING, DECIDING, DECIDING, ENDING)
SCRIPTS: st.SearchStrategy[list[Step]] = st.tuples(
    BEGIN, st.lists(BEFORE, max_size=14), TURN, st.lists(AFTER, max_size=20)
).map(lambda parts: [step for part in parts for step in part])
LOSSES = st.sampled_from([(0.0, 0.0), (0.2, 0.2), (0.6, 0.1), (0.1, 0.6)])
"""How likely the network loses what it is to deliver, and delivers it again."""


class Day:
    """An election day over a bad network: what people were answered is kept, to know what must come of it."""

    def __init__(
        self, running: Running, admin: asyncpg.Connection, chance: random.Random, losses: Sequence[float]
    ) -> None:
        self.running = running
        self.world = running.world
        self.id = running.id
        self.admin = admin
        self.chance = chance
        self.lose, self.repeat = losses
        self.network: list[tuple[Event, str]] = []
        self.passes: dict[int, str] = {}
        self.people: list[UUID] = []
        self.votes: dict[int, str] = {}
        self.removed: dict[int, bool] = {}
        self.decisions: list[list[str]] = []
        self.done: set[str] = set()
        self.later = timedelta()
        self.before: dict[str, Any] = {}
        self.states: dict[tuple[str, int], Any] = {}

    async def do(self, step: Step) -> None:
        """One step. What cannot be done because a function is down is not done."""
        what, *more = step
        try:
            await getattr(self, what.replace("-", "_"))(*more)
        except httpx.ConnectError:
            assert self.world.down
        await self.world.quiet()
        self.gather()

    def gather(self) -> None:
        """What was sent is under way to each of the other three."""
        waiting, self.world.events = self.world.events, []
        self.network += [
            (event, to) for event in waiting for to in FUNCTIONS if f'"/uvote/{to}"' not in event[1].decode()
        ]

    async def carry(self, many: int) -> None:
        """The network delivers something, in no order; it loses, and it delivers again what it delivered."""
        for _ in range(min(many, len(self.network))):
            place = self.chance.randrange(len(self.network))
            if self.chance.random() < self.lose:
                self.network.pop(place)
                continue
            again = self.chance.random() < self.repeat
            event, to = self.network[place] if again else self.network.pop(place)
            if to not in self.world.down:
                assert await self.world.deliver(event, to) == 204

    async def tick(self, name: str) -> None:
        assert (await self.world.client(name).post("/tick")).status_code == 204

    async def wait(self, minutes: int) -> None:
        self.later += timedelta(minutes=minutes)
        await self.world.shift(self.later)

    async def down(self, name: str) -> None:
        self.world.down.add(name)

    async def up(self, name: str) -> None:
        self.world.down.discard(name)

    async def crash(self, name: str) -> None:
        """It dies with everything it had sent still in its hands."""
        await self.down(name)
        self.network = [(event, to) for event, to in self.network if f'"/uvote/{name}"' not in event[1].decode()]

    async def rest(self) -> None:
        """Everything under way arrives, in order."""
        while self.network:
            event, to = self.network.pop(0)
            if to not in self.world.down:
                assert await self.world.deliver(event, to) == 204
            await self.world.quiet()
            self.gather()

    async def cast(self, who: int, option: str) -> None:
        if who not in self.passes:
            token = self.running.links[who].rpartition("/")[2]
            answer = await self.world.client("voter").post(f"/elections/{self.id}/passes", json={"token": token})
            if answer.status_code != 200:
                return
            self.passes[who] = answer.json()["pass"]
        sealed = await self.admin.fetchval(
            "select sealed_at is not null or ended is not null from ballot.boxes where election = $1", self.id
        )
        box = await self.world.client("ballot").get(f"/boxes/{self.id}")
        if box.status_code == 404:
            return
        body = {"nonce": f"{who:032x}", "definition": box.json()["digest"], "marks": {"chair": [option]}}
        client = self.world.client("ballot", self.passes[who])
        answer = await client.post(f"/boxes/{self.id}/papers", json=body)
        if who in self.votes:
            assert answer.status_code == 201, "the same form again has the same answer, whatever came in between"
        elif answer.status_code == 201:
            assert not sealed
            assert not self.removed.get(who)
            self.votes[who] = option

    async def vote(self, *options: str) -> None:
        for who, option in enumerate(options):
            await self.cast(who, option)

    async def officer(self, path: str, body: Any = None) -> bool:
        answer = await self.running.election("POST", f"/{path}", body)
        assert answer.status_code in {200, 409, 422}, answer.text
        if answer.status_code == 200:
            self.done.add(path)
        return answer.status_code == 200

    async def open_now(self) -> None:
        await self.officer("open-now")

    async def extend(self, hours: int) -> None:
        asked = datetime.fromisoformat((await self.running.seen())["closes_at"])
        await self.officer("extend", {"closes_at": (asked + timedelta(hours=hours)).isoformat(), "reason": "More time"})

    async def close_now(self) -> None:
        await self.officer("close-now", {"reason": "All have voted"})

    async def cancel(self) -> None:
        await self.officer("cancel", {"reason": "A mistake"})

    async def annul(self) -> None:
        await self.officer("annul", {"reason": "Foul play"})

    async def publish(self) -> None:
        await self.officer("publish")

    async def decide(self, order: Sequence[str]) -> None:
        for tie in ((await self.running.seen())["count"] or {"ties": ()})["ties"]:
            decision = [option for option in order if option in tie["options"]]
            if await self.officer("decide", {"contest": "chair", "stage": tie["stage"], "order": decision}):
                self.decisions.append(decision)

    async def remove(self, who: int) -> None:
        client = self.world.client("voter", self.world.token_grant(self.id))
        answer = await client.delete(f"/elections/{self.id}/voters/{self.people[who]}")
        if answer.status_code == 204:
            assert who not in self.votes
            self.removed[who] = True

    async def link(self, who: int) -> None:
        client = self.world.client("voter", self.world.token_grant(self.id))
        answer = await client.post(f"/elections/{self.id}/voters/{self.people[who]}/link")
        if answer.status_code == 200:
            assert who not in self.votes

    async def see(self) -> dict[str, Any]:
        """Everything that the four databases hold of the election."""
        row = await self.admin.fetchrow(
            """
            select to_jsonb(e) as election, to_jsonb(b) as box, to_jsonb(r) as roll, to_jsonb(c) as count,
              k.private_key is null as erased,
              (select count(*) from ballot.papers where box = $1) as papers,
              (select coalesce(sum(t.papers), 0) from result.tallies t where t.election = $1) as tallied,
              (select count(*) from voter.voters v where v.election = $1 and not v.removed) as voters,
              (select count(*) from voter.voters v where v.election = $1 and v.voted) as marked,
              jsonb_build_object('election', to_jsonb(xe), 'roll', to_jsonb(xr), 'box', to_jsonb(xb),
                                 'count', to_jsonb(xc)) as exchange
            from election.elections e
              left join ballot.boxes b on b.election = e.id left join voter.rolls r on r.election = e.id
              left join result.counts c on c.election = e.id left join result.keys k on k.election = e.id
              left join election.exchange xe on xe.election = e.id left join voter.exchange xr on xr.election = e.id
              left join ballot.exchange xb on xb.election = e.id left join result.exchange xc on xc.election = e.id
            where e.id = $1
            """,
            self.id,
        )
        assert row is not None
        return dict(row)

    async def check(self) -> None:
        """What holds at every moment."""
        seen = await self.see()
        phase, box, roll, count = (seen[name] for name in ("election", "box", "roll", "count"))
        exchange = seen["exchange"]
        for thing, row in exchange.items():
            then = self.before.get(thing)
            if row is None:
                continue
            if then is not None:
                assert row["version"] >= then["version"], f"the {thing} went back"
                for other, known in then["others"].items():
                    assert row["others"][other]["version"] >= known["version"], f"the {thing} went back on the {other}"
                for other, version in then["seen"].items():
                    assert row["seen"][other] >= version
            if row["version"]:
                said = self.states.setdefault((thing, row["version"]), row["state"])
                assert said == row["state"], f"two states of the {thing} have one version"
            for other, known in row["others"].items():
                assert known["version"] <= exchange[other]["version"]
                assert self.states.setdefault((other, known["version"]), known["state"]) == known["state"]
            for other, version in row["seen"].items():
                assert version <= exchange[other]["others"].get(thing, {"version": 0})["version"]
        self.before = {thing: row for thing, row in exchange.items() if row is not None}

        if phase["phase"] in {"counted", "published"}:
            assert box["cleared"] and roll["closed"] and roll["unknown"] == 0
            assert box["papers"] == roll["marked"] == count["papers"] == len(self.votes)
        if seen["erased"]:
            assert phase["phase"] in {"published", *ENDED}
        if box is None:
            assert not self.votes
        elif box["sealed_at"] is None:
            assert seen["tallied"] == 0
            assert box["ended"] or seen["papers"] == len(self.votes)
        else:
            assert box["papers"] == len(self.votes)
            assert seen["papers"] == (0 if box["cleared"] else len(self.votes))
        if box is not None and box["cleared"]:
            assert box["ended"] or seen["tallied"] == len(self.votes)

    async def finish(self) -> None:
        """The network is mended, everyone is up, and the officers do what is asked of them."""
        self.world.down.clear()
        await self.rest()
        await self.wait(1 + 40 * 24 * 60)
        for _ in range(40):
            for name in FUNCTIONS:
                await self.do(("tick", name))
            await self.do(("rest",))
            await self.check()
            await self.do(("decide", OPTIONS))
            await self.do(("publish",))
            await self.do(("rest",))
            seen = await self.see()
            waits = [row[name] for row in seen["exchange"].values() for name in ("next_send", "look_at", "work_at")]
            if seen["election"]["phase"] in {"published", *ENDED} and not any(waits):
                assert not any([await self.admin.fetchval(f"select {name}.due()") for name in FUNCTIONS])
                return
            await self.wait(11)
        raise AssertionError(f"it does not come to rest: {seen}")

    def winners(self) -> list[str]:
        """By hand: the most votes, or the first decision about exactly those who are level."""
        votes = list(self.votes.values())
        most = max(map(votes.count, OPTIONS))
        level = [option for option in OPTIONS if votes.count(option) == most and most]
        if len(level) < 2:
            return level
        return [next(order for order in self.decisions if sorted(order) == level)[0]]

    async def check_end(self) -> None:
        """The one end of what people were answered."""
        await self.check()
        seen = await self.see()
        election, box, roll, count = (seen[name] for name in ("election", "box", "roll", "count"))
        states = {thing: row["state"] for thing, row in seen["exchange"].items()}

        ended = next(
            (phase for phase, path in (("cancelled", "cancel"), ("annulled", "annul")) if path in self.done), None
        )
        assert election["phase"] == (ended or "published")
        for thing, row in seen["exchange"].items():
            others = {other: row["others"][other] for other in OWNERS if other != thing}
            assert others == {o: {"version": seen["exchange"][o]["version"], "state": states[o]} for o in others}
            assert row["seen"] == dict.fromkeys(others, row["version"])
        assert (await self.running.seen())["behind"] == []

        sealed = box["sealed_at"] is not None
        assert sealed or ended
        assert (box["cleared"], seen["papers"], seen["erased"]) == (True, 0, True)
        assert states["box"]["phase"] == "cleared"
        assert states["box"]["papers"] == (len(self.votes) if sealed else None)
        asked, closed = (datetime.fromisoformat(state["closes_at"]) for state in (states["election"], states["box"]))
        early = "close-now" in self.done and box["sealed_at"] == box["closes_at"]
        if sealed:
            refused = states["election"]["closes_at"] if asked > closed and not early else None
            assert states["box"]["refused_closes_at"] == refused

        assert roll["closed"] is sealed
        people = await self.admin.fetch("select id, removed, voted from voter.voters where election = $1", self.id)
        found = {row["id"]: row for row in people}
        for who, person in enumerate(self.people):
            assert found[person]["removed"] or not self.removed.get(who)
            assert not (found[person]["removed"] and who in self.votes)
            assert found[person]["voted"] == ((who in self.votes) if sealed and not found[person]["removed"] else None)
        if sealed:
            assert (states["roll"]["marked"], states["roll"]["unknown"]) == (len(self.votes), 0)
            assert sum(states["roll"]["size"].values()) == seen["voters"]

        record = await self.world.client("result").get(f"/results/{self.id}")
        assert (record.status_code == 200) is ("publish" in self.done)
        if record.status_code == 200:
            assert states["count"]["phase"] == "counted"
            chair = record.json()["contests"][0]["count"]
            votes = list(self.votes.values())
            assert chair["stages"][0]["votes"] == {NAMES[option]: str(votes.count(option)) for option in OPTIONS}
            assert chair["winners"] == [NAMES[option] for option in self.winners()]
            assert [one["order"] for one in record.json()["decisions"]] == self.decisions
        elif count is None or count["papers"] is None:
            assert states["count"] == {**states["count"], "phase": "waiting", "has_papers": False, "papers": None}
        else:
            assert states["count"]["phase"] in {"counted", "tied"}
            assert states["count"]["papers"] == seen["tallied"] == len(self.votes)


async def run(world: World, script: list[Step], losses: Sequence[float], chance: random.Random) -> None:
    """One election from its scheduling to rest."""
    world.down.clear()
    world.events.clear()
    await world.shift(timedelta())
    now = datetime.now(UTC)
    times = {"opens_at": now + timedelta(hours=1), "closes_at": now + timedelta(hours=5)}
    texts = {name: time.isoformat() for name, time in times.items()}
    chair = {**CHAIR, "ties": "officer"}
    admin = await asyncpg.connect(world.database.admin_url)
    try:
        await admin.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        started = await scheduled(world, voters=VOTERS, contests=[chair], **texts)
        day = Day(started, admin, chance, losses)
        rows = await admin.fetch("select id from voter.voters where election = $1 order by name", day.id)
        day.people = [row["id"] for row in rows]
        day.gather()
        for step in script:
            await day.do(step)
            await day.check()
        await day.finish()
        await day.check_end()
    finally:
        await admin.close()


AS_IT_WAS = (Phase.explicit, Phase.reuse, Phase.generate)
"""A day that ended wrongly is shown as it was: to look for a shorter one takes minutes."""
scripts = given(SCRIPTS, LOSSES, st.randoms(use_true_random=True))


@pytest.mark.timeout(600)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), phases=AS_IT_WAS)
@scripts
async def test_any_day_over_any_network_comes_to_the_end_that_people_were_told(
    world: World, script: list[Step], losses: Sequence[float], chance: random.Random
) -> None:
    await run(world, script, losses, chance)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@scripts
async def test_three_hundred_days_come_to_the_ends_that_people_were_told(
    world: World, script: list[Step], losses: Sequence[float], chance: random.Random
) -> None:
    await run(world, script, losses, chance)
