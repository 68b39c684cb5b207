"""What a subscriber's answer means to a Broker: delivered, to be tried again, or given up."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared import cloudevent
from shared.cloudevent import BadEvent, Event

RETRIED = {404, 408, 409, 429}
KEPT = 1024
"""Characters of an answer that a dead letter says."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try to deliver ended: its code (0 when nobody answered), body, and the event it was answered with."""

    code: int
    body: bytes = b""
    reply: Event | None = None

    @property
    def delivered(self) -> bool:
        return 200 <= self.code < 300

    @property
    def again(self) -> bool:
        return self.code == 0 or self.code in RETRIED or self.code >= 500


def judge(code: int, headers: Mapping[str, str], body: bytes) -> Attempt:
    """The answer table; a 2xx with a body that is no event counts as 502, as the broker's filter has it.

    Headers that begin an event and do not end it are a reply that the Broker's ingress refuses: 400, not tried again.
    """
    if not 200 <= code < 300 or not (body or "ce-specversion" in headers):
        return Attempt(code, body[:KEPT])
    try:
        reply = cloudevent.parse(headers, body)
    except BadEvent:
        return Attempt(400 if "ce-specversion" in headers else 502, body[:KEPT])
    return Attempt(code, reply=None if code == 202 else reply)


def why(url: str, attempt: Attempt) -> dict[str, Any]:
    """The extensions with which a dead letter says where it was to go and what was answered there.

    Where there was no answer, or one that cannot have a body, the broker's filter can tell its sender nothing.
    """
    if attempt.code in {0, 304}:
        return {}
    return {
        "knativeerrordest": url,
        "knativeerrorcode": attempt.code,
        "knativeerrordata": base64.b64encode(attempt.body).decode()[:KEPT],
    }
