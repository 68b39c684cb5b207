"""A voter's way, page by page: what it shows, what it never shows, and that no step is lost or done twice."""

from tests.elections import BOARD, CHAIR, Running, running
from tests.functions.frontend.browser import Browser, Page
from tests.world import World

COMMITTEE = {
    "id": "committee",
    "title": "Committee",
    "method": "approval",
    "seats": 2,
    "max_marks": 2,
    "options": [
        {"id": "dan", "name": "Dan", "text": "Two boats.\nOne plan.", "link": "https://example.org/dan"},
        {"id": "eve", "name": "Eve <b>", "text": "x" * 300},
        {"id": "fay", "name": "Fay"},
    ],
}


async def paper_of(day: Running, link: str) -> Page:
    """The empty paper of a link, by the landing page."""
    return await (await Browser(day.world).get(link)).press("Go to my paper")


async def test_a_vote_goes_from_the_link_to_the_receipt_and_the_receipt_is_in_the_box(world: World) -> None:
    day = await running(world, voters=2, contests=[CHAIR, BOARD, COMMITTEE])
    browser = Browser(world)
    landing = await browser.get(day.links[0])
    assert (landing.status, landing.title) == (200, "Spring election")
    paper = await landing.press("Go to my paper")
    assert "Two boats." in paper.text

    review = await paper.press(
        "Look it over", choice_chair="bob", rank_board_b2="1", rank_board_b4=" 2 ", choice_committee=["eve", "dan"]
    )
    assert review.title == "Is this what you want to cast?"
    lists = [[item.text() for item in one.all("li")] for one in review.root.all("section")]
    assert lists == [["Bob"], ["Candidate 2", "Candidate 4"], ["Dan", "Eve <b>"]]
    again = await review.press("Change it")
    assert again.at("board.b4").attrs["value"] == "2"
    assert "checked" in again.at("chair.bob").attrs
    receipt = await (await again.press("Look it over")).press("Cast this paper")

    assert (receipt.status, receipt.title) == (201, "Your paper is in the box")
    code = receipt.at("receipt").text()
    checked = await (await receipt.follow("Check a receipt")).press("Check", receipt=code.lower())
    assert checked.said("status").startswith("In the box.")
    await day.finish()
    counted = (await world.client("result", await day.grant()).get(f"/counts/{day.id}")).json()
    chair, board, committee = (contest["count"] for contest in counted["contests"])
    assert chair["winners"] == ["Bob"]
    assert board["stages"][0]["votes"]["Candidate 2"] == "1.00000"
    assert committee["winners"] == ["Dan", "Eve <b>"]
