"""The papers are opened page by page, whoever is killed in between, and only if they are those that were sealed."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from nacl.public import PublicKey, SealedBox

from functions.ballot import rules as paper_rules
from functions.result import keys, opening, queries
from tests.elections import Running, running
from tests.functions.result.sealed import (
    PAPERS,
    TALLIES,
    Page,
    bend,
    close,
    forget_count,
    open_papers,
    pages,
    sealed,
    straighten,
    tallies,
)
from tests.world import World


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five papers are three pages."""
    monkeypatch.setattr(opening, "PAGE", 2)


class Killed(Exception):
    """Stands for the end of the process."""


class Killer:
    """Counts the calls of every step of the work, and ends the one it is told to, before it is done or after."""

    STEPS = (
        (queries, "find_key"),
        (queries, "last_page"),
        (opening, "_fetch"),
        (keys, "open_paper"),
        (queries, "keep_page"),
        (queries, "keep_papers"),
        (queries, "drop_pages"),
    )

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.kill_at, self.before = -1, True
        for module, name in self.STEPS:
            monkeypatch.setattr(module, name, self._watched(name, getattr(module, name)))

    def _watched(self, name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def mortal() -> bool:
            self.calls.append(name)
            return len(self.calls) - 1 == self.kill_at

        async def asked(*arguments: Any) -> Any:
            killed = mortal()
            if killed and self.before:
                raise Killed
            answer = await step(*arguments)
            if killed:
                raise Killed
            return answer

        def opened(*arguments: Any) -> Any:
            if mortal():
                raise Killed
            return step(*arguments)

        return asked if asyncio.iscoroutinefunction(step) else opened


async def test_killed_anywhere_another_goes_on_to_the_same_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    day = await sealed(world)
    killer = Killer(monkeypatch)
    await open_papers(day)
    steps = list(killer.calls)
    assert {name for _, name in Killer.STEPS} == set(steps)
    assert await tallies(day) == TALLIES

    for place, before in product(range(len(steps)), (True, False)):
        await forget_count(day)
        killer.calls, killer.kill_at, killer.before = [], place, before
        with pytest.raises(Killed):
            await open_papers(day)
        kept = len(await pages(day))
        assert not (kept and await tallies(day)), (steps[place], place, before)
        killer.calls, killer.kill_at = [], -1
        await open_papers(day)
        assert killer.calls.count("_fetch") == 3 - kept, (steps[place], place, before)
        assert (await tallies(day), await pages(day)) == (TALLIES, []), (steps[place], place, before)


async def test_pages_that_are_kept_are_not_fetched_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    day = await sealed(world)
    bent = bend(day, lambda page: page)
    monkeypatch.setattr(opening, "SPELL", 0.0)
    for kept in ([0], [0, 1], [0, 1, 2]):
        await open_papers(day)
        assert (bent.asked, await pages(day), await tallies(day)) == (len(kept), kept, [])
    await open_papers(day)
    assert (bent.asked, await pages(day), await tallies(day)) == (3, [], TALLIES)


async def test_a_spell_that_is_over_leaves_the_rest_to_the_ticks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    day = await sealed(world)
    monkeypatch.setattr(opening, "SPELL", 0.0)
    await day.until("counted")
    assert await tallies(day) == TALLIES


async def test_two_workers_at_once_do_no_harm(world: World) -> None:
    day = await sealed(world)
    await asyncio.gather(*(open_papers(day) for _ in range(4)))
    await open_papers(day)
    assert (await tallies(day), await pages(day)) == (TALLIES, [])


async def test_a_worker_who_comes_late_changes_nothing_and_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = await sealed(world)
    fetch = opening._fetch

    def slow(silent: bool) -> Callable[..., Any]:
        async def fetch_slowly(*arguments: Any) -> Any:
            monkeypatch.setattr(opening, "_fetch", fetch)
            page = await fetch(*arguments)
            await open_papers(day)
            if silent:
                raise opening.BoxSilent
            return page

        return fetch_slowly

    for silent in (False, True):
        await forget_count(day)
        monkeypatch.setattr(opening, "_fetch", slow(silent))
        await open_papers(day)
        assert (await tallies(day), await pages(day)) == (TALLIES, [])
        assert await world.rows("select papers, failure from result.counts") == [(5, None)]


async def test_while_pages_are_opened_no_table_says_which_marks_came_with_which_papers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = await sealed(world, [{"chair": ["ada"], "board": ["b4"]}])
    monkeypatch.setattr(opening, "SPELL", 0.0)
    await open_papers(day)
    [(whole,)] = await world.rows("select pages::text from result.pages")
    [(tally,)] = await world.rows("select tally from result.pages")
    assert await world.rows("select from result.tallies") == []
    for mark in ("ada", "b4"):
        assert mark.encode() not in tally
        assert mark.encode().hex() not in whole


def without_the_last(page: Page) -> Page:
    return {**page, "papers": page["papers"][:1]}


def twice(page: Page) -> Page:
    return {**page, "papers": page["papers"] * 2}


def for_ever(page: Page) -> Page:
    return {"papers": [], "next": str(uuid4())}


def one_for_another(page: Page) -> Page:
    first = page["papers"][0]["sealed"]
    return {**page, "papers": [{**paper, "sealed": first} for paper in page["papers"]]}


def the_other_way_round(page: Page) -> Page:
    return {**page, "papers": page["papers"][::-1]}


BENT: tuple[tuple[Callable[[Page], Page | bytes | None], str], ...] = (
    (without_the_last, "number_differs"),
    (twice, "number_differs"),
    (for_ever, "number_differs"),
    (one_for_another, "digest_differs"),
    (the_other_way_round, "digest_differs"),
    (lambda page: None, "papers_not_to_be_had"),
    (lambda page: b"<html>Bad gateway</html>", "papers_not_to_be_had"),
    (lambda page: b'{"papers": [{"id": 7}]}', "papers_not_to_be_had"),
    (lambda page: {**page, "papers": [{**page["papers"][0], "sealed": "no base64!"}]}, "papers_not_to_be_had"),
)


async def test_other_papers_than_the_sealed_ones_are_not_counted_and_asked_for_again(world: World) -> None:
    day = await sealed(world)
    for how, code in BENT:
        bend(day, how)
        await open_papers(day)
        assert await world.rows("select papers, failure from result.counts") == [(None, code)]
        assert await tallies(day) == []
        straighten(day)
        await open_papers(day)
        assert await world.rows("select papers, failure from result.counts") == [(5, None)], code
        assert await tallies(day) == TALLIES
        await forget_count(day)


async def test_a_page_that_is_wrong_once_is_put_right_by_the_next_try(world: World) -> None:
    day = await sealed(world)
    bent = bend(day, lambda page: page if bent.asked > 1 else one_for_another(page))
    await open_papers(day)
    assert (bent.asked, await tallies(day), await pages(day)) == (3, [], [])
    await open_papers(day)
    assert (bent.asked, await tallies(day)) == (6, TALLIES)


async def test_a_failed_count_is_shown_and_tried_again_until_the_trouble_is_over(world: World) -> None:
    day = await sealed(world)
    bent = bend(day, lambda page: None)
    await day.settle(3)
    seen = await day.seen()
    assert (seen["count"]["phase"], seen["count"]["failure"]) == ("failed", "papers_not_to_be_had")
    assert "count_failed" in [missing["code"] for missing in seen["missing"]]
    assert bent.asked == 1  # the ticks after the first came too early

    straighten(day)
    await world.shift(timedelta(seconds=30))
    seen = await day.until("counted")
    assert (seen["count"]["failure"], await tallies(day)) == (None, TALLIES)


async def test_a_box_that_falls_silent_between_two_pages_keeps_the_work_done(world: World) -> None:
    day = await sealed(world)
    bent = bend(day, lambda page: page if bent.asked < 3 else None)
    await open_papers(day)
    assert await pages(day) == [0, 1]
    straighten(day)
    again = bend(day, lambda page: page)
    await open_papers(day)
    assert (again.asked, await tallies(day)) == (1, TALLIES)


async def put_in(day: Running, content: bytes) -> None:
    """Put bytes among the sealed papers, as only the owner of the database could."""
    await day.world.rows("insert into ballot.papers (box, sealed) values ($1, $2)", day.id, content)


async def test_papers_that_do_not_open_are_rejected_in_each_contest_and_misfits_in_theirs(world: World) -> None:
    day = await running(world, voters=1)
    await day.cast(await day.pass_for(day.links[0]), PAPERS[0])
    box = (await world.client("ballot").get(f"/boxes/{day.id}")).json()
    box_key = box["definition"]["box"]["public_key"]

    def written(**said: Any) -> bytes:
        text = json.dumps({"box": str(day.id), "definition": box["digest"], "style": "all", "marks": said}).encode()
        return paper_rules.seal(text, 512, box_key)

    await put_in(day, b"not sealed at all")
    await put_in(day, b"")
    await put_in(day, bytes(SealedBox(PublicKey(bytes.fromhex(box_key))).encrypt(b"\0" * 64)))
    await put_in(day, written(chair=["ada", "bob"], board=["b2"]))
    await put_in(day, written(chair=["ada"], board=["b2", "b2"]))
    await put_in(day, written(chair=["ada"], board={"b2": 1}))
    await close(day)
    await open_papers(day)

    assert await tallies(day) == [
        ("board", ["b1", "b2"], 1),
        ("board", ["b2"], 1),
        ("chair", ["ada"], 3),
    ]
    counted = await world.rows("select papers, rejected::text from result.counts")
    assert counted == [(7, '{"board": 5, "chair": 4}')]


async def test_nothing_is_fetched_before_the_seal(world: World) -> None:
    day = await running(world, voters=1)
    bent = bend(day, lambda page: page)
    await open_papers(day)
    await day.settle(1)
    observer = world.client("result", world.token_grant(day.id, role="observer"))
    answer = await observer.get(f"/counts/{day.id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_counted")
    assert (bent.asked, await pages(day), await tallies(day)) == (0, [], [])
    # Not even a worker who believes it is sealed gets a paper.
    box = world.client("ballot", world.token_service("result", "ballot"))
    assert (await box.get(f"/boxes/{day.id}/papers")).json()["code"] == "not_sealed"


async def test_an_erased_key_opens_nothing_and_that_is_no_failure(world: World) -> None:
    day = await sealed(world)
    bent = bend(day, lambda page: page)
    await world.rows("select result.erase_key($1)", day.id)
    await open_papers(day)
    assert (bent.asked, await pages(day), await world.rows("select from result.counts")) == (0, [], [])


async def test_an_annulled_elections_papers_are_opened_no_further(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = await sealed(world)
    monkeypatch.setattr(opening, "SPELL", 0.0)
    await open_papers(day)
    assert await pages(day) == [0]
    assert (await day.election("POST", "/annul", {"reason": "A wrong candidate"})).status_code == 200
    await day.settle(2)
    await open_papers(day)
    assert (await pages(day), await tallies(day)) == ([], [])
    assert await world.rows("select private_key from result.keys") == [(None,)]
