"""From nothing to six functions that are ready, and a second time that changes nothing."""

import time
from pathlib import Path

import pytest
import yaml

from functions import FUNCTIONS
from knative import cluster_secrets
from knative.deploy import FOLDER, PLATFORM
from knative.kubectl import kubectl
from knative.mistake import Mistake
from tests.cluster import figures, kube
from tests.cluster.conftest import uvote


def test_kubectl_apply_makes_everything_and_a_second_time_changes_nothing() -> None:
    kube.forget()
    uvote("secrets", "--public-url", "http://127.0.0.1:31080")
    overlay = str(FOLDER / "overlays" / "kind-small")
    began = time.monotonic()
    kubectl(*PLATFORM)
    kubectl("apply", "-k", overlay)
    kube.until("six functions ready", kube.everything_ready, 180)
    kubectl("wait", "-n", "uvote", "--for=condition=Complete", "job", "--all", "--timeout=120s")
    took = time.monotonic() - began
    before = kube.generations()
    kubectl("apply", "-k", overlay)
    kubectl("diff", "-k", overlay)  # fails where anything would still be changed
    assert kube.generations() == before
    assert {f"Service {name}" for name in FUNCTIONS} <= set(before)
    figures.note("apply", {"seconds": round(took, 1)})


def test_from_a_checkout_with_other_secrets_nothing_is_deployed(deployed: None, tmp_path: Path) -> None:
    """As a fresh clone has them: `result` could never again open what is in the boxes."""
    others = list(yaml.safe_load_all(cluster_secrets.write(tmp_path, "http://127.0.0.1:31080").read_text()))
    with pytest.raises(Mistake, match="uvote-secret-result"):
        cluster_secrets.only_those_there(one for one in others if one["metadata"]["name"] == "uvote-secret-result")
