"""Each manifest that breaks a rule of the lint, given to the cluster's own admission: the two verdicts side by side."""

import subprocess
from collections.abc import Iterator

import pytest

from knative.kubectl import kubectl
from tests.cluster import figures
from tests.knative.lint.cases import CASES, GOOD

NAMESPACE = "uvote-webhooks"
SINCE_117 = "privileged: false"
"""Knative before 1.17 refuses this; the lint speaks of 1.23."""


@pytest.fixture(scope="module")
def namespace() -> Iterator[None]:
    kubectl("apply", "-f", "-", given=f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {NAMESPACE}}}\n")
    yield
    kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def verdict(manifests: str) -> str:
    """Empty where everything was taken; else what was said."""
    done = subprocess.run(
        ["kubectl", "apply", "--dry-run=server", "-f", "-"],
        input=manifests.replace("namespace: uvote", f"namespace: {NAMESPACE}"),
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr


def test_what_the_lint_takes_is_taken(namespace: None) -> None:
    assert verdict(GOOD) == ""


def test_the_cluster_refuses_what_the_lint_says_it_refuses(namespace: None) -> None:
    rows = []
    for case in CASES:
        said = verdict(case.manifests)
        rows.append(
            {
                "rule": case.rule,
                "change": " ".join(case.new.split())[-70:],
                "expected": "refused" if case.refused else "taken",
                "cluster": "refused" if said else "taken",
                "said": " ".join(said.split())[:300],
            }
        )
    figures.note("verdicts", rows)
    other = [row for row in rows if row["expected"] != row["cluster"]]
    assert [row["change"] for row in other if row["change"] != SINCE_117] == []
