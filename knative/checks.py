"""The whole truth in one command: what must hold before anything is handed on."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent

LINTS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
    "imports": ("lint-imports",),
    "manifests": ("python", "-m", "knative.cli", "lint"),
}


def tests(words: Sequence[str] = ()) -> int:
    """Run pytest on both cores unless `words` say otherwise; its exit code. `--cluster`: only those of the cluster."""
    if "--cluster" in words:
        # In the order they are written in: each leaves the cluster as the next wants it.
        return _run(("pytest", "-n", "0", "-p", "no:randomly", "tests/cluster", *words))
    spread = () if any(word.startswith(("-n", "-p")) for word in words) else ("-n", "auto")
    return _run(("pytest", *spread, *words))


def lints() -> int:
    """Everything but the tests; 0 when all is well."""
    console = Console(stderr=True, highlight=False)
    failed = []
    for name, command in LINTS.items():
        console.print(f"{name} …", style="dim")
        if _run(command):
            failed.append(name)
    if failed:
        console.print(f"not well: {', '.join(failed)}", style="red")
    return 1 if failed else 0


def _run(command: Sequence[str]) -> int:
    program, *words = command
    return subprocess.run([Path(sys.executable).parent / program, *words], cwd=ROOT, check=False).returncode
