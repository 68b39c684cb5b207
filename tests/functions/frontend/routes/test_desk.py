"""An organiser's day at the desk, in plain forms, from the new draft to the published result."""

import re

from tests.functions.frontend.browser import Browser, Page
from tests.functions.frontend.desk import page_of_election, secretary
from tests.world import World


async def vote(world: World, link: str, **marks: str) -> Page:
    """A whole vote; the page with the receipt."""
    paper = await (await Browser(world).get(link)).press("Go to my paper")
    return await (await paper.press("Look it over", **marks)).press("Cast this paper")


async def until_quiet(desk: Browser, page: Page) -> Page:
    """The election's page once everything that can happen by itself has happened."""
    for _ in range(4):
        await desk.world.settle()
        await desk.world.tick()
    return await page_of_election(desk, page)


async def test_a_secretary_runs_an_election_with_a_tie_from_draft_to_published_result(world: World) -> None:
    desk = await secretary(world)
    draft = await (await desk.get("/desk")).follow("New election")
    election = await draft.press("Save", title="Annual meeting")
    assert "Time zone: Choose a time zone from the list." in election.text
    draft = await election.follow("Edit the draft")
    assert draft.said("status").startswith("Still missing before it can be scheduled")
    election = await draft.press(
        "Save", time_zone="Europe/Paris", c0_title="Chair", c0_ties="officer", c0_o0_name="Ada", c0_o1_name="Bob"
    )
    assert "The draft is complete." in election.text

    roll = await election.follow("Roll")
    refused = await roll.press("Add these voters", text="email,name\nada,Ada Voter\n")
    assert (refused.status, "Line 2" in refused.said("alert")) == (422, True)
    roll = await refused.press("Add these voters", text="email,name\na@example.org,A\nb@example.org,B\nc@example.org,C")
    assert "3 voters were added." in roll.said("status")

    election = await roll.follow("Annual meeting")
    schedule = await election.follow("Schedule")
    assert "This is final." in schedule.text
    assert "Time zone Europe/Paris" in schedule.text
    election = await page_of_election(desk, await schedule.press("Schedule it for good"))
    assert election.at("phase").text() == "Scheduled, not open yet"
    staff = await (await election.follow("Staff")).press("Permit reading links")
    election = await (await (await staff.follow("Annual meeting")).follow("Open now")).press("Open now")
    links = await (await election.follow("Roll")).press("Show them", reason="Letters to all")
    tokens = re.findall(r"http://frontend/v/[^/\s]+/[\w-]{22}", links.text)
    assert len(tokens) == 3

    await page_of_election(desk, election)
    for link, marks in zip(tokens, (("1", "2"), ("2", "1")), strict=False):
        receipt = await vote(world, link, rank_c1_o1=marks[0], rank_c1_o2=marks[1])
        assert receipt.status == 201
    election = await page_of_election(desk, election)
    assert election.at("turnout").text() == "2 papers, of 3 voters (66.7 %)"

    extend = await election.follow("Extend")
    refused = await extend.press("Extend", closes_at="2020-01-01T10:00", reason="Rain")
    assert refused.status == 422
    assert refused.at("reason").attrs["value"] == "Rain"
    election = await page_of_election(
        desk, await refused.press("Extend", closes_at=extend.at("closes_at").attrs["value"].replace("T20:00", "T21:00"))
    )
    assert "21:00" in election.text
    election = await until_quiet(desk, await (await election.follow("Close now")).press("Close now", reason="All here"))

    assert election.at("phase").text() == "Counted, a tie is to be decided"
    tie = await election.follow("Decide the tie")
    refused = await tie.press("Decide it", rank_o1="2", rank_o2="2")
    assert (refused.status, refused.at("tie-1-o1").attrs["value"]) == (422, "2")
    election = await until_quiet(desk, await refused.press("Decide it", rank_o1="2", rank_o2="1"))
    assert election.at("phase").text() == "Counted, not published"
    count = await election.follow("Count")
    assert "broken by the returning officer, in the order Bob, Ada" in count.text
    election = await until_quiet(desk, await (await election.follow("Publish")).press("Publish"))

    assert election.at("phase").text() == "Published"
    result = await (await Browser(world).get(f"/e/{election.path.rpartition('/')[2]}")).follow("Result")
    assert "Elected: Bob" in result.text
    assert "2 papers in the box, of 3 voters on the roll (66.7 %)" in result.text
    assert "Reason: Rain" in result.text and "Reason: All here" in result.text
    activity = await election.follow("Activity")
    done = ["scheduled", "opened now", "extended", "closed now", "tie decided", "published"]
    assert [word for word in done if word not in activity.text] == []
