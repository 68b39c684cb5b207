"""The bench measures what it says: casts that are really stored, requests that are really served."""

import asyncio
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from knative.bench import cast, compare, elections, passes, processes, start
from knative.bench.contestants import Contestant, Ground, Run
from knative.mistake import Mistake
from tests.database import TestDatabase

pytestmark = pytest.mark.timeout(300)  # some start a dozen processes


@pytest.fixture
def place(database: TestDatabase, keys: Path) -> elections.Place:
    return elections.Place(database.admin_url, keys)


def test_a_small_bench_casts_on_all_of_them_and_every_paper_is_there(place: elections.Place) -> None:
    with compare.contest(place, cast.peers, connections=8, pool=2) as (found, left_out):
        for number in range(2):
            compare.one_round(found, number, each=64)
    assert len(found) + len(left_out) == 6
    assert {"ballot", "bare", "flask", "pgbench", "client"} <= {one.name for one in found}
    assert all(len(one.runs) == 1 and one.runs[0].rate > 0 for one in found)
    stored = {asyncio.run(elections.papers_in(place, one.box)) for one in found if one.box}
    assert stored == {compare.WARMING + 64}


def test_a_small_bench_takes_links_to_passes_on_all_of_them(place: elections.Place) -> None:
    with compare.contest(place, passes.peers, connections=4, pool=2) as (found, left_out):
        for number in range(2):
            compare.one_round(found, number, each=64)
    assert ([one.name for one in found], left_out) == (["voter", "bare", "flask", "pgbench"], [])
    assert all(len(one.runs) == 1 and one.runs[0].rate > 0 for one in found)


def test_papers_that_were_answered_but_not_stored_are_found_out(place: elections.Place) -> None:
    opened = asyncio.run(elections.open_box(place))
    liar = Contestant("liar", "answers at once", lambda n: Run(1, 0, [1.0] * n), opened.box)
    compare.one_round([liar], 1, each=5)
    with pytest.raises(Mistake, match="does not hold the 5 papers"):
        asyncio.run(compare.all_there(place, [liar]))


def test_a_cast_that_is_refused_gives_no_figure(place: elections.Place, tmp_path: Path) -> None:
    opened = asyncio.run(elections.open_box(place))
    with ExitStack() as stack:
        ground = Ground(stack, place, tmp_path, connections=2, pool=2)
        to_nobody = (one.replace(b"Bearer", b"Nobody") for one in elections.casts(place, opened))
        port = processes.free_port()
        run = ground.served(processes.uvicorn("functions.ballot.app:app", port), place.env("ballot"), port, to_nobody)
        with pytest.raises(Mistake, match=r"\{'401': 3\}"):
            run(3)


def test_a_process_that_does_not_start_is_told_with_its_last_words() -> None:
    port, health = processes.free_port(), processes.request("GET", "/health")
    with (
        pytest.raises(Mistake, match="no_such_module"),
        processes.serving(processes.uvicorn("no_such_module:app", port), {}, port, health),
    ):
        pass


def test_a_ratio_is_that_of_one_round() -> None:
    fast = Contestant("fast", "", lambda n: Run(1, 0, []), runs=[Run(1, 0, [1.0] * 30), Run(1, 0, [1.0] * 90)])
    slow = Contestant("slow", "", lambda n: Run(1, 0, []), runs=[Run(1, 0, [1.0] * 10), Run(2, 0, [1.0] * 60)])
    assert compare.ratios(fast, slow) == [3.0, 3.0]
    assert (Run(1, 0, [float(n) for n in range(1, 101)]).percentile(50), Run(1, 0, [3.0]).percentile(99)) == (51.0, 3.0)


def test_each_function_answers_and_serves_its_first_real_request(place: elections.Place) -> None:
    found = asyncio.run(start.starters(place))
    assert [one.name for one in found] == ["hello", "auth", "voter", "election", "ballot", "result", "frontend"]
    begun = [one.run() for one in found]
    assert all(0 < one.answered < one.served for one in begun)


def test_a_first_real_request_that_is_refused_gives_no_figure(place: elections.Place) -> None:
    command = partial(processes.uvicorn, "load.peers.hello:app")
    hello = start.Starter("hello", command, {}, iter([processes.request("GET", "/nowhere")]))
    with pytest.raises(Mistake, match="answered 404"):
        hello.run()
