"""A voter's way, page by page: what it shows, what it never shows, and that no step is lost or done twice."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest

from functions.frontend import upstream
from tests.elections import BOARD, CHAIR, Running, running
from tests.functions.frontend.browser import Browser, Page, page_of
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


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The frontend does not wait before it sends a cast again."""
    monkeypatch.setattr(upstream, "CAST_PAUSES", (0.0, 0.0, 0.0, 0.0))


def overheard(world: World) -> list[httpx.Request]:
    """Everything that is asked of any function from now on."""
    heard: list[httpx.Request] = []
    for function, transport in world.transports.items():
        world.transports[function] = _Ear(transport, heard)
    return heard


class _Ear(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport, heard: list[httpx.Request]) -> None:
        self.inner, self.heard = inner, heard

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        return await self.inner.handle_async_request(request)


async def paper_of(day: Running, link: str) -> Page:
    """The empty paper of a link, by the landing page."""
    return await (await Browser(day.world).get(link)).press("Go to my paper")


async def review_of(day: Running, link: str, **marks: Any) -> Page:
    return await (await paper_of(day, link)).press("Look it over", **marks)


async def turnout(day: Running) -> int:
    return int((await day.world.client("ballot", await day.grant()).get(f"/boxes/{day.id}/turnout")).json()["papers"])


MOTION = {
    "id": "boat",
    "title": "A boat?",
    "method": "motion",
    "text": "That the club buys\na boat <for two>.",
    "options": [
        {"id": "for", "name": "For"},
        {"id": "against", "name": "Against"},
        {"id": "abstain", "name": "Abstain"},
    ],
    "majority": {"share": "at least 2/3", "of": "votes cast"},
    "quorum": "at least 2",
    "blank_allowed": False,
}


async def test_a_motion_is_voted_on_with_its_wording_and_its_rule_in_sight_and_its_outcome_is_published(
    world: World,
) -> None:
    day = await running(world, voters=3, contests=[MOTION, CHAIR])
    rule = (
        "Carried by at least two thirds of the votes cast, abstentions included. Quorum: at least 2 voters on the roll."
    )
    public = await Browser(world).get(f"/e/{day.id}")
    paper = await paper_of(day, day.links[0])
    for page in (public, paper):
        assert rule in page.text
        assert "a boat <for two>." in page.text
    assert [node.attrs["value"] for node in paper.root.all("input") if node.attrs["name"] == "choice.boat"] == [
        "for", "against", "abstain",
    ]  # fmt: skip
    empty = await paper.press("Look it over", choice_chair="ada")
    assert (empty.status, "a blank one is not allowed here" in empty.said("alert")) == (422, True)
    for link, choice in zip(day.links, ("for", "for", "abstain"), strict=True):
        review = await review_of(day, link, choice_boat=choice)
        assert [item.text() for item in next(review.root.all("section")).all("li")] == [choice.capitalize()]
        assert (await review.press("Cast this paper")).status == 201
    await day.finish()
    await day.election("POST", "/publish")
    await day.settle()
    result = (await Browser(world).get(f"/e/{day.id}/result")).text
    assert "The motion is carried." in result
    assert "For has 2 of 3; needed: 2." in result
    assert "Quorum, at least 2 voters on the roll: 3 of 3 handed in a paper; needed: 2." in result
    assert '--majority "at least 2/3 of votes cast" --quorum "at least 2" --roll 3' in result
    stages = await world.client("result").get(f"/results/{day.id}/contests/boat/stages.csv")
    assert stages.text.splitlines()[-1] == "The motion is carried.,"
    blt = await world.client("result").get(f"/results/{day.id}/contests/boat.blt")
    assert [line for line in blt.text.splitlines() if line.startswith('"')] == [
        '"For"', '"Against"', '"Abstain"', '"A boat?"',
    ]  # fmt: skip


async def test_a_vote_goes_from_the_link_to_the_receipt_and_is_counted_as_it_was_marked(world: World) -> None:
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


