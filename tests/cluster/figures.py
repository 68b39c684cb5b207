"""Figures that the cluster tests measure; `python -m tests.cluster.report` makes knative/REPORT.md of them."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent.parent / "reports" / "cluster"


def note(name: str, figures: Any) -> None:
    """Keep what was measured under a name; measured again, it replaces what was there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(figures, indent=1))
