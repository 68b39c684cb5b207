"""The stages of the broker's conformance tests: one a run and way of answering."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.knative.local.stage import Stage, staged

LAST = "after every subscriber"
WAYS = ["given"] if "UVOTE_TEST_BROKER_URL" in os.environ else ["at once", LAST]


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Stage]]:
    """Stages by their Broker's way of answering, each made when it is first wanted."""
    with ExitStack() as made:
        yield cache(lambda way: made.enter_context(staged(tmp_path_factory.mktemp("broker"), blocking=way == LAST)))


@pytest.fixture(params=WAYS)
def stage(request: pytest.FixtureRequest, stages: Callable[[str], Stage]) -> Stage:
    """A Broker with its Triggers and subscribers. Where it answers last, what did not arrive by then never will."""
    return stages(request.param)
