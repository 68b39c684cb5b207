"""Asleep at zero, awake in a moment: how long, and where the time goes."""

import html
import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import yaml

from functions import FUNCTIONS
from knative.kubectl import kubectl
from knative.mistake import Mistake
from load import machine
from tests.cluster import cold, crowd, figures, kube
from tests.cluster.conftest import GATEWAY, Desk
from tests.cluster.watching import watched

HELLO = Path(__file__).resolve().parent / "hello" / "manifests.yaml"
ROUNDS = int(os.environ.get("UVOTE_TEST_ROUNDS", "4"))


def test_a_vote_from_all_at_zero(desk: Desk) -> None:
    """A voter who opens a link while nothing runs: to the first byte, and to the receipt."""
    made = desk.run(lambda organiser: crowd.election(organiser, ROUNDS, "Votes in the cold"))
    firsts, wholes, apart = [], [], []
    for token in made[2]:
        kube.until("all six at zero", kube.at_zero, 300)
        began = time.perf_counter()
        with httpx.Client(base_url=GATEWAY, trust_env=False, timeout=60) as client:
            client.get(f"/v/{made[0]}/{token}").raise_for_status()
            firsts.append(time.perf_counter() - began)
            _vote(client, made[0], token)
        wholes.append(time.perf_counter() - began)
        pods = {name: min(map(kube.started, kube.pods(name))) for name in ("voter", "ballot")}
        apart.append(abs((pods["voter"] - pods["ballot"]).total_seconds()))
    figures.note(
        "cold-vote",
        {
            "tries": len(wholes),
            "first byte": sorted(round(one, 2) for one in firsts),
            "finished vote": sorted(round(one, 2) for one in wholes),
            "seconds between the pods of voter and ballot (whole seconds)": apart,
        },
    )
    assert max(apart) <= 1.0  # woken together; Kubernetes says whole seconds


def test_cold_starts_beside_hello_world() -> None:
    try:
        kubectl("apply", "-f", str(HELLO))
        kubectl("wait", "-n", "uvote-hello", "--for=condition=Ready", "ksvc", "--all", "--timeout=120s")
    except Mistake as mistake:
        pytest.skip(f"the hello-world images are not there: {mistake}")
    gateway = cold.inner_gateway()
    starts: dict[str, list[cold.Start]] = {name: [] for name in (*cold.HELLO, *FUNCTIONS)}
    for number in range(ROUNDS):
        kube.until("everything at zero", _nothing_runs, 300)
        # Another one is the first in each round: it finds the whole node asleep.
        for name in (*list(starts)[number:], *list(starts)[:number]):
            starts[name].append(cold.start(gateway, name))
            time.sleep(1)
    figures.note("cold-starts", {name: cold.summary(found) for name, found in starts.items()} | {"rounds": ROUNDS})
    assert all(len(found) == ROUNDS for found in starts.values())


def test_four_pods_that_do_nothing_woken_as_a_vote_wakes_four() -> None:
    """What the platform alone takes for a vote in the cold: one hello-world Go, and then three at once."""
    names = [f"hello-go-{letter}" for letter in "abcd"]
    (service,) = (one for one in yaml.safe_load_all(HELLO.read_text()) if one["metadata"]["name"] == "hello-go")
    service["spec"]["template"]["metadata"]["annotations"]["autoscaling.knative.dev/window"] = "6s"
    made = [{**service, "metadata": {**service["metadata"], "name": name}} for name in names]
    kubectl("apply", "-f", str(HELLO))
    kubectl("apply", "-f", "-", given=yaml.safe_dump_all(made))
    kubectl("wait", "-n", "uvote-hello", "--for=condition=Ready", "--timeout=120s", *(f"ksvc/{one}" for one in names))
    gateway, took = cold.inner_gateway(), []
    for _ in range(ROUNDS):
        kube.until("everything at zero", _nothing_runs, 300)
        began = time.perf_counter()
        cold.ask(gateway, names[0])
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda name: cold.ask(gateway, name), names[1:]))
        took.append(round(time.perf_counter() - began, 2))
    kubectl("delete", "-n", "uvote-hello", *(f"ksvc/{one}" for one in names))
    figures.note("cold-floor", sorted(took))


def test_asleep_for_ten_minutes_with_the_clock_running_and_an_election_scheduled(desk: Desk) -> None:
    """And what the clock costs: the machine's own use of its processors with it, less that without it."""
    desk.run(lambda organiser: crowd.election(organiser, 3, "Nobody comes"))
    desk.run(lambda organiser: crowd.scheduled(organiser, 3, "Opens tomorrow", timedelta(days=1)))
    kube.until("all six at zero", kube.at_zero, 300)
    before = _clock()
    with watched("asleep") as seen:
        with_clock = _busy(600)
    assert _clock() - before >= timedelta(minutes=9)
    awake = {row.service for row in seen if row.pods}
    looks = len({row.second for row in seen})
    _suspended(True)
    try:
        time.sleep(20)  # a run that had begun ends; nothing tells so
        with watched("asleep-without-clock"):
            without = _busy(180)
    finally:
        _suspended(False)
    figures.note(
        "asleep",
        {
            "seconds": 600,
            "looks": looks,
            "functions that woke": sorted(awake),
            "processors with the clock": round(with_clock, 3),
            "processors without": round(without, 3),
        },
    )
    assert awake == set()


def _busy(seconds: float) -> float:
    """Processors of this machine in use, on average over so many seconds from now."""
    before = machine.whole(time.time())
    time.sleep(seconds)
    after = machine.whole(time.time())
    return (after.cpu - before.cpu) / (after.second - before.second)


def _suspended(yes: bool) -> None:
    kubectl("patch", "-n", "uvote", "cronjob", "clock", "-p", json.dumps({"spec": {"suspend": yes}}))


def _vote(client: httpx.Client, election: str, token: str) -> None:
    paper = client.post(f"/v/{election}/{token}").raise_for_status().text
    mark = re.search(r'name="(choice\.[^"]+)" value="([^"]+)"', paper)
    assert mark
    reviewed = client.post(f"/e/{election}/review", data={**_hidden(paper), mark[1]: mark[2]}).raise_for_status().text
    form = reviewed.partition("Not cast yet.")[2].partition("</form>")[0]
    done = client.post(f"/e/{election}/cast", data=_hidden(form), follow_redirects=True).raise_for_status()
    assert "Your receipt" in done.text


def _hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def _nothing_runs() -> bool:
    return kube.at_zero() and not kube.get("pods", namespace="uvote-hello")["items"]


def _clock() -> datetime:
    """When the clock ran last with success."""
    return datetime.fromisoformat(kube.get("cronjob", "clock")["status"]["lastSuccessfulTime"])
