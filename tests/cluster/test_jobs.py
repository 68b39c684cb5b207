"""A distributed run by the Jobs of load/job.yaml: a master that prepares and judges, workers that are the voters.

The image is load/Dockerfile's, on the cluster's nodes. One node has not the processors that the Jobs ask for: there are
two workers, which ask for less, and a smaller crowd; all else is as it is written.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from knative.kubectl import kubectl
from tests.cluster import figures, kube
from tests.cluster.conftest import Desk

JOB = Path(__file__).resolve().parent.parent.parent / "load" / "job.yaml"
IMAGE = os.environ.get("UVOTE_TEST_LOAD_IMAGE", "dev.local/uvote-load:0.1.0")
NAMESPACE = "uvote-load"
WORKERS, VOTERS, HOLD = 2, 200, 60


def fitted(desk: Desk) -> str:
    """The Jobs for this cluster and account."""
    documents = list(yaml.safe_load_all(JOB.read_text()))
    named: dict[str, Any] = {f"{one['kind']} {one['metadata']['name']}": one for one in documents}
    named["Secret load-account"]["stringData"] = {"email": desk.email, "password": desk.password}
    master, workers = (named[f"Job {name}"]["spec"] for name in ("load-master", "load-workers"))
    workers["parallelism"] = workers["completions"] = WORKERS
    for job in (master, workers):
        for container in job["template"]["spec"]["containers"]:
            container["image"] = IMAGE
            container["resources"]["requests"]["cpu"] = "10m"
    (args,) = [one["args"] for one in master["template"]["spec"]["containers"] if "args" in one]
    changed = {"--expect-workers": WORKERS, "--voters": VOTERS}
    for name, value in changed.items():
        (place,) = [n for n, word in enumerate(args) if word.startswith(f"{name}=")]
        args[place] = f"{name}={value}"
    args.append(f"--hold={HOLD}")
    return yaml.safe_dump_all(documents)


@pytest.fixture
def pod(desk: Desk) -> Iterator[str]:
    """The master's pod; with the Jobs taken away at the end."""
    jobs = fitted(desk)
    kubectl("apply", "-f", "-", given=jobs)
    try:
        yield kube.until("the master's pod", lambda: _pods("load-master"), 60)[0]["metadata"]["name"]
    finally:
        kubectl("delete", "--wait=true", "--timeout=120s", "-f", "-", given=jobs)


def test_master_and_workers_vote_judge_and_leave_a_report(pod: str, tmp_path: Path) -> None:
    kube.until("the verdict", lambda: _ended(pod), 600, every=5)
    said = kube.logs(pod, "locust", NAMESPACE)
    folders = kubectl("exec", "-n", NAMESPACE, pod, "-c", "report", "--", "ls", "/report").split()
    assert len(folders) == 1, said
    kubectl("cp", "-n", NAMESPACE, "-c", "report", f"{pod}:/report/{folders[0]}", str(tmp_path / "report"))
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    figures.note(
        "jobs",
        {
            "workers": WORKERS,
            "voters": report["plan"]["users"],
            "requests": report["figures"]["requests"],
            "failed": report["figures"]["failed"],
            "ends": report["ends"],
            "cast": [report["figures"]["names"]["cast"][of] for of in ("p50", "p95", "longest")],
            "gates failed": [f"{gate['what']}: {gate['found']}" for gate in report["gates"] if not gate["holds"]],
        },
    )
    assert all(line["holds"] for line in report["reconciliation"]), said
    assert report["passed"], said
    assert _ended(pod)["exitCode"] == 0, said
    assert "polling-day: passed" in said
    assert (tmp_path / "report" / "report.html").stat().st_size > 10_000
    workers = kube.until("the workers' end", lambda: [one for one in _pods("load-worker") if _done(one)], 60)
    assert len(workers) == WORKERS


def _pods(part: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = kube.get("pods", "-l", f"uvote.org/part={part}", namespace=NAMESPACE)["items"]
    return found


def _done(pod: dict[str, Any]) -> bool:
    return bool(pod["status"].get("phase") == "Succeeded")


def _ended(name: str) -> Any:
    """How the master's Locust ended; nothing while it runs."""
    states = kube.get("pod", name, namespace=NAMESPACE)["status"].get("containerStatuses", [])
    return next((one["state"].get("terminated") for one in states if one["name"] == "locust"), None)
