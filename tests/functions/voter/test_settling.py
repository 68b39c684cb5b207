"""A change to a voter and a paper of the same voter: one of them happens, whoever is killed, silent or late."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from functions.voter import queries, settling
from tests.elections import Running, running
from tests.functions.voter.people import MARKS, Meanwhile, Organiser, ask_pass, organiser_of
from tests.functions.voter.routes.test_roll import TWO_STYLES
from tests.world import World

PAPER = {"chair": ["ada"]}


async def change(ada: Organiser, voter: dict[str, Any], kind: str) -> str:
    """Ask for one of the three changes; `done`, or the code of the refusal."""
    path = f"/voters/{voter['id']}"
    if kind == "link":
        answer = await ada.ask("POST", f"{path}/link")
    elif kind == "remove":
        answer = await ada.ask("DELETE", path)
    else:
        answer = await ada.ask("PUT", path, json={"email": voter["email"], "name": voter["name"], "style": "south"})
    return "done" if answer.is_success else str(answer.json()["code"])


async def test_a_paper_and_a_change_at_the_same_time_one_of_them_wins(world: World) -> None:
    day = await running(world, voters=1, **TWO_STYLES)
    ada = organiser_of(day)
    kinds = ["link", "remove", "style"] * 4
    lines = "".join(f"north{n}@example.org,North {n:02},north\n" for n in range(len(kinds)))
    await ada.import_roll("email,name,style\n" + lines)
    voters, links = await ada.voters(), await ada.links()
    names = sorted(name for name in voters if name != "Voter 0")
    bearers = [await day.pass_for(links[name]) for name in names]

    async def vote(bearer: str, wait: float) -> str:
        await asyncio.sleep(wait)
        answer = await day.cast(bearer, PAPER)
        return "done" if answer.status_code == 201 else str(answer.json()["code"])

    doings = [
        asyncio.gather(vote(bearer, n // 3 * 0.1), change(ada, voters[name], kind))
        for n, (bearer, name, kind) in enumerate(zip(bearers, names, kinds, strict=True))
    ]
    outcomes = await asyncio.gather(*doings)
    assert set(map(tuple, outcomes)) <= {("done", "already_voted"), ("pass_void", "done")}
    await day.finish()
    summary = await ada.summary()
    assert (summary["marked"], summary["unknown"]) == (sum(paper == "done" for paper, _ in outcomes), 0)


async def silent(day: Running, kind: str) -> tuple[Organiser, dict[str, Any], str]:
    """A change that the box was not there for; the voter's pass from before."""
    ada = organiser_of(day)
    voter = (await ada.voters())["Voter 0"]
    bearer = await day.pass_for(day.links[0])
    day.world.down.add("ballot")
    assert await change(ada, voter, kind) == "peer_down"
    return ada, voter, bearer


@pytest.mark.parametrize("kind", ["link", "remove"])
async def test_a_silent_box_leaves_the_intent_no_pass_is_given_and_a_tick_completes_it(world: World, kind: str) -> None:
    day = await running(world, voters=1)
    ada, voter, bearer = await silent(day, kind)
    assert (await ada.voters())["Voter 0"]["state"] == "being changed"
    answer = await ask_pass(world, day.id, day.links[0].rpartition("/")[2])
    assert (answer.status_code, answer.json()["code"]) == (409, "being_changed")
    assert await change(ada, voter, "remove") == "being_changed"

    world.down.discard("ballot")
    await world.tick()
    assert (await day.cast(bearer, MARKS)).json()["code"] == "pass_void"
    left = (await ada.voters()).get("Voter 0")
    assert left == ({**voter, "issue": 2} if kind == "link" else None)


async def test_a_voter_whose_paper_was_quicker_than_the_change_stays(world: World) -> None:
    day = await running(world, voters=1)
    ada, voter, bearer = await silent(day, "remove")
    world.down.discard("ballot")
    assert (await day.cast(bearer, MARKS)).status_code == 201
    await world.tick()
    assert (await ada.voters())["Voter 0"] == voter
    await day.finish()
    assert (await ada.voters())["Voter 0"]["state"] == "has voted"


async def test_a_change_that_is_open_at_the_seal_is_refused_and_then_the_roll_closes(world: World) -> None:
    day = await running(world, voters=1)
    ada, voter, _ = await silent(day, "remove")
    world.down.add("voter")
    world.down.discard("ballot")
    await day.finish()
    world.down.discard("voter")
    await world.shift(timedelta(minutes=10))  # what was sent meanwhile is sent again
    await day.until("counted")
    assert (await ada.voters())["Voter 0"] == {**voter, "state": "has not voted"}
    summary = await ada.summary()
    assert (summary["closed"], summary["size"], summary["marked"], summary["unknown"]) == (True, 1, 0, 0)


@pytest.mark.parametrize("step", ["grant", "refuse_wish"])
async def test_killed_after_the_boxs_answer_a_tick_completes_it(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    day = await running(world, voters=1)
    ada = organiser_of(day)
    voter = (await ada.voters())["Voter 0"]
    bearer = await day.pass_for(day.links[0])
    if step == "refuse_wish":
        await day.cast(bearer, MARKS)

    async def killed(*_: Any) -> None:
        raise ZeroDivisionError

    where = settling if step == "grant" else queries
    with monkeypatch.context() as patch:
        patch.setattr(where, step, killed)
        assert await change(ada, voter, "link") == "unexpected"
    assert (await ada.voters())["Voter 0"]["state"] == "being changed"
    await world.tick()
    issue = 2 if step == "grant" else 1
    assert (await ada.voters())["Voter 0"] == {**voter, "issue": issue}


async def test_who_settles_late_undoes_nothing(world: World) -> None:
    day = await running(world, voters=1)
    ada = organiser_of(day)
    voter = (await ada.voters())["Voter 0"]

    async def others_are_quicker() -> None:
        await world.tick()
        assert await change(ada, voter, "link") == "done"

    late = Meanwhile(world, "/void", others_are_quicker)
    assert await change(ada, voter, "link") == "done"
    assert not late.waiting
    assert (await ada.voters())["Voter 0"] == {**voter, "issue": 3}
    assert (await day.cast(await day.pass_for((await ada.links())["Voter 0"]), MARKS)).status_code == 201
