"""Whatever a stranger sends to any route of the six functions is refused with a stable code and leaves nothing behind.

The routes are read off the apps (`tests/routes.py`), so a new one is tried too; one that takes a JSON body has to say
in `GOOD` what a right one is.
"""

import io
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from functions.auth import passwords
from shared import log
from shared.contracts.states import STATES
from tests.database import Server
from tests.elections import BOARD, CHAIR, Running, running
from tests.forgery import forgeries
from tests.good import GOOD, PLANTED
from tests.routes import EVERY, Route, document
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Scene:
    """An election in the middle of its day, and somebody who may do everything in it."""

    world: World
    day: Running
    other: Running
    spare: Running
    """One that forms may change."""
    account: UUID
    voter: UUID
    receipt: str
    passes: dict[UUID, str]
    admin: asyncpg.Connection
    lines: io.StringIO

    def path(self, route: Route, **changed: str) -> str:
        """The route's address, with real ids in it."""
        ids = {
            "election": str(self.day.id),
            "staff": str(self.day.staff),
            "person": str(self.day.staff),
            "account": str(self.account),
            "voter": str(self.voter),
            "receipt": self.receipt,
            "contest": "chair",
            "name": "uvote.css",
            "token": self.day.links[0].rpartition("/")[2],
            "action": "publish",
            "function": "election",
            "path": "elections",
            **changed,
        }
        return re.sub(r"{(\w+)(?::path)?}", lambda found: ids[found[1]], route.path)

    def claims(self, kind: str) -> dict[str, Any]:
        """What a real token of a kind says, in this election."""
        said: dict[str, dict[str, Any]] = {
            "session": {
                "sub": str(self.day.staff),
                "email": "ada@example.org",
                "name": "Ada",
                "administrator": True,
            },
            "grant": {
                "sub": str(self.day.staff),
                "name": "Ada",
                "election": str(self.day.id),
                "role": "owner",
                "links": True,
                "copied_from": None,
            },
            "pass": {"box": str(self.day.id), "jti": "00" * 16, "style": "all"},
            "service": {},
        }
        return said[kind]

    def token(self, route: Route, **changed: Any) -> str | None:
        """A real token that opens the route, unless `changed`."""
        if route.token is None:
            return None
        return self.world.sign(route.signer, route.token, audience(route), {**self.claims(route.token), **changed})

    async def send(self, route: Route, path: str | None = None, **more: Any) -> httpx.Response:
        """A request with a real token, unless `headers` say otherwise."""
        headers = dict(more.pop("headers", {}))
        token = self.token(route)
        if token and "authorization" not in headers:
            headers["authorization"] = f"Bearer {token}"
        if route.path.startswith("/desk"):
            session = self.world.token_session(staff=self.day.staff, administrator=True)
            headers = {"origin": "http://frontend", "cookie": f"uvote_session={session}", **headers}
        client = self.world.client(route.function)
        return await client.request(route.method, path or self.path(route), headers=headers, **more)

    async def rows(self) -> str:
        """A digest of every row that any function keeps. What is counted of failed log-ins is meant to change."""
        tables = await self.admin.fetch(
            """
            select table_schema || '.' || table_name as name from information_schema.tables
            where table_schema in ('auth', 'voter', 'election', 'ballot', 'result') and table_name <> 'failures'
            order by 1
            """
        )
        texts = [
            f"(select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {n['name']} t)" for n in tables
        ]
        return str(await self.admin.fetchval("select concat_ws(',', " + ", ".join(texts) + ")"))

    @asynccontextmanager
    async def unchanged(self) -> AsyncIterator[None]:
        """Whatever is sent inside changes no row, and neither a text, a token nor an address of it is in the log."""
        before = await self.rows()
        self.lines.seek(0)
        self.lines.truncate()
        yield
        assert await self.rows() == before
        said = self.lines.getvalue()
        assert not re.search(rf"{PLANTED}|eyJ|@example\.org|/v/|unexpected|Traceback", said), said

    def refused(self, route: Route, what: str, answer: httpx.Response) -> None:
        """A problem document with a code that the route's document names; from the frontend's pages, a page."""
        told = f"{route}: {what}: {answer.status_code} {answer.text[:300]}"
        assert 400 <= answer.status_code < 500, told
        if route.function == "frontend" and not route.path.startswith("/api/"):
            assert answer.headers["content-type"] == "text/html; charset=utf-8", told
            assert "Traceback" not in answer.text, told
        else:
            assert answer.headers["content-type"] == "application/problem+json", told
            if route.operation:
                assert answer.json()["code"] in route.codes[answer.status_code], told
            assert answer.json()["status"] == answer.status_code, told


