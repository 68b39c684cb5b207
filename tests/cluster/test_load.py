"""A thousand voters through the gateway, by `uvote load`; before the opening bell there is time to fall asleep."""

import csv
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import figures
from tests.cluster.conftest import GATEWAY, Desk
from tests.cluster.report import SCENARIOS

VOTERS = os.environ.get("UVOTE_TEST_VOTERS", "1000")
ASLEEP = ["--opens-in", "300"]
"""Longer than the functions take to fall asleep."""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_thousand_voters(desk: Desk, scenario: str) -> None:
    folder = figures.FOLDER / "load" / scenario
    words = [scenario, "--users", VOTERS, "--host", GATEWAY, "--email", desk.email, "--on-cluster"]
    words += ["--report", str(folder), *(ASLEEP if scenario == "opening-bell" else [])]
    done = subprocess.run(
        [sys.executable, "-m", "knative.cli", "load", *words],
        env={**os.environ, "UVOTE_PASSWORD": desk.password},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    slept = _slept(folder / "pods.csv")
    figures.note(f"load-{scenario}", _short(json.loads((folder / "report.json").read_text())) | {"slept": slept})
    assert done.returncode == 0, done.stdout
    assert slept or scenario != "opening-bell"


def _short(report: dict[str, Any]) -> dict[str, Any]:
    """What is told of a run in the cluster's own report."""
    names = report["figures"]["names"]
    return {
        "voters": report["plan"]["users"],
        "requests": report["figures"]["requests"],
        "failed": report["figures"]["failed"],
        "ends": report["ends"],
        "milliseconds": {name: [names[name]["p50"], names[name]["p95"], names[name]["longest"]] for name in names},
        "first answer": report["figures"]["first_answer"],
        "reconciled": all(line["holds"] for line in report["reconciliation"] or [{"holds": False}]),
        "undecided": report["undecided"],
        "gates failed": [f"{gate['what']}: {gate['found']}" for gate in report["gates"] if not gate["holds"]],
        "achieved": report["achieved"],
        "processors": {row["name"]: row["processors"] for row in report["used"]},
        "busiest": {row["name"]: row["busiest"] for row in report["used"]},
        "pods": {fact.split()[2]: int(most) for fact, most in report["facts"].items() if fact.startswith("pods of ")},
    }


def _slept(seen: Path) -> bool:
    """Whether at one look there was no pod at all: before the bell, since a run ends before functions fall asleep."""
    pods: dict[str, int] = defaultdict(int)
    with seen.open(newline="") as lines:
        for row in csv.DictReader(lines):
            pods[row["second"]] += int(row["pods"])
    return 0 in pods.values()
