"""Percentiles by the nearest rank: always a value that was measured. Pure."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` percent do not exceed; raises ValueError for none at all."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(len(values) * part / 100) - 1)]
