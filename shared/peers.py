"""How one function calls another over HTTP, and how it hands an event to the Broker."""

import json as encoding
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from shared.errors import Unavailable
from shared.http import Answer, Client, NoAnswer
from shared.settings import Settings


class PeerDown(Unavailable):
    code = "peer_down"
    sentence = "Another part of the system does not answer yet; please try again."


class Carrier(Protocol):
    """What carries requests: `shared.http.Client`, or what tests put in its place."""

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"", timeout: float = 10
    ) -> Answer: ...

    async def aclose(self) -> None: ...


class Peers:
    """The other functions. `carrier` replaces the network in tests that run the functions in one process."""

    def __init__(self, settings: Settings, carrier: Carrier | None = None) -> None:
        self.settings = settings
        self._given = carrier
        self._carrier: Carrier | None = None

    async def request(self, function: str, method: str, path: str, **more: Any) -> Answer:
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
    ) -> Answer:
        """Another function's answer, whatever its status; raises PeerDown when there is none."""
        all_headers = dict(headers or {})
        if token:
            all_headers["authorization"] = f"Bearer {token}"
        if json is not None:
            all_headers["content-type"] = "application/json"
            # Half of a surrogate pair is for the other function to refuse.
            content = encoding.dumps(json, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
        url = self.settings.peer(function) + path + (f"?{urlencode(params)}" if params else "")
        try:
            return await self._http().request(method, url, all_headers, content or b"", timeout)
        except NoAnswer as error:
            raise PeerDown from error

    async def publish(self, headers: Mapping[str, str], body: bytes) -> None:
        """Post an event to the Broker; raises PeerDown when it is not taken, so that it is sent again later."""
        try:
            # A broker with a blocking ingress answers after every subscriber has, cold starts and retries included.
            response = await self._http().request("POST", self.settings.sink, headers, body, 60)
        except NoAnswer as error:
            raise PeerDown from error
        if not response.is_success:
            raise PeerDown

    def _http(self) -> Carrier:
        if self._carrier is None:
            self._carrier = self._given or Client()
        return self._carrier

    async def close(self) -> None:
        """Close the connections; the next request opens them again."""
        carrier, self._carrier = self._carrier, None
        if carrier:
            await carrier.aclose()
