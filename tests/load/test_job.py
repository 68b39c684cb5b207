"""The Jobs of a distributed run are what Kubernetes takes, and name what is there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from knative.lint.run import lint
from load.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parent.parent.parent
JOB = ROOT / "load" / "job.yaml"


def jobs() -> dict[str, Any]:
    found = yaml.safe_load_all(JOB.read_text())
    return {one["metadata"]["name"]: one["spec"] for one in found if one["kind"] == "Job"}


def test_the_lint_finds_nothing() -> None:
    assert lint([JOB]) == []


def test_master_and_workers_run_one_scenario_and_the_master_waits_for_all_of_them() -> None:
    master, workers = (jobs()[name] for name in ("load-master", "load-workers"))
    words = [spec["template"]["spec"]["containers"][0]["args"] for spec in (master, workers)]
    files = {word for some in words for word in some if word.endswith(".py")}
    assert len(files) == 1
    assert Path(files.pop()).stem.replace("_", "-") in SCENARIOS
    assert f"--expect-workers={workers['parallelism']}" in words[0]
    assert workers["parallelism"] == workers["completions"]


def test_both_end_by_themselves_and_are_not_tried_again() -> None:
    for spec in jobs().values():
        assert spec["backoffLimit"] == 0
        assert spec["activeDeadlineSeconds"] <= 7200
        assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_the_image_holds_what_the_jobs_run() -> None:
    assert {"load", "shared"} <= copied(JOB.parent / "Dockerfile")


@pytest.mark.parametrize("dockerfile", [ROOT / "Dockerfile", JOB.parent / "Dockerfile"], ids=["functions", "load"])
def test_all_that_an_image_copies_is_let_through_to_its_build(dockerfile: Path) -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied(dockerfile) <= let_through
    assert all((ROOT / one).exists() for one in let_through)


def copied(dockerfile: Path) -> set[str]:
    """What a Dockerfile takes from where it is built."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile.read_text(), re.MULTILINE)
    return {one for line in lines for one in line.split()}
