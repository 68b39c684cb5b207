"""kubectl, which every operator has: its login, its cluster, its words."""

import subprocess

from knative.mistake import Mistake

NOT_INSTALLED = "kubectl is not installed."


def kubectl(*words: str, given: str | None = None) -> str:
    """What kubectl prints; raises Mistake with its own last words."""
    try:
        done = subprocess.run(["kubectl", *words], input=given, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Mistake(NOT_INSTALLED) from None
    if done.returncode != 0:
        raise Mistake(f"kubectl {words[0]}: {done.stderr.strip()[-1000:]}")
    return done.stdout