async def test_a_scored_paper_goes_from_the_link_to_the_result(world: World) -> None:
    """The one half may hold a nought that is a score and one that is none; votes to share out are numbers."""
    options = [{"id": option, "name": option.title()} for option in ("dan", "eve", "fay")]
    club = {"id": "club", "title": "Club", "method": "star", "options": options}
    mean = {"id": "trip", "title": "Trip", "method": "score-mean", "options": options}
    board = {"id": "board", "title": "Board", "method": "cumulative", "seats": 3, "options": options}
    day = await running(world, voters=2, contests=[club, mean, board], publish="after the count")
    paper = await paper_of(day, day.links[0])
    assert "An option left out gets 0." in paper.text
    assert "An option left out is not judged." in paper.text
    assert "You have 3 votes: write at each option how many of them it gets." in paper.text
    legends = [legend.text() for legend in paper.root.all("legend")]
    assert legends == ["Club", "Dan", "Eve", "Fay", "Trip", "Dan", "Eve", "Fay", "Board"]

    wrong = await paper.press("Look it over", score_club_dan="5", score_board_dan="2", score_board_eve="2")
    assert (wrong.status, wrong.said("alert")) == (
        422,
        "Please look again Board: There are 3 votes to give, and this paper gives 4. Nothing has been cast.",
    )
    assert "checked" in wrong.at("club.dan.5").attrs
    review = await wrong.press(
        "Look it over",
        score_club_eve="0",
        score_trip_dan="",
        score_trip_eve="0",
        score_trip_fay="4",
        score_board_eve="1",
    )
    lists = [[item.text() for item in one.all("li")] for one in review.root.all("section")]
    assert lists == [
        ["Dan: 5", "Eve: 0", "Fay: 0"],
        ["Dan: no opinion", "Eve: 0", "Fay: 4"],
        ["Dan: 2", "Eve: 1", "Fay: 0"],
    ]
    again = await review.press("Change it")
    for field in ("club.dan.5", "club.eve", "trip.dan.none", "trip.eve", "trip.fay.4"):
        assert "checked" in again.at(field).attrs, field
    assert again.at("board.dan").attrs["value"] == "2"
    receipt = await (await again.press("Look it over")).press("Cast this paper")
    assert receipt.status == 201
    checked = await (await receipt.follow("Check a receipt")).press("Check", receipt=receipt.at("receipt").text())
    assert checked.said("status").startswith("In the box.")

    await day.finish()
    record = (await world.client("result").get(f"/results/{day.id}")).json()
    assert [contest["tally"] for contest in record["contests"]] == [
        [{"papers": 1, "marks": ["dan:5"]}],
        [{"papers": 1, "marks": ["eve:0", "fay:4"]}],
        [{"papers": 1, "marks": ["dan:2", "eve:1"]}],
    ]
    assert [contest["count"]["winners"] for contest in record["contests"]] == [["Dan"], ["Fay"], ["Dan", "Eve"]]
    result = await Browser(world).get(f"/e/{day.id}/result")
    assert "uvote count record.json --contest club" in result.text
    assert "Papers as BLT" not in result.text


async def test_a_voter_gets_no_cookie_and_token_pass_and_receipt_stand_in_no_address_but_the_links_own(
    world: World,
) -> None:
    day = await running(world, voters=1)
    heard, browser = overheard(world), Browser(world)
    landing = await browser.get(day.links[0])
    paper = await landing.press("Go to my paper")
    review = await paper.press("Look it over", choice_chair="ada")
    receipt = await review.press("Cast this paper")
    checked = await (await receipt.follow("Check a receipt")).press("Check", receipt=receipt.at("receipt").text())

    token = day.links[0].rpartition("/")[2]
    bearer = next(node.attrs["value"] for node in paper.root.all("input") if node.attrs.get("name") == "pass")
    link, code = day.links[0].removeprefix("http://frontend"), receipt.at("receipt").text().replace(" ", "")
    addresses = [*browser.seen]
    for page in (landing, paper, review, receipt, checked):
        for name in ("href", "action", "formaction", "src"):
            addresses += [node.attrs[name] for node in page.root.all() if name in node.attrs]
    bare = [unquote(address).removeprefix("http://frontend").split("#")[0] for address in addresses]
    assert {address for address in bare if token in address} == {link}
    assert not [address for address in bare if bearer in address or code in address]
    assert not [request.url for request in heard if token in str(request.url) and request.url.host != "frontend"]
    assert not [request.url for request in heard if bearer in str(request.url)]
    assert not list(browser.client.cookies.jar)
    assert bearer not in receipt.html and token not in paper.html.replace(f'action="{link}"', "")
    for request in heard:
        assert "cookie" not in request.headers


async def test_looking_at_a_link_uses_nothing_up(world: World) -> None:
    day = await running(world, voters=1)
    state = "select * from voter.voters", "select * from ballot.spent", "select * from ballot.papers"
    before = [await world.rows(question) for question in state]
    heard = overheard(world)
    for _ in range(3):
        assert (await Browser(world).get(day.links[0])).status == 200
        previewed = await Browser(world).raw("HEAD", day.links[0])
        assert (previewed.status_code, previewed.content) == (200, b"")
    asked = {
        (request.method, request.url.host, request.url.path) for request in heard if request.url.host != "frontend"
    }
    assert {(method, path) for method, _, path in asked} == {("GET", "/health"), ("GET", f"/elections/{day.id}/public")}
    assert [await world.rows(question) for question in state] == before
    assert (await (await review_of(day, day.links[0])).press("Cast this paper")).status == 201


