"""A Broker for one machine that delivers as Knative's multi-tenant broker does, events in memory.

Ingress codes, the answer table, back-off, dead letters with their extensions, replies and their time to live: specs
eventing/data-plane.md, and where it is more exact, Knative's own code. Ingress answers at once, or, as the stock
in-memory channel does, after every subscriber (`blocking`).
"""

import asyncio
import base64
import json
import os
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from knative.local.filters import passes
from knative.local.manifests import BASE, Broker, Delivery, Manifests, Trigger, read
from shared import cloudevent
from shared.cloudevent import BadEvent, Event

RETRIED = {404, 408, 409, 429}
TTL = 255
FORWARDED = ("x-request-id", "retry-after", "traceparent", "tracestate")
FORWARDED_PREFIXES = ("knative-", "x-b3-")
TOGETHER = 200
"""Deliveries under way at once."""


@dataclass(frozen=True, slots=True)
class Chaos:
    """How bad the broker is to be, for tests: chances between 0 and 1, pauses in milliseconds."""

    lose: float = 0.0
    repeat: float = 0.0
    delay_ms: tuple[float, float] = (0.0, 0.0)
    blocking: bool = False
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a delivery ended: its code (0 when nobody answered) and body."""

    code: int
    body: bytes = b""
    reply: Event | None = None

    @property
    def delivered(self) -> bool:
        return 200 <= self.code < 300

    @property
    def again(self) -> bool:
        return self.code == 0 or self.code in RETRIED or self.code >= 500


@dataclass
class LocalBroker:
    """Brokers and Triggers of some manifests, with their subscribers' addresses."""

    manifests: Manifests
    subscribers: Mapping[str, str]
    chaos: Chaos = field(default_factory=Chaos)
    speedup: float = 1.0

    def __post_init__(self) -> None:
        self.client = httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=TOGETHER))
        self.chance = random.Random(self.chaos.seed)  # noqa: S311  (for tests)
        self.gate = asyncio.Semaphore(TOGETHER)
        self.tasks: set[asyncio.Task[bool]] = set()

    async def close(self) -> None:
        """Stop: events still under way are lost, as the in-memory channel loses them."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.client.aclose()

    def find(self, namespace: str, name: str) -> Broker | None:
        broker = self.manifests.brokers.get(name)
        return broker if broker and broker.namespace == namespace else None

    async def take(self, broker: Broker, event: Event, headers: Mapping[str, str], ttl: int = TTL) -> bool:
        """Hand an event to every Trigger it passes. In blocking mode False when one was neither taken nor kept."""
        arrived = {"knativearrivaltime": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
        event = replace(event, extensions={**event.extensions, **arrived})
        jobs = []
        for trigger in self.manifests.triggers:
            if trigger.broker == broker.name and passes(trigger.filters, event.attributes()):
                copies = 1 + (self.chance.random() < self.chaos.repeat) - (self.chance.random() < self.chaos.lose)
                jobs += [self._start(broker, trigger, event, headers, ttl) for _ in range(copies)]
        return all(await asyncio.gather(*jobs)) if self.chaos.blocking and jobs else True

    def _start(
        self, broker: Broker, trigger: Trigger, event: Event, headers: Mapping[str, str], ttl: int
    ) -> "asyncio.Task[bool]":
        task = asyncio.ensure_future(self._deliver(broker, trigger, event, headers, ttl))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _deliver(
        self, broker: Broker, trigger: Trigger, event: Event, headers: Mapping[str, str], ttl: int
    ) -> bool:
        await asyncio.sleep(self.chance.uniform(*self.chaos.delay_ms) / 1000)
        # A Trigger's delivery replaces the Broker's whole one; the two are not merged.
        delivery = trigger.delivery or broker.delivery
        url = self._url(trigger.subscriber)
        last = await self._tries(url, event, headers, delivery)
        if last.delivered:
            if last.reply is not None and ttl > 1:
                await self.take(broker, last.reply, headers, ttl - 1)
            return True
        if delivery.dead_letters is None:
            return False
        dead = replace(event, extensions={**event.extensions, **_why(url, last)})
        kept = await self._tries(self._url(delivery.dead_letters), dead, headers, delivery)
        return kept.delivered

    async def _tries(self, url: str, event: Event, headers: Mapping[str, str], delivery: Delivery) -> Attempt:
        attempt = await self._post(url, event, headers, delivery.timeout)
        for failures in range(1, delivery.retry + 1):
            if not attempt.again:
                break
            await asyncio.sleep(delivery.pause(failures) / self.speedup)
            attempt = await self._post(url, event, headers, delivery.timeout)
        return attempt

    async def _post(self, url: str, event: Event, headers: Mapping[str, str], timeout: float) -> Attempt:
        extensions = {name: value for name, value in event.extensions.items() if name != "knativebrokerttl"}
        ce_headers, body = cloudevent.encode_binary(replace(event, extensions=extensions))
        forwarded = {name: value for name, value in headers.items() if _forwarded(name)}
        try:
            async with self.gate:
                answer = await self.client.post(
                    url,
                    content=body,
                    headers={**forwarded, **ce_headers, "prefer": "reply", "kn-namespace": self._namespace()},
                    timeout=timeout,
                )
        except (httpx.HTTPError, OSError):
            return Attempt(0)
        return _judged(answer)

    def _namespace(self) -> str:
        return next(iter(self.manifests.brokers.values())).namespace

    def _url(self, destination: str) -> str:
        service, _, path = destination.partition("/")
        return f"{self.subscribers[service]}/{path}"


def _judged(answer: httpx.Response) -> Attempt:
    """The answer table; a 2xx with a body that is no event counts as 502, as the broker's filter has it."""
    body = answer.content[:1024]
    if not answer.is_success or answer.status_code == 202 or not answer.content:
        return Attempt(answer.status_code, body)
    try:
        return Attempt(answer.status_code, body, cloudevent.parse(answer.headers, answer.content))
    except BadEvent:
        return Attempt(502, body)


