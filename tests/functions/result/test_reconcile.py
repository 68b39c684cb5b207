"""The count follows decisions and the end of its election."""

import hashlib
from datetime import timedelta

import asyncpg
import pytest

from functions.result import keys, queries
from shared.database import transaction
from tests.elections import CHAIR, Running, running
from tests.functions.result.sealed import bend, open_papers, sealed
from tests.world import World

TWO_LEVEL = [{"chair": ["ada"]}, {"chair": ["bob"]}]


@pytest.mark.parametrize(("method", "score"), [("stv-scottish", ""), ("score", ":5")])
async def test_a_paper_with_a_mark_for_each_of_two_hundred_options_is_counted(
    world: World, method: str, score: str
) -> None:
    """Their ids as long and as unlike as ids can be: together far more than an index of the database takes."""
    ids = [hashlib.sha256(bytes([number])).hexdigest()[:40] for number in range(200)]
    options = [{"id": one, "name": f"Option {number}"} for number, one in enumerate(ids)]
    board = {"id": "board", "title": "Board", "method": method, "seats": 1, "options": options}
    day = await sealed(world, [{"board": [one + score for one in ids]}], contests=[board])
    await open_papers(day)
    await day.until("counted")
    [(marks,)] = await world.rows("select marks from result.tallies")
    assert marks == [one + score for one in ids]


async def test_a_decision_on_a_tie_is_counted_without_asking_for_the_papers_again(world: World) -> None:
    day = await sealed(world, TWO_LEVEL, contests=[{**CHAIR, "ties": "officer"}])
    await open_papers(day)
    seen = await day.until("awaiting decision")
    assert seen["count"]["phase"] == "tied"
    [tie] = seen["count"]["ties"]
    assert (tie["contest"], tie["options"], tie["choose"]) == ("chair", ["ada", "bob"], 1)

    bent = bend(day, lambda page: None)
    order = {"contest": "chair", "stage": tie["stage"], "order": ["bob", "ada"]}
    assert (await day.election("POST", "/decide", order)).status_code == 200
    await day.until("counted")
    observer = world.client("result", world.token_grant(day.id, role="observer"))
    [chair] = (await observer.get(f"/counts/{day.id}")).json()["contests"]
    assert chair["count"]["winners"] == ["Bob"]
    assert [tie["resolved_by"] for tie in chair["count"]["ties"]] == ["officer"]
    assert bent.asked == 0


async def test_the_key_is_erased_when_the_result_is_out_and_opens_nothing_more(world: World) -> None:
    day = await sealed(world, TWO_LEVEL)
    await open_papers(day)
    await day.until("counted")
    assert (await day.seen())["count"]["key_erased"] is False
    await day.election("POST", "/publish")
    await day.settle(1)
    assert (await day.seen())["count"]["key_erased"] is True
    settings = world.settings("result")
    async with transaction(settings) as tx:
        key = await queries.find_key(tx, day.id)
    assert key is not None
    assert key.private_key is None
    assert len(keys.seed(settings, key)) == 32
    with pytest.raises(LookupError):
        keys.box_key(settings, key)


async def test_while_somebody_reads_the_keys_the_rest_goes_on_and_they_are_erased_later(world: World) -> None:
    day = await sealed(world, TWO_LEVEL)
    await open_papers(day)
    await day.until("counted")
    dump = await asyncpg.connect(world.database.admin_url)
    async with dump.transaction():
        await dump.execute("lock table result.keys in access share mode")
        await day.election("POST", "/publish")
        await world.settle()
        assert (await world.client("result").get(f"/results/{day.id}")).status_code == 200
        assert (await day.seen())["count"]["key_erased"] is False
    await dump.close()
    await world.shift(timedelta(seconds=10))
    await day.settle(1)
    seen = await day.seen()
    assert (seen["phase"], seen["count"]["key_erased"]) == ("published", True)
    assert await world.rows("select private_key from result.keys") == [(None,)]


async def annul(day: Running) -> None:
    answer = await day.election("POST", "/annul", {"reason": "Foul play"})
    assert answer.status_code == 200, answer.text


async def test_a_result_that_was_published_and_annulled_before_it_was_heard_of_is_on_record(world: World) -> None:
    day = await sealed(world, TWO_LEVEL)
    await open_papers(day)
    await day.until("counted")
    world.down.add("result")
    await day.election("POST", "/publish")
    await annul(day)
    await world.settle()
    world.down.clear()
    assert (await world.client("result").get(f"/results/{day.id}")).status_code == 404
    await world.shift(timedelta(minutes=10))
    await day.settle()
    assert (await world.client("result").get(f"/results/{day.id}")).status_code == 200
    assert (await day.seen())["count"]["key_erased"] is True


