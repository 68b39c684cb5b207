"""The component for operators on a cluster: scraped by a real Prometheus, asked what the dashboard asks."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from knative.kubectl import kubectl
from knative.local.manifests import BASE
from load.organiser import Organiser
from tests.cluster import crowd, figures, kube
from tests.cluster.conftest import IMAGE, Desk, uvote
from tests.cluster.scraping import Prometheus, prometheus
from tests.knative.test_observability import FOLDER, dashboard

SINCE_1_19 = "vector($names) == 1"
VOTERS, RATE = 300, 20.0


@pytest.fixture
def measured(desk: Desk, tmp_path: Path) -> Iterator[None]:
    """UVote with the component, as an operator's own overlay adds it; without it again at the end."""
    parts = {"resources": BASE.parent / "overlays" / "kind-small", "components": FOLDER}
    own = (tmp_path / "overlay").resolve()
    own.mkdir()
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    lines = [f"{kind}: [{os.path.relpath(path, own)}]\n" for kind, path in parts.items()]
    (own / "kustomization.yaml").write_text(head + "".join(lines))
    uvote("deploy", str(own), "--image", IMAGE)
    yield
    uvote("deploy", "kind-small", "--image", IMAGE)
    for file in ("exporter.yaml", "network-policies.yaml"):
        kubectl("delete", "--ignore-not-found", "-f", str(FOLDER / file))


@pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus (Debian's) is not installed")
def test_prometheus_is_told_what_the_dashboard_and_the_alerts_ask_for(
    measured: None, desk: Desk, tmp_path: Path
) -> None:
    asked = [question for question in dashboard() if SINCE_1_19 not in question]
    questions = [question.replace("$namespace", "uvote").replace("$names", "0") for question in asked]
    with prometheus(tmp_path) as server:
        desk.run(lambda organiser: _voted(organiser, server))
        up = kube.until("targets of every job", lambda: _all_up(server.up()), 60)
        silent = [question for question in questions if not server.ask(question)]
        # Other tests leave dead letters behind. The exporter itself is away until its first scrape.
        letters = {"UVoteDeadLetters"} if server.ask("uvote_dead_letters > 0") else set()
        kube.until("the alerts have settled", lambda: _raised(server.alerts()) == letters, 30)
        alerts = server.alerts()
    figures.note("metrics", {"targets": up, "questions": len(questions), "silent": silent, "alerts": alerts})
    assert silent == []
    assert {alerts[name] for name in letters} <= {"firing"}


async def _voted(organiser: Organiser, server: Prometheus) -> None:
    """An election in which voters cast, while Prometheus is told again and again which pods there are."""

    async def look() -> None:
        for _ in range(round(VOTERS / RATE)):
            await asyncio.to_thread(server.look)
            await asyncio.sleep(1)

    made = await crowd.election(organiser, VOTERS, "Figures")
    cast = await crowd.cast(organiser, made, RATE, look)
    assert len(cast.receipts) == VOTERS


def _raised(alerts: dict[str, str]) -> set[str]:
    """Those that fire or will."""
    return {name for name, state in alerts.items() if state != "inactive"}


def _all_up(up: dict[str, int]) -> dict[str, int] | None:
    return up if len(up) == 3 and all(up.values()) else None
