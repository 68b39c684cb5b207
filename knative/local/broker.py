"""A Broker for one machine that delivers as Knative's multi-tenant broker does, events in memory.

Ingress codes, back-off, dead letters, replies and their time to live: Knative's data-plane specification, and where it
is more exact, Knative's own code. Ingress answers at once, or, as the stock in-memory channel does, after every
subscriber (`blocking`).
"""

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
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

from knative.local.answers import Attempt, judge, why
from knative.local.filters import passes
from knative.local.manifests import BASE, Broker, Delivery, Manifests, Trigger, read
from knative.mistake import Mistake
from shared import cloudevent
from shared.cloudevent import BadEvent, Event

TTL = 255
TTL_NAME = "knativebrokerttl"
ALLOW = {"Allow": "POST, OPTIONS"}
FORWARDED = ("x-request-id", "retry-after", "traceparent", "tracestate")
FORWARDED_PREFIXES = ("knative-", "x-b3-")
TOGETHER = 200
"""Deliveries under way at once."""


@dataclass(frozen=True, slots=True)
class Chaos:
    """How bad the broker is to be, for tests: chances between 0 and 1, for each event and Trigger apart."""

    lose: float = 0.0
    repeat: float = 0.0
    delay_ms: tuple[float, float] = (0.0, 0.0)
    """Each delivery waits for a time between these two, so that later events overtake earlier ones."""
    blocking: bool = False
    seed: int | None = None


@dataclass
class LocalBroker:
    """Brokers and Triggers of some manifests, with their subscribers' addresses; raises Mistake where one lacks."""

    manifests: Manifests
    subscribers: Mapping[str, str]
    chaos: Chaos = field(default_factory=Chaos)
    speedup: float = 1.0

    def __post_init__(self) -> None:
        for trigger in self.manifests.triggers:
            delivery = _delivery(trigger, self.manifests.brokers[trigger.broker])
            for destination in filter(None, (trigger.subscriber, delivery.dead_letters)):
                self._url(destination)
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

    async def take(self, broker: Broker, event: Event, headers: Mapping[str, str], ttl: int) -> bool:
        """Hand an event to every Trigger it passes. In blocking mode False when one was neither taken nor kept."""
        kept = {name: value for name, value in event.extensions.items() if name != TTL_NAME}
        arrived = {"knativearrivaltime": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
        event = replace(event, extensions={**kept, **arrived})
        headers = {name: value for name, value in headers.items() if _forwarded(name) and value.isascii()}
        jobs = []
        for trigger in self.manifests.triggers:
            if trigger.broker == broker.name and passes(trigger.filters, event.attributes()):
                copies = 1 + (self.chance.random() < self.chaos.repeat) - (self.chance.random() < self.chaos.lose)
                jobs += [self._start(self._deliver(broker, trigger, event, headers, ttl)) for _ in range(copies)]
        return all(await asyncio.gather(*jobs)) if self.chaos.blocking else True

    def _start(self, delivery: Coroutine[Any, Any, bool]) -> "asyncio.Task[bool]":
        task = asyncio.create_task(delivery)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _deliver(
        self, broker: Broker, trigger: Trigger, event: Event, headers: Mapping[str, str], ttl: int
    ) -> bool:
        """True when the event was taken by its subscriber or kept as a dead letter."""
        await asyncio.sleep(self.chance.uniform(*self.chaos.delay_ms) / 1000)
        delivery = _delivery(trigger, broker)
        headers = {**headers, "prefer": "reply", "kn-namespace": broker.namespace}

        def post(url: str, event: Event) -> Awaitable[Attempt]:
            return self._tries(delivery, lambda: self._post(url, event, headers, delivery.timeout))

        url = self._url(trigger.subscriber)
        last = await post(url, event)
        if (reply := last.reply) is not None:
            # A reply that the Broker does not take back makes the whole delivery fail.
            url = f"/{broker.namespace}/{broker.name}"
            last = await self._tries(delivery, lambda: self._return(broker, reply, headers, ttl - 1))
        if last.delivered or delivery.dead_letters is None:
            return last.delivered
        dead = replace(event, extensions={**event.extensions, **why(url, last)})
        return (await post(self._url(delivery.dead_letters), dead)).delivered

    async def _tries(self, delivery: Delivery, attempt: Callable[[], Awaitable[Attempt]]) -> Attempt:
        last = await attempt()
        for failures in range(1, delivery.retry + 1):
            if not last.again:
                break
            await asyncio.sleep(delivery.pause(failures) / self.speedup)
            last = await attempt()
        return last

    async def _return(self, broker: Broker, reply: Event, headers: Mapping[str, str], ttl: int) -> Attempt:
        if ttl <= 0:
            return Attempt(400)
        return Attempt(202 if await self.take(broker, reply, headers, ttl) else 500)

    async def _post(self, url: str, event: Event, headers: Mapping[str, str], timeout: float) -> Attempt:
        ce_headers, body = cloudevent.encode_binary(event)
        try:
            async with self.gate:
                answer = await self.client.post(url, content=body, headers={**headers, **ce_headers}, timeout=timeout)
        except (httpx.HTTPError, OSError) as error:
            return Attempt(0, f"no answer: {type(error).__name__}".encode())
        return judge(answer.status_code, answer.headers, answer.content)

    def _url(self, destination: str) -> str:
        if "://" in destination:
            return destination
        service, _, path = destination.partition("/")
        if service not in self.subscribers:
            raise Mistake(f"A Trigger names the Service {service}, whose address is not known.")
        return f"{self.subscribers[service]}/{path}"


def _delivery(trigger: Trigger, broker: Broker) -> Delivery:
    """A Trigger's delivery replaces the Broker's; of the two only the dead-letter sink is handed down."""
    if trigger.delivery is None:
        return broker.delivery
    return replace(trigger.delivery, dead_letters=trigger.delivery.dead_letters or broker.delivery.dead_letters)


def _ttl(event: Event) -> int:
    """How many passes the event has left: what it says less this one, or the most there are."""
    try:
        return int(event.extensions[TTL_NAME]) - 1
    except (KeyError, ValueError):
        return TTL


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
        if request.method == "OPTIONS":
            return Response(headers={**ALLOW, "WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "*"})
        if request.method != "POST":
            return Response(status_code=405, headers=ALLOW)
        try:
            event = cloudevent.parse(request.headers, await request.body())
        except cloudevent.UnsupportedMode:
            return Response(status_code=415)
        except BadEvent:
            return Response(status_code=400)
        local = held["broker"]
        broker = local.find(request.path_params["namespace"], request.path_params["name"])
        if broker is None:
            return Response(status_code=404)
        if (ttl := _ttl(event)) <= 0:
            return Response(status_code=400)
        kept = await local.take(broker, event, request.headers, ttl)
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
