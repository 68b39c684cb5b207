"""What is taken for an event, what is refused, and that an event written in either mode is read the same.

The public SDK serves as the other side: what is written here, it must read.
"""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from hypothesis import given
from hypothesis import strategies as st

from functions.ballot.app import build
from shared import cloudevent
from shared.cloudevent import BadEvent, Event, UnsupportedMode, encode_binary, encode_structured, parse
from tests.world import World

STRUCTURED = {"content-type": "application/cloudevents+json"}
MEMBERS = {"specversion": "1.0", "id": "7", "source": "/here", "type": "org.example.said"}
HEADERS = {f"ce-{name}": value for name, value in MEMBERS.items()}

# Every character an attribute may hold: no controls, no halves of a pair.
texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30)
filled = texts.filter(bool)
names = st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True).filter(lambda name: name not in cloudevent.CORE)
json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
).filter(lambda data: data is not None)
contents = st.one_of(
    st.tuples(st.sampled_from([None, "application/json", "text/plain"]), st.none()),
    st.tuples(st.sampled_from(["application/json", "application/json; charset=utf-8", "a/b+json"]), json_data),
    st.tuples(st.sampled_from(["text/plain", "application/octet-stream"]), st.binary(min_size=1, max_size=40)),
)
events = st.builds(
    lambda core, content, extensions: Event(**core, datacontenttype=content[0], data=content[1], extensions=extensions),
    st.fixed_dictionaries(
        {"id": filled, "source": filled, "type": filled, "specversion": st.sampled_from(["1.0", "0.3"])},
        optional={"subject": texts, "dataschema": texts, "time": st.just("2026-05-01T09:00:00Z")},
    ),
    contents,
    st.dictionaries(names, texts | st.booleans() | st.integers(-(2**31), 2**31 - 1), max_size=3),
)


def structured(**members: Any) -> Event:
    return parse(STRUCTURED, json.dumps({**MEMBERS, **members}).encode())


def binary(body: bytes = b"", **headers: str) -> Event:
    return parse({**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}, body)


def refused(headers: dict[str, str], body: bytes) -> str:
    with pytest.raises(BadEvent) as refusal:
        parse(headers, body)
    return str(refusal.value)


def text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


@given(event=events)
def test_what_is_written_structured_is_read_the_same(event: Event) -> None:
    assert parse(*encode_structured(event)) == event


@given(event=events)
def test_what_is_written_binary_is_read_the_same_but_every_extension_is_a_text(event: Event) -> None:
    texts_only = {name: text(value) for name, value in event.extensions.items()}
    assert parse(*encode_binary(event)) == replace(event, extensions=texts_only)


@given(event=events)
def test_headers_are_printable_ascii_and_nothing_that_was_written_is_changed(event: Event) -> None:
    before = dict(event.extensions)
    headers, _ = encode_binary(event)
    for name, value in headers.items():
        assert name.isascii()
        assert all(" " <= letter <= "~" for letter in value)
    assert event.extensions == before


@given(event=events)
def test_the_public_sdk_reads_the_same_event(event: Event) -> None:
    event = replace(event, extensions={name: value for name, value in event.extensions.items() if value != ""})
    event = replace(event, subject=event.subject or None, dataschema=None)
    for headers, body in (encode_structured(event), encode_binary(event)):
        read = from_http_event(HTTPMessage(headers=headers, body=body))
        assert (read.get_id(), read.get_source(), read.get_type()) == (event.id, event.source, event.type)
        assert read.get_specversion() == event.specversion
        assert read.get_subject() == event.subject
        for name, value in event.extensions.items():
            assert text(read.get_extension(name)) == text(value)


@given(value=texts)
def test_a_header_gives_back_any_text(value: str) -> None:
    headers, body = encode_binary(Event(id="7", source="/here", type="t", subject=value))
    assert parse(headers, body).subject == value


