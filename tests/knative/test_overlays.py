"""Every overlay as kustomize makes it: what the lint would find only when it is too late. Needs kubectl, no cluster."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from functions import FUNCTIONS
from knative.cluster_secrets import write
from knative.deploy import FOLDER
from knative.lint.run import lint

OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
COMPONENTS = sorted(path.name for path in (FOLDER / "components").iterdir())

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not here")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the manifests with Secrets of its own."""
    for part in ("base", "components", "overlays"):
        shutil.copytree(FOLDER / part, tmp_path / part)
    write(tmp_path / "secrets", "https://vote.example.org")
    return tmp_path


def built(folder: Path) -> str:
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_whole_and_without_a_finding(tree: Path, overlay: str) -> None:
    made = tree / "made.yaml"
    made.write_text(built(tree / "overlays" / overlay))
    assert lint([made]) == []
    services = [d["metadata"]["name"] for d in yaml.safe_load_all(made.read_text()) if d["kind"] == "Service"]
    assert set(FUNCTIONS) <= set(services)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_can_be_put_on_the_base(tree: Path, component: str) -> None:
    (tree / "one").mkdir()
    kustomization = {"kind": "Kustomization", "resources": ["../base"], "components": [f"../components/{component}"]}
    (tree / "one" / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    assert built(tree / "one") != built(tree / "base")


def test_on_two_processors_no_function_has_more_than_two_pods(tree: Path) -> None:
    services = [
        d
        for d in yaml.safe_load_all(built(tree / "overlays" / "kind-small"))
        if d["kind"] == "Service" and d["apiVersion"].startswith("serving")
    ]
    most = [d["spec"]["template"]["metadata"]["annotations"]["autoscaling.knative.dev/max-scale"] for d in services]
    assert most == ["2"] * len(FUNCTIONS)


def test_with_kafka_every_owner_sends_to_its_ingress(tree: Path) -> None:
    (tree / "one").mkdir()
    kustomization = {"kind": "Kustomization", "resources": ["../base"], "components": ["../components/kafka-broker"]}
    (tree / "one" / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    sinks = [line.strip() for line in built(tree / "one").splitlines() if "broker-ingress" in line]
    assert len(sinks) == 5  # four owners, and the ConfigMap that says it
    assert all("kafka-broker-ingress" in line for line in sinks)


def test_the_name_that_voters_see_is_not_to_be_had_without_encryption(tree: Path) -> None:
    made = yaml.safe_load_all(built(tree / "overlays" / "prod"))
    [name] = [d for d in made if d["kind"] == "DomainMapping"]
    assert (
        name["spec"]["tls"] and name["metadata"]["annotations"]["networking.knative.dev/http-protocol"] == "redirected"
    )
