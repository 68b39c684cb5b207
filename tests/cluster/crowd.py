"""Voters that cast at a steady rate while something happens to the cluster, each until it has a definite answer."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from load.organiser import Organiser, told

PATIENCE = 90.0
"""Seconds for which a voter tries again; the pages do so for ten, and then ask the voter to press again."""


@dataclass
class Crowd:
    """What became of a crowd. `receipts`: voter → receipt; `troubles`: answers that made a voter try again."""

    election: str
    receipts: dict[int, str] = field(default_factory=dict)
    troubles: Counter[str] = field(default_factory=Counter)
    undecided: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """Seconds from the first try to the receipt, for each voter."""


async def scheduled(desk: Organiser, voters: int, title: str, opens_in: timedelta = timedelta()) -> str:
    """An election with a roll, scheduled to open after so long: its id."""
    opens_at = datetime.now(UTC) + opens_in
    contest = {"title": "Chair", "method": "plurality", "seats": 1, "options": [{"name": "Ada"}, {"name": "Ben"}]}
    draft = {
        "title": title,
        "opens_at": opens_at.isoformat(),
        "closes_at": (opens_at + timedelta(days=1)).isoformat(),
        "publish": "after the count",
        "contests": [contest],
    }
    this = str((await desk.election("POST", "", draft))["id"])
    await desk.may_read_links(this)
    await desk.roll(this, "email,name\n" + "".join(f"v{n}@example.org,Voter {n}\n" for n in range(voters)))
    await desk.election("POST", f"/{this}/schedule")
    return this


async def election(desk: Organiser, voters: int, title: str) -> tuple[str, str, list[str]]:
    """An open election with a roll: its id, the digest of its definition, and the voters' tokens."""
    this = await scheduled(desk, voters, title)
    await desk.wait(this, "the box", lambda seen: seen["shown_phase"] == "open" and seen["box"])
    tokens = [link["url"].rpartition("/")[2] for link in await desk.links(this, "A test of the cluster")]
    box = told(await desk.client.get(f"/api/ballot/boxes/{this}"), "The box")
    return this, box["digest"], tokens


async def cast(
    desk: Organiser, made: tuple[str, str, list[str]], rate: float, during: Callable[[], Awaitable[None]]
) -> Crowd:
    """Every voter of an election casts, `rate` a second, while `during()` runs; both are waited for."""
    this, digest, tokens = made
    crowd = Crowd(this)

    async def voter(number: int, token: str) -> None:
        await asyncio.sleep(number / rate)
        began = time.monotonic()
        taken = await _definite(desk, crowd, f"/api/voter/elections/{this}/passes", {"token": token}, {})
        if taken is not None:
            paper = {"nonce": secrets.token_hex(16), "definition": digest, "marks": {"c1": ["o1"]}}
            bearer = {"Authorization": f"Bearer {taken['pass']}"}
            answer = await _definite(desk, crowd, f"/api/ballot/boxes/{this}/papers", paper, bearer)
            if answer is not None:
                crowd.receipts[number] = answer["receipt"]
                crowd.waits.append(time.monotonic() - began)
                return
        crowd.undecided.append(number)

    await asyncio.gather(during(), *(voter(number, token) for number, token in enumerate(tokens)))
    return crowd


async def reconciled(desk: Organiser, crowd: Crowd) -> dict[str, Any]:
    """Close, count, and compare: every receipt given is on the board, and no paper is there without one."""
    await desk.election("POST", f"/{crowd.election}/close-now", {"reason": "Everybody has cast"})
    await desk.wait(crowd.election, "the result", lambda seen: seen["phase"] == "published", 400)
    board = (await desk.client.get(f"/api/ballot/boxes/{crowd.election}/receipts")).text.split()
    record = await desk.result(crowd.election)
    papers = record["contests"][0]["count"]["papers"]
    return {
        "cast": len(crowd.receipts),
        "undecided": len(crowd.undecided),
        "on the board": len(board),
        "missing": len(set(crowd.receipts.values()) - set(board)),
        "papers counted": papers,
        "tried again": dict(crowd.troubles),
        "longest wait": round(max(crowd.waits, default=0.0), 1),
    }


async def _definite(
    desk: Organiser, crowd: Crowd, path: str, body: dict[str, Any], headers: dict[str, str]
) -> Any | None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            answer = await desk.client.post(path, json=body, headers=headers, timeout=15)
        except httpx.HTTPError as error:
            crowd.troubles[f"{path.rpartition('/')[2]}: {type(error).__name__}"] += 1
        else:
            if answer.status_code < 500:
                return told(answer, path)
            crowd.troubles[f"{path.rpartition('/')[2]}: {answer.status_code}"] += 1
        await asyncio.sleep(0.5)
    return None
