"""Dashboard, alerts and scrape jobs name only metrics that somebody tells."""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from knative import exporter
from knative.lint.run import lint
from knative.local.manifests import BASE
from shared import metrics

FOLDER = BASE.parent / "components" / "observability"
RECORDED = Path(__file__).parent / "recorded" / "names.txt"
"""Names and kinds as a running Knative 1.15 told them."""
SINCE_1_19 = {
    "kn_revision_pods_desired",
    "kn_revision_pods_count",
    "kn_revision_panic_mode",
    "kn_revision_concurrency_stable",
    "kn_revision_concurrency_target",
    "kn_revision_request_concurrency",
    "kn_serving_invocation_duration_seconds_bucket",
}
"""Knative's documented OpenTelemetry names in Prometheus' spelling; not seen running."""
NAME = re.compile(r"\b(?:uvote|autoscaler|activator|revision|kn|mt_broker|inmemorychannel)_[a-z0-9_]+")
LABELS = {"revision_name", "kn_revision_name"}


def dashboard() -> list[str]:
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def alerts() -> list[str]:
    (group,) = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    return [rule["expr"] for rule in group["rules"]]


def seen() -> set[str]:
    found = set()
    for line in RECORDED.read_text().splitlines():
        name, kind = line.split()
        found |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "histogram" else {name}
    return found


async def ours() -> set[str]:
    tally = metrics.Tally("ballot")
    tally.note("/papers", "POST", 201, 0.1)
    told = exporter.page({figure: {"ballot": 0.0} for figure in exporter.FIGURES})
    text = (await tally.page()).decode() + told.decode()
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


@pytest.mark.parametrize("questions", [dashboard(), alerts()], ids=["dashboard", "alerts"])
def test_every_metric_is_told_by_us_or_by_knative(questions: list[str]) -> None:
    named = {name for question in questions for name in NAME.findall(question)} - LABELS
    assert len(named) > 5
    assert named <= asyncio.run(ours()) | seen() | SINCE_1_19


def test_every_figure_of_the_exporter_raises_an_alert() -> None:
    named = {name for question in alerts() for name in NAME.findall(question)}
    assert {name for name, _ in exporter.FIGURES.values()} <= named


def test_the_component_passes_the_lint_beside_what_it_is_added_to() -> None:
    assert lint([BASE, FOLDER / "exporter.yaml", FOLDER / "network-policies.yaml"]) == lint([BASE])


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (Debian's prometheus) is not installed")
@pytest.mark.parametrize(
    "words", [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")], ids=" ".join
)
def test_promtool_takes_the_alerts_and_they_fire_when_they_should(words: tuple[str, ...]) -> None:
    done = subprocess.run(["promtool", *words], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (Debian's prometheus) is not installed")
def test_promtool_takes_the_scrape_jobs(tmp_path: Path) -> None:
    """Debian's is built without the discovery of pods: a fixed target stands in its place."""
    config = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())
    for job in config["scrape_configs"]:
        del job["kubernetes_sd_configs"]
        job["static_configs"] = [{"targets": ["127.0.0.1:9095"]}]
    del config["rule_files"]
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(config))
    words = ["promtool", "check", "config", str(tmp_path / "prometheus.yaml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
