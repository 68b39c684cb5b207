"""What a Broker takes, and what its subscribers receive: Knative's conformance cases, for any Broker (`stage.py`)."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.cloudevent import encode_binary, encode_structured
from tests.knative.local.stage import Answer, Stage, event

MEMBERS = {"specversion": "1.0", "id": "7", "source": "/tests", "type": "org.example.bad"}
STRUCTURED = {"content-type": "application/cloudevents+json"}
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def headers(**changes: str | None) -> dict[str, str]:
    members = {**MEMBERS, **changes}
    return {f"ce-{name}": value for name, value in members.items() if value is not None}


# At the ingress.


def test_options_are_answered_with_what_is_allowed(stage: Stage) -> None:
    answer = stage.request("OPTIONS", stage.address(), headers={"WebHook-Request-Origin": "tests.example.org"})
    assert answer.status_code == 200
    assert {"POST", "OPTIONS"} <= set(answer.headers["allow"].replace(" ", "").split(","))
    assert answer.headers["webhook-allowed-origin"] == "*"
    assert answer.headers["webhook-allowed-rate"] == "*"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_every_other_method_is_refused(stage: Stage, method: str) -> None:
    answer = stage.request(method, stage.address())
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("version", ["0.3", "1.0"])
@pytest.mark.parametrize("structured", [True, False])
def test_both_versions_in_both_modes_are_taken_and_never_upgraded(stage: Stage, version: str, structured: bool) -> None:
    sent = event("pair", specversion=version)
    assert stage.send(sent, structured=structured) == 202
    (arrival,) = stage.subscribers.wait("/left", sent)
    assert arrival.event.specversion == version
    assert arrival.event.data == {"n": 1}


@pytest.mark.parametrize(
    ("bad", "body"),
    [
        (headers(specversion="9000.1") | {"content-type": "application/json"}, b";la}{kjsdf;oai2095{}"),
        (headers(specversion="9000.1"), b""),
        (STRUCTURED, json.dumps({**MEMBERS, "specversion": "9000.1"}).encode()),
        (headers(id=None), b""),
        (headers(source=None), b""),
        (headers(type=None), b""),
        (headers(specversion=None), b""),
        (STRUCTURED, json.dumps({**MEMBERS, "id": None}).encode()),
        (STRUCTURED, b"{"),
        (STRUCTURED, b"[]"),
        ({"content-type": "application/json"}, json.dumps(MEMBERS).encode()),
        ({}, b""),
    ],
)
def test_what_is_no_event_is_answered_400(stage: Stage, bad: dict[str, str], body: bytes) -> None:
    assert stage.post(bad, body).status_code == 400


def test_a_batch_is_refused(stage: Stage) -> None:
    # 415 says it best, and the local broker says it; Knative's says 400.
    batch = stage.post({"content-type": "application/cloudevents-batch+json"}, json.dumps([MEMBERS]).encode())
    assert batch.status_code in {400, 415}


def test_an_unknown_broker_is_answered_404_and_a_bad_event_is_bad_there_too(stage: Stage) -> None:
    own, body = encode_structured(event("pair"))
    for address in (stage.address("nobody"), stage.address(namespace="nowhere")):
        # Knative before 1.17 says 400.
        assert stage.request("POST", address, headers=own, content=body).status_code in {400, 404}
        assert stage.request("POST", address, headers=own, content=b"{").status_code == 400


# At the subscribers.


@pytest.mark.parametrize("structured", [True, False])
def test_attributes_and_data_arrive_unchanged_and_may_only_be_added_to(stage: Stage, structured: bool) -> None:
    sent = event(
        "pair",
        source="/tests?a=b#c",
        subject='100 % "spring" – wählen',
        time="2026-05-01T09:00:00Z",
        dataschema="https://example.org/schema",
        extensions={"myext": "a b", "sequence": "00000000000000000017"},
        data={"text": "Grüße", "list": [1, 2.5, None, True], "big": 2**53},
    )
    assert stage.send(sent, structured=structured) == 202
    (arrival,) = stage.subscribers.wait("/left", sent)
    assert arrival.event.attributes().items() >= sent.attributes().items()
    assert arrival.event.data == sent.data


@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize(
    ("content_type", "data"),
    [("text/plain", b"plain \xe2\x82\xac"), ("application/octet-stream", bytes(range(256))), (None, None)],
)
def test_data_of_any_kind_arrives_byte_for_byte(
    stage: Stage, content_type: str | None, data: bytes | None, structured: bool
) -> None:
    sent = event("pair", datacontenttype=content_type, data=data)
    assert stage.send(sent, structured=structured) == 202
    (arrival,) = stage.subscribers.wait("/left", sent)
    assert arrival.event.data == data


def test_the_time_of_arrival_is_added(stage: Stage) -> None:
    sent = event("pair")
    stage.send(sent)
    (arrival,) = stage.subscribers.wait("/left", sent)
    arrived = datetime.fromisoformat(arrival.event.extensions["knativearrivaltime"])
    assert abs(datetime.now(UTC) - arrived) < timedelta(minutes=1)


def test_an_event_reaches_every_subscriber_it_is_for(stage: Stage) -> None:
    sent = event("pair")
    assert stage.send(sent) == 202
    for where in ("/left", "/right", "/all"):
        stage.subscribers.wait(where, sent)


@pytest.mark.parametrize(
    ("where", "through", "held"),
    [
        ("/left", event("pair"), event("pairs")),
        ("/old", event("old", subject="here"), event("old")),
        ("/some", event("any.some", subject="yes"), event("any.some", subject="no")),
        ("/some", event("any.some"), event("any.other")),
        ("/number", event("x", extensions={"number": "5"}), event("x", extensions={"number": "50"})),
        ("/number", event("x", extensions={"number": 5}), event("x")),
    ],
)
def test_events_are_filtered(stage: Stage, where: str, through: Any, held: Any) -> None:
    # Ids of this run's own, since parameters are made once.
    held, through = (replace(one, id=event("x").id) for one in (held, through))
    for sent in (held, through):
        assert stage.send(sent) == 202
        stage.subscribers.wait("/all", sent)
    stage.subscribers.wait(where, through)
    assert stage.subscribers.at(where, held) == []


def test_a_broker_serves_its_own_triggers_alone(stage: Stage) -> None:
    here, there = event("unkept"), event("unkept")
    assert stage.send(here) == 202
    assert stage.send(there, "bare") == 202
    stage.subscribers.wait("/all", here)
    stage.subscribers.wait("/unkept", there)
    assert stage.subscribers.at("/all", there) == []
    assert stage.subscribers.at("/unkept", here) == []


def test_every_event_of_a_crowd_is_delivered_at_least_once(stage: Stage) -> None:
    crowd = [event("pair") for _ in range(20)]
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(stage.send, crowd)) == {202}
    for sent in crowd:
        stage.subscribers.wait("/left", sent)
        stage.subscribers.wait("/right", sent)


def test_trace_headers_cross_and_what_names_a_person_does_not(stage: Stage) -> None:
    sent = event("pair", extensions={"traceparent": TRACE, "tracestate": "vendor=1"})
    crossing = {"x-request-id": "request-7", "knative-test": "here", "x-b3-traceid": TRACE[3:35]}
    private = {"authorization": "Bearer secret", "cookie": "desk=secret", "x-forwarded-for": "203.0.113.7"}
    assert stage.send(sent, headers={**crossing, **private, "traceparent": TRACE}) == 202
    (arrival,) = stage.subscribers.wait("/left", sent)
    assert arrival.headers.items() >= crossing.items()
    # A broker may put spans of its own between, in the same trace.
    assert arrival.headers["traceparent"].split("-")[1] == TRACE.split("-")[1]
    assert arrival.event.extensions["traceparent"] == TRACE
    assert arrival.event.extensions["tracestate"] == "vendor=1"
    assert not {"authorization", "cookie"} & set(arrival.headers)
    assert "secret" not in str(arrival.headers)


def test_a_delivery_says_that_it_takes_replies_and_whose_it_is(stage: Stage) -> None:
    sent = event("pair")
    stage.send(sent)
    (arrival,) = stage.subscribers.wait("/left", sent)
    assert arrival.headers["prefer"] == "reply"
    assert arrival.headers["kn-namespace"] == stage.address().split("/")[-2]


# Replies.


@pytest.mark.parametrize("encode", [encode_structured, encode_binary])
def test_a_reply_is_published_again_and_finds_its_subscribers(stage: Stage, encode: Any) -> None:
    sent, reply = event("ask"), event("answer", source="/tests/replies", data={"answer": 42})
    own, body = encode(reply)
    stage.subscribers.tell("/ask", sent, Answer(200, body, own))
    assert stage.send(sent) == 202
    for where in ("/answer", "/all"):
        (arrival,) = stage.subscribers.wait(where, reply)
        assert arrival.event.attributes().items() >= reply.attributes().items()
        assert arrival.event.data == {"answer": 42}
    assert stage.subscribers.at("/dead", sent) == []


def test_a_loop_of_replies_ends_and_its_last_event_is_a_dead_letter(stage: Stage) -> None:
    # Three passes are left, the first is this one: what `/loop` says to the third delivery is taken back no more.
    first = event("loop", extensions={"knativebrokerttl": "3"})
    second, third = event("loop"), event("loop")
    for heard, said in ((first, second), (second, third)):
        own, body = encode_binary(said)
        stage.subscribers.tell("/loop", heard, Answer(200, body, own))
    assert stage.send(first) == 202
    (arrival,) = stage.subscribers.wait("/loop", first)
    assert "knativebrokerttl" not in arrival.event.extensions
    stage.subscribers.wait("/loop", second)
    (dead,) = stage.subscribers.wait("/dead", second)
    assert dead.event.extensions["knativeerrorcode"] == "400"
    assert stage.subscribers.at("/loop", third) == []


@pytest.mark.parametrize(("ttl", "status"), [("0", 400), ("-1", 400), ("1", 400), ("2", 202), ("many", 202)])
def test_an_event_without_a_pass_left_is_refused(stage: Stage, ttl: str, status: int) -> None:
    assert stage.send(event("pair", extensions={"knativebrokerttl": ttl}), structured=False) == status
