"""A world with `election` and the function it asks for box keys."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.database import TestDatabase
from tests.functions.election.office import Member
from tests.world import World


@pytest.fixture
async def desk(database: TestDatabase, keys: Path) -> AsyncIterator[World]:
    """`election` and `result`: enough to draft and to schedule."""
    async with World(database, keys, ["election", "result"]) as made:
        yield made


@pytest.fixture
def ada(desk: World) -> Member:
    """A member of staff with nothing yet."""
    return Member(desk)
