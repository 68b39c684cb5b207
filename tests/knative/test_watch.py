"""What `uvote watch` makes of what a cluster says; recorded on a real one (Knative 1.15)."""

import json
import os
import subprocess
import sys
import time
from contextlib import nullcontext
from copy import deepcopy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from knative import watch
from knative.cli import app, register
from knative.mistake import Mistake
from knative.watch import Row, Waiting, as_csv, rows, waiting, woken
from knative.watch_picture import draw, runs

RECORDED = Path(__file__).parent / "recorded"
LISTED = json.loads((RECORDED / "listed.json").read_text())["items"]
SCALERS, PODS = ([item for item in LISTED if item["kind"] == kind] for kind in ("PodAutoscaler", "Pod"))
AUTOSCALER = (RECORDED / "autoscaler.txt").read_text()
SVG = "{http://www.w3.org/2000/svg}"


def row(second: float, desired: int, ready: int = 0, **more: Any) -> Row:
    return Row(second, "ballot", "ballot-00001", desired, ready, ready, **more)


def test_a_second_of_a_real_cluster_is_read() -> None:
    assert rows(3, SCALERS, PODS, AUTOSCALER) == [
        Row(3, "hello", "hello-00001", desired=1, ready=1, pods=1, concurrency=5.685166, target=1.4)
    ]


def test_without_the_autoscalers_metrics_what_is_busy_is_not_known_rather_than_nothing() -> None:
    (one,) = rows(3, SCALERS, PODS)
    assert (one.desired, one.ready, one.concurrency, one.target, one.panic) == (1, 1, None, None, None)


def test_the_names_of_knative_since_1_19_say_the_same() -> None:
    labels = '{k8s_namespace_name="operators",kn_revision_name="hello-00001",kn_service_name="hello"}'
    text = f"kn_revision_concurrency_stable{labels} 2.5\nkn_revision_concurrency_target{labels} 35\n"
    text += f"kn_revision_panic_mode{labels} 1\n"
    (one,) = rows(3, SCALERS, PODS, text)
    assert (one.concurrency, one.target, one.panic) == (2.5, 35, True)


def test_a_pod_that_ends_is_there_and_not_ready() -> None:
    pods = deepcopy(PODS)
    pods[0]["metadata"]["deletionTimestamp"] = "2026-11-25T07:00:00Z"
    (one,) = rows(3, SCALERS, pods)
    assert (one.ready, one.pods) == (0, 1)


def test_an_old_revision_is_shown_while_it_has_pods_and_no_longer() -> None:
    scalers = deepcopy(SCALERS)
    scalers[0]["spec"]["reachability"] = "Unreachable"
    assert len(rows(3, scalers, PODS)) == 1
    assert rows(3, scalers, []) == []


def test_a_revision_wakes_each_time_it_is_wanted_again_and_not_by_being_there_at_first() -> None:
    assert woken([row(second, desired) for second, desired in enumerate([1, 0, 1, 2, 0, 0, 3])]) == {"ballot-00001": 2}


def test_what_waits_is_the_worst_of_all_functions_and_unknown_without_an_exporter() -> None:
    text = "".join(f'uvote_state_untaken_seconds{{function="{name}"}} {age}\n' for name, age in (("a", 7), ("b", 0)))
    assert waiting(text) == Waiting(untaken_seconds=7, dead_letters=None)
    assert waiting("") == Waiting()


def test_csv_has_a_line_a_row_and_nothing_where_nothing_is_known() -> None:
    assert as_csv([row(1, 2, 1), row(2.1, 2, 2, concurrency=0.5, target=35.0, panic=False)]).splitlines() == [
        "second,service,revision,desired,ready,pods,concurrency,target,panic",
        "1,ballot,ballot-00001,2,1,1,,,",
        "2.1,ballot,ballot-00001,2,2,2,0.5,35.0,False",
    ]


def test_the_picture_marks_each_waking() -> None:
    taken = [row(second, desired, concurrency=1.0, target=2.0) for second, desired in enumerate([0, 1, 2, 0, 2])]
    root = ElementTree.fromstring(draw(taken, woken(taken)))  # noqa: S314  (our own)
    assert len([line for line in root.iter(f"{SVG}path") if line.get("class") == "woken"]) == 2
    assert "woken 2 times" in {text.text for text in root.iter(f"{SVG}text")}


def test_a_gap_in_what_was_sampled_is_a_gap_in_the_lines() -> None:
    assert [[r.second for r in run] for run in runs([row(s, 1) for s in (0, 1, 2, 9, 10)])] == [[0, 1, 2], [9, 10]]


def test_a_watch_that_saw_nothing_draws_that() -> None:
    assert "Nothing was seen." in draw([], {})


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster on which metrics may not be read."""

    def ask(path: str) -> str:
        if "/proxy/" in path:
            raise Mistake("forbidden")
        return json.dumps({"items": SCALERS if "podautoscalers" in path else PODS})

    monkeypatch.setattr(watch, "reading", lambda: nullcontext(ask))


@pytest.mark.usefixtures("cluster")
def test_watching_writes_what_it_saw(tmp_path: Path) -> None:
    register()
    words = ["watch", "--seconds", "1", "--csv", str(tmp_path / "w.csv"), "--picture", str(tmp_path / "w.svg")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "hello-00001,1,1,1,,," in (tmp_path / "w.csv").read_text()
    assert "hello-00001" in (tmp_path / "w.svg").read_text()


@pytest.mark.usefixtures("cluster")
def test_what_was_seen_beside_something_is_kept_however_that_ends(tmp_path: Path) -> None:
    until = time.monotonic() + 20
    with (
        pytest.raises(ZeroDivisionError),
        watch.watching("uvote", 0.01, tmp_path / "w.csv", tmp_path / "w.svg") as seen,
    ):
        while not seen:
            assert time.monotonic() < until
            time.sleep(0.01)
        raise ZeroDivisionError
    assert "hello-00001,1,1,1,,," in (tmp_path / "w.csv").read_text()
    assert "hello-00001" in (tmp_path / "w.svg").read_text()


def test_without_a_cluster_one_sentence_says_so_and_nothing_is_written(tmp_path: Path) -> None:
    env = {**os.environ, "KUBECONFIG": str(tmp_path / "none"), "KUBERNETES_MASTER": "http://127.0.0.1:9"}
    kept = tmp_path / "w.csv"
    kept.write_text("of another watch")
    words = [sys.executable, "-m", "knative.cli", "watch", "--csv", str(kept)]
    said = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=50)
    assert said.returncode == 2
    assert said.stderr.startswith("uvote: kubectl")
    assert "Traceback" not in said.stderr
    assert kept.read_text() == "of another watch"
