"""A world with `auth` alone, where a password costs next to nothing to check."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from functions.auth import passwords
from tests.database import TestDatabase
from tests.functions.auth.staff import Office
from tests.world import World


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """bcrypt at its lowest cost; `test_passwords.py` checks the real one."""
    if "real_cost" not in request.keywords:
        monkeypatch.setattr(passwords, "COST", 4)


@pytest.fixture
async def office(database: TestDatabase, keys: Path) -> AsyncIterator[Office]:
    """`auth`, and people who work with it."""
    async with World(database, keys, ["auth"]) as world:
        yield Office(world)