@pytest.fixture(scope="module")
def _database(server: Server) -> Iterator[Any]:
    made = server.clone()
    yield made
    server.drop(made.name)


@contextmanager
def _log_lines() -> Iterator[io.StringIO]:
    """What the process writes to its log, in the form that it has there."""
    lines, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(log._Line())
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    quiet = logging.getLogger("httpx")
    before = quiet.level
    quiet.setLevel(logging.WARNING)
    yield lines
    quiet.setLevel(before)
    root.setLevel(level)
    root.removeHandler(handler)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(_database: Any, keys: Path) -> AsyncIterator[Scene]:
    """One scene for all of this module: nothing that is tried may change it."""
    async with World(_database, keys) as world:
        day, other, spare = [await running(world, voters=3, contests=[CHAIR, BOARD, TRIP]) for _ in range(3)]
        passes = {each.id: await each.pass_for(each.links[1]) for each in (day, other)}
        cast = await day.cast(await day.pass_for(day.links[0]), {"chair": ["ada"], "board": ["b1"]})
        assert cast.status_code == 201, cast.text
        roll = await world.client("voter", await day.grant()).get(f"/elections/{day.id}/roll")
        admin = await asyncpg.connect(_database.admin_url)
        account = await admin.fetchval(
            "insert into auth.accounts (id, email, name, administrator) values ($1, $2, $3, true) returning id",
            day.staff,
            "ada@example.org",
            "Ada",
        )
        voter = UUID(roll.json()["voters"][0]["id"])
        with _log_lines() as lines, pytest.MonkeyPatch.context() as patch:
            patch.setattr(passwords, "COST", 4)
            yield Scene(world, day, other, spare, account, voter, cast.json()["receipt"], passes, admin, lines)
        await admin.close()


def audience(route: Route) -> list[str]:
    """Whom a real token for this route names."""
    whole = {"session": ["auth", "election"], "grant": ["voter", "ballot", "result"], "pass": ["ballot"]}
    return whole.get(str(route.token), [route.function])


def those(condition: Callable[[Route], object]) -> pytest.MarkDecorator:
    """The routes that a test is about, each a case of its own."""
    return pytest.mark.parametrize("route", [route for route in EVERY if condition(route)], ids=str)


GATED = those(lambda route: route.token)


@GATED
async def test_without_a_token_that_holds_nobody_comes_in(scene: Scene, route: Route) -> None:
    forged = forgeries(
        scene.world.keys, str(route.token), route.signer, audience(route), scene.claims(str(route.token))
    )
    bearers = {what: f"Bearer {token}" for what, token in forged.items()}
    token = scene.token(route)
    bearers |= {"another scheme": f"Basic {token}", "no scheme": str(token), "a bare scheme": "Bearer"}
    async with scene.unchanged():
        for what, bearer in bearers.items():
            answer = await scene.send(route, headers={"authorization": bearer.encode("latin-1")})
            assert answer.status_code == 401, f"{route}: {what}: {answer.status_code} {answer.text}"
            assert answer.headers["www-authenticate"] == "Bearer"
            scene.refused(route, what, answer)
        answer = await scene.world.client(route.function).request(route.method, scene.path(route))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@GATED
async def test_a_real_token_of_another_kind_opens_nothing(scene: Scene, route: Route) -> None:
    everybody = ["auth", "voter", "election", "ballot", "result"]
    async with scene.unchanged():
        for kind, signer in (("session", "auth"), ("grant", "election"), ("pass", "voter"), ("service", "result")):
            if kind != route.token:
                token = scene.world.sign(signer, kind, everybody, scene.claims(kind))
                answer = await scene.send(route, headers={"authorization": f"Bearer {token}"})
                assert (answer.status_code, answer.json()["code"]) == (401, "bad_token"), f"{route}: a {kind}"