async def test_a_form_sent_twice_at_once_gets_the_same_receipt_twice_and_one_paper(world: World) -> None:
    day = await running(world, voters=1)
    review = await review_of(day, day.links[0], choice_chair="cyd")
    both = await asyncio.gather(review.press("Cast this paper"), review.press("Cast this paper"))
    assert [page.status for page in both] == [201, 201]
    assert both[0].at("receipt").text() == both[1].at("receipt").text()
    assert await turnout(day) == 1


async def test_who_votes_again_is_shown_the_receipt_of_the_paper_that_is_in_the_box(world: World) -> None:
    day = await running(world, voters=2)
    receipt = await (await review_of(day, day.links[0], choice_chair="cyd")).press("Cast this paper")
    again = await (await review_of(day, day.links[0], choice_chair="ada")).press("Cast this paper")
    assert (again.status, again.title) == (409, "This link has voted already")
    assert again.at("receipt").text() == receipt.at("receipt").text()
    assert await turnout(day) == 1


async def test_reviewing_again_makes_a_new_nonce(world: World) -> None:
    day = await running(world, voters=1)
    paper = await paper_of(day, day.links[0])
    nonces = set()
    for _ in range(3):
        review = await paper.press("Look it over")
        nonces |= {node.attrs["value"] for node in review.root.all("input") if node.attrs.get("name") == "nonce"}
    assert len(nonces) == 3
    assert not [node for node in paper.root.all("input") if node.attrs.get("name") == "nonce"]


async def test_the_receipt_is_shown_though_the_name_of_the_election_does_not_come(world: World) -> None:
    day = await running(world, voters=2)
    first = await review_of(day, day.links[0])
    world.down.add("election")
    receipt = await first.press("Cast this paper")
    assert (receipt.status, len(receipt.at("receipt").text())) == (201, 19)
    landing = await Browser(world).get(day.links[1])
    assert (landing.status, landing.title, landing.has_button("Go to my paper")) == (200, "Your vote", True)


async def test_a_silent_box_leaves_a_button_that_sends_the_same_paper_again(world: World, no_pauses: None) -> None:
    day = await running(world, voters=1)
    review = await review_of(day, day.links[0], choice_chair="bob")
    heard = overheard(world)
    world.down.add("ballot")
    unsure = await review.press("Cast this paper")
    assert (unsure.status, unsure.title) == (503, "We do not know yet whether your paper is in the box")
    world.down.clear()
    receipt = await unsure.press("Send it again")
    assert receipt.status == 201
    again = await unsure.press("Send it again")
    assert again.at("receipt").text() == receipt.at("receipt").text()
    bodies = {request.content for request in heard if request.url.path == f"/boxes/{day.id}/papers"}
    assert len(bodies) == 1
    assert await turnout(day) == 1


async def test_a_faulty_paper_comes_back_as_it_was_with_its_faults_at_their_fields(world: World) -> None:
    contests = [{**CHAIR, "blank_allowed": False}, BOARD, {**COMMITTEE, "min_marks": 2}]
    day = await running(world, voters=1, contests=contests)
    marks: dict[str, Any] = {
        "rank_board_b1": "1",
        "rank_board_b2": "1",
        "rank_board_b3": "two",
        "choice_committee": ["fay"],
    }
    back = await (await paper_of(day, day.links[0])).press("Look it over", **marks)
    assert back.status == 422
    assert [link.attrs["href"] for link in next(
        node for node in back.root.all() if node.attrs.get("role") == "alert"
    ).all("a")] == ["#chair.ada", "#board.b3", "#board.b2", "#committee.dan"]  # fmt: skip
    assert [back.at(f"board.b{n}").attrs["value"] for n in (1, 2, 3, 4)] == ["1", "1", "two", ""]
    assert "checked" in back.at("committee.fay").attrs
    assert [back.at(f"board.b{n}").attrs.get("aria-invalid") for n in (1, 2, 3)] == [None, "true", "true"]
    assert await turnout(day) == 0
    mended = await back.press(
        "Look it over", rank_board_b2="2", rank_board_b3="", choice_chair="ada", choice_committee=["fay", "dan"]
    )
    assert mended.status == 200


