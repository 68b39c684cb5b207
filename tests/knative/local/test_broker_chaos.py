"""The local broker alone: its switches for bad days, its two ways of answering, and what it refuses to start with."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from knative.local.broker import Chaos, LocalBroker, app_for
from knative.local.manifests import BASE, read
from knative.mistake import Mistake
from shared.cloudevent import Event, encode_binary, encode_structured
from tests.knative.local.stage import NAMESPACE, PATIENCE, Answer, Document, Subscribers, broker, event, local, trigger

PAIR = [{"exact": {"type": "org.example.pair"}}]


@pytest.fixture
def subscribers() -> Iterator[Subscribers]:
    made = Subscribers()
    yield made
    made.close()


@pytest.fixture
def documents(subscribers: Subscribers) -> list[Document]:
    """Two Triggers for the same events, without retries and dead letters."""
    return [
        broker("main", {"retry": 0}),
        trigger("left", subscribers.url, filters=PAIR),
        trigger("right", subscribers.url, filters=PAIR),
        trigger("ask", subscribers.url),
        trigger("answer", subscribers.url),
    ]


class Sender:
    """A broker in this process, as its sender sees it."""

    def __init__(self, broker: LocalBroker, client: httpx.AsyncClient) -> None:
        self.broker = broker
        self.client = client

    async def send(self, sent: Event) -> int:
        headers, body = encode_structured(sent)
        return (await self.client.post(f"/{NAMESPACE}/main", headers=headers, content=body)).status_code

    async def quiet(self) -> None:
        """Wait until no delivery is under way."""
        while self.broker.tasks:
            await asyncio.wait(set(self.broker.tasks))


@asynccontextmanager
async def running(
    folder: Path, documents: list[Document], speedup: float = 1, **chaos: object
) -> AsyncIterator[Sender]:
    (folder / "manifests.yaml").write_text(yaml.safe_dump_all(documents))
    made = LocalBroker(read(folder), {}, Chaos(**chaos), speedup)  # type: ignore[arg-type]
    app = app_for(lambda: made)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://broker", timeout=PATIENCE) as client,
    ):
        yield Sender(made, client)


async def test_a_losing_broker_takes_events_and_delivers_none(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    async with running(tmp_path, documents, lose=1.0) as on:
        assert await on.send(event("pair")) == 202
        await on.quiet()
    assert subscribers.arrivals == []


async def test_events_are_lost_for_each_subscriber_apart(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    crowd = [event("pair") for _ in range(40)]
    async with running(tmp_path, documents, lose=0.5, seed=7) as on:
        for sent in crowd:
            await on.send(sent)
        await on.quiet()
    got = {(len(subscribers.at("/left", sent)), len(subscribers.at("/right", sent))) for sent in crowd}
    assert got == {(0, 0), (0, 1), (1, 0), (1, 1)}


async def test_a_repeating_broker_delivers_each_event_twice(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    crowd = [event("pair") for _ in range(5)]
    async with running(tmp_path, documents, repeat=1.0) as on:
        for sent in crowd:
            await on.send(sent)
        await on.quiet()
    for sent in crowd:
        assert [len(subscribers.at(where, sent)) for where in ("/left", "/right")] == [2, 2]


async def test_a_delayed_event_arrives_no_earlier_than_that(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    sent = event("pair")
    async with running(tmp_path, documents, delay_ms=(200, 200)) as on:
        before = time.monotonic()
        assert await on.send(sent) == 202
        await on.quiet()
    (arrival,) = subscribers.at("/left", sent)
    assert arrival.at - before >= 0.2


async def test_events_with_different_delays_overtake_each_other_and_none_is_lost(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    crowd = [event("pair", subject=str(n)) for n in range(20)]
    async with running(tmp_path, documents, delay_ms=(0, 300), seed=7) as on:
        for sent in crowd:
            await on.send(sent)
        await on.quiet()
    order = [int(arrival.event.subject or "") for arrival in subscribers.arrivals if arrival.where == "/left"]
    assert sorted(order) == list(range(20))
    assert order != sorted(order)


async def test_a_broker_that_answers_at_once_does_not_wait_for_its_subscribers(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    sent = event("pair")
    subscribers.tell("/left", sent, Answer(wait=PATIENCE))
    async with running(tmp_path, documents) as on:
        assert await on.send(sent) == 202
        assert on.broker.tasks  # it was answered, and `/left` has not


async def test_a_broker_that_answers_last_waits_for_every_subscriber(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    sent = event("pair")
    subscribers.tell("/left", sent, Answer(wait=0.3))
    async with running(tmp_path, documents, blocking=True) as on:
        before = time.monotonic()
        assert await on.send(sent) == 202
        assert time.monotonic() - before >= 0.3
        assert not on.broker.tasks
    assert subscribers.at("/left", sent)
    assert subscribers.at("/right", sent)


@pytest.mark.parametrize(
    ("kept", "failing", "status"), [(False, 503, 500), (True, 503, 202), (False, 204, 202), (True, 204, 202)]
)
async def test_a_broker_that_answers_last_says_500_when_an_event_was_neither_taken_nor_kept(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers, kept: bool, failing: int, status: int
) -> None:
    if kept:
        documents[0] = broker("main", {"retry": 0, "deadLetterSink": {"uri": f"{subscribers.url}/dead"}})
    sent = event("pair")
    subscribers.tell("/left", sent, Answer(failing))
    async with running(tmp_path, documents, blocking=True) as on:
        assert await on.send(sent) == status
        assert await on.send(event("nobody's")) == 202
    # Nobody is spared a delivery because somebody else failed: sent again, it reaches them twice.
    assert len(subscribers.at("/right", sent)) == 1


async def test_a_broker_that_answers_last_counts_the_way_of_a_reply_too(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    sent, reply = event("ask"), event("answer")
    headers, body = encode_binary(reply)
    subscribers.tell("/ask", sent, Answer(200, body, headers))
    subscribers.tell("/answer", reply, Answer(503))
    async with running(tmp_path, documents, blocking=True) as on:
        assert await on.send(sent) == 500


async def test_an_accepted_answer_is_never_a_reply(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    sent, reply = event("ask"), event("answer")
    headers, body = encode_binary(reply)
    subscribers.tell("/ask", sent, Answer(202, body, headers))
    async with running(tmp_path, documents, blocking=True) as on:
        assert await on.send(sent) == 202
    assert subscribers.at("/answer", reply) == []


async def test_a_speedup_shortens_pauses(tmp_path: Path, documents: list[Document], subscribers: Subscribers) -> None:
    documents[0] = broker("main", {"retry": 2, "backoffPolicy": "exponential", "backoffDelay": "PT1H"})
    sent = event("pair")
    subscribers.tell("/left", sent, Answer(503), Answer(503))
    async with running(tmp_path, documents, speedup=1_000_000, blocking=True) as on:
        assert await on.send(sent) == 202
    assert len(subscribers.at("/left", sent)) == 3


async def test_a_stopped_broker_loses_what_is_under_way(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    documents[0] = broker("main", {"retry": 1, "backoffPolicy": "exponential", "backoffDelay": "PT1H"})
    sent = event("pair")
    subscribers.tell("/left", sent, Answer(503))
    async with running(tmp_path, documents) as on:
        await on.send(sent)
        await asyncio.to_thread(subscribers.wait, "/left", sent)
    assert not on.broker.tasks
    assert len(subscribers.at("/left", sent)) == 1


def test_the_switches_are_read_from_the_environment(
    tmp_path: Path, documents: list[Document], subscribers: Subscribers
) -> None:
    sent = event("pair")
    headers, body = encode_structured(sent)
    chaos = '{"repeat": 1.0, "blocking": true, "delay_ms": [0, 5], "seed": 7}'
    with (
        local(tmp_path, documents, UVOTE_BROKER_CHAOS=chaos) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE) as client,
    ):
        address, batch = f"/{NAMESPACE}/main", {"content-type": "application/cloudevents-batch+json"}
        assert client.post(address, headers=batch).status_code == 415
        assert client.post(address, headers=headers, content=body).status_code == 202
    assert len(subscribers.at("/left", sent)) == 2


async def test_a_service_without_an_address_stops_the_broker_from_starting() -> None:
    manifests = read(BASE)
    everyone = dict.fromkeys(manifests.services, "http://127.0.0.1:1")
    await LocalBroker(manifests, everyone).close()
    with pytest.raises(Mistake, match="election"):
        LocalBroker(manifests, {name: url for name, url in everyone.items() if name != "election"})


async def test_what_is_ours_is_named_by_service_and_path(tmp_path: Path, subscribers: Subscribers) -> None:
    ref = {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "ballot"}, "uri": "/left"}
    named = trigger("pair", "http://unused")
    named["spec"]["subscriber"] = ref
    (tmp_path / "manifests.yaml").write_text(yaml.safe_dump_all([broker("main", {"retry": 0}), named]))
    made = LocalBroker(read(tmp_path), {"ballot": subscribers.url}, Chaos(blocking=True))
    sent = event("pair")
    assert await made.take(made.manifests.brokers["main"], sent, {"x-request-id": "wählen"}, 2)
    await made.close()
    assert len(subscribers.at("/left", sent)) == 1
