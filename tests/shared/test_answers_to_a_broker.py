"""What a function answers a Broker is short: Knative 1.15 stumbles over a refusal of more than 768 bytes, and loses the
event instead of keeping it as a dead letter (`base64.Encode` into 1,024 bytes in its event_dispatcher.go)."""

import json
from collections.abc import Mapping

import pytest

from shared.contracts.states import OWNERS
from tests.world import World

STRUCTURED = {"content-type": "application/cloudevents+json"}
EVENT = {"specversion": "1.0", "id": "1", "source": "x" * 500, "type": "y" * 500, "subject": "z" * 5000}
BAD: Mapping[str, tuple[dict[str, str], bytes]] = {
    "no event": ({"content-type": "text/plain"}, b"x" * 9000),
    "half an event": (STRUCTURED, b"{" * 9000),
    "a batch": ({"content-type": "application/cloudevents-batch+json"}, b"[]" * 500),
    "an unsigned state": (STRUCTURED, json.dumps({**EVENT, "data": {"token": "a.b." + "c" * 9000}}).encode()),
    "no state": (STRUCTURED, json.dumps({**EVENT, "data": {"wrong" * 1000: "x"}}).encode()),
    "too large": (STRUCTURED, b'{"data": "' + b"x" * 700_000 + b'"}'),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("path", ["/events", "/"])
@pytest.mark.parametrize("function", OWNERS.values())
async def test_a_refusal_is_short(world: World, function: str, path: str, bad: str) -> None:
    headers, body = BAD[bad]
    answer = await world.client(function).post(path, headers=headers, content=body)
    assert 400 <= answer.status_code < 500
    assert len(answer.content) < 768