async def test_a_count_that_was_annulled_before_its_result_was_published_is_on_no_record(world: World) -> None:
    day = await sealed(world, TWO_LEVEL)
    await open_papers(day)
    await day.until("counted")
    await annul(day)
    await day.settle()
    assert (await world.client("result").get(f"/results/{day.id}")).status_code == 404
    assert (await day.seen())["count"]["key_erased"] is True


async def test_a_count_that_failed_is_not_waited_for_once_the_election_is_annulled(world: World) -> None:
    day = await sealed(world, TWO_LEVEL)
    bend(day, lambda page: {"papers": [], "next": None})
    await open_papers(day)
    await world.rows("update result.exchange set work_at = result.clock()")
    await day.settle(1)
    assert (await day.seen())["count"]["phase"] == "failed"
    await annul(day)
    await day.settle()
    count = (await day.seen())["count"]
    assert (count["phase"], count["failure"], count["key_erased"]) == ("waiting", None, True)


async def test_what_hangs_on_the_roll_is_counted_when_the_roll_is_closed_and_of_those_who_could_vote(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Three of the five on the roll find the motion on their paper; two hand one in, and one is for it."""
    motion = {**CHAIR, "id": "boat", "method": "motion", "quorum": "at least 2/3"}
    motion["majority"] = {"share": "more than 1/3", "of": "roll"}
    styles = [{"id": "all", "contests": ["chair", "boat"]}, {"id": "juniors", "contests": ["chair"]}]
    day = await running(world, voters=3, contests=[CHAIR, motion], styles=styles)
    voter = world.client("voter", await day.grant())
    for n in range(2):
        junior = {"email": f"j{n}@example.org", "name": f"Junior {n}", "style": "juniors"}
        assert (await voter.post(f"/elections/{day.id}/voters", json=junior)).status_code == 201
    for link, marks in zip(day.links, ({"boat": ["ada"]}, {"boat": ["bob"]}), strict=False):
        assert (await day.cast(await day.pass_for(link), marks)).status_code == 201
    exchange = world.apps["voter"].state.exchange
    work, exchange.work = exchange.work, None
    seen = await day.finish()
    assert (seen["count"]["phase"], seen["count"]["has_papers"]) == ("counting", False)
    assert "ValueError" not in caplog.text  # it waits, and does not try in vain
    observer = world.client("result", world.token_grant(day.id, role="observer"))
    assert (await observer.get(f"/counts/{day.id}")).status_code == 404

    exchange.work = work
    seen = await day.until("counted")
    assert seen["roll"]["size"] == {"all": 3, "juniors": 2}
    _, boat = (await observer.get(f"/counts/{day.id}")).json()["contests"]
    assert (boat["count"]["outcome"], boat["count"]["roll"]) == ("not carried", 3)
    assert boat["count"]["notes"] == [
        "Quorum, at least two thirds of all voters on the roll: 2 of 3 handed in a paper; needed: 2.",
        "Majority, more than a third of all voters on the roll: Ada has 1 of 3; needed: 2.",
        "A tie between Ada and Bob carries nothing.",
    ]


async def test_a_motion_on_which_nobody_votes_and_one_on_which_nobody_could_are_not_carried(world: World) -> None:
    """However little is asked for; what is published is counted again by whoever likes."""
    little = {"majority": {"share": "at least 1/999999", "of": "votes for and against"}}
    boat = {**CHAIR, "id": "boat", "method": "motion", **little}
    house = {**boat, "id": "house", "quorum": "at least 1/999999"}
    for removed in (0, 1):
        day = await running(world, voters=1, contests=[boat, house], publish="after the count")
        voter = world.client("voter", await day.grant())
        if removed:
            [only] = (await voter.get(f"/elections/{day.id}/roll")).json()["voters"]
            assert (await voter.delete(f"/elections/{day.id}/voters/{only['id']}")).status_code == 204
        await day.finish()
        await day.until("published")
        await day.settle()
        record = (await world.client("result").get(f"/results/{day.id}")).json()
        counts = [one["count"] for one in record["contests"]]
        assert [count["outcome"] for count in counts] == ["not carried", "no quorum"]
        assert (counts[1]["roll"], counts[1]["papers"], counts[0]["quota"]) == (1 - removed, 0, "1")
