"""Running an election: what an officer asks for, what the box makes of it, and what the public is told."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.elections import CHAIR, Running, running
from tests.functions.election.office import code
from tests.world import World

DAY = timedelta(days=1)


def in_days(days: float) -> str:
    return (datetime.now(UTC) + days * DAY).isoformat()


async def waiting(world: World, **changes: Any) -> Running:
    """A scheduled election that opens tomorrow."""
    return await running(world, voters=2, opens_at=in_days(1), closes_at=in_days(2), **changes)


async def public(day: Running) -> dict[str, Any]:
    told: dict[str, Any] = (await day.world.client("election").get(f"/elections/{day.id}/public")).json()
    return told


async def act(day: Running, what: str, **body: Any) -> httpx.Response:
    answer = await day.election("POST", f"/{what}", body or None)
    await day.settle(2)
    return answer


def notices(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["sentence"], one["reason"]) for one in told["notices"]]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


class TestOpenNow:
    async def test_the_box_opens_at_once(self, world: World) -> None:
        day = await waiting(world)
        refused = await world.client("voter").post(
            f"/elections/{day.id}/passes", json={"token": day.links[0].rpartition("/")[2]}
        )
        assert code(refused) == (409, "too_early")
        assert (await act(day, "open-now")).json()["shown_phase"] == "open"
        assert (await day.cast(await day.pass_for(day.links[0]), {"chair": ["ada"], "board": []})).status_code == 201

    async def test_an_open_election_is_not_opened_again(self, world: World) -> None:
        day = await running(world, voters=1)
        before = await day.seen()
        assert code(await act(day, "open-now")) == (409, "open_already")
        assert (await day.seen())["opens_at"] == before["opens_at"]


class TestExtend:
    async def test_the_closing_is_put_off_and_the_public_is_told_why(self, world: World) -> None:
        day = await running(world, voters=1)
        later = in_days(3)
        answer = await act(day, "extend", closes_at=later, reason="The post is late")
        assert answer.status_code == 200
        box = (await world.client("ballot").get(f"/boxes/{day.id}")).json()
        assert moment(box["closes_at"]) == moment(later) == moment((await public(day))["closes_at"])
        assert notices(await public(day)) == [("The closing was put off.", "The post is late")]

    async def test_thirty_days_are_the_most_in_all(self, world: World) -> None:
        day = await running(world, voters=1)
        scheduled = moment((await day.seen())["closes_at"])
        assert (await act(day, "extend", closes_at=(scheduled + 29 * DAY).isoformat(), reason="x")).status_code == 200
        for closes_at in (scheduled + 30 * DAY + timedelta(seconds=1), scheduled + 29 * DAY, scheduled + 28 * DAY):
            refused = await act(day, "extend", closes_at=closes_at.isoformat(), reason="x")
            assert code(refused) == (422, "bad_closing")
        assert (await act(day, "extend", closes_at=(scheduled + 30 * DAY).isoformat(), reason="x")).status_code == 200
        assert len(notices(await public(day))) == 2

    async def test_a_time_without_an_offset_is_that_of_the_elections_zone(self, world: World) -> None:
        zone = "Pacific/Kiritimati"  # fourteen hours ahead, at any time of the year
        day = await running(world, voters=1, time_zone=zone)
        wanted = (moment((await day.seen())["closes_at"]) + DAY).replace(microsecond=0)
        local = (wanted + timedelta(hours=14)).replace(tzinfo=None)
        answer = await act(day, "extend", closes_at=local.isoformat(), reason="x")
        assert moment(answer.json()["closes_at"]) == wanted

    async def test_a_time_that_clocks_skip_is_refused(self, world: World) -> None:
        day = await running(
            world,
            voters=1,
            opens_at="2027-03-20T09:00",
            closes_at="2027-03-27T17:00",
            time_zone="Europe/London",
        )
        refused = await act(day, "extend", closes_at="2027-03-28T01:30", reason="x")
        assert code(refused) == (422, "bad_closing")
        assert "clocks are put forward" in refused.json()["detail"]

    async def test_an_extension_that_meets_a_sealed_box_is_recorded_as_too_late(self, world: World) -> None:
        day = await running(world, voters=1)
        world.down.add("election")  # it does not hear that the box is sealed
        await world.shift(2 * DAY)
        await world.tick()
        await world.settle()
        world.down.clear()
        world.events.clear()
        later = moment((await day.seen())["closes_at"]) + 5 * DAY
        assert (
            await day.election("POST", "/extend", {"closes_at": later.isoformat(), "reason": "x"})
        ).status_code == 200
        await day.settle()
        seen = await day.seen()
        assert moment(seen["box"]["refused_closes_at"]) == later
        assert moment((await public(day))["closes_at"]) < later
        assert seen["phase"] == "counted"

    async def test_an_election_that_is_being_closed_is_not_extended(self, world: World) -> None:
        day = await running(world, voters=1)
        assert (await day.election("POST", "/close-now", {"reason": "x"})).status_code == 200
        assert code(await act(day, "extend", closes_at=in_days(2), reason="x")) == (409, "closed_already")


class TestCloseNow:
    async def test_the_box_is_sealed_at_once_and_the_public_is_told_why(self, world: World) -> None:
        day = await running(world, voters=1)
        answer = await act(day, "close-now", reason="All have voted")
        assert (answer.status_code, answer.json()["shown_phase"]) == (200, "closing")
        await day.settle()
        told = await public(day)
        assert told["phase"] == "counted"
        assert moment(told["closes_at"]) < datetime.now(UTC) + timedelta(seconds=1)
        assert notices(told) == [("The election was closed early.", "All have voted")]

    async def test_what_is_not_open_cannot_be_closed(self, world: World) -> None:
        day = await waiting(world)
        assert code(await act(day, "close-now", reason="x")) == (409, "not_open_yet")
        assert notices(await public(day)) == []

    async def test_what_is_sealed_is_closed_already(self, world: World) -> None:
        day = await running(world, voters=1)
        world.down.add("result")  # so that it stays between seal and count
        assert (await day.finish())["shown_phase"] == "counting"
        assert code(await day.election("POST", "/close-now", {"reason": "x"})) == (409, "closed_already")
        later = {"closes_at": in_days(2), "reason": "x"}
        assert code(await day.election("POST", "/extend", later)) == (409, "closed_already")


class TestCancelAndAnnul:
    async def test_an_election_that_has_not_opened_is_cancelled(self, world: World) -> None:
        day = await waiting(world)
        assert (await act(day, "cancel", reason="A mistake")).json()["phase"] == "cancelled"
        told = await public(day)
        assert (told["phase"], notices(told)) == ("cancelled", [("This election was cancelled.", "A mistake")])
        assert (await world.client("ballot").get(f"/boxes/{day.id}")).json()["phase"] == "cancelled"
        refused = await world.client("voter").post(
            f"/elections/{day.id}/passes", json={"token": day.links[0].rpartition("/")[2]}
        )
        assert code(refused) == (409, "cancelled")

    async def test_one_that_has_opened_can_only_be_annulled(self, world: World) -> None:
        day = await running(world, voters=1)
        assert code(await act(day, "cancel", reason="x")) == (409, "open_already")
        assert (await act(day, "annul", reason="Ada was not on the paper")).json()["phase"] == "annulled"
        assert (await world.client("ballot").get(f"/boxes/{day.id}")).json()["phase"] == "annulled"

    async def test_one_that_has_not_opened_cannot_be_annulled(self, world: World) -> None:
        day = await waiting(world)
        assert code(await act(day, "annul", reason="x")) == (409, "not_open_yet")

    async def test_a_published_election_is_annulled_and_its_result_stays_with_the_notice(self, world: World) -> None:
        day = await running(world, voters=1, publish="after the count")
        await day.cast(await day.pass_for(day.links[0]), {"chair": ["ada"], "board": ["b1"]})
        await day.finish()
        assert (await act(day, "annul", reason="The roll was wrong")).status_code == 200
        told = await public(day)
        assert told["phase"] == "annulled"
        assert notices(told)[-1] == ("This election was annulled.", "The roll was wrong")
        assert (await world.client("result").get(f"/results/{day.id}")).status_code == 200

    @pytest.mark.parametrize("what", ["open-now", "close-now", "cancel", "annul", "publish", "schedule", "extend"])
    async def test_an_ended_election_does_nothing_more(self, world: World, what: str) -> None:
        day = await waiting(world)
        await act(day, "cancel", reason="x")
        body = {"closes_at": in_days(3), "reason": "x"} if what == "extend" else {"reason": "x"}
        answer = await act(day, what, **(body if what not in {"open-now", "publish", "schedule"} else {}))
        assert code(answer) == (409, "not_a_draft" if what == "schedule" else "wrong_phase")
        assert (await day.seen())["phase"] == "cancelled"

    async def test_a_draft_is_cancelled_and_then_not_scheduled(self, world: World) -> None:
        day = await waiting(world)
        copied = await day.election("POST", "/copy")
        draft = Running(world, copied.json()["id"], day.session, day.staff)
        assert (await draft.election("POST", "/cancel", {"reason": "x"})).status_code == 200
        assert code(await draft.election("POST", "/schedule")) == (409, "not_a_draft")


class TestPublish:
    async def test_a_counted_election_is_published_by_hand(self, world: World) -> None:
        day = await running(world, voters=1)
        assert code(await act(day, "publish")) == (409, "wrong_phase")
        assert (await day.finish())["phase"] == "counted"
        assert (await world.client("result").get(f"/results/{day.id}")).status_code == 404
        assert (await act(day, "publish")).json()["phase"] == "published"
        assert (await world.client("result").get(f"/results/{day.id}")).status_code == 200
        assert code(await act(day, "publish")) == (409, "wrong_phase")

    async def test_or_by_itself_after_the_count(self, world: World) -> None:
        day = await running(world, voters=1, publish="after the count")
        assert (await day.finish())["phase"] == "published"
        assert (await world.client("result").get(f"/results/{day.id}")).status_code == 200

    async def test_two_at_once_publish_once(self, world: World) -> None:
        day = await running(world, voters=1)
        await day.finish()
        answers = await asyncio.gather(*(day.election("POST", "/publish") for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


class TestDecide:
    async def _tied(self, world: World) -> tuple[Running, dict[str, Any]]:
        day = await running(world, voters=2, contests=[{**CHAIR, "ties": "officer"}], publish="after the count")
        for link, choice in zip(day.links, ("ada", "bob"), strict=True):
            assert (await day.cast(await day.pass_for(link), {"chair": [choice]})).status_code == 201
        seen = await day.finish()
        assert seen["phase"] == "awaiting decision"
        [tie] = seen["count"]["ties"]
        return day, tie

    async def test_an_officer_breaks_a_tie_and_the_count_goes_on_with_it(self, world: World) -> None:
        day, tie = await self._tied(world)
        order = sorted(tie["options"], reverse=True)
        answer = await day.election("POST", "/decide", {"contest": "chair", "stage": tie["stage"], "order": order})
        assert answer.status_code == 200
        await day.settle()
        assert (await day.seen())["phase"] == "published"
        record = (await world.client("result").get(f"/results/{day.id}")).json()
        assert record["contests"][0]["count"]["winners"] == ["Bob"]
        assert record["decisions"] == [{"contest": "chair", "stage": tie["stage"], "order": order}]

    async def test_a_decision_stands_once_it_is_taken(self, world: World) -> None:
        day, tie = await self._tied(world)
        one_way = {"contest": "chair", "stage": tie["stage"], "order": sorted(tie["options"])}
        other_way = {**one_way, "order": one_way["order"][::-1]}
        answers = [await day.election("POST", "/decide", body) for body in (one_way, one_way, other_way)]
        assert [answer.status_code for answer in answers] == [200, 200, 409]
        assert answers[2].json()["code"] == "tie_decided"
        assert (await day.seen())["decisions"] == [one_way]
        entries = (await day.election("GET", "/activity")).json()["activity"]
        assert [entry["what"] for entry in entries].count("tie decided") == 1

    async def test_only_an_open_tie_is_decided_and_all_of_it(self, world: World) -> None:
        day, tie = await self._tied(world)
        stage, options = tie["stage"], tie["options"]
        for contest, at, order in [
            ("mayor", stage, options),
            ("chair", stage + 1, options),
            ("chair", stage, [*options, "cyd"]),
            ("chair", stage, [options[0], options[0]]),
        ]:
            answer = await day.election("POST", "/decide", {"contest": contest, "stage": at, "order": order})
            assert code(answer) == (409, "no_such_tie")
        assert (await day.seen())["phase"] == "awaiting decision"

    async def test_where_nothing_is_tied_nothing_is_decided(self, world: World) -> None:
        day = await running(world, voters=1)
        answer = await day.election("POST", "/decide", {"contest": "chair", "stage": 1, "order": ["ada", "bob"]})
        assert code(answer) == (409, "wrong_phase")
