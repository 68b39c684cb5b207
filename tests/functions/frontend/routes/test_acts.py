"""Seeing an election through: who is offered what, what goes wrong is shown as a state, what is final is confirmed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.elections import CHAIR, Running, draft, running
from tests.functions.frontend.browser import Browser, Page
from tests.functions.frontend.desk import secretary, sitting
from tests.world import World


def acts(page: Page) -> list[str]:
    """What the page offers to do."""
    return [link.rpartition("/")[2] for link in page.links if "/do/" in link]


async def overview(day: Running, desk: Browser) -> Page:
    await day.settle()
    return await desk.get(f"/desk/e/{day.id}")


async def test_owner_organiser_and_observer_see_the_same_state_and_may_do_different_things(world: World) -> None:
    day = await running(world, voters=3)
    await day.cast(await day.pass_for(day.links[0]), {"chair": ["ada"], "board": []})
    owner, organiser, observer = [await sitting(day, role) for role in ("owner", "organiser", "observer")]
    pages = [await overview(day, desk) for desk in (owner, organiser, observer)]
    assert [page.at("turnout").text() for page in pages] == ["1 paper, of 3 voters (33.3 %)"] * 3
    assert [acts(page) for page in pages] == [["annul", "close-now", "extend"], ["close-now", "extend"], []]
    assert [page.has_button("Copy to a new draft") for page in pages] == [True, True, False]

    roll = await pages[2].follow("Roll")
    assert "3 voters are on the roll" in roll.text
    assert not [word for word in ("v0@example.org", "Voter 0", "Add", "Find") if word in roll.html]
    assert "Voter 0" in (await pages[1].follow("Roll")).text
    for desk, action in ((observer, "close-now"), (observer, "extend"), (organiser, "annul")):
        page = await desk.get(f"/desk/e/{day.id}/do/{action}")
        assert (page.status, "This cannot be done now" in page.text) == (200, True)
        assert not page.has_button("for good")
        refused = await desk.post(
            f"/desk/e/{day.id}/do/{action}", [("reason", "I can"), ("closes_at", "2030-01-01T00:00")]
        )
        assert (refused.status, "Your role in this election" in refused.said("alert")) == (403, True), action
    for path, form in ((f"/desk/e/{day.id}/voters", [("email", "x@example.org"), ("name", "X")]),
                       (f"/desk/e/{day.id}/roll", [("text", "email,name\nx@example.org,X")]),
                       (f"/desk/e/{day.id}/links", [("reason", "curious")]),
                       (f"/desk/e/{day.id}/copy", [])):  # fmt: skip
        assert (await observer.post(path, form)).status == 403
    staff = await pages[1].follow("Staff")
    assert not [button.text() for button in staff.root.all("button") if button.text() != "Log out"]
    assert (await organiser.post(f"/desk/e/{day.id}/staff", [("email", "x"), ("role", "owner")])).status in {403, 404}
    assert (await organiser.post(f"/desk/e/{day.id}/staff/{day.staff}", [("do", "leave")])).status == 403
    seen = await day.seen()
    assert (seen["phase"], seen["close_now"]) == ("scheduled", False)
    assert "3 voting links were read out by people" in (await owner.get(f"/desk/e/{day.id}/roll")).text


async def test_what_cannot_be_done_in_a_phase_is_said_before_and_after_it_is_tried(world: World) -> None:
    day = await running(world, voters=1)
    desk = await sitting(day)
    for action in ("schedule", "open-now", "cancel", "publish"):
        page = await desk.get(f"/desk/e/{day.id}/do/{action}")
        assert "This cannot be done now: the election is “Open”" in page.text, action
        tried = await desk.post(f"/desk/e/{day.id}/do/{action}", [("reason", "because")])
        assert (tried.status, tried.said("alert").startswith("That was not done")) == (409, True), action
    assert (await desk.get(f"/desk/e/{day.id}/do/tie")).text.endswith("There is no tie to decide.")
    gone = await desk.post(f"/desk/e/{day.id}/do/tie", [("contest", "chair"), ("stage", "²"), ("rank-ada", "1")])
    assert (gone.status, "not open any more" in gone.said("alert")) == (409, True)
    for action in ("delete", "grant", "decide", "public"):
        assert (await desk.raw("POST", f"/desk/e/{day.id}/do/{action}", content="")).status_code == 404
    count = await desk.get(f"/desk/e/{day.id}/count")
    assert (count.status, "not counted yet" in count.text) == (404, True)


async def test_closing_cancelling_and_annulling_ask_for_a_reason_and_voters_read_it(world: World) -> None:
    day = await running(world, voters=1)
    desk = await sitting(day)
    for action, button in (("close-now", "Close now and for good"), ("annul", "Annul it for good")):
        page = await desk.get(f"/desk/e/{day.id}/do/{action}")
        assert "required" in page.at("reason").attrs
        for reason in ("", "x" * 1001, "a\x00b"):
            refused = await page.press(button, reason=reason)
            assert (refused.status, "Give a reason" in refused.said("alert")) == (422, True)
            assert refused.at("reason").attrs["value"] == reason.replace("\x00", "�") or "\x00" in reason
        await page.press(button, reason=f"Why {action}")
        await day.settle()
    public = await desk.get(f"/e/{day.id}")
    assert "Reason: Why close-now" in public.text and "Reason: Why annul" in public.text


async def test_an_extension_is_asked_for_in_the_elections_own_time_and_shown_until_the_box_has_it(world: World) -> None:
    closes = datetime(2030, 6, 1, 18, 0, tzinfo=UTC)
    opens = closes - timedelta(days=1)
    day = await running(
        world, voters=1, time_zone="Europe/Paris", opens_at=opens.isoformat(), closes_at=closes.isoformat()
    )
    desk = await sitting(day)
    page = await desk.get(f"/desk/e/{day.id}/do/extend")
    assert page.at("closes_at").attrs["value"] == "2030-06-01T20:00"
    assert "In the election’s time zone, Europe/Paris." in page.text
    world.down.add("ballot")
    extended = await page.press("Extend", closes_at="2030-06-02T21:30", reason="Rain")
    assert "Sunday 2 June 2030, 21:30 CEST (asked for; in force is Saturday 1 June 2030, 20:00 CEST)" in extended.text
    await world.settle()
    behind = await desk.get(f"/desk/e/{day.id}")
    assert "Not heard yet from the box" in behind.text
    assert behind.at("turnout").text() == "the box does not answer now"
    world.down.clear()
    await world.shift(timedelta(minutes=1))
    after = await overview(day, desk)
    assert "Sunday 2 June 2030, 21:30 CEST" in after.text and "asked for" not in after.text
    assert "Not heard yet" not in after.text
    assert "Reason: Rain" in (await after.follow("Public page")).text


async def test_a_box_that_is_not_ready_when_voting_opens_is_an_alarm(world: World) -> None:
    desk = await secretary(world)
    session = next(cookie.value for cookie in desk.client.cookies.jar if cookie.name == "uvote_session")
    made = await world.client("election", session).post("/elections", json=draft())
    world.down.add("ballot")
    path = f"/desk/e/{made.json()['id']}"
    page = await (await desk.get(f"{path}/do/schedule")).press("Schedule it for good")
    assert page.said("alert").startswith("The box is not ready.")
    world.down.add("voter")
    page = await desk.get(path)
    assert (page.status, "The roll does not answer now." in page.text) == (200, True)


async def test_papers_cast_by_nobody_on_the_roll_are_an_alarm_that_holds_the_result_back(world: World) -> None:
    day = await running(world, voters=2)
    forged = world.token_pass(day.id, uuid4().bytes)
    assert (await day.cast(forged, {"chair": ["bob"], "board": []})).status_code == 201
    await day.finish()
    desk = await sitting(day)
    page = await overview(day, desk)
    assert page.said("alert").startswith("Stuffing alarm. 1 papers were cast by nobody on the roll.")
    assert "The result is held back" in page.said("alert")
    assert acts(page) == ["annul"]


async def test_a_count_that_fails_is_an_alarm_that_says_why(world: World) -> None:
    day = await running(world, voters=2)
    await day.cast(await day.pass_for(day.links[0]), {"chair": ["ada"], "board": []})
    world.down.add("result")
    await day.election("POST", "/close-now", {"reason": "done"})
    await day.settle()
    desk = await sitting(day)
    page = await desk.get(f"/desk/e/{day.id}")
    assert "The papers are being counted." in page.text
    assert page.at("phase").text() == "Closed, being counted"
    assert len(await world.rows("delete from ballot.papers where box = $1 returning id", day.id)) == 1
    world.down.clear()
    await world.shift(timedelta(minutes=15))
    page = await overview(day, desk)
    assert page.said("alert").startswith("The count failed.")
    assert "publish" not in acts(page)


@pytest.mark.parametrize("who", ["observer", "organiser"])
async def test_a_tie_is_shown_to_all_and_decided_by_organisers_alone(world: World, who: str) -> None:
    contest: dict[str, Any] = {
        "id": "chair",
        "title": "Chair",
        "method": "plurality",
        "ties": "officer",
        "options": [{"id": "ada", "name": "Ada"}, {"id": "bob", "name": "Bob"}],
    }
    day = await running(world, voters=2, contests=[contest])
    for link, option in zip(day.links, ("ada", "bob"), strict=True):
        await day.cast(await day.pass_for(link), {"chair": [option]})
    await day.finish()
    desk = await sitting(day, who)
    tie = await desk.get(f"/desk/e/{day.id}/do/tie")
    assert "Chair, stage 1" in tie.text
    if who == "observer":
        assert not tie.has_button("Decide it")
        sent = [("contest", "chair"), ("stage", "1"), ("rank-ada", "1"), ("rank-bob", "2")]
        assert (await desk.post(f"/desk/e/{day.id}/do/tie", sent)).status == 403
        return
    for wrong in (("1", "1"), ("1", ""), ("1", "3"), ("²", "1"), ("x", "y")):
        page = await tie.press("Decide it", rank_ada=wrong[0], rank_bob=wrong[1])
        assert (page.status, page.at("tie-1-ada").attrs["value"]) == (422, wrong[0])
    assert (await day.seen())["decisions"] == []
    await tie.press("Decide it", rank_ada="2", rank_bob="1")
    await day.settle()
    seen = await day.seen()
    assert (seen["phase"], seen["decisions"][0]["order"]) == ("counted", ["bob", "ada"])


async def test_who_is_in_a_runoff_is_decided_and_then_who_wins_it(world: World) -> None:
    """Ada is in the runoff; Bob and Cyd are level for it, and then Ada and Bob are in it."""
    contest = {**CHAIR, "method": "star", "ties": "officer"}
    day = await running(world, voters=2, contests=[contest])
    for link, marks in zip(day.links, (["ada:4", "bob:1", "cyd:3"], ["ada:2", "bob:4", "cyd:2"]), strict=True):
        assert (await day.cast(await day.pass_for(link), {"chair": marks})).status_code == 201
    await day.finish()
    desk = await sitting(day, "organiser")
    tie = await desk.get(f"/desk/e/{day.id}/do/tie")
    assert "Chair, stage 1" in tie.text
    assert "In the order you give, the first one goes into the runoff." in tie.text
    await tie.press("Decide it", rank_bob="1", rank_cyd="2")
    await day.settle()
    seen = await day.seen()
    assert (seen["phase"], seen["decisions"][0]["order"]) == ("counted", ["bob", "cyd"])
    observer = world.client("result", world.token_grant(day.id, role="observer"))
    [chair] = (await observer.get(f"/counts/{day.id}")).json()["contests"]
    assert [stage["what"].split(";")[0] for stage in chair["count"]["stages"]] == [
        "Scores",
        "Runoff between Ada and Bob: who is scored higher on more papers",
    ]


async def test_who_may_read_out_links_and_who_takes_part_is_changed_by_an_owner(world: World) -> None:
    day = await running(world, voters=1)
    helper = await secretary(world)
    desk = await sitting(day, links=False)
    staff = await desk.get(f"/desk/e/{day.id}/staff")
    nobody = await staff.press("Save", email="nobody@example.org", role="organiser", links="on")
    assert (nobody.status, "no account with this address" in nobody.said("alert")) == (404, True)
    assert (nobody.at("email").attrs["value"], "checked" in nobody.at("links").attrs) == ("nobody@example.org", True)
    joined = await nobody.press("Save", email="sec@example.org", role="organiser", links=[])
    assert "Sec Retary, organiser" in joined.text
    roll = await helper.get(f"/desk/e/{day.id}/roll")
    assert "You may not read out voting links." in roll.text
    permitted = await joined.press("Permit reading links: Sec Retary")
    roll = await helper.get(f"/desk/e/{day.id}/roll")
    assert roll.has_button("Show them")
    forbidden = await permitted.press("Forbid reading links: Sec Retary")
    left = await forbidden.press("Remove: Sec Retary")
    assert "Sec Retary" not in left.text
    assert (await helper.get(f"/desk/e/{day.id}")).status == 404
    last = await left.press("Remove: Owner")
    assert (last.status, "at least one owner" in last.said("alert")) == (409, True)
