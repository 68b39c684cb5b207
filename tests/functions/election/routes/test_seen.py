"""What the staff of an election see of it."""

from uuid import uuid4

from tests.elections import CHAIR, draft, running
from tests.world import World


async def test_a_draft_says_what_keeps_it_from_being_scheduled(world: World) -> None:
    client = world.client("election", world.token_session(staff=uuid4()))
    answer = await client.post("/elections", json=draft(title="", contests=[{**CHAIR, "options": []}]))
    faults = [(fault["where"], fault["code"]) for fault in answer.json()["faults"]]
    assert faults == [("title", "no_title"), ("Contest 1", "no_option")]

    again = (await client.get(f"/elections/{answer.json()['id']}")).json()
    assert again["faults"] == answer.json()["faults"]


async def test_a_scheduled_election_has_no_faults(world: World) -> None:
    day = await running(world, voters=1)
    assert (await day.seen())["faults"] == []
