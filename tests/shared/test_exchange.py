"""The exchange, with the real functions and their tables, and a `reconcile` that says what the test wants.

When events are sent and repeated, when answers are given, what is taken; long work is in `test_exchange_work.py`, what
is refused in `test_exchange_refusals.py`.
"""

import asyncio
import json
import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.states import OWNERS
from shared.database import transaction
from tests.shared.owners import NOON, THINGS, Owners, claims, post, signed, state
from tests.world import Event


async def test_the_others_are_told_after_the_commit_and_not_before(owners: Owners, election: UUID) -> None:
    async with owners.change("roll", election, 1):
        await owners.world.quiet()
        assert owners.sent() == []
    await owners.world.quiet()
    (event,) = owners.sent()
    assert (event["thing"], event["version"], event["state"]["links_read"]) == ("roll", 1, 1)
    assert event["iss"] == "voter"
    assert sorted(event["aud"]) == ["ballot", "election", "result"]
    assert sorted(event["asks"]) == ["box", "count", "election"]


async def test_a_change_that_is_rolled_back_is_told_to_nobody(owners: Owners, election: UUID) -> None:
    with pytest.raises(ZeroDivisionError):
        async with owners.change("roll", election, 1):
            raise ZeroDivisionError
    await owners.world.quiet()
    assert owners.sent() == []
    assert await owners.row("roll", election) is None


async def test_a_look_that_changes_nothing_raises_no_version_and_tells_nobody(owners: Owners, election: UUID) -> None:
    await owners.all_told(election)
    await owners.changed("roll", election, 1)
    assert owners.sent() == []
    assert await owners.row("roll", election, "version") == 1


async def test_an_event_is_repeated_with_doubling_pauses_up_to_ten_minutes(owners: Owners, election: UUID) -> None:
    now = NOON
    await owners.world.stop(now)
    await owners.changed("roll", election)
    pauses = []
    for _ in range(12):
        assert len(owners.sent()) == 1
        due = await owners.row("roll", election, "next_send")
        pauses.append((due - now).total_seconds())
        await owners.world.stop(due - timedelta(milliseconds=1))
        await owners.tick("roll")
        assert owners.sent() == []
        now = due
        await owners.world.stop(now)
        await owners.tick("roll")
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]


async def test_a_new_change_is_repeated_soon_however_long_the_pauses_had_become(owners: Owners, election: UUID) -> None:
    now = NOON
    for number in (1, 2):
        await owners.world.stop(now)
        await owners.changed("roll", election, number)
        for pause in (2, 4, 8):
            now += timedelta(seconds=pause)
            assert await owners.row("roll", election, "next_send") == now
            await owners.world.stop(now)
            await owners.tick("roll")


async def test_an_event_is_repeated_until_each_other_has_said_that_it_has_it(owners: Owners, election: UUID) -> None:
    await owners.world.stop(NOON)
    world = owners.world
    for thing in THINGS:
        await owners.changed(thing, election)
    world.events.clear()
    await owners.changed("roll", election, 2)
    told = ["election", "box", "count"]
    for minute, other in enumerate(("box", "count", "election"), 1):
        (event,) = [event for event in world.events if claims(event)["thing"] == "roll"]
        assert claims(event)["asks"] == told
        await world.deliver(event, OWNERS[other])
        await world.quiet()
        world.events = [event for event in world.events if claims(event)["thing"] == other]
        for answer in world.events:
            await world.deliver(answer, "voter")
        await world.quiet()
        world.events.clear()
        told.remove(other)
        await owners.world.stop(NOON + timedelta(minutes=minute))
        await owners.tick("roll")
    assert owners.sent() == []
    assert await owners.row("roll", election, "next_send") is None
    assert not await owners.due("roll")


async def test_a_change_apart_takes_four_events(owners: Owners, election: UUID) -> None:
    await owners.all_told(election)
    for thing in THINGS:
        seen: list[str] = []

        def faithful(events: list[Event], seen: list[str] = seen) -> list[Event]:
            seen += [claims(event)["thing"] for event in events]
            return events

        await owners.changed(thing, election, 2)
        await owners.world.settle(faithful)
        assert sorted(seen) == sorted(THINGS), f"a change of the {thing}"
        assert await owners.row(thing, election, "next_send") is None


