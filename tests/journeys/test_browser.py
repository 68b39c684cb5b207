"""One whole vote and one whole organiser's day in a real browser, against the real processes."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from load.organiser import Organiser
from tests.journeys.chromium import DESKTOP, PHONE, Eyes, chromium
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system"), pytest.mark.timeout(400)]
CONTESTS: list[dict[str, Any]] = [
    {
        "title": "Chair",
        "method": "stv-scottish",
        "reopen_nominations": True,
        "options": [
            {"name": "Rosa Lindqvist", "text": "Treasurer for four years.\nBoats before balls."},
            {"name": "Jonas Weber", "link": "https://example.org/weber"},
            {"name": "Amara Okafor", "text": "A longer word from me. " * 30},
        ],
    },
    {"title": "A new boat house?", "method": "plurality", "options": [{"name": "Yes"}, {"name": "No"}]},
    {
        "title": "Committee",
        "method": "approval",
        "seats": 2,
        "max_marks": 2,
        "options": [{"name": "Ines"}, {"name": "Kofi"}, {"name": "Lena"}],
    },
    {"title": "Outing", "method": "star", "options": [{"name": "Sea", "text": "With a picnic."}, {"name": "Hills"}]},
    {"title": "Boats", "method": "cumulative", "seats": 3, "options": [{"name": "Four"}, {"name": "Eight"}]},
    {"title": "The new song", "method": "majority-judgment", "options": [{"name": "Row on"}]},
]


async def open_election(
    desk: Organiser, voters: int, contests: Sequence[dict[str, Any]] = CONTESTS
) -> tuple[str, list[str]]:
    """An open election's id and its voting links."""
    now = datetime.now(UTC)
    draft = {
        "title": "Rowing club: annual general meeting",
        "description": "Once a year we elect those who run the club.",
        "time_zone": "Europe/London",
        "opens_at": now.isoformat(),
        "closes_at": (now + timedelta(days=1)).isoformat(),
        "contests": contests,
    }
    election = (await desk.election("POST", "", draft))["id"]
    await desk.may_read_links(election)
    await desk.roll(election, "email,name\n" + "".join(f"v{n}@example.org,Voter {n}\n" for n in range(voters)))
    await desk.election("POST", f"/{election}/schedule")
    await desk.wait(election, "the box", lambda seen: seen["shown_phase"] == "open" and seen["box"])
    return election, [link["url"] for link in await desk.links(election, "a test")]


async def until(tab: Page, path: str, words: str) -> None:
    """Load a page again until the words are on it."""
    for _ in range(300):
        await tab.goto(path)
        if await tab.get_by_text(words).count():
            return
        await tab.wait_for_timeout(100)
    raise AssertionError(f"{path} never says {words!r}: {await tab.inner_text('main')}")


