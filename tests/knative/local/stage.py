"""A Broker on a stage: its Triggers, subscribers that answer as a test tells them, and what arrived where.

The Broker is the local one, in a process of its own. With `UVOTE_TEST_BROKER_URL` it is a real one: that is its ingress
without `/namespace/broker`, the manifests are applied with kubectl, and `UVOTE_TEST_SUBSCRIBER_HOST` is this machine's
address as a pod sees it.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import yaml

from shared import cloudevent
from shared.cloudevent import Event

NAMESPACE = "uvote-broker-tests"
ROOT = Path(__file__).resolve().parent.parent.parent.parent
PATIENCE = 20.0
"""Seconds to wait for what must happen; a test that meets them has failed."""
PAUSE = {"backoffPolicy": "linear", "backoffDelay": "PT0.1S"}
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a subscriber answers to one delivery; status 0 hangs up without a word, `wait` holds the answer back."""

    status: int = 204
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery at one subscriber."""

    where: str
    event: Event
    headers: Mapping[str, str]
    at: float


class _Server(ThreadingHTTPServer):
    request_queue_size = 256  # of the five it has by itself a crowd's connections are reset


class Subscribers:
    """Real HTTP servers at `/left`, `/dead`, …: they answer 204, or what `tell` says, and keep what came."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.told: dict[tuple[str, str], list[Answer]] = {}
        self.changed = threading.Condition()
        self.ended = threading.Event()
        address = os.environ.get("UVOTE_TEST_SUBSCRIBER_HOST", "127.0.0.1")
        self.server = _Server((address, 0), self._handler())
        self.url = f"http://{address}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def tell(self, where: str, event: Event, *answers: Answer) -> None:
        """How `where` answers to this event: one answer a delivery, then 204."""
        self.told[where, event.id] = list(answers)

    def at(self, where: str, event: Event) -> list[Arrival]:
        """The deliveries of an event at a subscriber so far."""
        with self.changed:
            return [arrival for arrival in self.arrivals if arrival.where == where and arrival.event.id == event.id]

    def wait(self, where: str, event: Event, times: int = 1) -> list[Arrival]:
        """Wait until an event was delivered so often."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.at(where, event)) >= times, PATIENCE)
        assert arrived, f"{len(self.at(where, event))} of {times} at {where}"
        return self.at(where, event)

    def _take(self, where: str, headers: Mapping[str, str], body: bytes) -> Answer:
        event = cloudevent.parse(headers, body)
        with self.changed:
            self.arrivals.append(Arrival(where, event, headers, time.monotonic()))
            self.changed.notify_all()
            told = self.told.get((where, event.id))
            return told.pop(0) if told else Answer()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        subscribers = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                answer = subscribers._take(self.path, headers, body)
                subscribers.ended.wait(answer.wait)
                if answer.status == 0:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
                """Tests say what arrived."""

        class Quiet(Handler):
            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:  # whoever was answered has gone, as a broker does that waited long enough
                    self.close_connection = True

        return Quiet


@dataclass(frozen=True, slots=True)
class Stage:
    """A Broker under test with its subscribers."""

    url: str
    subscribers: Subscribers
    client: httpx.Client

    def address(self, broker: str = "main", namespace: str = NAMESPACE) -> str:
        return f"{self.url}/{namespace}/{broker}"

    def send(
        self, event: Event, broker: str = "main", structured: bool = True, headers: Mapping[str, str] | None = None
    ) -> int:
        """Publish an event; answers the ingress's status."""
        encode = cloudevent.encode_structured if structured else cloudevent.encode_binary
        own, body = encode(event)
        return self.post({**own, **(headers or {})}, body, broker).status_code

    def post(self, headers: Mapping[str, str], body: bytes, broker: str = "main") -> httpx.Response:
        return self.request("POST", self.address(broker), headers=dict(headers), content=body)

    def request(self, method: str, address: str, **more: Any) -> httpx.Response:
        return self.client.request(method, address, **more)


def event(kind: str, **more: Any) -> Event:
    """An event of a type of this stage's, with an id of its own."""
    return Event(**{"id": str(uuid4()), "source": "/tests", "type": f"org.example.{kind}", "data": {"n": 1}, **more})


def broker(name: str, delivery: Document) -> Document:
    return _document("Broker", name, {"delivery": delivery})


