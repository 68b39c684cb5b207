"""What a figure was measured on, in one line."""

import os
import platform
from pathlib import Path

from rich.console import Console

WIDE = 150
"""Columns that the bench's tables need, also where they go to a file."""


def wide() -> Console:
    """Where the bench prints."""
    return Console(width=max(WIDE, Console().width), highlight=False)


def machine() -> str:
    """Processor, how many of them, Python's version."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    return f"{name}, {os.cpu_count()} processors, Python {platform.python_version()}."
