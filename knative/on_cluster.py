"""One command inside the cluster, with the login of one function, in a pod of its own that is removed.

Run in it and not as it: what a container prints by itself is kept in logs, and a one-time link is no line for a log.
"""

import json
import secrets
from collections.abc import Sequence
from typing import Any

from knative.kubectl import kubectl
from knative.mistake import Mistake

LIFETIME = 300
"""Seconds after which the pod ends by itself, should nobody be left to remove it."""


def run(function: str, words: Sequence[str]) -> str:
    """What `uvote WORDS` prints with a function's own settings; raises Mistake with its own sentence."""
    template = json.loads(kubectl("get", "-n", "uvote", f"ksvc/{function}", "-o", "json"))["spec"]["template"]["spec"]
    pod = _pod(f"{function}-{secrets.token_hex(3)}", template)
    name = f"pod/{pod['metadata']['name']}"
    kubectl("create", "-f", "-", given=json.dumps(pod))
    try:
        kubectl("wait", "-n", "uvote", name, "--for=condition=Ready", "--timeout=120s")
        return kubectl("exec", "-n", "uvote", name, "--", "python", "-m", "knative.cli", *words)
    except Mistake as mistake:
        _, found, said = str(mistake).partition("uvote: ")
        raise Mistake(said.splitlines()[0]) if found else mistake from None
    finally:
        kubectl("delete", "-n", "uvote", name, "--wait=false")


def _pod(name: str, template: dict[str, Any]) -> dict[str, Any]:
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
            "terminationGracePeriodSeconds": 1,
            "volumes": template["volumes"],
            "containers": [
                {
                    "name": "command",
                    "command": ["python", "-c", f"import time; time.sleep({LIFETIME})"],
                    **{field: container[field] for field in taken},
                }
            ],
        },
    }
