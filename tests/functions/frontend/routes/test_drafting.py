"""Drafts at the desk: saved whole, never over somebody else's, nothing typed is lost when something is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from tests.elections import BOARD, CHAIR, draft, running
from tests.functions.frontend.browser import Browser, Page
from tests.functions.frontend.desk import joined, secretary, sitting
from tests.world import World


async def a_draft(world: World, **changes: Any) -> tuple[Browser, Page]:
    """Somebody at the desk, and the form of their draft made over HTTP."""
    desk = await secretary(world)
    session = next(cookie.value for cookie in desk.client.cookies.jar if cookie.name == "uvote_session")
    made = await world.client("election", session).post("/elections", json=draft(**changes))
    return desk, await desk.get(f"/desk/e/{made.json()['id']}/draft")


async def saved(page: Page) -> dict[str, Any]:
    """The draft of an election's page, as `election` has it."""
    session = next(cookie.value for cookie in page.browser.client.cookies.jar if cookie.name == "uvote_session")
    client = page.browser.world.client("election", session)
    found: dict[str, Any] = (await client.get(f"/elections/{page.path.split('/')[3]}")).json()
    return found


async def test_a_draft_made_over_http_is_edited_at_the_desk_without_losing_anything(world: World) -> None:
    styles = [
        {"id": "north", "name": "North", "contests": ["chair"]},
        {"id": "south", "name": "", "contests": ["chair", "board"]},
    ]
    desk, form = await a_draft(world, styles=styles, opens_at="2030-01-05T10:00:00Z", closes_at="2030-01-06T10:00:30Z")
    before = (await saved(form))["draft"]
    await form.press("Save", title="Winter election")
    after = (await saved(form))["draft"]
    assert after["title"] == "Winter election"
    assert (after["opens_at"], after["closes_at"]) == ("2030-01-05T10:00:00", "2030-01-06T10:00:30")
    same = {name: value for name, value in before.items() if name not in {"title", "opens_at", "closes_at"}}
    assert {name: after[name] for name in same} == same
    assert desk.seen[-1].startswith("/desk/e/")


async def test_whoever_saves_an_outdated_form_overwrites_nobody_and_keeps_what_was_typed(world: World) -> None:
    _, mine = await a_draft(world)
    theirs = await mine.browser.get(mine.path)
    assert (await theirs.press("Save", title="Theirs")).status == 200
    refused = await mine.press("Save", title="Mine", c0_o3_name="Dora")
    assert (refused.status, "Somebody else has saved this draft" in refused.said("alert")) == (412, True)
    assert (refused.at("title").attrs["value"], refused.at("c0-o3-name").attrs["value"]) == ("Mine", "Dora")
    assert (await saved(mine))["title"] == "Theirs"
    for revision in ("", "x", "²", '1", "2', "é"):
        page = await mine.browser.post(mine.path, [("revision", revision), ("do", "save"), ("contests", "0")])
        assert page.status == 422
    assert (await saved(mine))["title"] == "Theirs"


async def test_what_cannot_be_saved_comes_back_with_its_faults_and_everything_typed(world: World) -> None:
    desk, form = await a_draft(world)
    wrong = await form.press(
        "Save",
        title="Spring",
        c0_o0_link="example.org",
        c0_seats="many",
        description="Line\n" * 3,
        c0_o3_text="Nameless",
    )
    assert wrong.status == 422
    links = [link.attrs["href"] for link in next(
        node for node in wrong.root.all() if node.attrs.get("role") == "alert").all("a")]  # fmt: skip
    assert links == ["#c0-seats", "#c0-o0-link"]
    assert "A link begins with http:// or https://" in wrong.at("fault-c0-o0-link").text()
    assert (wrong.at("title").attrs["value"], wrong.at("c0-o0-link").attrs["value"]) == ("Spring", "example.org")
    assert wrong.at("c0-o3-text").raw().strip() == "Nameless"
    assert (await saved(form))["title"] == "Spring election"
    mended = await wrong.press("Save", c0_o0_link="https://example.org", c0_seats="1", c0_o3_name="Dora")
    assert (mended.status, "The draft is complete." in mended.text) == (200, True)
    assert [option["name"] for option in (await saved(form))["draft"]["contests"][0]["options"]] == [
        "Ada", "Bob", "Cyd", "Dora",
    ]  # fmt: skip
    new = await (await desk.get("/desk/new")).press("Save", title="x" * 300)
    assert (new.status, new.at("title").attrs["value"]) == (422, "x" * 300)