def test_headers_are_percent_encoded_as_the_binding_shows() -> None:
    # The example of the HTTP Protocol Binding, section 3.1.3.2, and the three characters it names.
    headers, _ = encode_binary(Event(id="Euro € 😀", source='"100%"', type="plain!~"))
    assert headers["ce-id"] == "Euro%20%E2%82%AC%20%F0%9F%98%80"
    assert headers["ce-source"] == "%22100%25%22"
    assert headers["ce-type"] == "plain!~"


def test_a_header_that_a_broker_did_not_escape_is_read_as_what_was_meant() -> None:
    # A server hands the bytes over as Latin-1 (WSGI, ASGI frameworks); Knative 1.15's broker sends UTF-8 as it is.
    headers, body = encode_binary(Event(id="7", source="/here", type="t"))
    sent = "wählen – 😀".encode().decode("latin-1")
    assert parse({**headers, "ce-subject": sent}, body).subject == "wählen – 😀"
    with pytest.raises(BadEvent):
        parse({**headers, "ce-subject": "w\xe4hlen"}, body)


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
def test_an_event_without_a_required_attribute_is_none(name: str) -> None:
    without = {key: value for key, value in MEMBERS.items() if key != name}
    assert name in refused(STRUCTURED, json.dumps(without).encode())
    assert name in refused({f"ce-{key}": value for key, value in without.items()}, b"")
    assert name in refused(STRUCTURED, json.dumps({**MEMBERS, name: ""}).encode())
    assert name in refused(STRUCTURED, json.dumps({**MEMBERS, name: None}).encode())


def test_a_missing_time_stays_missing() -> None:
    assert structured().time is None
    assert binary().time is None
    assert "time" not in structured().attributes()


def test_plain_json_is_no_event_however_much_it_looks_like_one() -> None:
    assert "neither" in refused({"content-type": "application/json"}, json.dumps(MEMBERS).encode())


def test_the_content_type_decides_the_mode_whatever_headers_stand_beside_it() -> None:
    body = json.dumps({**MEMBERS, "id": "of the body"}).encode()
    assert parse({**HEADERS, **STRUCTURED}, body).id == "of the body"
    assert parse({**STRUCTURED, "ce-subject": "stray"}, body).subject is None
    assert parse({"Content-Type": "Application/CloudEvents+JSON; charset=UTF-8"}, body).id == "of the body"
    assert binary(body, content_type="application/json").id == "7"


@pytest.mark.parametrize(
    "content_type",
    ["application/cloudevents-batch+json", "application/cloudevents-batch", "application/cloudevents+avro"],
)
def test_batches_and_other_formats_are_told_apart_from_bad_events(content_type: str) -> None:
    with pytest.raises(UnsupportedMode):
        parse({"content-type": content_type}, json.dumps([MEMBERS]).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[1]", b'"text"', b"7", b"null", b"\xff", b"[" * 100_000])
def test_a_structured_body_is_one_json_object(body: bytes) -> None:
    assert "the body is not" in refused(STRUCTURED, body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"time": 1714554000},
        {"subject": 7},
        {"id": 7},
        {"extension": 1.5},
        {"extension": {"a": 1}},
        {"extension": [1]},
        {"Extension": "x"},
        {"my-extension": "x"},
        {"specversion": "9000.1"},
        {"subject": "a\nb"},
        {"subject": "\ud800"},
        {"extension": "\x00"},
        {"datacontenttype": "téxt/plain"},
        {"data": "x", "data_base64": "eA=="},
        {"data_base64": "eA@=="},
        {"data_base64": 7},
        {"datacontenttype": "text/plain", "data": "\ud800"},
    ],
)
def test_malformed_attributes_and_data_are_refused_not_mended(wrong: dict[str, Any]) -> None:
    refused(STRUCTURED, json.dumps({**MEMBERS, **wrong}).encode())


