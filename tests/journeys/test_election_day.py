"""A whole election through the six functions, in one process."""

from pathlib import Path
from typing import Any

from tests.database import TestDatabase
from tests.elections import running
from tests.world import World


async def test_an_election_runs_from_draft_to_published_result(database: TestDatabase, keys: Path) -> None:
    # One connection a function: a request that held one and wanted another would wait for itself.
    async with World(database, keys, pool_size=1) as world:
        await a_whole_day(world)


async def a_whole_day(world: World) -> None:
    day = await running(world, voters=6, publish="after the count")
    papers: list[dict[str, Any]] = [
        {"chair": ["ada"], "board": ["b1", "b2"]},
        {"chair": ["ada"], "board": ["b1"]},
        {"chair": ["bob"], "board": ["b3", "b1", "b2"]},
        {"chair": [], "board": []},
    ]
    receipts = []
    for link, marks in zip(day.links, papers, strict=False):
        answer = await day.cast(await day.pass_for(link), marks)
        assert answer.status_code == 201, answer.text
        receipts.append(answer.json()["receipt"])

    seen = await day.finish()

    assert seen["phase"] == "published", seen
    board = (await world.client("ballot").get(f"/boxes/{day.id}/receipts")).text.split("\n")
    assert sorted(receipts) == board
    record = (await world.client("result").get(f"/results/{day.id}")).json()
    chair, committee = record["contests"]
    assert chair["count"]["winners"] == ["Ada"]
    assert chair["count"]["blank"] == 1
    assert committee["count"]["winners"][0] == "Candidate 1"
    assert (record["papers"], record["roll"]["marked"], record["roll"]["unknown"]) == (4, 4, 0)
    assert record["roll"]["size"] == {"all": 6}
    assert seen["behind"] == []