@pytest.mark.parametrize(("asks", "answers"), [([], 0), (["box"], 0), (["roll"], 1), (["roll", "box"], 1)])
async def test_an_event_is_answered_by_whom_it_asks_alone(
    owners: Owners, election: UUID, asks: list[str], answers: int
) -> None:
    await owners.all_told(election)
    token = signed(owners.world, "count", election, seen={"roll": 1}, asks=asks)
    assert await post(owners.world, "voter", token) == 204
    await owners.world.quiet()
    assert [event["thing"] for event in owners.sent()] == ["roll"] * answers


async def test_changes_that_meet_on_a_slow_way_take_one_event_each_and_one_answer_for_each_question(
    owners: Owners, election: UUID
) -> None:
    for thing in THINGS:
        await owners.changed(thing, election)
    seen: list[list[str]] = []

    def one_at_a_time(events: list[Event]) -> list[Event]:
        owners.world.events += events[1:]
        seen.append(claims(events[0])["asks"])
        return events[:1]

    await owners.world.settle(one_at_a_time, rounds=200)

    assert len(seen) <= 4 + 4 * 3
    assert [bool(asks) for asks in seen] == [True] * 4 + [False] * (len(seen) - 4)
    assert [await owners.row(thing, election, "next_send") for thing in THINGS] == [None] * 4


async def test_who_has_no_state_yet_has_no_answer(owners: Owners, election: UUID) -> None:
    assert await post(owners.world, "voter", signed(owners.world, "count", election, asks=["roll"])) == 204
    await owners.world.quiet()
    assert owners.sent() == []


