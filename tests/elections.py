"""An election made through the public API, as a test's opening sentence."""

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.world import World

CHAIR = {
    "id": "chair",
    "title": "Chair",
    "method": "plurality",
    "seats": 1,
    "options": [{"id": "ada", "name": "Ada"}, {"id": "bob", "name": "Bob"}, {"id": "cyd", "name": "Cyd"}],
}
BOARD = {
    "id": "board",
    "title": "Board",
    "method": "stv-scottish",
    "seats": 2,
    "options": [{"id": f"b{n}", "name": f"Candidate {n}"} for n in range(1, 6)],
}


def draft(**changes: Any) -> dict[str, Any]:
    """A draft that can be scheduled: open at once, for a day."""
    now = datetime.now(UTC)
    return {
        "title": "Spring election",
        "time_zone": "Europe/London",
        "opens_at": (now - timedelta(minutes=1)).isoformat(),
        "closes_at": (now + timedelta(days=1)).isoformat(),
        "contests": [CHAIR, BOARD],
        **changes,
    }


@dataclass
class Running:
    """A scheduled election in a world, with its organiser's and voters' doings."""

    world: World
    id: UUID
    session: str
    staff: UUID
    links: list[str] = field(default_factory=list)

    async def election(self, method: str, path: str = "", json: Any = None) -> httpx.Response:
        client = self.world.client("election", self.session)
        return await client.request(method, f"/elections/{self.id}{path}", json=json)

    async def seen(self) -> dict[str, Any]:
        seen: dict[str, Any] = (await self.election("GET")).json()
        return seen

    async def grant(self) -> str:
        return str((await self.election("POST", "/grant")).json()["grant"])

    async def pass_for(self, link: str) -> str:
        token = link.rpartition("/")[2]
        client = self.world.client("voter")
        answer = await client.post(f"/elections/{self.id}/passes", json={"token": token})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["pass"])

    async def digest(self) -> str:
        return str((await self.world.client("ballot").get(f"/boxes/{self.id}")).json()["digest"])

    async def cast(self, bearer: str, marks: dict[str, Any], nonce: str | None = None) -> httpx.Response:
        body = {"nonce": nonce or uuid4().hex, "definition": await self.digest(), "marks": marks}
        return await self.world.client("ballot", bearer).post(f"/boxes/{self.id}/papers", json=body)

    async def finish(self) -> dict[str, Any]:
        """Close now, and let everything that follows happen."""
        answer = await self.election("POST", "/close-now", {"reason": "All have voted"})
        assert answer.status_code == 200, answer.text
        await self.settle()
        return await self.seen()

    async def until(self, phase: str, seconds: float = 30) -> dict[str, Any]:
        """Tick until the election is in this phase."""
        deadline = time.monotonic() + seconds
        while (seen := await self.seen())["phase"] != phase:
            assert time.monotonic() < deadline, seen
            await self.settle(1)
        return seen

    async def settle(self, rounds: int = 4) -> None:
        for _ in range(rounds):
            await self.world.settle()
            await self.world.tick()
        await self.world.settle()


async def running(world: World, voters: int = 5, **changes: Any) -> Running:
    """An election that is scheduled (and open, unless `changes` say otherwise), with a roll and its links read out."""
    made = await scheduled(world, voters, **changes)
    await world.settle()
    return made


async def scheduled(world: World, voters: int = 5, **changes: Any) -> Running:
    """The same, while none of the others has heard of it."""
    staff = uuid4()
    session = world.token_session(staff=staff)
    answer = await world.client("election", session).post("/elections", json=draft(**changes))
    assert answer.status_code == 201, answer.text
    made = Running(world, UUID(answer.json()["id"]), session, staff)
    part = {"role": "owner", "links": True, "email": "ada@example.org", "name": "Ada"}
    answer = await made.election("PUT", f"/staff/{staff}", part)
    assert answer.status_code == 200, answer.text
    voter = world.client("voter", await made.grant())
    roll = "email,name\n" + "\n".join(f"v{n}@example.org,Voter {n}" for n in range(voters))
    answer = await voter.post(f"/elections/{made.id}/roll", content=roll, headers={"content-type": "text/csv"})
    assert answer.status_code == 200, answer.text
    answer = await made.election("POST", "/schedule")
    assert answer.status_code == 200, answer.text
    answer = await voter.post(f"/elections/{made.id}/links", json={"reason": "a test"})
    assert answer.status_code == 200, answer.text
    made.links = [link["url"] for link in answer.json()["links"]]
    assert all(re.fullmatch(r"http://frontend/v/[^/]+/[\w-]{22}", link) for link in made.links)
    return made
