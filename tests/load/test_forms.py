"""What a load test's browser reads off the real pages takes it from the link to the receipt."""

from random import Random
from typing import Any

import httpx
import pytest

from load import forms
from tests.elections import BOARD, CHAIR, Running, running
from tests.world import World


@pytest.fixture
async def open_election(world: World) -> Running:
    return await running(world, contests=[CHAIR, BOARD, {**CHAIR, "id": "colours", "method": "approval"}])


def path(link: str) -> str:
    return "/v/" + link.partition("/v/")[2]


async def sent(client: httpx.AsyncClient, form: forms.Form, said: Any) -> httpx.Response:
    assert form.method == "post"
    return await client.post(form.action, data=dict(said))


async def reviewed(client: httpx.AsyncClient, link: str, seed: int) -> httpx.Response:
    landing = await client.get(path(link))
    enter = forms.form_to(landing.text, path(link))
    assert enter
    paper = forms.form_to((await sent(client, enter, enter.fixed)).text, "/review")
    assert paper
    return await sent(client, paper, forms.marked(paper, Random(seed)))


async def test_the_forms_lead_from_the_link_to_a_receipt_that_is_in_the_box(
    open_election: Running, world: World
) -> None:
    client = world.client("frontend")
    review = await reviewed(client, open_election.links[0], 1)
    cast = forms.form_to(review.text, "/cast")
    assert cast
    done = await sent(client, cast, cast.fixed)
    assert (done.status_code, forms.heading(done.text)) == (201, "Your paper is in the box")
    receipt = forms.receipt(done.text)
    assert receipt
    again = await sent(client, cast, cast.fixed)
    assert (again.status_code, forms.receipt(again.text)) == (201, receipt)

    check = forms.form_to((await client.get(f"/e/{open_election.id}/receipt")).text, "/receipt")
    assert check
    assert check.ranks == ("receipt",)
    assert forms.in_box((await sent(client, check, {"receipt": receipt})).text) is True
    assert forms.in_box((await sent(client, check, {"receipt": "A" * 16})).text) is False
    assert forms.in_box((await sent(client, check, {"receipt": "AAAA"})).text) is None


async def test_a_second_device_is_shown_the_stored_receipt(open_election: Running, world: World) -> None:
    client = world.client("frontend")
    pages = [await reviewed(client, open_election.links[0], seed) for seed in (1, 2)]
    both = [forms.form_to(page.text, "/cast") for page in pages]
    first, second = [await sent(client, form, form.fixed) for form in both if form]
    assert (first.status_code, second.status_code) == (201, 409)
    assert forms.heading(second.text) == "This link has voted already"
    assert forms.receipt(second.text) == forms.receipt(first.text)


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_chance_marks_is_a_paper_that_fits(seed: int, open_election: Running, world: World) -> None:
    review = await reviewed(world.client("frontend"), open_election.links[0], seed)
    assert (review.status_code, forms.heading(review.text)) == (200, "Is this what you want to cast?")
    change = forms.form_to(review.text, "/paper")
    assert change
    paper = await sent(world.client("frontend"), change, change.fixed)
    assert forms.form_to(paper.text, "/review")


async def test_a_browser_loads_the_stylesheet_and_the_icon(open_election: Running, world: World) -> None:
    client = world.client("frontend")
    loaded = forms.loaded((await client.get(path(open_election.links[0]))).text)
    assert [address.rpartition(".")[2] for address in loaded] == ["css", "svg"]
    assert [(await client.get(address)).status_code for address in loaded] == [200, 200]


async def test_after_the_closing_the_pages_say_so_in_the_words_that_are_looked_for(
    open_election: Running, world: World
) -> None:
    from load.outcomes import CLOSED

    client = world.client("frontend")
    review = await reviewed(client, open_election.links[0], 1)
    enter = forms.form_to((await client.get(path(open_election.links[1]))).text, path(open_election.links[1]))
    await open_election.finish()
    assert forms.form_to((await client.get(path(open_election.links[1]))).text, path(open_election.links[1])) is None
    cast = forms.form_to(review.text, "/cast")
    for form in (cast, enter):
        assert form
        late = await sent(client, form, form.fixed)
        assert (late.status_code, forms.heading(late.text)) == (409, CLOSED)
