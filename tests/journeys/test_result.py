"""A motion from the desk to its outcome, and a result page with a count by stages, one in pairs and a motion."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from load.organiser import told
from tests.journeys.chromium import DESKTOP, PHONE, Eyes, chromium
from tests.journeys.test_browser import leave, open_election, until
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system"), pytest.mark.timeout(400)]
BOARD = {
    "id": "board",
    "title": "Committee",
    "method": "stv-scottish",
    "seats": 2,
    "options": [{"id": option, "name": f"Candidate {option.upper()}"} for option in "abcd"],
}
LOGO = {
    "id": "logo",
    "title": "Our sign",
    "method": "schulze",
    "options": [{"id": "boat", "name": "A boat"}, {"id": "oar", "name": "An oar"}, {"id": "wave", "name": "A wave"}],
}
HOUSE = {
    "id": "house",
    "title": "A new boat house?",
    "text": "That the club builds a boat house at the old quay,\nand borrows what it costs.",
    "method": "motion",
    "majority": {"share": "at least 2/3", "of": "votes for and against"},
    "quorum": "more than 1/2",
    "blank_allowed": False,
    "options": [
        {"id": "for", "name": "For"},
        {"id": "against", "name": "Against"},
        {"id": "abstain", "name": "Abstain"},
    ],
}
PAPERS: list[dict[str, list[str]]] = [
    *[{"board": ["a", "b"], "logo": ["boat", "oar", "wave"], "house": ["for"]}] * 4,
    {"board": ["a", "b"], "logo": ["oar", "wave", "boat"], "house": ["for"]},
    {"board": ["b"], "logo": ["oar", "wave", "boat"], "house": ["for"]},
    {"board": ["b"], "logo": ["oar", "wave", "boat"], "house": ["against"]},
    {"board": ["c", "b"], "logo": ["wave", "oar", "boat"], "house": ["against"]},
    {"board": ["c", "b"], "logo": ["wave", "oar", "boat"], "house": ["abstain"]},
]


async def cast(client: httpx.AsyncClient, link: str, marks: Mapping[str, Any]) -> None:
    """Put a paper into the box as a program would, by the public address."""
    election, token = link.split("/")[-2:]
    passed = told(await client.post(f"/api/voter/elections/{election}/passes", json={"token": token}), "A pass")
    box = told(await client.get(f"/api/ballot/boxes/{election}"), "The box")
    body = {"nonce": secrets.token_hex(16), "definition": box["digest"], "marks": marks}
    bearer = {"Authorization": f"Bearer {passed['pass']}"}
    told(await client.post(f"/api/ballot/boxes/{election}/papers", json=body, headers=bearer), "A cast")


async def wide(tab: Page, chosen: str) -> list[float]:
    """How wide these are on the screen."""
    found: list[float] = await tab.eval_on_selector_all(
        chosen, "all => all.map(one => one.getBoundingClientRect().width)"
    )
    return found


async def test_stages_pairs_and_a_motion_on_the_page_of_a_result(
    system: System, pictures: Callable[[str], Path | None]
) -> None:
    """Oar is before boat on five of nine papers, boat before wave on four. Six are for the house and two against."""
    async with system.organiser() as desk, chromium() as browser:
        election, links = await open_election(desk, 16, [BOARD, LOGO, HOUSE])
        for link, marks in zip(links, PAPERS, strict=False):
            await cast(desk.client, link, marks)
        tab = await (await browser.new_context(java_script_enabled=False, viewport=PHONE)).new_page()
        eyes = Eyes(tab, pictures("result"))
        await tab.goto(links[-1])
        await leave(tab.get_by_role("button", name="Go to my paper"))
        await eyes.look("paper")
        await tab.get_by_label("Abstain").check()
        await leave(tab.get_by_role("button", name="Look it over"))
        await eyes.look("review")
        await desk.election("POST", f"/{election}/close-now", {"reason": "All have voted"})
        await desk.wait(election, "the count", lambda seen: seen["phase"] == "counted")
        await desk.election("POST", f"/{election}/publish")
        await until(tab, f"{system.platform.machine.public_url}/e/{election}/result", "Count again, from the BLT file")
        await eyes.look("result")

        board, logo, house = (tab.get_by_role("region", name=name) for name in ("Committee", "Our sign", "A new boat"))
        await expect(board.first.locator("ol.winners li")).to_have_text(["Candidate A", "Candidate B"])
        assert len(await wide(tab, "[aria-labelledby=title_board] .picture .goes")) == 2
        cells = tab.locator("[aria-labelledby=title_logo] table.pairs td")
        await expect(cells).to_have_text(["", "4", "4", "5", "", "7", "5", "2", ""])
        await expect(tab.locator("[aria-labelledby=title_logo] table.pairs td.more")).to_have_text(["5", "7", "5"])
        await expect(logo.first).to_contain_text("Elected: An oar")
        await expect(house.first.locator(".outcome")).to_have_text("The motion is carried.")
        await expect(house.first).to_contain_text("9 of 16 handed in a paper")
        bars = await wide(tab, "[aria-labelledby=title_house] figure .lost, [aria-labelledby=title_house] figure .won")
        assert [bar / bars[0] for bar in bars] == pytest.approx([1, 2 / 6, 1 / 6], abs=0.01)


async def test_a_motion_is_made_at_the_desk_without_a_script(
    system: System, pictures: Callable[[str], Path | None]
) -> None:
    home = system.platform.machine.public_url
    async with chromium() as browser:
        tab = await (await browser.new_context(java_script_enabled=False, viewport=DESKTOP)).new_page()
        eyes = Eyes(tab, pictures("motion"))
        await tab.goto(f"{home}/desk/log-in")
        await tab.get_by_label("E-mail address").fill(system.email)
        await tab.get_by_label("Password").fill(system.password)
        await leave(tab.get_by_role("button", name="Log in"))
        await tab.goto(f"{home}/desk/new")
        await tab.get_by_label("Title").fill("General meeting")
        await leave(tab.get_by_role("button", name="Add a motion"))
        await eyes.look("new-motion")
        await tab.get_by_label("What is elected or decided").fill("A new boat house?")
        await tab.get_by_label("The motion in full").fill("That the club builds a boat house.")
        await tab.get_by_text("Another majority").click()
        await tab.locator("#c0-other").fill("a lot")
        await leave(tab.get_by_role("button", name="Save").first)
        await eyes.look("refused")
        await tab.locator("#c0-other").fill("60 %")
        await tab.get_by_label("Quorum").fill("25 %")
        await tab.get_by_label("Time zone").select_option("Europe/Berlin")
        await leave(tab.get_by_role("button", name="Save").first)
        await leave(tab.get_by_role("link", name="Edit the draft"))
        await expect(tab.get_by_label("It is carried by")).to_have_value("at least 3/5")
        await eyes.look("another-majority")
        await tab.goto(tab.url.replace("/draft", "/do/schedule"))
        await eyes.look("schedule")
        await expect(tab.get_by_text("Carried by at least 3/5 of the votes for and against.")).to_be_visible()