async def test_each_reason_for_which_no_paper_is_taken_has_its_own_words(world: World) -> None:
    day = await running(world, voters=4)
    open_link, replaced, late = day.links[:3]
    void = await review_of(day, replaced)
    voter = (await world.client("voter", await day.grant()).get(f"/elections/{day.id}/roll")).json()["voters"][1]
    answer = await world.client("voter", await day.grant()).post(f"/elections/{day.id}/voters/{voter['id']}/link")
    assert answer.status_code == 200
    assert (await void.press("Cast this paper")).title == "This link was replaced"
    assert (await paper_of(day, replaced)).title == "This link is not known"
    too_late = await review_of(day, late)
    await day.finish()
    assert (await too_late.press("Cast this paper")).title == "Voting is closed"
    landing = await Browser(world).get(open_link)
    assert not landing.has_button("Go to my paper")
    assert "The papers are counted; the result is not published yet." in landing.text
    closed = await Browser(world).post(open_link, [])
    assert (closed.status, closed.title) == (409, "Voting is closed")
    await day.election("POST", "/annul", {"reason": "The roll was wrong"})
    await day.settle()
    landing = await Browser(world).get(open_link)
    assert "This election was annulled. Reason: The roll was wrong" in landing.text
    assert (await Browser(world).post(open_link, [])).title == "This election was annulled"


async def test_before_the_opening_a_link_says_when_to_come_back(world: World) -> None:
    opens = datetime.now(UTC) + timedelta(hours=1)
    day = await running(world, voters=1, opens_at=opens.isoformat())
    landing = await Browser(world).get(day.links[0])
    assert "Come back with this same link when voting is open." in landing.text
    assert not landing.has_button("Go to my paper")
    assert (await Browser(world).post(day.links[0], [])).title == "Voting has not opened yet"
    await day.election("POST", "/cancel", {"reason": "No quorum"})
    await day.settle()
    landing = await Browser(world).get(day.links[0])
    assert "This election was cancelled. Reason: No quorum" in landing.text
    assert (await Browser(world).post(day.links[0], [])).title == "This election was cancelled"


async def test_a_link_copied_with_what_stood_behind_it_in_a_letter_is_the_link(world: World) -> None:
    day = await running(world, voters=1)
    landing = await Browser(world).get(day.links[0] + ").")
    paper = await landing.press("Go to my paper")
    assert paper.has_button("Look it over") and day.links[0].endswith(paper.path)


@pytest.mark.parametrize("link", ["/v/{e}/short", "/v/not-an-id/" + "A" * 22, "/v/{e}/" + "A" * 21 + "é"])
async def test_a_link_that_was_cut_off_is_told_to_be_copied_whole(world: World, link: str) -> None:
    page = await Browser(world).get(link.format(e=uuid4()))
    assert (page.status, "Please copy the whole link" in page.text) == (404, True)


async def test_no_form_that_was_tampered_with_casts_anything_or_fails(world: World, no_pauses: None) -> None:
    day = await running(world, voters=1)
    review = await review_of(day, day.links[0], choice_chair="bob")
    form = next(form for form in review.root.all("form") if form.attrs["action"].endswith("/cast"))
    good = {node.attrs["name"]: node.attrs["value"] for node in form.all("input")}
    marks = json.loads(good["marks"])
    wrong: list[tuple[dict[str, str | None], int]] = [
        ({"pass": "é"}, 422),
        ({"pass": "a\nb"}, 422),
        ({"pass": ""}, 422),
        ({"pass": None}, 422),
        ({"pass": "x.y.z"}, 401),
        ({"pass": good["pass"][:-3] + "AAA"}, 401),
        ({"marks": "{"}, 422),
        ({"marks": "[]"}, 422),
        ({"marks": '{"chair": [NaN]}'}, 422),
        ({"marks": '{"chair": ["\\ud800"]}'}, 422),
        ({"marks": "[" * 5000}, 422),
        ({"marks": '{"chair": ["nobody"]}'}, 422),
        ({"marks": json.dumps({**marks, "moon": []})}, 422),
        ({"nonce": "é"}, 422),
        ({"nonce": "0" * 31}, 422),
        ({"definition": "0" * 64}, 409),
        ({"definition": "x"}, 422),
    ]
    for change, status in wrong:
        sent = [(name, value) for name, value in ({**good, **change}).items() if value is not None]
        page = await Browser(world).post(f"/e/{day.id}/cast", sent)
        assert page.status == status, change
    missing: list[tuple[str, dict[str, str]]] = [
        ("paper", {"style": "moon"}),
        ("paper", {"style": ""}),
        ("paper", {"pass": ""}),
        ("paper", {"marks": "{"}),
        ("review", {"style": "moon"}),
        ("review", {"pass": ""}),
    ]
    for path, other in missing:
        page = await Browser(world).post(f"/e/{day.id}/{path}", list({**good, **other}.items()))
        assert page.status == 422, (path, other)
    assert await turnout(day) == 0
    answer = await Browser(world).raw("POST", f"/e/{day.id}/cast", content=str(httpx.QueryParams(good)).encode())
    assert page_of(Browser(world), answer).status == 201