async def test_a_vote_by_keyboard_on_a_phone_without_scripts(
    system: System, pictures: Callable[[str], Path | None]
) -> None:
    async with system.organiser() as desk, chromium() as browser:
        election, links = await open_election(desk, voters=2)
        context = await browser.new_context(java_script_enabled=False, viewport=PHONE)
        tab = await context.new_page()
        eyes = Eyes(tab, pictures("vote"))

        await tab.goto(links[0])
        await eyes.look("landing")
        await tab.keyboard.press("Tab")
        await expect(tab.get_by_role("link", name="Skip to the content")).to_be_focused()
        await tab.keyboard.press("Enter")
        await press(tab, "Go to my paper")

        await eyes.look("paper")
        await type_into(tab, "Rosa Lindqvist", "2")
        await type_into(tab, "Jonas Weber", "2")
        await press(tab, "Look it over")
        await eyes.look("paper-with-faults")
        await expect(tab.get_by_role("alert")).to_contain_text("Rosa Lindqvist and Jonas Weber have the same rank, 2.")
        await tab.get_by_role("alert").get_by_role("link").focus()
        await tab.keyboard.press("Enter")
        await expect(tab.get_by_label("Jonas Weber")).to_be_in_viewport()
        await type_into(tab, "Jonas Weber", "1")
        await tab.get_by_label("Yes").focus()
        await tab.keyboard.press("Space")
        await tab.get_by_label("Kofi").focus()
        await tab.keyboard.press("Space")
        await tab.get_by_role("group", name="Sea", exact=True).get_by_label("5").focus()
        await tab.keyboard.press("Space")
        await type_into(tab, "Eight", "2")
        await tab.get_by_label("very good").focus()
        await tab.keyboard.press("Space")
        await press(tab, "Look it over")

        await eyes.look("review")
        await expect(tab.get_by_role("listitem")).to_have_text(
            [
                "Jonas Weber",
                "Rosa Lindqvist",
                "Yes",
                "Kofi",
                "Sea: 5",
                "Hills: 0",
                "Four: 0",
                "Eight: 2",
                "Row on: very good",
            ]
        )
        await press(tab, "Cast this paper")
        await eyes.look("receipt")
        await expect(tab.get_by_role("heading", level=1)).to_have_text("Your paper is in the box")
        receipt = await tab.inner_text("#receipt")

        await tab.get_by_role("link", name="Check a receipt").press("Enter")
        await type_into(tab, "Receipt", receipt)
        await press(tab, "Check")
        await eyes.look("receipt-check")
        await expect(tab.get_by_role("status")).to_contain_text("In the box.")
        await type_into(tab, "Receipt", "AAAA BBBB CCCC DDDD")
        await press(tab, "Check")
        await eyes.look("receipt-not-there")
        await tab.goto(links[0])
        await press(tab, "Go to my paper")
        await press(tab, "Look it over")
        await press(tab, "Cast this paper")
        await eyes.look("voted-already")
        assert await tab.inner_text("#receipt") == receipt
        assert await context.cookies() == []

        await tab.goto(f"{system.platform.machine.public_url}/e/{election}")
        await eyes.look("election")
        await tab.goto(f"{system.platform.machine.public_url}/e/{election}/result")
        await eyes.look("no-result-yet")
        await tab.goto(system.platform.machine.public_url)
        await eyes.look("home")
        await desk.election("POST", f"/{election}/close-now", {"reason": "All have voted"})
        await desk.wait(election, "the count", lambda seen: seen["phase"] == "counted")
        await tab.goto(links[1])
        await eyes.look("landing-after-the-close")
        await desk.election("POST", f"/{election}/publish")
        await until(tab, f"{system.platform.machine.public_url}/e/{election}/result", "Count again, from the BLT file")
        await eyes.look("result")
        await tab.goto(f"{system.platform.machine.public_url}/v/{election}/short")
        await eyes.look("link-cut-off")


async def leave(target: Locator) -> None:
    """Click what leads to another page, and wait for it."""
    async with target.page.expect_navigation():
        await target.click()


async def press(tab: Page, button: str) -> None:
    """Press a button with the keyboard, after seeing that its focus can be seen."""
    target = tab.get_by_role("button", name=button, exact=True)
    await target.focus()
    outline = await target.evaluate("(button) => getComputedStyle(button).outlineStyle")
    assert outline == "solid", f"the focus on {button!r} cannot be seen"
    async with tab.expect_navigation():
        await tab.keyboard.press("Enter")


async def type_into(tab: Page, label: str, text: str) -> None:
    """Replace what a field holds, with the keyboard."""
    await tab.get_by_label(label, exact=True).focus()
    await tab.keyboard.press("ControlOrMeta+a")
    await tab.keyboard.type(text)