def trigger(name: str, url: str, of: str = "main", delivery: Document | None = None, **filters: Any) -> Document:
    """A Trigger that delivers to `/name`, by default the events of the type of that name."""
    spec: Document = {"broker": of, "subscriber": {"uri": f"{url}/{name}"}}
    spec |= filters or {"filters": [{"exact": {"type": f"org.example.{name}"}}]}
    return _document("Trigger", name, spec | ({"delivery": delivery} if delivery else {}))


def _document(kind: str, name: str, spec: Document) -> Document:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "eventing.knative.dev/v1", "kind": kind, "metadata": metadata, "spec": spec}


@contextmanager
def local(folder: Path, documents: Sequence[Document], **settings: str) -> Iterator[str]:
    """The local broker with these manifests; yields its ingress."""
    (folder / "manifests.yaml").write_text(yaml.safe_dump_all(documents))
    with socket.socket() as listening, (folder / "broker.log").open("wb") as log:
        # The port is bound here and handed over, so that nobody else can take it in between.
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        env = {**os.environ, "UVOTE_BROKER_MANIFESTS": str(folder), "UVOTE_BROKER_SUBSCRIBERS": "{}", **settings}
        words = ["knative.local.broker:app", "--fd", str(listening.fileno()), "--no-access-log", "--log-level=warning"]
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *words],
            cwd=ROOT,
            env=env,
            pass_fds=[listening.fileno()],
            stdout=log,
            stderr=log,
        )
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            # The socket listens already, so the first request waits for the start and needs no repetition.
            assert httpx.get(f"{url}/health", timeout=PATIENCE, trust_env=False).status_code == 200
            yield url
        finally:
            process.terminate()
            process.wait(PATIENCE)
    assert b"Traceback" not in (said := (folder / "broker.log").read_bytes()), said.decode()


@contextmanager
def cluster(url: str, documents: Sequence[Document]) -> Iterator[str]:
    """A real Knative with these manifests in a namespace of their own; yields the ingress of its Brokers."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    applied = yaml.safe_dump_all([namespace, *documents])
    subprocess.run(["kubectl", "apply", "-f", "-"], input=applied, text=True, check=True)
    ready = ["--for=condition=Ready", "--timeout=120s", "--all", "-n", NAMESPACE]
    try:
        subprocess.run(
            ["kubectl", "wait", "brokers.eventing.knative.dev,triggers.eventing.knative.dev", *ready], check=True
        )
        yield url.rstrip("/")
    finally:
        subprocess.run(["kubectl", "delete", "namespace", NAMESPACE, "--wait=false"], check=True)


@contextmanager
def staged(folder: Path, *, blocking: bool = False) -> Iterator[Stage]:
    """The conformance tests' Brokers: `main` with retries and dead letters, `bare` without the latter."""
    subscribers = Subscribers()
    url = subscribers.url
    dead = {"deadLetterSink": {"uri": f"{url}/dead"}}
    documents = [
        broker("main", {"retry": 3, **PAUSE, **dead}),
        broker("bare", {"retry": 1, **PAUSE}),
        trigger("all", url, filters=[{"prefix": {"type": "org.example."}}]),
        trigger("left", url, filters=[{"exact": {"type": "org.example.pair"}}]),
        trigger("right", url, filters=[{"exact": {"type": "org.example.pair"}}]),
        trigger("old", url, filter={"attributes": {"type": "org.example.old", "subject": ""}}),
        trigger("some", url, filters=[{"suffix": {"type": ".some"}}, {"not": {"exact": {"subject": "no"}}}]),
        trigger("number", url, filters=[{"exact": {"number": "5"}}]),
        trigger("ask", url),
        trigger("answer", url),
        trigger("loop", url),
        trigger("own", url, delivery={"retry": 1, **PAUSE, "deadLetterSink": {"uri": f"{url}/own-dead"}}),
        trigger("once", url, delivery={"deadLetterSink": {"uri": f"{url}/dead"}}),
        trigger("lone", url, delivery={"retry": 1, **PAUSE}),
        trigger("slow", url, delivery={"retry": 1, **PAUSE, "timeout": "PT1S", **dead}),
        trigger("unkept", url, of="bare"),
    ]
    given = os.environ.get("UVOTE_TEST_BROKER_URL")
    chaos = json.dumps({"blocking": blocking})
    running = cluster(given, documents) if given else local(folder, documents, UVOTE_BROKER_CHAOS=chaos)
    try:
        with running as ingress, httpx.Client(trust_env=False, timeout=PATIENCE) as client:
            yield Stage(ingress, subscribers, client)
    finally:
        subscribers.close()
