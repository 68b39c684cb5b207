"""When the box is sealed the roll closes: marks equal papers, or an alarm stands in the way of the count."""

from datetime import timedelta

import pytest

from functions.voter import queries
from tests.elections import running
from tests.functions.voter.people import MARKS, THREE, Meanwhile, organiser_of
from tests.world import World


async def test_who_has_voted_is_marked_at_the_seal_in_one_transaction_and_equals_the_papers(world: World) -> None:
    day = await running(world, voters=4)
    ada = organiser_of(day)
    for link in day.links[:3]:
        await day.cast(await day.pass_for(link), MARKS)
    await day.settle(1)
    assert {voter["state"] for voter in (await ada.voters()).values()} == {"on the roll"}
    assert (await ada.summary())["marked"] is None

    seen = await day.finish()
    assert seen["phase"] == "counted"
    assert {name: voter["state"] for name, voter in (await ada.voters()).items()} == {
        "Voter 0": "has voted",
        "Voter 1": "has voted",
        "Voter 2": "has voted",
        "Voter 3": "has not voted",
    }
    assert (seen["roll"]["size"], seen["roll"]["marked"], seen["roll"]["unknown"]) == ({"all": 4}, 3, 0)
    assert seen["box"]["papers"] == 3
    assert len(await world.rows("select distinct xmin::text from voter.voters")) == 1


async def test_a_spent_pass_that_fits_nobody_is_an_alarm_and_the_election_is_not_counted(world: World) -> None:
    day = await running(world, voters=2, publish="after the count")
    await day.cast(await day.pass_for(day.links[0]), MARKS)
    stuffed = await day.cast(world.token_pass(day.id, b"nobody's pass id"), MARKS)
    assert stuffed.status_code == 201
    seen = await day.finish()
    assert (seen["phase"], seen["roll"]["marked"], seen["roll"]["unknown"]) == ("scheduled", 1, 1)
    [alarm] = [missing for missing in seen["missing"] if missing["alarm"]]
    assert (alarm["code"], alarm["sentence"]) == ("stuffing_alarm", "1 papers were cast by nobody on the roll.")
    assert (await world.client("result").get(f"/results/{day.id}")).status_code == 404
    assert (await organiser_of(day).summary())["unknown"] == 1


async def test_a_roll_that_could_not_close_closes_later_and_alike(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = await running(world, voters=2)
    await day.cast(await day.pass_for(day.links[0]), MARKS)
    tries = 0

    async def killed(*_: object) -> None:
        nonlocal tries
        tries += 1
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(queries, "close", killed)
        seen = await day.finish()
    assert tries > 0
    assert "roll_not_closed" in [missing["code"] for missing in seen["missing"]]
    assert await world.rows("select distinct voted from voter.voters") == [(None,)]
    await world.rows("update voter.exchange set work_at = voter.clock()")
    await day.settle()
    seen = await day.seen()
    assert (seen["phase"], seen["roll"]["marked"], seen["roll"]["unknown"]) == ("counted", 1, 0)


async def test_nobody_comes_onto_the_roll_between_the_seal_and_its_closing(world: World) -> None:
    """A quorum hangs on how many could vote, and how many did is known by then."""
    day = await running(world, voters=2)
    exchange = world.apps["voter"].state.exchange
    work, exchange.work = exchange.work, None
    await day.finish()
    ada = organiser_of(day)
    late = {"email": "eve@example.org", "name": "Eve"}
    for answer in (await ada.ask("POST", "/voters", json=late), await ada.import_roll(THREE)):
        assert (answer.status_code, answer.json()["code"]) == (409, "roll_closed")
    exchange.work = work
    assert (await day.until("counted"))["roll"]["size"] == {"all": 2}


async def test_a_roll_does_not_close_over_a_change_begun_at_the_last_moment(world: World) -> None:
    day = await running(world, voters=1)
    begun = "update voter.voters set wish = 'link'"
    late = Meanwhile(world, "/spent", lambda: world.rows(begun))
    await day.finish()
    assert not late.waiting
    await world.shift(timedelta(minutes=10))
    await day.until("counted")
    assert {voter["state"] for voter in (await organiser_of(day).voters()).values()} == {"has not voted"}


async def test_a_roll_whose_election_was_annulled_before_the_seal_says_of_nobody_whether_they_voted(
    world: World,
) -> None:
    day = await running(world, voters=1)
    await day.cast(await day.pass_for(day.links[0]), MARKS)
    assert (await day.election("POST", "/annul", {"reason": "A wrong candidate"})).status_code == 200
    await day.settle()
    assert await world.rows("select voted from voter.voters") == [(None,)]
    assert (await organiser_of(day).summary())["closed"] is False