async def test_answers_that_fall_together_are_sent_once(
    owners: Owners, election: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await owners.all_told(election)
    world, voter = owners.world, owners.exchange("roll")
    go_on = asyncio.Event()
    send = voter.send

    async def slow(one: UUID) -> None:
        await go_on.wait()
        await send(one)

    monkeypatch.setattr(voter, "send", slow)
    for thing in ("box", "count", "election"):
        token = signed(world, thing, election, version=9, seen={"roll": 1}, asks=["roll"])
        assert await post(world, "voter", token) == 204
    go_on.set()
    await world.quiet()
    (event,) = owners.sent()
    assert event["seen"] == {"election": 9, "box": 9, "count": 9}


async def test_what_changes_while_an_event_is_on_its_way_is_told_in_another(
    owners: Owners, election: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, voter = owners.world, owners.exchange("roll")
    on_its_way, go_on = asyncio.Event(), asyncio.Event()
    publish = voter.peers.publish

    async def slow(*event: Any) -> None:
        on_its_way.set()
        await go_on.wait()
        await publish(*event)

    monkeypatch.setattr(voter.peers, "publish", slow)
    async with owners.change("roll", election, 1):
        pass
    await on_its_way.wait()
    async with owners.change("roll", election, 2):
        pass
    go_on.set()
    await world.quiet()
    assert sorted(event["version"] for event in owners.sent()) == [1, 2]


async def test_two_ticks_at_once_repeat_an_event_once(owners: Owners, election: UUID) -> None:
    await owners.world.stop(NOON)
    await owners.changed("roll", election)
    owners.sent()
    await owners.world.stop(NOON + timedelta(minutes=1))
    await asyncio.gather(*(owners.tick("roll") for _ in range(4)))
    assert len(owners.sent()) == 1


async def test_an_event_that_the_broker_does_not_take_is_sent_again(owners: Owners, election: UUID) -> None:
    await owners.world.stop(NOON)
    owners.world.down.add("broker")
    await owners.changed("roll", election)
    owners.world.down.clear()
    assert owners.sent() == []
    await owners.world.stop(NOON + timedelta(seconds=2))
    await owners.tick("roll")
    assert [event["version"] for event in owners.sent()] == [1]


async def test_a_change_whose_function_died_before_it_told_is_told_by_the_next_tick(
    owners: Owners, election: UUID
) -> None:
    voter = owners.exchange("roll")
    owners.said["roll", election].number = 1
    async with transaction(voter.settings) as tx:
        await voter.look(tx, election)
    await owners.world.quiet()
    assert owners.sent() == []
    assert await owners.due("roll")
    await owners.tick("roll")
    assert [event["version"] for event in owners.sent()] == [1]


async def test_a_taker_never_goes_back(owners: Owners, election: UUID) -> None:
    tokens = [
        signed(owners.world, "box", election, version=n, state=state("box", n).model_dump(mode="json"))
        for n in range(1, 6)
    ]
    highest = 0
    for number in random.Random(5).choices(range(1, 6), k=20):
        assert await post(owners.world, "voter", tokens[number - 1]) == 204
        highest = max(highest, number)
        known = await owners.row(
            "roll", election, "(others -> 'box' ->> 'version') || ' ' || (others -> 'box' -> 'state' ->> 'papers')"
        )
        assert known == f"{highest} {highest}"


async def test_the_first_events_of_an_election_at_once_are_all_taken(owners: Owners, election: UUID) -> None:
    tokens = [signed(owners.world, thing, election) for thing in ("election", "box", "count")]
    assert await asyncio.gather(*(post(owners.world, "voter", token) for token in tokens)) == [204] * 3
    known = json.loads(await owners.row("roll", election, "others"))
    assert {thing: one["version"] for thing, one in known.items()} == {"election": 1, "box": 1, "count": 1}


async def test_what_others_have_seen_never_goes_back(owners: Owners, election: UUID) -> None:
    await owners.changed("roll", election)
    for seen in (3, 1, 2):
        token = signed(owners.world, "box", election, seen={"roll": seen})
        assert await post(owners.world, "voter", token) == 204
        assert await owners.row("roll", election, "seen ->> 'box'") == "3"


async def test_one_event_that_brings_the_last_answer_and_a_change_is_still_told(owners: Owners, election: UUID) -> None:
    """The answer ends the repetition of what was; the change it causes begins one of its own."""
    await owners.all_told(election)
    owners.said["roll", election].number = 2
    token = signed(owners.world, "box", election, version=2, seen={"roll": 1})
    assert await post(owners.world, "voter", token) == 204
    await owners.world.quiet()
    assert [event["version"] for event in owners.sent()] == [2]
    assert await owners.row("roll", election, "next_send") is not None


@pytest.mark.parametrize("thing", THINGS)
async def test_a_tick_is_due_exactly_when_something_is(owners: Owners, election: UUID, thing: str) -> None:
    await owners.world.stop(NOON)
    await owners.all_told(election)
    assert not await owners.due(thing)

    said = owners.said[thing, election]
    said.look_at = NOON + timedelta(seconds=30)
    await owners.changed(thing, election, 1)
    assert not await owners.due(thing)
    await owners.world.stop(NOON + timedelta(seconds=30))
    assert await owners.due(thing)
    said.look_at = None
    await owners.tick(thing)
    assert not await owners.due(thing)

    await owners.changed(thing, election, 2)
    assert not await owners.due(thing)
    await owners.world.stop(NOON + timedelta(seconds=32))
    assert await owners.due(thing)
    await owners.tick(thing)
    assert not await owners.due(thing)


async def test_one_election_in_trouble_does_not_keep_the_others_waiting(
    owners: Owners, monkeypatch: pytest.MonkeyPatch
) -> None:
    await owners.world.stop(NOON)
    elections = sorted(uuid4() for _ in range(3))
    for one in elections:
        await owners.changed("roll", one)
    owners.sent()
    voter = owners.exchange("roll")
    reconcile = voter.reconcile

    async def troubled(tx: Any, case: Any) -> Any:
        if case.id == elections[0]:
            raise ZeroDivisionError
        return await reconcile(tx, case)

    monkeypatch.setattr(voter, "reconcile", troubled)
    await owners.world.stop(NOON + timedelta(minutes=1))
    await owners.tick("roll")
    assert sorted(event["election"] for event in owners.sent()) == [str(one) for one in elections[1:]]
    assert await owners.due("roll")
