"""A straight route does what every other route does: the same requests, the same answers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute
from pydantic import Field

from shared import web
from shared.access import Anyone, gate
from shared.contracts.definition import Frozen
from shared.errors import Conflict, Unauthenticated, raises
from shared.routes import Route, Router, Straight
from shared.settings import Settings

THING = "0b6c1f0e-4b3c-4d0e-9f57-3d1f6f6a1c11"
ENTER = {"authorization": "Bearer yes"}
JSON = {"content-type": "application/json"}


class Late(Conflict):
    code = "late"
    sentence = "It is too late."


class Sent(Frozen):
    number: int
    names: dict[str, Any] | None = None


class Answered(Frozen):
    thing: UUID
    number: int
    text: str = Field(default="é", serialization_alias="said")


@gate
@raises(Unauthenticated)
async def known(thing: UUID, request: Request) -> UUID:
    if request.headers.get("authorization") != "Bearer yes":
        raise Unauthenticated
    return thing


def app_with(kind: type[APIRoute], **more: str) -> FastAPI:
    router = Router(kind)

    @router.post("/doors/{door}")
    async def enter(door: UUID, sent: Sent, _: Anyone, request: Request) -> Answered:
        assert request.url.path.endswith(str(door))
        return Answered(thing=door, number=sent.number)

    @router.post("/things/{thing}", status_code=201)
    @raises(Late)
    async def act(sent: Sent, holder: Annotated[UUID, Depends(known)], request: Request) -> Answered:
        if sent.number == 409:
            raise Late
        if sent.number == 500:
            raise ZeroDivisionError
        return Answered(thing=holder, number=sent.number)

    return web.create_app("election", "A function for tests.", replace(Settings.from_env({}), **more), router)


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    """A body sent without saying how long it is."""
    yield content[:10]
    yield content[10:]


async def answer(kind: type[APIRoute], method: str, path: str, **more: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app_with(kind), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://function") as client:
        return await client.request(method, path, **more)


@pytest.mark.parametrize(
    ("path", "headers", "content"),
    [
        (THING, ENTER | JSON, b'{"number": 1}'),
        (THING, ENTER | {"content-type": "application/json; charset=utf-8"}, b'{"number": 1, "names": {"a": [null]}}'),
        (THING.upper(), ENTER | JSON, b'{"number": 1}'),
        (THING, JSON, b'{"number": 1}'),
        (THING, {"authorization": "Bearer no"} | JSON, b'{"number": 1}'),
        ("nothing", ENTER | JSON, b'{"number": 1}'),
        (THING, ENTER | JSON, b'{"number": 409}'),
        (THING, ENTER | JSON, b'{"number": 500}'),
        (THING, ENTER | JSON, b'{"number": "x"}'),
        (THING, ENTER | JSON, b'{"number": 1, "more": 2}'),
        (THING, ENTER | JSON, b"{}"),
        (THING, ENTER | JSON, b"[]"),
        (THING, ENTER | JSON, b"{"),
        (THING, ENTER | JSON, b""),
        (THING, ENTER | JSON, b"\xff"),
        (THING, ENTER, b'{"number": 1}'),
        (THING, ENTER | {"content-type": "text/plain"}, b'{"number": 1}'),
        (THING, ENTER | JSON, b'{"number": 1}' + b" " * web.BODY_LIMIT),
    ],
)
@pytest.mark.parametrize("said", [True, False], ids=["with its length", "in chunks"])
@pytest.mark.parametrize("kinds", ["things", "doors"])
async def test_a_straight_route_answers_as_every_other(
    kinds: str, path: str, headers: dict[str, str], content: bytes, said: bool
) -> None:
    found = []
    for kind in (Route, Straight):
        body: Any = content if said else chunks(content)
        one = await answer(kind, "POST", f"/{kinds}/{path}", headers=headers, content=body)
        told = one.json()
        places = sorted(fault["where"].partition(".")[0] for fault in told.pop("faults", []))
        # What is unexpected is told outside of everything else, by other routes.
        kept = {"content-type"} if one.status_code == 500 else one.headers.keys() - {"content-length"}
        also = {name: one.headers[name] for name in kept}
        found.append((one.status_code, also, told, places))
    every_other, straight = found
    # What cannot be read at all is told as not fitting, where others may call it not understood.
    if every_other[0] == 400:
        assert (straight[0], straight[2]["code"]) == (422, "invalid")
    else:
        assert straight == every_other


async def test_a_sender_who_hangs_up_is_nothing_to_note(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/things/{THING}",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in (ENTER | JSON).items()],
    }

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app_with(Straight)(scope, receive, send)
    assert sent[0]["status"] == 400
    assert caplog.records == []


async def test_requests_of_a_straight_route_are_counted_as_all_others() -> None:
    counted = []
    for kind in (Route, Straight):
        app = app_with(kind, metrics_port="1")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://function") as client:
            await client.post(f"/things/{THING}", headers=ENTER | JSON, content=b'{"number": 1}')
            await client.post(f"/things/{THING}", headers=JSON, content=b'{"number": 1}')
        around: list[Any] = [one.kwargs for one in app.user_middleware if "tally" in one.kwargs]
        counted.append(dict(around[0]["tally"].requests))
    assert counted[0] == counted[1]
    assert counted[0] == {("/things/{thing}", "POST", "201"): 1, ("/things/{thing}", "POST", "401"): 1}


async def test_a_straight_route_takes_no_other_method() -> None:
    for kind in (Route, Straight):
        one = await answer(kind, "GET", f"/things/{THING}", headers=ENTER)
        assert (one.status_code, one.headers["allow"]) == (405, "POST")


async def test_who_is_no_holder_is_told_so_whatever_the_body() -> None:
    one = await answer(Straight, "POST", f"/things/{THING}", content=b"{", headers=JSON)
    assert (one.status_code, one.json()["code"]) == (401, "unauthenticated")


def test_a_straight_route_is_documented_as_every_other() -> None:
    assert app_with(Straight).openapi() == app_with(Route).openapi()


def test_a_straight_route_without_a_gate_keeps_its_function_from_starting() -> None:
    async def nobody(thing: UUID) -> UUID:
        return thing

    router = Router(Straight)

    @router.post("/things/{thing}")
    async def act(sent: Sent, holder: Annotated[UUID, Depends(nobody)], request: Request) -> Answered:
        raise NotImplementedError

    with pytest.raises(web.NakedRoute):
        web.create_app("election", "A function for tests.", Settings.from_env({}), router)
