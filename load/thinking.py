"""How long people take between two pages, by a stated distribution: log-normal, with a median and a spread for each.

Log-normal, since most are quick and a few take long; the medians are guesses for a paper of two contests, not measured
on people. Pure.
"""

import math
from random import Random

PAUSES = {"landing": (5.0, 0.5), "paper": (18.0, 0.6), "review": (6.0, 0.5), "receipt": (6.0, 0.5)}
"""Page → median in seconds, standard deviation of the logarithm."""
MEAN = sum(median * math.exp(spread**2 / 2) for median, spread in PAUSES.values())
"""Seconds that a voter thinks on the way from the link to the checked receipt, on average."""
LONGEST = 8.0
"""Times the median; nobody thinks for longer."""


def pause(page: str, chance: Random, times: float = 1.0) -> float:
    """Seconds that somebody looks at a page."""
    median, spread = PAUSES[page]
    return times * min(chance.lognormvariate(math.log(median), spread), LONGEST * median)
