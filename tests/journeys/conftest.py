"""What the browser journeys share."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def pictures(pytestconfig: pytest.Config) -> Callable[[str], Path | None]:
    """A journey's folder for its pictures, None where none are wanted."""
    folder = pytestconfig.getoption("screenshots")
    return lambda journey: Path(folder) / journey if folder else None
