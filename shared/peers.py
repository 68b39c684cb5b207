"""How one function calls another over HTTP, and how it hands an event to the Broker.

The client is imported and made at first use: a function that calls nobody in its first request starts faster.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.errors import Unavailable
from shared.settings import Settings

if TYPE_CHECKING:
    import httpx


class PeerDown(Unavailable):
    code = "peer_down"
    sentence = "Another part of the system does not answer yet; please try again."


class Peers:
    """The other functions. `transport` replaces the network in tests that run the functions in one process."""

    def __init__(self, settings: Settings, transport: "httpx.AsyncBaseTransport | None" = None) -> None:
        self.settings = settings
        self.transport = transport
        self._client: httpx.AsyncClient | None = None

    async def request(self, function: str, method: str, path: str, **more: Any) -> "httpx.Response":
        """As `send`; a 502, 503 or 504 raises PeerDown too."""
        response = await self.send(function, method, path, **more)
        if response.status_code in {502, 503, 504}:
            raise PeerDown
        return response

    async def send(
        self,
        function: str,
        method: str,
        path: str,
        *,
        token: str | None = None,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10,
    ) -> "httpx.Response":
        """Another function's answer, whatever its status; raises PeerDown when there is none."""
        import httpx

        all_headers = dict(headers or {})
        if token:
            all_headers["Authorization"] = f"Bearer {token}"
        try:
            return await self._http().request(
                method,
                self.settings.peer(function) + path,
                json=json,
                content=content,
                params=params,
                headers=all_headers,
                timeout=timeout,
            )
        except httpx.HTTPError as error:
            raise PeerDown from error

    async def publish(self, headers: Mapping[str, str], body: bytes) -> None:
        """Post an event to the Broker; raises PeerDown when it is not taken, so that it is sent again later."""
        import httpx

        try:
            # A broker with a blocking ingress answers after every subscriber has, cold starts and retries included.
            response = await self._http().post(self.settings.sink, headers=dict(headers), content=body, timeout=60)
        except httpx.HTTPError as error:
            raise PeerDown from error
        if not response.is_success:
            raise PeerDown

    def _http(self) -> "httpx.AsyncClient":
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self.transport, limits=httpx.Limits(max_connections=200), trust_env=False
            )
        return self._client

    async def close(self) -> None:
        """Close the connections; the next request opens them again."""
        client, self._client = self._client, None
        if client:
            await client.aclose()
