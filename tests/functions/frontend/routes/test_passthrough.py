"""What functions say only to each other cannot be had through the public address, however it is spelt."""

import re
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import example, given
from hypothesis import strategies as st

from functions.frontend.app import build
from functions.frontend.routes.passthrough import allowed
from shared.peers import Peers
from shared.settings import Settings
from tests.carried import Carried
from tests.elections import running
from tests.functions.frontend.browser import Browser
from tests.world import World

BOX = str(UUID(int=7))
FUNCTIONS = ("auth", "voter", "election", "ballot", "result")
INSIDE = re.compile(rf"/|/events|/tick|/dead-letters|/boxes/{BOX}/(void|spent|key)")
PAPERS = f"/boxes/{BOX}/papers"
"""Sealed papers, unless they are posted."""


class Function(httpx.AsyncBaseTransport):
    """Any function: it answers with what it understood, as a server that decodes, joins and resolves everything."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.host, request.url.raw_path))
        return httpx.Response(
            200,
            json={
                "query": request.url.query.decode(),
                "headers": dict(request.headers),
                "body": request.content.decode(),
            },
        )


def gateway() -> tuple[FastAPI, Function]:
    function = Function()
    urls = {f"UVOTE_{name.upper()}_URL": f"http://{name}" for name in FUNCTIONS}
    settings = Settings.from_env({"UVOTE_FUNCTION": "frontend", **urls})
    return build(settings, Peers(settings, Carried(function))), function


def understood(raw: bytes) -> set[str]:
    """Every path that some server might take this one for."""
    path, found = raw.decode().split("?")[0], set[str]()
    for _ in range(4):
        for one in (path, path.lower(), path.rstrip("/") or "/", re.sub("/+", "/", path), path.split(";")[0]):
            resolved: list[str] = []
            for part in one.replace("\\", "/").split("/"):
                if part == "..":
                    resolved[-1:] = []
                elif part not in {"", "."}:
                    resolved.append(part)
            found.add("/" + "/".join(resolved))
        path = unquote(path)
    return found


PARTS = ["events", "tick", "dead-letters", "boxes", BOX, "void", "spent", "papers", "key", "elections", ".", "..", ""]


INTERESTING = [
    "events",
    "tick",
    "dead-letters",
    *(f"boxes/{BOX}/{last}" for last in ("spent", "papers", "void", "key")),
]


def disguised(letter: str) -> st.SearchStrategy[str]:
    """Other ways to write a letter, and what servers may take for nothing, for a slash or for a step up."""
    code = ord(letter)
    same = [f"%{code:02X}", f"%{code:02x}", f"%25{code:02x}", letter.upper()]
    return st.sampled_from([*same, "%2f", "%252F", "%2e%2e", ";", "//", "\\", "%00"])


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """An address of the inside, or near it, spelt in some way."""
    some = st.lists(st.sampled_from(PARTS), max_size=6).map("/".join)
    path = draw(st.sampled_from(INTERESTING) | some)
    for at in draw(st.lists(st.integers(0, 60), max_size=4)):
        if at < len(path) and path[at].isalnum():
            path = path[:at] + draw(disguised(path[at])) + path[at + 1 :]
    before = draw(st.sampled_from(["", "", "/", "./", "x/../", "%2e%2e/", "x%2f..%2f"]))
    return before + path + draw(st.sampled_from(["", "", "/", "?x=1", ";a", "%00", "%20"]))


async def asked_on_the_wire(app: FastAPI, method: str, address: str) -> int:
    """The status of a request whose address arrives exactly so; a client would tidy it up."""
    raw, _, query = address.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"frontend")],
        "client": ("127.0.0.1", 50000),
        "server": ("frontend", 80),
    }
    statuses: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


@given(function=st.sampled_from(FUNCTIONS), method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]), path=spellings())
@example("ballot", "GET", f"boxes/{BOX}/papers")
@example("ballot", "POST", f"boxes/{BOX}%2Fvoid")
@example("ballot", "GET", f"boxes/{BOX}/%73pent")
@example("ballot", "GET", f"boxes/{BOX}/x/../spent")
@example("election", "POST", "dead-letters")
@example("voter", "POST", "")
async def test_the_inside_is_not_reached_by_any_spelling(function: str, method: str, path: str) -> None:
    app, behind = gateway()
    status = await asked_on_the_wire(app, method, f"/api/{function}/{path}")
    assert status == (200 if behind.asked else 404)
    for asked, host, raw in behind.asked:
        assert host == function
        assert b"%" not in raw
        for taken_for in understood(raw):
            assert not INSIDE.fullmatch(taken_for)
            assert asked == "POST" or taken_for != PAPERS


@pytest.mark.parametrize(
    ("function", "method", "path"),
    [
        ("ballot", "POST", f"/boxes/{BOX}/papers"),
        ("ballot", "GET", f"/boxes/{BOX}/receipts"),
        ("auth", "GET", "/.well-known/jwks.json"),
        ("result", "GET", f"/results/{BOX}/contests/c1.blt"),
        ("voter", "DELETE", f"/elections/{BOX}/voters/{BOX}"),
        ("election", "PUT", f"/elections/{BOX}"),
    ],
)
def test_what_organisers_and_replays_use_is_passed_on(function: str, method: str, path: str) -> None:
    assert allowed(function, method, path)


@pytest.mark.parametrize("function", ["frontend", "", "..", "broker", "AUTH", "auth/"])
def test_there_are_five_functions_behind(function: str) -> None:
    assert not allowed(function, "GET", "/elections")


async def test_a_request_and_its_answer_are_passed_on_as_they_are() -> None:
    app, behind = gateway()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://frontend") as client:
        answer = await client.put(
            "/api/election/elections/x?voters=a&voters=b&q=%C3%A9",
            content=b"body",
            headers={
                "authorization": "Bearer t",
                "if-match": '"3"',
                "content-type": "text/csv",
                "cookie": "uvote_session=s",
                "x-forwarded-for": "10.0.0.1",
                "origin": "http://evil",
            },
        )
    seen = answer.json()
    assert (seen["query"], seen["body"]) == ("voters=a&voters=b&q=%C3%A9", "body")
    assert behind.asked[0][0] == "PUT"
    headers = seen["headers"]
    assert (headers["authorization"], headers["if-match"], headers["content-type"]) == ("Bearer t", '"3"', "text/csv")
    assert headers["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"
    assert not {"cookie", "origin"} & headers.keys()
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in answer.headers


async def test_a_method_that_a_function_does_not_take_comes_back_with_those_that_it_takes(world: World) -> None:
    answer = await world.client("frontend").delete("/api/auth/sessions")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "query"), [({"authorization": b"Bearer \xe9"}, ""), ({}, "?q=" + "x" * 9000), ({"accept": b"\xff"}, "")]
)
async def test_what_cannot_be_sent_on_is_refused_in_plain_words(headers: dict[str, bytes], query: str) -> None:
    app, behind = gateway()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://frontend") as client:
        answer = await client.get(f"/api/auth/me{query}", headers=list(headers.items()))  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"], behind.asked) == (400, "not_plain", [])


async def test_an_address_that_is_no_ascii_does_not_keep_anybody_from_logging_in() -> None:
    transport = httpx.ASGITransport(gateway()[0], raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://frontend") as client:
        answer = await client.get("/api/auth/me", headers=[(b"x-forwarded-for", b"\xe9,\t10.0.0.1")])
    assert answer.json()["headers"]["x-forwarded-for"] == "?, 10.0.0.1, 127.0.0.1"


async def test_programs_are_told_of_errors_as_problem_documents(world: World) -> None:
    day, browser = await running(world, voters=1), Browser(world)
    for path, status, code in (
        (f"/api/election/elections/{day.id}", 401, "unauthenticated"),
        (f"/api/ballot/boxes/{uuid4()}", 404, "no_such_box"),
        ("/api/moon/x", 404, "not_found"),
        ("/api/voter/tick", 404, "not_found"),
    ):
        answer = await browser.raw("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
    world.down.add("result")
    answer = await browser.raw("GET", f"/api/result/results/{day.id}")
    assert (answer.status_code, answer.json()["code"]) == (503, "peer_down")