async def test_contests_options_and_styles_are_added_moved_and_removed_by_buttons_alone(world: World) -> None:
    _, form = await a_draft(world, contests=[CHAIR])
    form = await form.press("One more contest", c0_title="Head")
    assert form.at("c0-title").attrs["value"] == "Head"
    form = await form.press("Move up option 3 of contest 1", c1_title="Board", c1_o0_name="X", c1_o1_name="Y")
    form = await form.press("Remove option 1 of contest 2")
    form = await form.press("Five more options in contest 2")
    form = await form.press("One more style", c1_o5_name="Z")
    form = await form.press("One more style", s0_id="all", s0_name="Everybody")
    election = await form.press("Save", s1_id="juniors", s1_c0=[], s1_c1="on")
    found = (await saved(election))["draft"]
    assert [option["name"] for option in found["contests"][0]["options"]] == ["Ada", "Cyd", "Bob"]
    assert [option["name"] for option in found["contests"][1]["options"]] == ["Y", "Z"]
    assert [(style["id"], style["contests"]) for style in found["styles"]] == [
        ("all", ["chair", "c1"]), ("juniors", ["c1"]),
    ]  # fmt: skip
    form = await (await election.follow("Edit the draft")).press("Remove contest 1")
    election = await form.press("Save")
    found = (await saved(election))["draft"]
    assert [contest["id"] for contest in found["contests"]] == ["c1"]
    assert [style["contests"] for style in found["styles"]] == [["c1"], ["c1"]]


async def test_a_club_secretary_makes_a_motion_with_a_title_and_nothing_else(world: World) -> None:
    desk = await secretary(world)
    form = await (await desk.get("/desk/new")).press("Add a motion", title="General meeting")
    shown = {field: form.at(field).attrs["value"] for field in ("c0-o0-name", "c0-o1-name", "c0-o2-name")}
    assert list(shown.values()) == ["For", "Against", "Abstain"]
    election = await form.press("Save", c0_title="That we buy a boat", time_zone="Europe/London")
    assert "The draft is complete." in election.text
    [motion] = (await saved(election))["draft"]["contests"]
    assert motion["majority"] == {"share": "more than 1/2", "of": "votes for and against"}
    assert (motion["method"], motion["quorum"], motion["blank_allowed"]) == ("motion", None, False)
    page = await desk.get(f"{election.path}/do/schedule")
    assert "Carried by more than half of the votes for and against." in page.text
    assert "seat" not in page.text


async def test_a_motion_with_a_rule_of_its_own_is_made_mended_and_shown_before_it_is_frozen(world: World) -> None:
    _, form = await a_draft(world, contests=[CHAIR])
    form = await form.press("Add a motion")
    form = await form.press(
        "Save", c1_title="Bylaws", c1_text="Section 4\nis deleted.", c1_other="two thirds", c1_of="roll", c1_quorum="x"
    )
    assert form.status == 422
    assert "such as more than 1/2 or at least 60 %" in form.at("fault-c1-other").text()
    assert form.at("c1-other").attrs["value"] == "two thirds"
    assert form.at("fault-c1-quorum").text() == "A share or a number is wanted, such as 1/4, 25 % or 50, or nothing."
    assert form.at("c1-text").raw().strip() == "Section 4\nis deleted."
    election = await form.press("Save", c1_share="at least 2/3", c1_other="", c1_quorum="25 %", c1_o2_name="")
    motion = (await saved(election))["draft"]["contests"][1]
    assert motion["majority"] == {"share": "at least 2/3", "of": "roll"}
    assert (motion["quorum"], [option["name"] for option in motion["options"]]) == ("at least 1/4", ["For", "Against"])
    page = await form.browser.get(f"{election.path}/do/schedule")
    for said in (
        "Carried by at least two thirds of all voters on the roll.",
        "Quorum: at least a quarter of all voters on the roll.",
        "is deleted.",
    ):
        assert said in page.text
    kept = await (await election.follow("Edit the draft")).press("Save", c0_quorum="50")
    after = (await saved(kept))["draft"]["contests"]
    assert (after[0]["quorum"], after[1]) == ("at least 50", motion)


async def test_ways_to_count_are_offered_by_how_papers_are_marked_and_one_that_is_not_known_is_kept(
    world: World,
) -> None:
    _, form = await a_draft(world, contests=[CHAIR, {**BOARD, "method": "a-method-of-tomorrow"}])
    groups = {group.attrs["label"]: group for group in form.at("c0-method").all("optgroup")}
    assert list(groups) == ["Choose one", "Choose several", "Rank", "Score", "For or against a motion"]
    assert [option.attrs["value"] for option in groups["Choose one"].all("option")] == ["plurality"]
    [chosen] = (option for option in form.at("c0-method").all("option") if "selected" in option.attrs)
    assert chosen.attrs["value"] == CHAIR["method"]
    [chosen] = (option for option in form.at("c1-method").all("option") if "selected" in option.attrs)
    assert (chosen.attrs["value"], chosen.text()) == ("a-method-of-tomorrow", "a-method-of-tomorrow")
    assert not any(chosen in group.all("option") for group in form.at("c1-method").all("optgroup"))


