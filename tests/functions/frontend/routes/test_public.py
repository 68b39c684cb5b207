"""What everyone may see, and what people are told where there is nothing to see."""

from uuid import uuid4

import httpx
import pytest

from tests.elections import running
from tests.functions.frontend.browser import Browser, Page, page_of
from tests.world import World


async def every_link_answers(pages: list[Page]) -> None:
    """Follow each link of these pages, and of the pages they lead to, once."""
    browser, waiting, seen = pages[0].browser, [*pages], set[str]()
    while waiting:
        page = waiting.pop()
        for path in page.links:
            if path in seen:
                continue
            seen.add(path)
            answer = await browser.raw("GET", path)
            assert answer.status_code in {200, 303}, f"{page.path} leads to {path}: {answer.status_code}"
            if answer.headers.get("content-type", "").startswith("text/html"):
                waiting.append(page_of(browser, answer, path))
    assert seen


async def test_every_link_on_every_public_page_answers(world: World) -> None:
    day = await running(world, voters=2)
    browser = Browser(world)
    landing = await browser.get(day.links[0])
    receipt = await (await (await landing.press("Go to my paper")).press("Look it over", rank_board_b1="1")).press(
        "Cast this paper"
    )
    await every_link_answers([await browser.get("/"), landing, receipt])
    early = await receipt.follow("The result, once it is published")
    assert (early.status, early.title) == (200, "No result yet")
    await day.finish()
    await day.election("POST", "/publish")
    await day.settle()
    result = await browser.get(f"/e/{day.id}/result")
    assert result.title == "Result: Spring election"
    await every_link_answers([result])
    assert not list(browser.client.cookies.jar)


async def test_what_is_not_there_is_a_page_that_says_so(world: World) -> None:
    browser = Browser(world)
    draft = await world.client("election", world.token_session()).post("/elections", json={"title": "Secret"})
    for path in (f"/e/{uuid4()}", f"/e/{draft.json()['id']}", f"/e/{uuid4()}/result", "/e/7", "/nowhere", "/e/", "/v/a",
                 "/static/x.css"):  # fmt: skip
        page = await browser.get(path)
        assert (page.status, page.title) == (404, "There is nothing here"), path
        assert "Secret" not in page.text
    answer = await browser.raw("DELETE", "/")
    assert (page_of(browser, answer).title, answer.status_code) == ("There is nothing here", 405)
    large = page_of(browser, await browser.raw("POST", f"/e/{uuid4()}/receipt", content=b"receipt=" + b"A" * 70_000))
    assert (large.status, large.title) == (413, "That is too large")


async def test_a_receipt_is_looked_up_however_it_is_typed_and_never_in_an_address(world: World) -> None:
    day = await running(world, voters=1)
    answer = await day.cast(await day.pass_for(day.links[0]), {"chair": ["ada"], "board": []})
    receipt = answer.json()["receipt"]
    browser = Browser(world)
    check = await browser.get(f"/e/{day.id}/receipt")
    found = await check.press("Check", receipt=f" {receipt[:8].lower()}-{receipt[8:]} ")
    assert (found.status, found.said("status").startswith("In the box.")) == (200, True)
    lost = await check.press("Check", receipt="A" * 16)
    assert (lost.status, lost.said("alert").startswith("Not in the box.")) == (200, True)
    wrong = await check.press("Check", receipt="<b>17</b>" + "x" * 500)
    assert (wrong.status, wrong.said("alert").startswith("A receipt has sixteen")) == (422, True)
    assert set(browser.seen) == {f"/e/{day.id}/receipt"}


@pytest.mark.parametrize("trouble", ["down", 500, "no_such_box"])
async def test_trouble_of_the_box_never_reads_as_a_lost_paper(world: World, trouble: str | int) -> None:
    day = await running(world, voters=1)
    check = await Browser(world).get(f"/e/{day.id}/receipt")

    def broken(request: httpx.Request) -> httpx.Response:
        if trouble == "down":
            raise httpx.ReadError("gone", request=request)
        code = "unexpected" if trouble == 500 else "no_such_box"
        return httpx.Response(500 if trouble == 500 else 404, json={"code": code, "detail": "Oh."})

    world.transports["ballot"] = httpx.MockTransport(broken)
    page = await check.press("Check", receipt="A" * 16)
    assert (page.status, page.title) == (503, "One moment, please")
    assert "Not in the box" not in page.text


async def test_an_answer_for_something_unexpected_is_a_whole_page_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("functions.frontend.routes.public.receipt_of", fail)
    day = await running(world, voters=1)
    page = await (await Browser(world).get(f"/e/{day.id}/receipt")).press("Check", receipt="A" * 16)
    assert (page.status, page.title, "secret" in page.html) == (500, "Something went wrong", False)


async def test_what_pages_load_may_be_kept_for_ever(world: World) -> None:
    browser = Browser(world)
    home = await browser.get("/")
    loaded = [node.attrs["href"] for node in home.root.all("link")]
    assert len(loaded) == 2
    for path in loaded:
        answer = await browser.raw("GET", path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"].split(";")[0] in {"text/css", "image/svg+xml"}


async def test_programs_are_shown_the_way_without_a_script(world: World) -> None:
    browser = Browser(world)
    docs = await browser.get("/docs")
    assert docs.title == "For programs"
    for path in (path for path in docs.links if path.startswith("/api/")):
        answer = await browser.raw("GET", path)
        assert answer.json()["openapi"].startswith("3.")
    health = (await browser.raw("GET", "/health")).json()
    assert health == {"status": "healthy", "service": "frontend"}