@pytest.mark.parametrize("body", [b"{", b"NaN", b'{"a": Infinity}', b"\xff"])
def test_broken_json_data_is_refused_in_both_modes(body: bytes) -> None:
    assert "not JSON" in refused({**HEADERS, "content-type": "application/json"}, body)
    assert "not JSON" in refused(STRUCTURED, json.dumps(MEMBERS)[:-1].encode() + b', "data": ' + body + b"}")


@pytest.mark.parametrize("header", ["%FF", "a%00b", "a%0Ab"])
def test_a_header_that_hides_something_else_is_refused(header: str) -> None:
    refused({**HEADERS, "ce-subject": header}, b"")


def test_data_that_is_a_list_travels_as_json() -> None:
    headers, body = encode_binary(Event(id="7", source="/here", type="t", data=[1, "a"]))
    assert json.loads(body) == [1, "a"]
    assert headers["content-type"] == "application/json"


def test_the_content_type_is_said_even_where_the_event_says_none() -> None:
    headers, body = encode_binary(Event(id="7", source="/here", type="t", datacontenttype=None, data={"a": 1}))
    assert (headers["content-type"], json.loads(body)) == ("application/json", {"a": 1})
    headers, body = encode_binary(Event(id="7", source="/here", type="t", datacontenttype=None, data=b"\x00\xff"))
    assert ("content-type" in headers, body) == (False, b"\x00\xff")


def test_a_boolean_is_written_as_the_specification_writes_it() -> None:
    headers, _ = encode_binary(Event(id="7", source="/here", type="t", extensions={"yes": True, "no": False, "n": 5}))
    assert (headers["ce-yes"], headers["ce-no"], headers["ce-n"]) == ("true", "false", "5")


def test_text_data_is_the_same_bytes_in_both_modes() -> None:
    said = structured(datacontenttype="text/plain", data='a "quoted" €')
    assert said.data == 'a "quoted" €'.encode()
    assert encode_binary(said)[1] == 'a "quoted" €'.encode()
    assert structured(datacontenttype="application/json", data_base64="eyJhIjoxfQ==").data == {"a": 1}


# What a function answers at its event endpoint decides what a Broker does next.


@pytest.fixture
def event(world: World) -> Event:
    """A roll's state, signed by its owner."""
    claims = {"thing": "roll", "election": str(uuid4()), "version": 1, "state": {"phase": "open"}, "seen": {}}
    token = world.sign("voter", "event", ["election", "ballot", "result"], {**claims, "asks": []})
    return Event(id="7", source="/uvote/voter", type="org.uvote.roll.changed.v1", data={"token": token})


async def test_a_taken_event_is_answered_204_without_a_body_in_both_modes_at_both_paths_each_time(
    world: World, event: Event
) -> None:
    for path in ("/events", "/"):
        for headers, body in (encode_structured(event), encode_binary(event)):
            answer = await world.client("ballot").post(path, headers=headers, content=body)
            assert (answer.status_code, answer.content) == (204, b"")


async def test_what_can_never_be_taken_is_answered_so_that_no_broker_tries_again(world: World) -> None:
    for headers, body in (
        (STRUCTURED, b"{"),
        ({"content-type": "application/json"}, b"{}"),
        (STRUCTURED, json.dumps(MEMBERS).encode()),
        (STRUCTURED, json.dumps({**MEMBERS, "data": {"token": 7}}).encode()),
        (STRUCTURED, json.dumps({**MEMBERS, "data": {"token": "a.b.c"}}).encode()),
        ({"content-type": "application/cloudevents-batch+json"}, b"[]"),
    ):
        answer = await world.client("ballot").post("/events", headers=headers, content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_event")


async def test_trouble_with_the_database_is_answered_so_that_a_broker_tries_again(world: World, event: Event) -> None:
    down = replace(world.settings("ballot"), database_url="postgresql://uvote_ballot:x@127.0.0.1:1/uvote")
    headers, body = encode_structured(event)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build(down)), base_url="http://ballot") as client:
        answer = await client.post("/events", headers=headers, content=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_down")