async def test_a_large_draft_with_long_statements_is_saved_and_edited(world: World) -> None:
    options = [{"name": f"Candidate {n}", "text": "é" * 9_000} for n in range(40)]
    _, form = await a_draft(world, contests=[{**BOARD, "options": options}])
    election = await form.press("Save", title="Large")
    assert election.status == 200
    kept = (await saved(form))["draft"]["contests"][0]["options"]
    assert [len(option["text"]) for option in kept] == [9_000] * 40


async def test_a_new_election_takes_the_time_zone_of_the_last_one(world: World) -> None:
    desk, _ = await a_draft(world, time_zone="Asia/Kolkata")
    page = await desk.get("/desk/new")
    chosen = [option.text() for option in page.at("time_zone").all("option") if "selected" in option.attrs]
    assert chosen == ["Asia/Kolkata"]


async def test_scheduling_lists_what_will_be_frozen_and_is_not_offered_while_something_is_missing(world: World) -> None:
    opens = datetime.now(UTC) + timedelta(days=1)
    desk, form = await a_draft(
        world,
        opens_at=opens.isoformat(),
        closes_at=(opens + timedelta(days=1)).isoformat(),
        styles=[{"id": "north", "name": "North", "contests": []}],
    )
    page = await desk.get(form.path.replace("/draft", "/do/schedule"))
    assert not page.has_button("Schedule it for good")
    assert "A style names contests of this election." in page.text
    await form.press("Save", s0_c0="on")
    await (await desk.get(form.path.replace("/draft", "/roll"))).press(
        "Add these voters", text="email,name,style\na@example.org,A,north\nb@example.org,B,south"
    )
    page = await desk.get(form.path.replace("/draft", "/do/schedule"))
    for said in ("This is final.", "Spring election", "Europe/London", "Ada", "Candidate 5", "North", "2 seats",
                 "when an organiser says so", "1 voter has the style “south”", "Fewer than 20 voters"):  # fmt: skip
        assert said in page.text, said
    assert (await saved(form))["phase"] == "draft"
    await page.press("Schedule it for good")
    assert (await saved(form))["phase"] == "scheduled"
    assert (await desk.get(form.path)).path.endswith(form.path.split("/")[3])
    late = await form.press("Save", title="Late")
    assert (late.status, "Only a draft can be changed." in late.said("alert")) == (409, True)


async def test_a_draft_is_discarded_with_a_reason_and_its_page_still_answers(world: World) -> None:
    desk, form = await a_draft(world)
    page = await desk.get(form.path.replace("/draft", "/do/cancel"))
    assert page.title == "Discard this draft?"
    empty = await page.press("Discard it for good", reason="")
    assert (empty.status, "Give a reason" in empty.said("alert")) == (422, True)
    gone = await empty.press("Discard it for good", reason="Made twice")
    assert gone.at("phase").text() == "Cancelled"
    assert not [link for link in gone.links if "/do/" in link]
    assert "Made twice" in (await gone.follow("Activity")).text


async def test_a_copy_has_the_same_contests_and_voters_and_no_times(world: World) -> None:
    day = await running(world, voters=3)
    desk = await sitting(day)
    copy = await (await desk.get(f"/desk/e/{day.id}")).press("Copy to a new draft")
    assert copy.path != f"/desk/e/{day.id}"
    assert "Roll (3 voters)" in copy.text
    assert "When the election opens and closes is not set." in copy.text
    form = await copy.follow("Edit the draft")
    assert form.at("c1-o4-name").attrs["value"] == "Candidate 5"
    empty = await running(world, voters=1)
    world.transports["voter"] = httpx.MockTransport(lambda _: httpx.Response(404, json={"code": "no_roll_to_copy"}))
    copied = await (await sitting(empty)).raw("POST", f"/desk/e/{empty.id}/copy", content="")
    assert copied.status_code == 303


async def test_an_election_one_has_no_part_in_does_not_exist(world: World) -> None:
    day = await running(world, voters=1)
    stranger = await joined(world, "stranger@example.org", "Stranger")
    for path in ("", "/draft", "/roll", "/staff", "/activity", "/count", "/do/annul"):
        page = await stranger.get(f"/desk/e/{day.id}{path}")
        assert (page.status, "Spring election" in page.text) == (404, False), path
    assert (await stranger.get(f"/desk/e/{uuid4()}")).status == 404
