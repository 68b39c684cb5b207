"""What a figure was measured on, in one line."""

import platform

from rich.console import Console

from load.machine import processors

WIDE = 150
"""Columns that the bench's tables need, also where they go to a file."""


def wide() -> Console:
    """Where the bench prints."""
    return Console(width=max(WIDE, Console().width), highlight=False)


def machine() -> str:
    """Processor, how many of them, Python's version."""
    return f"{processors()}, Python {platform.python_version()}."