def _why(url: str, attempt: Attempt) -> dict[str, Any]:
    told = {"errdestination": url, "errresponsebody": base64.b64encode(attempt.body).decode()}
    return {
        "knativeerrordest": url,
        "knativeerrorcode": attempt.code or 500,
        "knativeerrordata": base64.b64encode(json.dumps(told).encode()).decode()[:1024],
    }


def _forwarded(name: str) -> bool:
    return name in FORWARDED or name.startswith(FORWARDED_PREFIXES)


def app_for(make: Callable[[], LocalBroker]) -> Starlette:
    """The broker's ingress; `make()` gives the broker once the event loop runs."""
    held: dict[str, LocalBroker] = {}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        held["broker"] = make()
        yield
        await held["broker"].close()

    async def ingress(request: Request) -> Response:
        local = held["broker"]
        broker = local.find(request.path_params["namespace"], request.path_params["name"])
        if broker is None:
            return Response(status_code=404)
        if request.method == "OPTIONS":
            return Response(
                headers={"Allow": "POST, OPTIONS", "WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "*"}
            )
        if request.method != "POST":
            return Response(status_code=405, headers={"Allow": "POST, OPTIONS"})
        try:
            event = cloudevent.parse(request.headers, await request.body())
            ttl = int(event.extensions.get("knativebrokerttl", TTL))
        except cloudevent.UnsupportedMode:
            return Response(status_code=415)
        except ValueError:
            return Response(status_code=400)
        if ttl <= 0:
            return Response(status_code=400)
        kept = await local.take(broker, event, dict(request.headers), ttl)
        return Response(status_code=202 if kept else 500)

    async def health(_: Request) -> Response:
        return Response("ok")

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Starlette(
        routes=[Route("/health", health), Route("/{namespace}/{name}", ingress, methods=methods)], lifespan=lifespan
    )


def from_environment() -> LocalBroker:
    """The broker of `UVOTE_BROKER_MANIFESTS`, subscribers in `UVOTE_BROKER_SUBSCRIBERS` (JSON, name → address)."""
    chaos = json.loads(os.environ.get("UVOTE_BROKER_CHAOS", "{}"))
    return LocalBroker(
        read(Path(os.environ.get("UVOTE_BROKER_MANIFESTS", str(BASE)))),
        json.loads(os.environ["UVOTE_BROKER_SUBSCRIBERS"]),
        Chaos(**{**chaos, "delay_ms": tuple(chaos.get("delay_ms", (0, 0)))}),
        float(os.environ.get("UVOTE_BROKER_SPEEDUP", "1")),
    )


app = app_for(from_environment)