@GATED
async def test_a_real_token_of_somebody_else_opens_nothing(scene: Scene, route: Route) -> None:
    cases: list[tuple[str | None, tuple[int, str]]] = []
    if route.token == "grant":
        cases.append((scene.token(route, election=str(scene.other.id)), (403, "wrong_election")))
    if route.token == "pass":
        cases.append((scene.token(route, box=str(scene.other.id)), (403, "wrong_election")))
    if route.token == "service":
        other = "result" if route.signer != "result" else "voter"
        cases.append((scene.world.sign(other, "service", [route.function], {}), (403, "forbidden")))
    if route.token == "session" and "election" in route.in_path:
        cases.append((scene.token(route, sub=str(uuid4())), (404, "no_such_election")))
        cases.append((scene.token(route, sub=str(scene.other.staff)), (404, "no_such_election")))
    async with scene.unchanged():
        for token, refusal in cases:
            answer = await scene.send(route, headers={"authorization": f"Bearer {token}"}, json=GOOD.get(str(route)))
            assert (answer.status_code, answer.json()["code"]) == refusal, f"{route}: {answer.text}"


@those(lambda route: True)
async def test_a_body_beyond_the_limit_is_refused_however_it_is_sent(scene: Scene, route: Route) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, route.limit + 1, 65536):
            yield b" " * min(65536, route.limit + 1 - start)

    kinds = ["application/json"] if route.body != "form" else [URLENCODED, MULTIPART]
    async with scene.unchanged():
        for kind in kinds:
            for content in (b" " * (route.limit + 1), chunks()):
                answer = await scene.send(route, content=content, headers={"content-type": kind})
                # What is no form at all may be noticed before it is too long.
                assert answer.status_code in ({400, 413} if route.body == "form" else {413}), f"{route}: {answer.text}"
                scene.refused(route, "too large", answer)


URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
BAD_IDS = {
    "a word": "word",
    "ten thousand letters": "x" * 10_000,
    "a nul": f"{PLANTED}%00",
    "half an id": "00000000-0000-0000",
    "not UTF-8": "%ff%fe",
    "an umlaut": quote("ä"),
    "a quotation mark": quote(f"' or '1'='1 {PLANTED}"),
    "two dots": "%2e%2e",
    "a slash": "%2f",
    "a template": quote("{{7*7}}"),
}
TAKES_ANY = {
    ("election PUT /elections/{election}/staff/{staff}", "staff"),  # anybody can be given a part
    ("result POST /boxes/{election}/key", "election"),  # the key is made before there is a box
    ("frontend GET /desk/password/{token}", "token"),  # whether it holds is for the form to find
}
"""Ids that nobody has to know: these routes are there to make something of them."""


@those(lambda route: route.in_path and not route.path.startswith("/api/"))
async def test_an_id_that_is_none_or_unknown_is_refused(scene: Scene, route: Route) -> None:
    async with scene.unchanged():
        for parameter in route.in_path:
            bad = dict(BAD_IDS)
            if (str(route), parameter) not in TAKES_ANY:
                bad["an unknown one"] = str(uuid4())
            elif parameter == "token":
                bad = {}
            for what, id_ in bad.items():
                answer = await scene.send(route, scene.path(route, **{parameter: id_}), json=GOOD.get(str(route)))
                scene.refused(route, f"{parameter}: {what}", answer)


def _schema(parameter: dict[str, Any]) -> list[dict[str, Any]]:
    schema: dict[str, Any] = parameter["schema"]
    return [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]


