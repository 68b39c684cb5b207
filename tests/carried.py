"""Requests between functions, carried by what a test puts in the network's place (an httpx transport)."""

from collections.abc import Mapping

import httpx

from shared.http import Answer, NoAnswer


class Carried:
    """What `shared.peers.Peers` takes for the network."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.transport = transport

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"", timeout: float = 10
    ) -> Answer:
        try:
            async with httpx.AsyncClient(transport=self.transport) as client:
                answer = await client.request(method, url, headers=headers, content=content, timeout=timeout)
        except httpx.HTTPError as error:
            raise NoAnswer from error
        return Answer(answer.status_code, dict(answer.headers), answer.content)

    async def aclose(self) -> None:
        """There is nothing to close."""
