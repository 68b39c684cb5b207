"""What `voter` and `result` may ask of a box, and nobody else."""

import base64
import hashlib
from uuid import uuid4

import httpx
import pytest

from functions.ballot.routes import services
from tests.elections import Running, running
from tests.world import World


async def voted(world: World, papers: int = 5, voters: int = 6) -> Running:
    """An election in which all but a few have put their paper in; `result` is away, so the box keeps its papers."""
    day = await running(world, voters=voters)
    for link in day.links[:papers]:
        answer = await day.cast(await day.pass_for(link), {"chair": ["ada"]})
        assert answer.status_code == 201, answer.text
    world.down.add("result")
    return day


async def ask(day: Running, function: str, path: str, **params: object) -> httpx.Response:
    client = day.world.client("ballot", day.world.token_service(function, "ballot"))
    return await client.get(f"/boxes/{day.id}/{path}", params=params)  # type: ignore[arg-type]


async def test_sealed_papers_are_handed_out_after_the_seal_page_by_page_and_fit_the_digest(world: World) -> None:
    day = await voted(world)
    assert (await ask(day, "result", "papers")).json()["code"] == "not_sealed"
    await day.finish()

    first = (await ask(day, "result", "papers", limit=2)).json()
    second = (await ask(day, "result", "papers", limit=2, after=first["next"])).json()
    third = (await ask(day, "result", "papers", limit=2, after=second["next"])).json()
    found = [*first["papers"], *second["papers"], *third["papers"]]
    assert ([len(page["papers"]) for page in (first, second, third)], third["next"]) == ([2, 2, 1], None)
    assert [paper["id"] for paper in found] == sorted(paper["id"] for paper in found)

    sealed = [base64.b64decode(paper["sealed"]) for paper in found]
    assert len({len(paper) for paper in sealed}) == 1
    digest = hashlib.sha256(b"".join(hashlib.sha256(paper).digest() for paper in sealed)).hexdigest()
    told = await world.rows("select papers, papers_digest from ballot.boxes where election = $1", day.id)
    assert told == [(5, digest)]


async def test_of_long_papers_fewer_come_at_a_time_and_still_all_of_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = await voted(world, papers=2, voters=2)
    await day.finish()
    whole = (await ask(day, "result", "papers")).json()
    monkeypatch.setattr(services, "LARGEST_PAGE", 1)
    first = (await ask(day, "result", "papers")).json()
    second = (await ask(day, "result", "papers", after=first["next"])).json()
    assert [len(page["papers"]) for page in (first, second)] == [1, 1]
    assert first["papers"] + second["papers"] == whole["papers"]
    last = (await ask(day, "result", "papers", after=second["next"])).json()
    assert last == {"papers": [], "next": None}


async def test_the_digest_of_an_empty_box_is_that_of_nothing(world: World) -> None:
    day = await voted(world, papers=0, voters=1)
    await day.finish()
    assert (await ask(day, "result", "papers")).json() == {"papers": [], "next": None}
    told = await world.rows(
        "select papers, papers_digest, receipts_digest from ballot.boxes where election = $1", day.id
    )
    assert told == [(0, hashlib.sha256(b"").hexdigest(), hashlib.sha256(b"").hexdigest())]


async def test_spent_passes_are_told_sorted_page_by_page_without_the_void_ones(world: World) -> None:
    day = await voted(world, papers=4)
    never = uuid4().bytes
    client = world.client("ballot", world.token_service("voter", "ballot"))
    for _ in range(2):
        answer = await client.post(f"/boxes/{day.id}/void", json={"pass_id": never.hex()})
        assert answer.json() == {"void": True}

    first = (await ask(day, "voter", "spent", limit=3)).json()
    last = (await ask(day, "voter", "spent", limit=3, after=first["next"])).json()
    found = [*first["spent"], *last["spent"]]
    assert (len(first["spent"]), len(last["spent"]), last["next"]) == (3, 1, None)
    assert found == sorted(found)
    assert never.hex() not in found
    kept = await world.rows(
        "select encode(pass, 'hex') from ballot.spent where box = $1 and receipt is not null", day.id
    )
    assert {one for (one,) in kept} == set(found)


async def test_a_spent_pass_is_not_voided_and_a_sealed_box_voids_none(world: World) -> None:
    day = await voted(world, papers=1)
    client = world.client("ballot", world.token_service("voter", "ballot"))
    [spent] = (await ask(day, "voter", "spent")).json()["spent"]
    answer = await client.post(f"/boxes/{day.id}/void", json={"pass_id": spent})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_voted")
    await day.finish()
    answer = await client.post(f"/boxes/{day.id}/void", json={"pass_id": uuid4().bytes.hex()})
    assert (answer.status_code, answer.json()["code"]) == (409, "closed")


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [("GET", "papers", "result"), ("GET", "spent", "voter"), ("POST", "void", "voter")],
)
async def test_other_functions_and_people_are_not_served(world: World, method: str, path: str, function: str) -> None:
    box = uuid4()
    body = {"pass_id": "00" * 16} if method == "POST" else None
    others = {"voter", "result", "election"} - {function}
    tokens: dict[str | None, tuple[int, str]] = {
        **{world.token_service(other, "ballot"): (403, "forbidden") for other in others},
        world.token_service(function, "result"): (401, "bad_token"),
        world.token_grant(box, role="owner", links=True): (401, "bad_token"),
        world.token_pass(box, b"p" * 16): (401, "bad_token"),
        None: (401, "unauthenticated"),
    }
    for token, expected in tokens.items():
        answer = await world.client("ballot", token).request(method, f"/boxes/{box}/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == expected