@those(lambda route: any(one["in"] == "query" for one in route.operation.get("parameters", [])))
async def test_a_query_of_the_wrong_form_is_refused(scene: Scene, route: Route) -> None:
    async with scene.unchanged():
        for parameter in route.operation["parameters"]:
            if parameter["in"] != "query":
                continue
            [schema] = _schema(parameter)
            bad = [f"{PLANTED}\x00", "x" * 10_000]
            if schema["type"] == "integer":
                bad += ["", "x", "1.5", "1e3", "-1", "0", "1" * 400, "NaN", "9999999999"]
            if schema.get("format") == "uuid":
                bad += ["", "x", "0"]
            for value in bad:
                answer = await scene.send(route, params={parameter["name"]: value})
                assert answer.status_code == 422, f"{route}: {parameter['name']}={value[:40]}: {answer.text[:200]}"
                scene.refused(route, parameter["name"], answer)


JSON = those(lambda route: route.body == "json")


@JSON
async def test_each_route_that_takes_json_says_what_a_right_body_is(route: Route) -> None:
    assert str(route) in GOOD


NOT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "a brace": b"{",
    "a bare word": PLANTED.encode(),
    "no UTF-8": b'{"\xff\xfe": 1}',
    "UTF-16": '{"email": "ä"}'.encode("utf-16"),
    "a nul": b"\x00",
    "depth": b"[" * 30_000,
    "depth that is closed": b"[" * 30_000 + b"]" * 30_000,
    "depth in an object": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a number without end": b"1" * 60_000,
    "NaN": b"NaN",
    "null": b"null",
    "a number": b"7",
    "a text": json.dumps(PLANTED).encode(),
    "a list": b"[]",
    "true": b"true",
    "a form": f"email={PLANTED}".encode(),
    "a surrogate as a name": b'{"\\ud800": 1}',
    "a long name": b'{"%s": 1}' % (b"x" * 10_000),
    "a name twice": b'{"reason": {}, "reason": []}',
}


@JSON
async def test_a_body_that_is_no_json_object_is_refused(scene: Scene, route: Route) -> None:
    async with scene.unchanged():
        for what, content in NOT_JSON.items():
            answer = await scene.send(route, content=content, headers={"content-type": "application/json"})
            scene.refused(route, what, answer)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/octet-stream", "", "\xff"):
            content = json.dumps(GOOD[str(route)]).encode()
            answer = await scene.send(route, content=content, headers={"content-type": kind.encode("latin-1")})
            scene.refused(route, kind, answer)


HUGE = 10**400


def wrong(good: Any) -> list[Any]:
    """Values that cannot stand where `good` stands."""
    texts = [f"{PLANTED}\x00", f"{PLANTED} \ud800", PLANTED + "x" * 25_000, [PLANTED], {PLANTED: PLANTED}]
    match good:
        case bool():
            return [*texts, 7, 0.5, HUGE, None, float("nan")]
        case int():
            return [*texts, -1, 1.5, HUGE, float("nan"), float("-inf"), "", "x", 10**6]
        case str() if re.fullmatch(r"\d{4}-.*T.*", good):
            return [*texts, "tomorrow", "2026-02-30T12:00:00Z", "2026-01-01T25:00:00Z", True, HUGE, float("nan")]
        case str():
            return [*texts, 7, True, HUGE, float("inf")]
        case list():
            return [PLANTED, 7, True, {PLANTED: 1}, float("nan"), [float("nan")], [None], [HUGE], [[[]]]]
        case dict():
            return [PLANTED, 7, True, [PLANTED], float("nan"), HUGE]
    raise AssertionError(good)


