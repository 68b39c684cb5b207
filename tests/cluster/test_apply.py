"""From nothing to six functions that are ready, and a second time that changes nothing."""

import time

from functions import FUNCTIONS
from knative.deploy import FOLDER, PLATFORM
from knative.kubectl import kubectl
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
