"""CloudEvents over HTTP, without a client or a server: what a request carries, and how an event is written.

Which mode a message is in is decided by its Content-Type alone (HTTP Protocol Binding, section 3). Nothing is invented:
an event without an id is none, since takers tell repetitions by it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Never

STRUCTURED = "application/cloudevents+json"
REQUIRED = ("id", "source", "type", "specversion")
NAME = re.compile(r"[a-z0-9]{1,40}")
OPTIONAL = ("subject", "time", "datacontenttype", "dataschema")
CORE = {*REQUIRED, *OPTIONAL}
UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a text attribute may not hold (CloudEvents, section 3.1); half of it could not be sent on either."""
CONTENT_TYPE = re.compile("[ -~]+")


class BadEvent(ValueError):
    """Not a CloudEvent; the message says why."""


class UnsupportedMode(BadEvent):
    """A batch, or a structured format other than JSON, which nobody here takes."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `data` is JSON data, or bytes of another content type."""

    id: str
    source: str
    type: str
    specversion: str = "1.0"
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = "application/json"
    dataschema: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)
    data: Any = None

    def attributes(self) -> dict[str, Any]:
        """Every context attribute that is set, extensions included."""
        core = {name: getattr(self, name) for name in ("specversion", "id", "source", "type", *OPTIONAL)}
        return {**{name: value for name, value in core.items() if value is not None}, **self.extensions}


def parse(headers: Mapping[str, str], body: bytes) -> Event:
    """The event of a request; raises BadEvent."""
    lower = {name.lower(): value for name, value in headers.items()}
    content_type = lower.get("content-type", "")
    bare = content_type.split(";", 1)[0].strip().lower()
    if bare.startswith("application/cloudevents-batch"):
        raise UnsupportedMode("batches are not taken")
    if bare.startswith("application/cloudevents"):
        if bare != STRUCTURED:
            raise UnsupportedMode("the only structured format taken is JSON")
        return _structured(body)
    attributes: dict[str, Any] = {
        name[3:]: _unescaped(value) for name, value in lower.items() if name.startswith("ce-")
    }
    if not attributes:
        raise BadEvent("neither a structured event nor ce- headers")
    if content_type:
        attributes["datacontenttype"] = content_type
    return replace(_checked(attributes), data=_data(body, content_type))


def encode_structured(event: Event) -> tuple[dict[str, str], bytes]:
    """Headers and body in structured mode."""
    members = event.attributes()
    if isinstance(event.data, bytes):
        import base64

        members["data_base64"] = base64.b64encode(event.data).decode()
    elif event.data is not None:
        members["data"] = event.data
    return {"content-type": STRUCTURED}, json.dumps(members, separators=(",", ":")).encode()


def encode_binary(event: Event) -> tuple[dict[str, str], bytes]:
    """Headers and body in binary mode; values are percent-encoded as the binding says (section 3.1.3.2)."""
    attributes = event.attributes()
    headers = {f"ce-{name}": _escaped(_text(value)) for name, value in attributes.items() if name != "datacontenttype"}
    if event.datacontenttype is not None:
        headers["content-type"] = event.datacontenttype
    if event.data is None or isinstance(event.data, bytes):
        return headers, event.data or b""
    headers.setdefault("content-type", "application/json")
    return headers, json.dumps(event.data).encode()


def _structured(body: bytes) -> Event:
    members = _json(body, "the body is not JSON")
    if not isinstance(members, dict):
        raise BadEvent("the body is not a JSON object")
    if "data" in members and "data_base64" in members:
        raise BadEvent("data and data_base64 together")
    data, coded = members.pop("data", None), members.pop("data_base64", None)
    event = _checked({name: value for name, value in members.items() if value is not None})
    return replace(event, data=_member(data, coded, event.datacontenttype or ""))


def _member(data: Any, coded: Any, content_type: str) -> Any:
    """The data of a structured event, as the same event in binary mode would give it."""
    try:
        if coded is not None:
            import base64

            body = base64.b64decode(coded, validate=True)
        elif isinstance(data, str) and content_type and not _is_json(content_type):
            body = data.encode()
        else:
            return data
    except (ValueError, TypeError) as error:
        raise BadEvent("the data is neither text nor base64") from error
    return _data(body, content_type)


def _checked(attributes: dict[str, Any]) -> Event:
    for name in REQUIRED:
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            raise BadEvent(f"the attribute {name} is missing")
    if attributes["specversion"] not in {"1.0", "0.3"}:
        raise BadEvent("the specversion is not known")
    for name, value in attributes.items():
        if not NAME.fullmatch(name):
            raise BadEvent("an attribute's name is not lower-case letters and digits")
        if name in CORE and not isinstance(value, str):
            raise BadEvent(f"the attribute {name} is not a text")
        if not isinstance(value, str | int | bool):
            raise BadEvent(f"the attribute {name} has no type of an attribute")
        if isinstance(value, str) and UNFIT.search(value):
            raise BadEvent(f"the attribute {name} holds a character that no attribute may hold")
    if not CONTENT_TYPE.fullmatch(attributes.get("datacontenttype", "none")):
        raise BadEvent("the attribute datacontenttype is no media type")
    core = {name: attributes[name] for name in CORE if name in attributes}
    extensions = {name: value for name, value in attributes.items() if name not in CORE}
    core.setdefault("datacontenttype", None)
    return Event(**core, extensions=extensions)


def _data(body: bytes, content_type: str) -> Any:
    if not body:
        return None
    return _json(body, "the data is not JSON") if _is_json(content_type) else body


def _is_json(content_type: str) -> bool:
    bare = content_type.split(";", 1)[0].strip().lower()
    return bare == "application/json" or bare.endswith("+json")


def _json(text: bytes, trouble: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadEvent(trouble) from error


def _no_number(word: str) -> Never:
    """Python would read NaN and Infinity, and write them again for others to stumble over."""
    raise ValueError(word)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _escaped(value: str) -> str:
    return "".join(
        letter if "!" <= letter <= "~" and letter not in '"%' else "".join(f"%{b:02X}" for b in letter.encode())
        for letter in value
    )


def _unescaped(value: str) -> str:
    """A header's value, whose bytes servers hand over as Latin-1; Knative's broker sends UTF-8 there unescaped."""
    from urllib.parse import unquote

    try:
        return unquote(value.encode("latin-1").decode(), errors="strict")
    except UnicodeError as error:
        raise BadEvent("a header is not percent-encoded UTF-8") from error
