"""A real Prometheus with our scrape jobs and alerts, told of the cluster's pods as its own discovery would tell it.

Debian's is built without the discovery of pods, so a file in its place names them, with the same labels: which pods are
asked, and where, is still decided by the rules of `prometheus.yaml`.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from knative.local.processes import free_port
from tests.cluster import kube
from tests.knative.test_observability import FOLDER

EVERY = "2s"


class Prometheus:
    """What it has scraped, asked for over its API."""

    def __init__(self, url: str, pods: Path) -> None:
        self.url = url
        self._pods = pods

    def look(self) -> None:
        """Tell it which pods there are now."""
        said = [
            {"targets": [address], "labels": labels}
            for namespace in (kube.NAMESPACE, "knative-serving")
            for pod in kube.get("pods", namespace=namespace)["items"]
            if pod["status"].get("podIP")
            for address, labels in _ports(pod)
        ]
        new = self._pods.with_suffix(".new")
        new.write_text(json.dumps(said))
        new.replace(self._pods)

    def up(self) -> dict[str, int]:
        """Pods that there are now and answered their last scrape, by scrape job."""
        self.look()
        found: dict[str, int] = {}
        for target in self._get("targets")["activeTargets"]:
            found[target["scrapePool"]] = found.get(target["scrapePool"], 0) + (target["health"] == "up")
        return found

    def ask(self, expression: str) -> list[Any]:
        """The series that an expression gives now."""
        return list(self._get("query", query=expression)["result"])

    def alerts(self) -> dict[str, str]:
        """Each alert rule's name and state."""
        return {rule["name"]: rule["state"] for group in self._get("rules")["groups"] for rule in group["rules"]}

    def _get(self, what: str, **params: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{what}", params=params, trust_env=False, timeout=10)
        return answer.raise_for_status().json()["data"]


@contextmanager
def prometheus(folder: Path) -> Iterator[Prometheus]:
    """Run one on loopback while the block runs, with its files in `folder`."""
    pods = folder / "pods.json"
    pods.write_text("[]")
    config = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())
    config["global"] |= {"scrape_interval": EVERY, "evaluation_interval": EVERY}
    for job in config["scrape_configs"]:
        (found,) = job.pop("kubernetes_sd_configs")
        (namespace,) = found["namespaces"]["names"]
        job["file_sd_configs"] = [{"files": [str(pods)], "refresh_interval": "2s"}]
        only = {"source_labels": ["__meta_kubernetes_namespace"], "regex": namespace, "action": "keep"}
        job["relabel_configs"] = [only, *job["relabel_configs"]]
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    shutil.copy(FOLDER / "alerts.yaml", folder)
    address = f"127.0.0.1:{free_port()}"
    words = ["prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*words, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        kube.until("Prometheus", lambda: _answers(address), 30)
        yield Prometheus(f"http://{address}", pods)
    finally:
        process.terminate()
        process.wait(30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/-/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False


def _ports(pod: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """The address and the labels that discovery gives a pod: once a port, or once for a container without."""
    ip = pod["status"]["podIP"]
    own = {
        "__meta_kubernetes_namespace": pod["metadata"]["namespace"],
        "__meta_kubernetes_pod_name": pod["metadata"]["name"],
        "__meta_kubernetes_pod_phase": pod["status"]["phase"],
        "__meta_kubernetes_pod_ip": ip,
        **{
            f"__meta_kubernetes_pod_label_{_spelt(name)}": value
            for name, value in pod["metadata"].get("labels", {}).items()
        },
    }
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or [{}]:
            yield (
                f"{ip}:{port['containerPort']}" if port else ip,
                {
                    **own,
                    "__meta_kubernetes_pod_container_name": container["name"],
                    "__meta_kubernetes_pod_container_port_name": port.get("name", ""),
                },
            )


def _spelt(label: str) -> str:
    return "".join(one if one.isalnum() else "_" for one in label)
