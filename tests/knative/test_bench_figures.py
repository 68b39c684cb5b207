"""What the bench says of memory, of where time goes, and of crowds that were simulated."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from knative.bench import memory, profile, rate, simulate
from knative.bench.rate import Offered
from knative.bench.simulate import Cluster, Costs, Crowd, Limits, Model
from knative.local.manifests import BASE
from knative.mistake import Mistake

ONE = Limits(most=1, first=1, target=10, limit=50, pool=4)
FUNCTIONS = ("frontend", "election", "voter", "ballot")
SMALL = Cluster("small", dict.fromkeys(FUNCTIONS, ONE), 1)


@pytest.fixture
def holding() -> Iterator[int]:
    """A process that holds 50 MB of its own."""
    code = "import sys; mine = b'x' * 50_000_000; print('ready', flush=True); sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield process.pid
    process.communicate()


def test_what_a_process_holds_alone_is_told_apart_from_what_it_shares(holding: int) -> None:
    held = memory.held(holding)
    assert 50 < held["private_mb"] < 100
    assert held["private_mb"] <= held["pss_mb"] <= held["rss_mb"]


def test_a_process_that_is_gone_holds_nothing_that_could_be_told() -> None:
    with pytest.raises(Mistake, match="Memory is read from /proc"):
        memory.held(2**22 + 1)  # beyond the largest id there is


def test_every_run_is_kept_and_found_again_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "bench"
    assert list(memory.history(folder)) == []
    for number in range(3):
        memory.keep(folder, {"number": number})
    assert list(memory.history(folder)) == [{"number": 0}, {"number": 1}, {"number": 2}]


def test_a_moment_belongs_to_the_innermost_part_that_is_known() -> None:
    stacks = (
        "run (uvicorn/server.py:1);app (fastapi/routing.py:9);cast (functions/ballot/routes/cast.py:5) 3\n"
        "run (uvicorn/server.py:1);cast (functions/ballot/routes/cast.py:5);crypto_box_seal (nacl/bindings/x.py:2) 4\n"
        "run (uvicorn/server.py:1);verify (shared/jws.py:5);crypto_sign_open (nacl/bindings/y.py:2);f (x.py:1) 2\n"
        "nobody (elsewhere.py:1) 1\n"
        "_bootstrap (threading.py:1);_worker (concurrent/futures/thread.py:81) 50\n"
    )
    assert profile.parts(stacks) == {
        "our own code": 3,
        "sealing the paper": 4,
        "verifying the signature": 2,
        "the rest": 1,
    }


@pytest.mark.parametrize(
    ("bears", "tried"),
    [
        (2000, [1000, 1111, 1235, 1372]),
        (1120, [1000, 1111, 1235]),
        (850, [1000, 900, 810]),
        (100, [1000, 900, 810, 729]),
    ],
)
def test_rates_are_tried_upwards_while_they_hold_and_downwards_until_one_does(
    bears: float, tried: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def offered(place: Any, stream: Any, rate: float, seconds: float) -> Offered:
        return Offered(rate, rate, True, 1.0, 1.0 if rate <= bears else 1000.0, 0.0, {})

    monkeypatch.setattr(rate, "crowd", lambda *_: 1000.0)
    monkeypatch.setattr(rate, "offered", offered)
    found = rate.search(None, None, seconds=1, tries=4)  # type: ignore[arg-type]
    assert [round(one.rate) for one in found] == tried
    assert [one.holds for one in found] == [one.rate <= bears for one in found]


def test_a_rate_that_is_answered_late_wrongly_or_not_at_all_does_not_hold() -> None:
    good = Offered(100, 100, True, 1.0, 1.0, 0.0, {})
    assert good.holds
    for bad in (replace(good, p99=rate.LIMIT), replace(good, right=False), replace(good, answered=90)):
        assert not bad.holds


def test_the_manifests_are_what_is_simulated() -> None:
    ballot = simulate.manifests()["ballot"]
    text = (BASE / "ballot.yaml").read_text()
    assert str(ballot.most) == re.findall(r'max-scale: "(\d+)"', text)[0]
    assert str(ballot.limit) == re.findall(r"containerConcurrency: (\d+)", text)[0]
    assert str(ballot.pool) == re.findall(r'POOL_SIZE, value: "(\d+)"', text)[0]


def test_a_crowd_that_comes_slowly_takes_what_its_own_steps_take() -> None:
    """Nobody waits for anybody: a page takes the processor time of its parts, on average."""
    costs = Costs(landing=10, public=5, public_database=5, cold=0)
    found = Model(Crowd("few", 400, 4000, 1), SMALL, costs).run()
    assert found.p50["landing"] == pytest.approx(0.0175, rel=0.3)  # the median of such a sum is a little below its mean
    assert found.load["frontend"] < 0.2


def test_no_voter_is_lost_and_what_is_needed_most_is_the_limit() -> None:
    costs = Costs(cast_database=40, cold=1)
    found = Model(Crowd("many", 500, 1, 0.1), SMALL, costs).run()
    assert found.first_limit == "database"
    assert found.seconds > 500 * 0.04 * 0.8  # one processor cannot do it sooner
    assert found.p99["landing"] > 1  # the first ones wait for a cold start


def test_more_pods_are_had_as_the_crowd_grows_and_never_more_than_may_be() -> None:
    larger = Limits(most=5, first=1, target=10, limit=50, pool=4)
    cluster = Cluster("larger", dict.fromkeys(FUNCTIONS, larger), 8)
    found = Model(Crowd("many", 3000, 10, 1), cluster, Costs(landing=50, cold=1)).run()
    assert found.pods["frontend"] == 5
    few = Model(Crowd("few", 20, 100, 1), cluster, Costs(cold=1)).run()
    assert few.pods["frontend"] <= 2


def test_figures_are_written_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "clusters", lambda: [SMALL])
    simulate.simulate([50], None, tmp_path / "found.json")
    written = json.loads((tmp_path / "found.json").read_text())
    assert [one["cluster"] for one in written] == ["small", "small"]
    assert os.fspath(tmp_path) not in json.dumps(written)
