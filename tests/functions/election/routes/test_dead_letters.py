"""Events that could not be delivered are kept for people to look at; nothing acts on them."""

import json
from typing import Any

import pytest

from tests.functions.election.office import code, rows
from tests.world import World

EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "/uvote/ballot",
    "type": "org.uvote.box.changed.v1",
    "subject": "an election",
    "knativeerrordest": "http://voter.uvote/events",
    "knativeerrorcode": "503",
    "data": {"token": "a token"},
}


async def post(world: World, event: Any) -> Any:
    headers = {"content-type": "application/cloudevents+json"}
    return await world.client("election").post("/dead-letters", content=json.dumps(event), headers=headers)


async def kept(world: World) -> list[Any]:
    found = await rows(world, "select type, subject, destination, code, data from election.dead_letters order by id")
    return [tuple(row) for row in found]


async def test_a_dead_letter_is_kept_with_where_it_was_to_go_and_why_it_did_not_arrive(desk: World) -> None:
    assert (await post(desk, EVENT)).status_code == 204
    destination = "http://voter.uvote/events"
    assert await kept(desk) == [("org.uvote.box.changed.v1", "an election", destination, "503", '{"token": "a token"}')]


@pytest.mark.parametrize("missing", ["specversion", "id", "source", "type"])
async def test_what_is_no_event_is_not_kept(desk: World, missing: str) -> None:
    answer = await post(desk, {name: value for name, value in EVENT.items() if name != missing})
    assert code(answer) == (400, "bad_event")
    assert await kept(desk) == []


async def test_a_letter_full_of_trouble_is_cut_and_kept(desk: World) -> None:
    long = {**EVENT, "type": "t" * 10_000, "subject": "s" * 10_000, "knativeerrordest": "d" * 10_000}
    for data in ("no token", None, [1], {"token": ["x"]}, {"token": "\x00"}, {"token": "\ud800"}, {"other": 1}):
        answer = await post(desk, {**long, "data": data})
        assert answer.status_code == 204, (data, answer.text)
    assert {(len(row[0]), len(row[1]), len(row[2])) for row in await kept(desk)} == {(200, 200, 300)}


async def test_the_newest_thousand_are_kept(desk: World) -> None:
    await rows(
        desk,
        """
        insert into election.dead_letters (type, subject, destination, code, data)
        select 'old', n::text, '', '', '{}' from generate_series(1, 1200) n
        """,
    )
    await post(desk, EVENT)
    [(count, oldest)] = await rows(
        desk, "select count(*), min(subject::int) from election.dead_letters where type = 'old'"
    )
    assert (count, oldest) == (999, 202)
