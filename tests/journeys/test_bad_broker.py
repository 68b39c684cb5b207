"""Real processes behind a broker that loses, repeats, delays and so reorders: each election ends where it should."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from load.organiser import Organiser
from shared.contracts.states import OWNERS
from tests.database import Server
from tests.system import System, started

pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.timeout(240)]

CHAOS = {"lose": 0.15, "repeat": 0.3, "delay_ms": [0, 500], "seed": 20261125}


@pytest.fixture(scope="module")
def shaky(server: Server, keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("shaky") / "uvote"
    with started(server, keys, folder, UVOTE_BROKER_CHAOS=json.dumps(CHAOS)) as it:
        asyncio.run(quicken(it.platform.machine.database_url))
        yield it


async def quicken(database_url: str) -> None:
    """Let the owners' clocks run three times as fast: pauses double up to ten minutes where much is lost."""
    connection = await asyncpg.connect(database_url)
    now = await connection.fetchval("select clock_timestamp()")
    for schema in OWNERS.values():
        await connection.execute(
            f"create or replace function {schema}.clock() returns timestamptz language sql volatile as "
            f"$$ select '{now.isoformat()}'::timestamptz + (clock_timestamp() - '{now.isoformat()}') * 3 $$"
        )
    await connection.close()


async def opened(desk: Organiser, **changes: Any) -> str:
    now = datetime.now(UTC)
    draft = {
        "title": "Captain",
        "opens_at": now.isoformat(),
        "closes_at": (now + timedelta(days=2)).isoformat(),
        "publish": "after the count",
        "contests": [{"title": "Captain", "options": [{"name": "Ada"}, {"name": "Bob"}]}],
        **changes,
    }
    election = str((await desk.election("POST", "", draft))["id"])
    await desk.roll(election, "email,name\nada@example.org,Ada\n")
    await desk.election("POST", f"/{election}/schedule")
    return election


def settled(seen: dict[str, Any]) -> bool:
    return not seen["behind"] and bool(seen["count"]) and bool(seen["count"]["key_erased"])


async def closed(desk: Organiser) -> dict[str, Any]:
    election = await opened(desk)
    await desk.wait(election, "the box", lambda seen: seen["box"])
    await desk.election("POST", f"/{election}/close-now", {"reason": "A test"})
    return await ended(desk, election)


async def extended(desk: Organiser) -> dict[str, Any]:
    election = await opened(desk)
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    await desk.election("POST", f"/{election}/extend", {"closes_at": later, "reason": "Snow"})
    asked = await desk.wait(
        election, "the extension", lambda seen: seen["box"] and seen["box"]["closes_at"] == seen["closes_at"]
    )
    assert datetime.fromisoformat(asked["closes_at"]) == datetime.fromisoformat(later)
    await desk.election("POST", f"/{election}/close-now", {"reason": "A test"})
    return await ended(desk, election)


async def cancelled(desk: Organiser) -> dict[str, Any]:
    now = datetime.now(UTC)
    later = {"opens_at": (now + timedelta(days=1)).isoformat(), "closes_at": (now + timedelta(days=2)).isoformat()}
    election = await opened(desk, **later)
    await desk.election("POST", f"/{election}/cancel", {"reason": "A test"})
    return await ended(desk, election)


async def annulled(desk: Organiser) -> dict[str, Any]:
    election = await opened(desk)
    await desk.election("POST", f"/{election}/annul", {"reason": "A test"})
    return await ended(desk, election)


async def ended(desk: Organiser, election: str) -> dict[str, Any]:
    seen: dict[str, Any] = await desk.wait(election, "the end", settled, 180)
    return seen


async def test_every_election_ends_as_with_a_faithful_broker(shaky: System) -> None:
    async with shaky.organiser() as desk:
        await desk.session()
        ends = await asyncio.gather(*(way(desk) for way in (closed, extended, cancelled, annulled)))

    assert [seen["phase"] for seen in ends] == ["published", "published", "cancelled", "annulled"]
    assert {seen["box"]["phase"] for seen in ends} == {"cleared"}
    assert [(seen["roll"]["marked"], seen["roll"]["unknown"], seen["box"]["papers"]) for seen in ends[:2]] == [
        (0, 0, 0)
    ] * 2
