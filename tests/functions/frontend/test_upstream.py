"""A cast is sent again while the box is silent, with the same body, for ten seconds and no longer; nothing else is."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from fastapi import Request

from functions.frontend import upstream
from shared.peers import PeerDown, Peers
from shared.settings import Settings
from tests.carried import Carried

BODY = {"nonce": "0" * 32, "definition": "1" * 64, "marks": {"chair": ["ada"]}}
Behaviour = Callable[[int, httpx.Request], Awaitable[httpx.Response]]


class Box(httpx.AsyncBaseTransport):
    """A `ballot` that behaves as told at its nth request, and keeps what it was sent."""

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.content)
        return await self.behave(len(self.bodies), request)


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        # The module's own view of them: the event loop's clock goes on.
        monkeypatch.setattr(upstream, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(upstream, "asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": self.pass_}))

    async def pass_(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def asked_of(box: Box) -> Request:
    peers = Peers(Settings(ballot_url="http://ballot", voter_url="http://voter"), Carried(box))
    return cast(Request, SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(peers=peers, asked={}))))


def problem(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "detail": "No."})


@pytest.mark.parametrize("trouble", [502, 503, 504, "lost"])
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_cast_is_sent_again_with_the_same_body_until_the_box_answers(
    clock: Clock, trouble: int | str, times: int
) -> None:
    async def behave(nth: int, request: httpx.Request) -> httpx.Response:
        if nth > times:
            return httpx.Response(201, json={"receipt": "A" * 16})
        if trouble == "lost":
            raise httpx.ReadError("lost", request=request)
        return httpx.Response(int(trouble))

    box = Box(behave)
    answer = await upstream.cast(asked_of(box), uuid4(), "pass", BODY)
    assert (answer.ok, answer.body) == (True, {"receipt": "A" * 16})
    assert len(box.bodies) == times + 1
    assert set(box.bodies) == {box.bodies[0]}


async def test_a_cast_is_sent_four_times_at_most(clock: Clock) -> None:
    async def behave(nth: int, request: httpx.Request) -> httpx.Response:
        return httpx.Response(503)

    box, began = Box(behave), clock.now
    with pytest.raises(PeerDown):
        await upstream.cast(asked_of(box), uuid4(), "pass", BODY)
    assert len(box.bodies) == 4
    assert clock.now - began <= 10


async def test_a_cast_is_given_up_after_ten_seconds_however_slow_the_box_is(clock: Clock) -> None:
    left: list[float] = []

    async def behave(nth: int, request: httpx.Request) -> httpx.Response:
        left.append(request.extensions["timeout"]["read"])
        await clock.pass_(4)
        raise httpx.ReadTimeout("slow", request=request)

    box, began = Box(behave), clock.now
    with pytest.raises(PeerDown):
        await upstream.cast(asked_of(box), uuid4(), "pass", BODY)
    assert left == pytest.approx([10, 5.5])
    assert clock.now - began == pytest.approx(8.5)


@pytest.mark.parametrize(
    ("status", "code"), [(409, "already_voted"), (409, "closed"), (401, "expired_token"), (422, "paper_does_not_fit")]
)
async def test_a_refusal_of_the_box_is_final(clock: Clock, status: int, code: str) -> None:
    async def behave(nth: int, request: httpx.Request) -> httpx.Response:
        return problem(status, code)

    box = Box(behave)
    answer = await upstream.cast(asked_of(box), uuid4(), "pass", BODY)
    assert (answer.refused, answer.code, len(box.bodies)) == (True, code, 1)


@pytest.mark.parametrize(
    "strange",
    [
        problem(500, "unexpected"),
        httpx.Response(404, text="no such host"),
        httpx.Response(400, html="<h1>proxy</h1>"),
        httpx.Response(201, content=b'{"receipt": "AAA', headers={"content-type": "application/json"}),
    ],
)
async def test_an_answer_that_is_no_answer_of_the_box_leaves_it_open_whether_the_paper_is_in(
    clock: Clock, strange: httpx.Response
) -> None:
    async def behave(nth: int, request: httpx.Request) -> httpx.Response:
        return strange

    with pytest.raises(PeerDown):
        await upstream.cast(asked_of(Box(behave)), uuid4(), "pass", BODY)


async def test_an_answer_without_a_body_is_one_even_if_it_calls_itself_json() -> None:
    async def behave(nth: int, request: httpx.Request) -> httpx.Response:
        return httpx.Response(204, headers={"content-type": "application/json"})

    answer = await upstream.ask(asked_of(Box(behave)), "ballot", "POST", "/x")
    assert answer.ok


async def test_voter_and_ballot_are_woken_side_by_side_and_at_most_every_few_seconds(clock: Clock) -> None:
    paths: list[str] = []
    both = asyncio.Event()

    async def behave(nth: int, request: httpx.Request) -> httpx.Response:
        paths.append(f"{request.url.host}{request.url.path}")
        if nth == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 5)
        raise httpx.ConnectError("starting", request=request)

    request = asked_of(Box(behave))
    for _ in range(3):
        upstream.wake(request)
    await asyncio.gather(*request.app.state.waking)
    assert sorted(paths) == ["ballot/health", "voter/health"]
    clock.now += upstream.WAKE_EVERY
    upstream.wake(request)
    await asyncio.gather(*request.app.state.waking)
    assert len(paths) == 4


async def test_a_name_that_is_slow_to_come_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "NAME_PATIENCE", 0.01)

    async def behave(nth: int, request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    request: Any = asked_of(Box(behave))
    request.app.state.peers.settings = Settings(election_url="http://election")
    assert await upstream.public_if_quick(request, uuid4()) is None
