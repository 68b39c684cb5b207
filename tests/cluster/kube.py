"""The cluster as tests see it: what runs, what it says, and how it is begun anew."""

import json
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from functions import FUNCTIONS
from knative.kubectl import kubectl
from knative.mistake import Mistake

NAMESPACE = "uvote"


def get(*words: str, namespace: str = NAMESPACE) -> Any:
    """What the cluster says of something, as JSON; `items` where it is a list."""
    return json.loads(kubectl("get", "-n", namespace, *words, "-o", "json"))


def versions() -> dict[str, str]:
    """Of Kubernetes, and of Knative Serving."""
    server = json.loads(kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]
    serving = kubectl(
        "get", "-n", "knative-serving", "deploy/controller", "-o",
        "jsonpath={.metadata.labels.app\\.kubernetes\\.io/version}",
    )  # fmt: skip
    return {"kubernetes": server, "knative": serving}


def pods(function: str | None = None) -> list[dict[str, Any]]:
    """The pods of one function, or of all six, that are not on their way out."""
    label = f"serving.knative.dev/service={function}" if function else "serving.knative.dev/service"
    return [pod for pod in get("pods", "-l", label)["items"] if "deletionTimestamp" not in pod["metadata"]]


def ready(pod: dict[str, Any]) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))


def started(pod: dict[str, Any]) -> datetime:
    """When the pod was made."""
    return datetime.fromisoformat(pod["metadata"]["creationTimestamp"])


def at_zero() -> bool:
    """No pod of any function, not even one on its way out."""
    return not get("pods", "-l", "serving.knative.dev/service")["items"]


def until(what: str, true: Callable[[], Any], seconds: float, every: float = 1.0) -> Any:
    """Look again and again; what `true` answered, or a failure that says what was waited for."""
    end = time.monotonic() + seconds
    while True:
        if found := true():
            return found
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(every)


def generations() -> dict[str, int]:
    """The generation of everything that is declared: it grows with each change of what is wanted."""
    kinds = "ksvc,broker,trigger,cronjob,job,statefulset,networkpolicy,domainmapping"
    return {
        f"{item['kind']} {item['metadata']['name']}": item["metadata"].get("generation", 0)
        for item in get(kinds)["items"]
    }


def logs(pod: str, container: str, namespace: str = NAMESPACE) -> str:
    """Everything a container has said so far, and what the one before it in this pod said."""
    said = ""
    for more in ((), ("--previous",)):
        try:
            said += kubectl("logs", "-n", namespace, pod, "-c", container, *more)
        except Mistake:
            continue
    return said


def sql(statement: str) -> str:
    """What PostgreSQL's administrator is answered."""
    words = ("exec", "-n", NAMESPACE, "postgres-0", "-c", "postgres", "--")
    return kubectl(*words, "psql", "-U", "postgres", "-h", "/var/run/postgresql", "-At", "uvote", "-c", statement)


def forget() -> None:
    """Take UVote off the cluster, its data too."""
    for kind in ("ksvc", "statefulset", "cronjob", "job"):
        _quietly("delete", "-n", NAMESPACE, kind, "--all", "--timeout=120s")
    _quietly("delete", "-n", NAMESPACE, "pods", "--all", "--force", "--grace-period=0")
    _quietly("delete", "namespace", NAMESPACE, "--timeout=180s")
    _quietly("delete", "pv", "uvote-postgres", "--timeout=60s")
    _empty_the_volume()


def _empty_the_volume() -> None:
    """A Retain volume keeps its folder on the node: a pod of the node removes it."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "uvote-empty-volume", "namespace": "default"},
        "spec": {
            "restartPolicy": "Never",
            "volumes": [{"name": "lib", "hostPath": {"path": "/var/lib"}}],
            "containers": [
                {
                    "name": "rm",
                    "image": "postgres:15",
                    "command": ["rm", "-rf", "/lib-of-node/uvote-postgres"],
                    "volumeMounts": [{"name": "lib", "mountPath": "/lib-of-node"}],
                }
            ],
        },
    }
    kubectl("apply", "-f", "-", given=json.dumps(pod))
    kubectl("wait", "pod/uvote-empty-volume", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
    kubectl("delete", "pod", "uvote-empty-volume", "--force", "--grace-period=0")


def _quietly(*words: str) -> None:
    subprocess.run(["kubectl", *words], capture_output=True, check=False)


def everything_ready() -> bool:
    services = {item["metadata"]["name"]: item["status"].get("conditions", []) for item in get("ksvc")["items"]}
    return all(
        any(c["type"] == "Ready" and c["status"] == "True" for c in services.get(name, [])) for name in FUNCTIONS
    )
