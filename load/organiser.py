"""An organiser over HTTP: logs in, makes an election, and sees it through, by the public address alone."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx


class Refused(Exception):
    """The system refused what an organiser asked; the message says what and why."""


def told(response: httpx.Response, what: str) -> Any:
    """The answer's JSON; raises Refused with the problem's own words."""
    if response.is_success:
        return response.json() if response.content else None
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    raise Refused(f"{what}: {response.status_code} {problem.get('code', '')} {problem.get('detail', '')}".strip())


async def set_password(client: httpx.AsyncClient, token: str, password: str) -> None:
    """By the token of a one-time link; raises Refused."""
    told(await client.post("/api/auth/passwords", json={"token": token, "password": password}), "Setting a password")


@dataclass
class Organiser:
    """One member of staff. Tokens are renewed before they end, so that an election may take longer than they last."""

    client: httpx.AsyncClient
    email: str
    password: str
    _session: tuple[str, float] = ("", 0.0)
    _grants: dict[str, tuple[str, float]] = field(default_factory=dict)

    async def session(self) -> str:
        token, until = self._session
        if time.monotonic() > until:
            answer = told(
                await self.client.post("/api/auth/sessions", json={"email": self.email, "password": self.password}),
                "Logging in",
            )
            token = answer["session"]
            self._session = (token, time.monotonic() + answer["expires_in"] / 2)
        return token

    async def election(self, method: str, path: str, json: Any = None, revision: int | None = None) -> Any:
        """Ask `election` for something as this member of staff; `revision`: what was read of what is changed."""
        match = {} if revision is None else {"If-Match": str(revision)}
        response = await self.client.request(
            method,
            f"/api/election/elections{path}",
            json=json,
            headers={"Authorization": f"Bearer {await self.session()}", **match},
            timeout=60,
        )
        return told(response, f"{method} elections{path}")

    async def grant(self, election: str) -> dict[str, str]:
        """The header that shows `voter`, `ballot` and `result` what this person may do in an election."""
        token, until = self._grants.get(election, ("", 0.0))
        if time.monotonic() > until:
            answer = await self.election("POST", f"/{election}/grant")
            token = answer["grant"]
            self._grants[election] = (token, time.monotonic() + answer["expires_in"] / 2)
        return {"Authorization": f"Bearer {token}"}

    async def may_read_links(self, election: str) -> None:
        """Take, as its owner, the permission to read out an election's voting links."""
        me = told(
            await self.client.get("/api/auth/me", headers={"Authorization": f"Bearer {await self.session()}"}), "Me"
        )
        part = {"role": "owner", "links": True, "email": me["email"], "name": me["name"]}
        await self.election("PUT", f"/{election}/staff/{me['id']}", part)
        self._grants.pop(election, None)

    async def roll(self, election: str, csv: str) -> Any:
        """Import a roll: CSV with a head line."""
        answer = await self.client.post(
            f"/api/voter/elections/{election}/roll",
            content=csv.encode(),
            headers={**await self.grant(election), "Content-Type": "text/csv"},
            timeout=120,
        )
        return told(answer, "Importing the roll")

    async def links(self, election: str, reason: str) -> Any:
        """Read out every voting link: `voter`, `email`, `name`, `url`."""
        answer = await self.client.post(
            f"/api/voter/elections/{election}/links",
            json={"reason": reason},
            headers=await self.grant(election),
            timeout=120,
        )
        return told(answer, "Reading out the links")["links"]

    async def wait(self, election: str, what: str, done: Any, seconds: float = 300) -> Any:
        """Read the election until `done(it)`; raises Refused with what it still waits for after `seconds`."""
        until = time.monotonic() + seconds
        while True:
            seen = await self.election("GET", f"/{election}")
            if done(seen):
                return seen
            if time.monotonic() > until:
                raise Refused(f"Waited {seconds:.0f} s for {what}; still missing: {seen.get('missing')}")
            await asyncio.sleep(0.5)

    async def result(self, election: str, seconds: float = 60) -> Any:
        """The record of an election that is published; `result` may hear of it a moment later than `election` says."""
        until = time.monotonic() + seconds
        while True:
            answer = await self.client.get(f"/api/result/results/{election}")
            if answer.status_code != 404 or time.monotonic() > until:
                return told(answer, "The result")
            await asyncio.sleep(0.5)
