"""What the pages ask of the other functions; a refusal comes back as an answer, trouble as an error."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request

from shared.errors import NotFound, Unavailable
from shared.peers import PeerDown, Peers

WAKE_EVERY = 5.0
"""Seconds between two wakings by one process."""
CAST_PAUSES = (0.0, 0.5, 2.0, 5.0)
"""A cast is sent again with the same body after these pauses, all within ten seconds."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Another function's answer."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def code(self) -> str:
        """The stable code of a refusal."""
        return str(self.body.get("code", "error")) if isinstance(self.body, dict) else "error"

    @property
    def detail(self) -> str:
        """The plain sentence of a refusal."""
        return str(self.body.get("detail", "")) if isinstance(self.body, dict) else ""


class NoSuchElection(NotFound):
    code = "no_such_election"
    sentence = "There is no election at this address, or it is not announced yet."


def peers(request: Request) -> Peers:
    """The other functions, as this process reaches them."""
    found: Peers = request.app.state.peers
    return found


async def ask(
    request: Request,
    function: str,
    method: str,
    path: str,
    *,
    token: str | None = None,
    json: Any = None,
    content: bytes | None = None,
    params: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    timeout: float = 20,
) -> Answer:
    """One request to another function; raises PeerDown when it does not answer."""
    response = await peers(request).request(
        function,
        method,
        path,
        token=token,
        json=json,
        content=content,
        params=params,
        headers=headers,
        timeout=timeout,
    )
    is_json = "json" in response.headers.get("content-type", "")
    return Answer(response.status_code, response.json() if is_json else response.text)


async def public(request: Request, election: UUID) -> dict[str, Any]:
    """What voters may know of an election; raises NoSuchElection."""
    answer = await ask(request, "election", "GET", f"/elections/{election}/public")
    if not answer.ok:
        raise NoSuchElection
    found: dict[str, Any] = answer.body
    return found


async def cast(request: Request, election: UUID, token: str, body: dict[str, Any]) -> Answer:
    """Put a paper into the box, patiently: the same body again cannot be counted twice. Raises PeerDown at last."""
    until = time.monotonic() + 10
    for pause in CAST_PAUSES:
        await asyncio.sleep(pause)
        try:
            left = max(1.0, until - time.monotonic())
            return await ask(
                request, "ballot", "POST", f"/boxes/{election}/papers", token=token, json=body, timeout=left
            )
        except Unavailable:
            continue
    raise PeerDown


_woken = {"at": float("-inf")}
_waking: set["asyncio.Task[None]"] = set()


def wake(request: Request) -> None:
    """Let `voter` and `ballot` start side by side while the voter reads, so that cold starts do not add up."""
    if time.monotonic() - _woken["at"] < WAKE_EVERY:
        return
    _woken["at"] = time.monotonic()

    async def call(function: str) -> None:
        try:
            await peers(request).request(function, "GET", "/health", timeout=30)
        except Unavailable:
            return  # the voter's own request will say so

    for function in ("voter", "ballot"):
        task = asyncio.ensure_future(call(function))
        _waking.add(task)
        task.add_done_callback(_waking.discard)
