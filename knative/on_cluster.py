"""One command inside the cluster, with the login of one function: a pod that runs it, is read, and is removed."""

import json
import secrets
from collections.abc import Sequence
from typing import Any

from knative.kubectl import kubectl
from knative.mistake import Mistake

WITHIN = 120


def run(function: str, words: Sequence[str]) -> str:
    """What `uvote WORDS` prints with a function's own settings; raises Mistake with its last words."""
    template = json.loads(kubectl("get", "-n", "uvote", f"ksvc/{function}", "-o", "json"))["spec"]["template"]["spec"]
    pod = _pod(f"{function}-{secrets.token_hex(3)}", template, words)
    name = f"pod/{pod['metadata']['name']}"
    kubectl("create", "-f", "-", given=json.dumps(pod))
    try:
        kubectl(
            "wait", "-n", "uvote", name, "--for=jsonpath={.status.containerStatuses[0].state.terminated}",
            f"--timeout={WITHIN}s",
        )  # fmt: skip
        said = kubectl("logs", "-n", "uvote", name)
        ended = json.loads(kubectl("get", "-n", "uvote", name, "-o", "json"))
        if ended["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] != 0:
            raise Mistake(said.strip().removeprefix("uvote: ") or "The command ended without a word.")
        return said
    finally:
        kubectl("delete", "-n", "uvote", name, "--wait=false")


def _pod(name: str, template: dict[str, Any], words: Sequence[str]) -> dict[str, Any]:
    (container,) = template["containers"]
    taken = ("image", "env", "resources", "securityContext", "volumeMounts")
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "uvote", "labels": {"uvote.org/part": "function"}},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "volumes": template["volumes"],
            "containers": [
                {
                    "name": "command",
                    "command": ["python", "-m", "knative.cli", *words],
                    **{field: container[field] for field in taken},
                }
            ],
        },
    }
