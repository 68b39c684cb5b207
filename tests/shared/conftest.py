"""Four owners and an election that nobody has heard of, for tests of what all functions share."""

from uuid import UUID, uuid4

import pytest

from tests.shared.owners import Owners
from tests.world import World


@pytest.fixture
def owners(world: World) -> Owners:
    """The four, with nothing to say yet."""
    return Owners(world)


@pytest.fixture
def election() -> UUID:
    return uuid4()