async def watch(browser: Browser, password_link: str, election: str, folder: Path | None) -> None:
    """An observer sets a password, logs in, and sees the numbers, no names, and nothing to press."""
    context = await browser.new_context(viewport=PHONE)
    tab = await context.new_page()
    eyes = Eyes(tab, folder)
    await tab.goto(password_link)
    await eyes.look("password")
    await tab.get_by_label("New password").fill("several words together")
    await tab.get_by_label("The same again").fill("several words together")
    await leave(tab.get_by_role("button", name="Set the password"))
    await eyes.look("password-set")
    await tab.get_by_label("E-mail address").fill("obs@example.org")
    await tab.get_by_label("Password").fill("several words together")
    await leave(tab.get_by_role("button", name="Log in"))
    await leave(tab.get_by_role("link", name="Annual meeting"))
    await eyes.look("election")
    await expect(tab.locator("#turnout")).to_have_text("2 papers, of 4 voters (50.0 %)")
    await expect(tab.get_by_role("button")).to_have_text(["Log out"])
    await leave(tab.get_by_role("link", name="Roll (4 voters)"))
    await eyes.look("roll")
    assert "Voter Number" not in await tab.content()
    await context.close()


async def test_an_organisers_whole_day_at_the_desk(system: System, pictures: Callable[[str], Path | None]) -> None:
    async with chromium() as browser:
        context = await browser.new_context(viewport=DESKTOP)
        tab = await context.new_page()
        eyes = Eyes(tab, pictures("desk"))
        home = system.platform.machine.public_url

        async def act(link: str, button: str, **typed: str) -> None:
            await leave(tab.get_by_role("link", name=link))
            await eyes.look(link.split(maxsplit=1)[0].lower())
            for name, text in typed.items():
                await tab.locator(f"[name={name}]").fill(text)
            await leave(tab.get_by_role("button", name=button, exact=True))

        await tab.goto(f"{home}/desk")
        await eyes.look("log-in")
        await tab.get_by_label("E-mail address").fill(system.email)
        await tab.get_by_label("Password").fill("not the password")
        await leave(tab.get_by_role("button", name="Log in"))
        await eyes.look("not-logged-in")
        await tab.get_by_label("Password").fill(system.password)
        await leave(tab.get_by_role("button", name="Log in"))
        await eyes.look("elections")

        await leave(tab.get_by_role("link", name="accounts"))
        await tab.get_by_label("E-mail address").fill("obs@example.org")
        await tab.get_by_label("Name").fill("Olu Observer")
        await leave(tab.get_by_role("button", name="Make the account"))
        await eyes.look("accounts")
        password_link = await tab.inner_text("#link")

        await tab.goto(f"{home}/desk/new")
        await eyes.look("new-election")
        await tab.get_by_label("Title").fill("Annual meeting")
        await leave(tab.get_by_role("button", name="Save").first)
        await eyes.look("incomplete-draft")
        await leave(tab.get_by_role("link", name="Edit the draft"))
        await eyes.look("draft-with-faults")
        await tab.get_by_label("Time zone").select_option("Europe/Berlin")
        await tab.get_by_label("What is elected or decided").fill("Chair")
        await tab.locator("#c0-o0-name").fill("Ada")
        await tab.locator("#c0-o1-name").fill("Bob")
        await tab.locator("#c0-o1").get_by_text("Statement and link").click()
        await tab.locator("#c0-o1-text").fill("First line\nsecond line")
        await tab.locator("#c0").get_by_text("Limits, blank papers, ties and quorum").click()
        await tab.get_by_label("A tie that the rule leaves open is broken").select_option("officer")
        await leave(tab.get_by_role("button", name="One more contest"))
        await expect(tab.locator("#c1")).to_be_in_viewport()
        await tab.locator("#c1-title").fill("Boat house")
        await tab.locator("#c1-method").select_option("plurality")
        await tab.locator("#c1-o0-name").fill("Yes")
        await tab.locator("#c1-o1-name").fill("No")
        await leave(tab.get_by_role("button", name="Move up option 2 of contest 2"))
        await eyes.look("draft")
        assert await tab.locator("#c1-o0-name").input_value() == "No"
        await leave(tab.get_by_role("button", name="Save").first)
        election = tab.url

        await leave(tab.get_by_role("link", name="Roll", exact=False).first)
        await eyes.look("empty-roll")
        await tab.locator("#text").fill("email,name\nnobody\n")
        await leave(tab.get_by_role("button", name="Add these voters"))
        await eyes.look("roll-refused")
        roll = "email,name\n" + "".join(f"voter{n}@example.org,Voter Number {n}\n" for n in range(4))
        await tab.locator("#file").set_input_files({"name": "r.csv", "mimeType": "text/csv", "buffer": roll.encode()})
        await leave(tab.get_by_role("button", name="Add these voters"))
        await eyes.look("roll")
        await leave(tab.get_by_role("link", name="Voter Number 2"))
        await eyes.look("voter")
        await leave(tab.get_by_role("link", name="Annual meeting"))
        await eyes.look("complete-draft")

        await act("Schedule …", "Schedule it for good")
        await until(tab, election, "Scheduled, not open yet")
        await eyes.look("scheduled")
        await leave(tab.get_by_role("link", name="Staff").first)
        await leave(tab.get_by_role("button", name="Permit reading links"))
        await tab.get_by_label("E-mail address of an account").fill("obs@example.org")
        await leave(tab.get_by_role("button", name="Save"))
        await eyes.look("staff")
        await tab.goto(election)
        await act("Open now …", "Open now")
        await until(tab, election, "0 papers, of 4 voters")
        await leave(tab.get_by_role("link", name="Roll (4 voters)"))
        await tab.get_by_text("Read out all voting links").click()
        await tab.get_by_label("Reason").fill("Letters to everybody")
        await leave(tab.get_by_role("button", name="Show them"))
        await eyes.look("links")
        links = re.findall(r"https?://\S+/v/\S+", await tab.inner_text("main"))
        assert len(links) == 4

        for link, first in zip(links, ("Ada", "Bob"), strict=False):
            await tab.goto(link)
            await leave(tab.get_by_role("button", name="Go to my paper"))
            await tab.get_by_label(first).fill("1")
            await leave(tab.get_by_role("button", name="Look it over"))
            await leave(tab.get_by_role("button", name="Cast this paper"))
            await expect(tab.get_by_role("heading", level=1)).to_have_text("Your paper is in the box")
        await tab.goto(election)
        await expect(tab.locator("#turnout")).to_have_text("2 papers, of 4 voters (50.0 %)")
        await eyes.look("open")
        await watch(browser, password_link, election, pictures("observer"))
        await act("Extend …", "Extend", reason="The mail was late", closes_at="2000-01-01T10:00")
        await eyes.look("extension-refused")
        await tab.goto(election)
        await act("Close now …", "Close now and for good", reason="Everybody is here")
        await until(tab, election, "Decide the tie …")
        await eyes.look("tied")
        await leave(tab.get_by_role("link", name="Decide the tie"))
        await eyes.look("tie")
        await tab.get_by_label("Ada").fill("2")
        await tab.get_by_label("Bob").fill("1")
        await leave(tab.get_by_role("button", name="Decide it for good"))
        await until(tab, election, "Counted, not published")
        await eyes.look("counted")
        await leave(tab.get_by_role("link", name="Count", exact=True))
        await eyes.look("count")
        await tab.goto(election)
        await act("Publish the result …", "Publish")
        await until(tab, election, "Published")
        await eyes.look("published")
        await leave(tab.get_by_role("link", name="Activity"))
        await eyes.look("activity")
        await tab.goto(election)
        await act("Annul …", "Annul it for good", reason="The roll was wrong")
        await until(tab, election, "Annulled")
        await eyes.look("annulled")
        await leave(tab.get_by_role("link", name="Public page"))
        await leave(tab.get_by_role("link", name="Result"))
        await eyes.look("annulled-result")
        await expect(tab.get_by_text("This election was annulled.")).to_be_visible()
        await tab.goto(f"{home}/desk")
        await eyes.look("elections-in-the-end")
        await leave(tab.get_by_role("button", name="Log out"))
        await expect(tab.get_by_role("status")).to_have_text("You are logged out.")
