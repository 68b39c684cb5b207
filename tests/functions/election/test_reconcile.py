"""The election follows its things, whoever comes first."""

import asyncio
from typing import Any

import pytest

from functions.election import queries
from tests.database import until_waiting
from tests.elections import running
from tests.world import World


async def test_an_officer_and_an_event_at_once_do_not_wait_for_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = await running(world, voters=1)
    await world.client("ballot").post("/tick")
    await world.apps["ballot"].state.exchange.send(day.id)
    await world.quiet()
    (event,) = world.events
    half_way, go_on = asyncio.Event(), asyncio.Event()
    ask_times = queries.ask_times

    async def slow(*asked: Any) -> None:
        half_way.set()
        await go_on.wait()
        await ask_times(*asked)

    monkeypatch.setattr(queries, "ask_times", slow)
    officer = asyncio.create_task(day.election("POST", "/close-now", {"reason": "All have voted"}))
    await half_way.wait()
    taking = asyncio.create_task(world.deliver(event, "election"))
    await until_waiting(world.database.admin_url)
    go_on.set()
    assert (await officer).status_code == 200
    assert await taking == 204
