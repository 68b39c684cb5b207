"""What the pages ask of the other functions; a refusal comes back as an answer, trouble as an error."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request

from functions.frontend.asked_once import AskedOnce
from shared.errors import NotFound, Unavailable
from shared.peers import PeerDown, Peers

WAKE_EVERY = 5.0
"""Seconds between two wakings by one process."""
CAST_PATIENCE = 10.0
"""Seconds within which a cast is sent again; after them the voter is asked to press the button once more."""
CAST_PAUSES = (0.0, 0.5, 2.0, 5.0)
"""A cast is sent with the same body after each of these pauses, as long as no answer came."""
NAME_PATIENCE = 0.3
"""Seconds that a page waits for what it can do without."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Another function's answer."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def refused(self) -> bool:
        """The function itself said no, for a reason; what else is no success may have done anything."""
        return 400 <= self.status < 500 and self.code != "error"

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
    """One request to another function; raises PeerDown when it does not answer, or with half an answer."""
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
    # An answer without a body (204) may well call itself JSON.
    is_json = "json" in response.headers.get("content-type", "") and bool(response.content)
    try:
        return Answer(response.status_code, response.json() if is_json else response.text)
    except ValueError as error:
        raise PeerDown from error


async def public(request: Request, election: UUID) -> dict[str, Any]:
    """What voters may know of an election; raises NoSuchElection or PeerDown."""
    asked: dict[UUID, AskedOnce] = request.app.state.asked
    if election not in asked:
        asked[election] = AskedOnce(lambda: _public(request, election), lambda: asked.pop(election, None))
    return await asked[election].told()


async def _public(request: Request, election: UUID) -> dict[str, Any]:
    answer = await ask(request, "election", "GET", f"/elections/{election}/public")
    if answer.code == NoSuchElection.code:
        raise NoSuchElection
    if not answer.ok:
        raise PeerDown
    found: dict[str, Any] = answer.body
    return found


async def public_if_quick(request: Request, election: UUID) -> dict[str, Any] | None:
    """The same for a page that can do without: None when it takes longer than a moment. Raises NoSuchElection."""
    try:
        return await asyncio.wait_for(public(request, election), NAME_PATIENCE)
    except (TimeoutError, Unavailable):
        return None


async def cast(request: Request, election: UUID, token: str, body: dict[str, Any]) -> Answer:
    """Put a paper into the box, patiently: the same body again cannot be counted twice.

    Raises PeerDown when it is not known whether the paper is in the box.
    """
    until = time.monotonic() + CAST_PATIENCE
    for pause in CAST_PAUSES:
        left = until - time.monotonic() - pause
        if left <= 0:
            break
        await asyncio.sleep(pause)
        try:
            answer = await ask(
                request, "ballot", "POST", f"/boxes/{election}/papers", token=token, json=body, timeout=left
            )
        except Unavailable:
            continue
        if answer.ok or answer.refused:
            return answer
        break
    raise PeerDown


def wake(request: Request) -> None:
    """Let `voter` and `ballot` start side by side while the voter reads, so that cold starts do not add up."""
    state = request.app.state
    if time.monotonic() - getattr(state, "woken", float("-inf")) < WAKE_EVERY:
        return
    state.woken = time.monotonic()

    async def call(function: str) -> None:
        try:
            await peers(request).request(function, "GET", "/health", timeout=30)
        except Unavailable:
            return  # the voter's own request will say so

    # The loop itself holds tasks only weakly.
    state.waking = [asyncio.ensure_future(call(function)) for function in ("voter", "ballot")]