def mutations(good: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """`good` with one thing wrong in one place, for every place and thing; and with one member too many."""
    if place:
        for bad in wrong(good):
            yield f"{'.'.join(map(str, place))} = {ascii(bad)[:60]}", bad
    if isinstance(good, dict):
        yield f"{'.'.join(map(str, place))}: one member too many", {**good, PLANTED: PLANTED}
        for name, value in good.items():
            for what, bad in mutations(value, (*place, name)):
                yield what, {**good, name: bad}
    if isinstance(good, list) and good:
        for what, bad in mutations(good[0], (*place, 0)):
            yield what, [bad, *good[1:]]


@JSON
async def test_a_body_with_one_thing_wrong_is_refused(scene: Scene, route: Route) -> None:
    async with scene.unchanged():
        for what, body in mutations(GOOD[str(route)]):
            content = json.dumps(body).encode()  # with NaN and halves of pairs, as no other client would write them
            answer = await scene.send(route, content=content, headers={"content-type": "application/json"})
            scene.refused(route, what, answer)
        for name in GOOD[str(route)]:
            body = {other: value for other, value in GOOD[str(route)].items() if other != name}
            required = route.operation["requestBody"]["content"]["application/json"]["schema"]
            if name in resolved(route, required).get("required", []):
                scene.refused(route, f"without {name}", await scene.send(route, json=body))


def resolved(route: Route, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of the document, followed to where it is written down."""
    name = schema["$ref"].rpartition("/")[2]
    found: dict[str, Any] = document(route.function)["components"]["schemas"][name]
    return found


TRIP = {**CHAIR, "id": "trip", "title": "Trip", "method": "star"}
PAPERS: dict[str, Any] = {
    "an option twice": {"board": ["b1", "b1"]},
    "an option of another contest": {"chair": ["b1"]},
    "an unknown option": {"chair": [PLANTED]},
    "an unknown contest": {"mayor": ["ada"]},
    "too many": {"chair": ["ada", "bob"]},
    "more than there are": {"board": ["b1"] * 6},
    "a negative rank": {"board": [-1]},
    "a rank for an option": {"board": {"b1": 1}},
    "repeated ranks": {"board": {"b1": 1, "b2": 1}},
    "a rank that is no number": {"board": [float("nan")]},
    "a number without end": {"board": [HUGE]},
    "an option in a list": {"board": [["b1"]]},
    "nothing as an option": {"board": [None]},
    "a text": {"chair": "ada"},
    "nothing": {"chair": None},
    "half of a pair": {"chair": ["\ud800"]},
    "half of a pair as a contest": {"\ud800": ["ada"]},
    "a nul": {"chair": [f"{PLANTED}\x00"]},
    "ten thousand letters": {"chair": [PLANTED + "x" * 10_000]},
    "a score above the highest": {"trip": ["ada:6"]},
    "a score below nothing": {"trip": ["ada:-1"]},
    "a score without end": {"trip": ["ada:" + "9" * 10_000]},
    "a score that is none": {"trip": [f"ada:{PLANTED}"]},
    "no score": {"trip": ["ada"]},
    "two scores": {"trip": ["ada:1", "ada:2"]},
    "a score where there are none": {"chair": ["ada:1"]},
    "depth": {"chair": json.loads("[" * 500 + "]" * 500)},
}
UNREADABLE = {"half of a pair", "half of a pair as a contest", "depth"}
"""What a strict reader of JSON does not read at all."""


async def test_a_paper_that_does_not_fit_is_refused_and_the_pass_stays_good(scene: Scene) -> None:
    digest, bearer = await scene.day.digest(), scene.passes[scene.day.id]
    client, path = scene.world.client("ballot", bearer), f"/boxes/{scene.day.id}/papers"
    async with scene.unchanged():
        for what, marks in PAPERS.items():
            paper = {"nonce": "0" * 32, "definition": digest, "marks": marks}
            answer = await client.post(path, content=json.dumps(paper), headers={"content-type": "application/json"})
            code = "invalid" if what in UNREADABLE else "paper_does_not_fit"
            assert (answer.status_code, answer.json()["code"]) == (422, code), f"{what}: {answer.text}"
            assert answer.json()["faults"], what


async def test_a_paper_for_another_election_or_definition_is_refused(scene: Scene) -> None:
    digest, other = await scene.day.digest(), await scene.other.digest()
    unknown = scene.token(_route("ballot POST /boxes/{election}/papers"), style="nobodys")
    here, there = scene.passes[scene.day.id], scene.passes[scene.other.id]
    marks = {"chair": ["ada"], "board": []}
    async with scene.unchanged():
        for box, bearer, definition, refusal in [
            (scene.day, here, other, (409, "other_definition")),
            (scene.day, here, "f" * 64, (409, "other_definition")),
            (scene.day, unknown, digest, (409, "other_definition")),
            (scene.day, there, digest, (403, "wrong_election")),
            (scene.day, there, other, (403, "wrong_election")),
            (scene.other, here, other, (403, "wrong_election")),
        ]:
            paper = {"nonce": "0" * 32, "definition": definition, "marks": marks}
            answer = await scene.world.client("ballot", bearer).post(f"/boxes/{box.id}/papers", json=paper)
            assert (answer.status_code, answer.json()["code"]) == refusal, answer.text


def _route(name: str) -> Route:
    return next(route for route in EVERY if str(route) == name)


OWNERS = ("voter", "election", "ballot", "result")
STRUCTURED = "application/cloudevents+json"


def _events(scene: Scene, function: str) -> dict[str, tuple[dict[str, str], bytes]]:
    """What comes to an owner's door and is no event for it, by what is wrong."""
    thing, owner = ("box", "ballot") if function != "ballot" else ("roll", "voter")
    state: dict[str, Any] = {"phase": "sealed", "opens_at": 0, "closes_at": 0} if thing == "box" else {"phase": "open"}
    STATES[thing].model_validate(state)  # what is signed is right, but for the one thing
    claims = {
        "thing": thing,
        "election": str(scene.day.id),
        "version": 10**6,
        "state": state,
        "seen": {},
        "asks": [],
    }

    def told(token: Any, **changed: Any) -> tuple[dict[str, str], bytes]:
        event = {
            "specversion": "1.0",
            "id": "1",
            "source": f"/uvote/{owner}",
            "type": f"org.uvote.{thing}.changed.v1",
            "data": {"token": token},
            **changed,
        }
        return {"content-type": STRUCTURED}, json.dumps(event).encode()

    def signed(by: str, **changed: Any) -> tuple[dict[str, str], bytes]:
        return told(scene.world.sign(by, "event", [function], {**claims, **changed}))

    bad = {f"a token: {what}": told(token) for what, token in _forged_events(scene, function, owner, claims).items()}
    bad |= {
        "signed by another owner": signed("result" if owner != "result" and function != "result" else "election"),
        "signed by nobody who owns a thing": told(scene.world.sign("auth", "event", [function], claims)),
        "an unknown thing": signed(owner, thing="ballot paper"),
        "no id": signed(owner, election=PLANTED),
        "no version": signed(owner, version=0),
        "a version that is no number": signed(owner, version="x"),
        "a state of nothing": signed(owner, state={}),
        "a state that is none": signed(owner, state=[]),
        "a state with one member too many": signed(owner, state={**state, PLANTED: 1}),
        "no token": told(None),
        "a token that is a list": told([PLANTED]),
        "no data": told("", data=None),
        "data that is a text": told("", data=PLANTED),
        "no specversion": told("", specversion=None),
        "a nul in the type": told("", type=f"{PLANTED}\x00"),
        "half of a pair": told("\ud800", subject="\ud800"),
        "nothing at all": ({}, b""),
        "no JSON": ({"content-type": STRUCTURED}, b"{"),
        "no UTF-8": ({"content-type": STRUCTURED}, b'{"id": "\xff"}'),
        "depth": ({"content-type": STRUCTURED}, b'{"a":' * 50_000),
        "a batch": ({"content-type": "application/cloudevents-batch+json"}, b"[]"),
        "headers without data": (
            {"ce-id": "1", "ce-source": "x", "ce-type": "y", "ce-specversion": "1.0"},
            PLANTED.encode(),
        ),
        "headers that are not UTF-8": (
            {"ce-id": "%ff", "ce-source": "x", "ce-type": "y", "ce-specversion": "1.0"},
            PLANTED.encode(),
        ),
    }
    return bad


def _forged_events(scene: Scene, function: str, owner: str, claims: dict[str, Any]) -> dict[str, str]:
    forged = forgeries(scene.world.keys, "event", owner, [function], claims)
    late = {"expired", "exp that is no number"}  # a late event is only outdated
    return {what: token for what, token in forged.items() if what not in late}


@pytest.mark.parametrize("function", OWNERS)
async def test_what_is_no_event_of_an_owner_is_refused_for_good(scene: Scene, function: str) -> None:
    """With 400: the Broker would send anything else again."""
    async with scene.unchanged():
        for path in ("/events", "/"):
            for what, (headers, body) in _events(scene, function).items():
                answer = await scene.world.client(function).post(path, content=body, headers=headers)
                assert answer.status_code == 400, f"{what}: {answer.status_code} {answer.text}"
                assert answer.json()["code"] == "bad_event", what


async def test_a_dead_letter_that_is_no_event_is_refused_and_any_event_is_kept(scene: Scene) -> None:
    client = scene.world.client("election")
    for what, (headers, body) in _events(scene, "election").items():
        answer = await client.post("/dead-letters", content=body, headers=headers)
        assert answer.status_code in {204, 400}, f"{what}: {answer.status_code} {answer.text}"
        scene_said = scene.lines.getvalue()
        assert "unexpected" not in scene_said, f"{what}: {scene_said}"


ROLLS: dict[str, bytes] = {
    "nothing": b"",
    "no header": b"ada@example.org,Ada\n",
    "another header": b"name,colour\nAda,red\n",
    "no UTF-8": b"email,name\n\xff\xfe@example.org,Ada\n",
    "UTF-16": "email,name\nada@example.org,Ada\n".encode("utf-16-be"),
    "a nul": f"email,name\nada@example.org,{PLANTED}\x00\n".encode(),
    "nothing but nuls": b"\x00" * 1000,
    "no address": f"email,name\n{PLANTED},Ada\n".encode(),
    "ten thousand letters": f"email,name\nada@example.org,{PLANTED}{'x' * 10_000}\n".encode(),
    "a field without an end": f'email,name\n"{PLANTED}'.encode() + b"x" * 200_000,
    "another style": f"email,name,style\neve@example.org,Eve,{PLANTED}\n".encode(),
    "a spreadsheet": b"PK\x03\x04" + bytes(range(256)) * 10,
    "a page": b"<!doctype html><html></html>",
}


async def test_a_file_that_is_no_roll_is_refused_whole(scene: Scene) -> None:
    route = _route("voter POST /elections/{election}/roll")
    async with scene.unchanged():
        for what, content in ROLLS.items():
            answer = await scene.send(route, content=content, headers={"content-type": "text/csv"})
            assert (answer.status_code, answer.json()["code"]) == (422, "bad_roll"), f"{what}: {answer.text}"


PASSED_ON = {
    "no function": "/api/nobody/health",
    "frontend itself": "/api/frontend/health",
    "an address that is not there": "/api/election/nothing",
    "events": "/api/voter/events",
    "a tick": "/api/ballot/tick",
    "dead letters": "/api/election/dead-letters",
    "the root": "/api/ballot/",
    "void": "/api/ballot/boxes/{e}/void",
    "spent": "/api/ballot/boxes/{e}/spent",
    "a box key": "/api/result/boxes/{e}/key",
    "two dots": "/api/ballot/boxes/{e}/receipts/../spent",
    "two coded dots": "/api/ballot/boxes/{e}/receipts/%2e%2e/spent",
    "a coded slash": "/api/ballot/boxes/{e}%2fspent",
    "a coded letter": "/api/ballot/boxes/{e}/%73pent",
    "an empty part": "/api/ballot//boxes/{e}/spent",
    "another host": "/api/ballot/@example.org/",
    "a nul": "/api/ballot/boxes/{e}/%00",
    "not UTF-8": "/api/ballot/boxes/%ff",
}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_what_is_not_passed_on_is_refused_with_a_problem_document(scene: Scene, method: str) -> None:
    async with scene.unchanged():
        for what, path in PASSED_ON.items():
            # Even with a token that would be believed inside.
            token = scene.world.token_service("voter", "ballot")
            raw = path.replace("{e}", str(scene.day.id)).encode()
            url = httpx.URL("http://frontend").copy_with(raw_path=raw)
            answer = await scene.world.client("frontend", token).request(method, url)
            assert answer.status_code in {404, 405}, f"{what}: {answer.status_code} {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json", what


FIELDS = (
    *("pass", "style", "marks", "nonce", "definition", "receipt", "token", "email", "name", "password", "again"),
    *("do", "revision", "contests", "c0-options", "c0-title", "c0-seats", "title", "opens_at", "closes_at"),
    *("contest", "stage", "rank-ada", "reason", "role", "staff", "links", "text", "external_id", "form"),
)
"""Names that one form or another has; what a route does not know it has to overlook."""


def _multipart(name: str, content: bytes, more: str = "") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + content + b"\r\n--b--\r\n"


def _all_fields(value: str) -> bytes:
    return "&".join(f"{name}={value}" for name in FIELDS).encode()


FORMS: dict[str, tuple[str, bytes]] = {
    "nothing": (URLENCODED, b""),
    "no form at all": (URLENCODED, b"\x00\xff\xfe=%ff&%zz&=&&=="),
    "nuls": (URLENCODED, _all_fields(f"{PLANTED}%00")),
    "not UTF-8": (URLENCODED, _all_fields("%ff%fe")),
    "long fields": (URLENCODED, _all_fields(PLANTED + "x" * 1500)),
    "a large number": (URLENCODED, _all_fields("9" * 1500)),
    "another kind of digit": (URLENCODED, _all_fields("%C2%B2")),
    "NaN": (URLENCODED, _all_fields("NaN")),
    "JSON": (URLENCODED, _all_fields("%7B%22chair%22%3A%5B%22ada%22%5D%7D")),
    "half of a pair": (URLENCODED, _all_fields("%7B%22%5Cud800%22%3A%22%5Cud800%22%7D")),
    "depth": (URLENCODED, _all_fields("%5B" * 600)),
    "each field twice": (URLENCODED, _all_fields("a") + b"&" + _all_fields("b")),
    "ten thousand fields": (URLENCODED, b"&".join(b"f%d=" % n for n in range(6000))),
    "another character set": (URLENCODED + "; charset=utf-16", _all_fields("x")),
    "multipart without a boundary": ("multipart/form-data", _multipart("reason", b"x")),
    "multipart that is cut off": (MULTIPART, _multipart("reason", b"x")[:40]),
    "multipart without an end": (MULTIPART, _multipart("reason", b"x" * 1000)[:-8]),
    "multipart with binary text": (MULTIPART, _multipart("reason", bytes(range(256)))),
    "a file where a text is wanted": (MULTIPART, _multipart("reason", b"x", '; filename="x.txt"')),
    "a file that is no roll": (MULTIPART, _multipart("file", bytes(range(256)), '; filename="roll.csv"')),
    "a name of great length": (MULTIPART, _multipart("x" * 10_000, b"x")),
    "JSON instead of a form": ("application/json", b'{"reason": "x"}'),
    "no type": ("", b"reason=x"),
}


@those(lambda route: route.function == "frontend" and route.method == "POST" and not route.path.startswith("/api/"))
async def test_a_garbled_form_is_answered_with_a_page_and_is_nobodys_mistake_but_the_senders(
    scene: Scene, route: Route
) -> None:
    session = scene.world.token_session(staff=scene.spare.staff, administrator=True)
    desk = {"origin": "http://frontend", "cookie": f"uvote_session={session}"} if "/desk" in route.path else {}
    scene.lines.seek(0)
    scene.lines.truncate()
    for what, (kind, content) in FORMS.items():
        path = scene.path(route, election=str(scene.spare.id), token=scene.spare.links[0].rpartition("/")[2])
        headers = {**desk, **({"content-type": kind} if kind else {})}
        answer = await scene.world.client("frontend").post(path, content=content, headers=headers)
        told = f"{route}: {what}: {answer.status_code} {answer.text[:500]}"
        assert answer.status_code < 500, told
        assert answer.status_code == 303 or answer.headers["content-type"] == "text/html; charset=utf-8", told
        assert "Traceback" not in answer.text, told
        said = scene.lines.getvalue()
        assert not re.search(rf"{PLANTED}|eyJ|@example\.org|/v/|unexpected|Traceback", said), f"{told}\n{said}"
