"""The six OpenAPI documents tell the truth: no answer has a status, a type or a shape that its document does not name.

schemathesis makes requests from the documents, right ones and wrong ones; real tokens and ids take them past the gates.
The same requests each time, so that a run says the same as the one before; `--slow` makes many more.
"""

import asyncio
import re
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.parameters import ParameterLocation

from functions import FUNCTIONS
from functions.auth import commands, passwords
from tests.database import Server
from tests.elections import Running, draft, running
from tests.routes import EVERY, Route, document
from tests.world import World

load_all_checks()
CHECKED = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    )
]
PASSWORD = "correct horse battery"
DOCUMENTED = [route for route in EVERY if route.operation and route.path != "/health"]
Done = TypeVar("Done")


@dataclass
class Served:
    """The six functions over HTTP, on a loop of their own beside the test's thread."""

    world: World
    urls: dict[str, str]
    loop: asyncio.AbstractEventLoop
    days: dict[str, "Day"] = field(default_factory=dict)
    accounts: list[dict[str, Any]] = field(default_factory=list)

    def run(self, job: Coroutine[Any, Any, Done]) -> Done:
        return asyncio.run_coroutine_threadsafe(job, self.loop).result(60)


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture(scope="module")
def served(server: Server, keys: Path) -> Iterator[Served]:
    database = server.clone()
    with ExitStack() as stack:
        stack.callback(server.drop, database.name)
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(passwords, "COST", 4)
        loop = stack.enter_context(_loop())

        async def start() -> tuple[World, dict[str, str], list[uvicorn.Server], list[asyncio.Task[None]]]:
            world = World(database, keys)
            urls, servers, tasks = {}, [], []
            for function in FUNCTIONS:
                listening = socket.create_server(("127.0.0.1", 0))
                urls[function] = f"http://127.0.0.1:{listening.getsockname()[1]}"
                config = uvicorn.Config(world.apps[function], lifespan="off", access_log=False, log_config=None)
                servers.append(uvicorn.Server(config))
                tasks.append(asyncio.ensure_future(servers[-1].serve(sockets=[listening])))
            while not all(one.started for one in servers):  # noqa: ASYNC110  (uvicorn says it by an attribute)
                await asyncio.sleep(0.01)
            return world, urls, servers, tasks

        async def stop() -> None:
            for one in servers:
                one.should_exit = True
            await asyncio.gather(*tasks)
            await world.__aexit__()

        world, urls, servers, tasks = asyncio.run_coroutine_threadsafe(start(), loop).result(60)
        stack.callback(lambda: asyncio.run_coroutine_threadsafe(stop(), loop).result(60))
        yield Served(world, urls, loop)


@dataclass
class Day:
    """An election, and what is real about it."""

    running: Running
    bearer: str
    definition: str
    receipt: str
    voters: list[str]


async def _day(world: World, over: bool) -> Day:
    day = await running(world, voters=3)
    cast = await day.cast(await day.pass_for(day.links[1]), {"chair": ["ada"], "board": ["b1"]})
    roll = await world.client("voter", world.token_grant(day.id)).get(f"/elections/{day.id}/roll")
    voters = [voter["id"] for voter in roll.json()["voters"]]
    made = Day(day, await day.pass_for(day.links[0]), await day.digest(), cast.json()["receipt"], voters)
    if over:
        await day.finish()
        await day.election("POST", "/publish")
        await day.settle()
    return made


@dataclass
class Facts:
    """What there is to speak of: ids for the address, a token for the gate, values for a body."""

    ids: dict[str, str]
    token: str | None
    body: dict[str, Any]


OVER = re.compile(r"^result GET|^ballot GET .*/(receipts|papers)$")
"""Routes with something to tell after the end."""
DRAFTED = re.compile(r"PUT /elections/{election}$|/schedule$")
"""Routes that make something of a draft."""


async def facts(served: Served, route: Route) -> Facts:
    """Everything real about an election in the phase that suits the route; a new one where the route changes it."""
    world = served.world
    while len(served.accounts) < 2:
        served.accounts.append(await _account(world))
    mine, other = served.accounts
    when = "over" if OVER.search(str(route)) else "open" if route.method == "GET" else str(route)
    if when not in served.days:
        served.days[when] = await _day(world, when == "over")
        part = {"role": "owner", "links": True, "email": "ada@example.org", "name": "Ada"}
        await served.days[when].running.election("PUT", f"/staff/{mine['staff']['id']}", part)
    day = served.days[when]
    election = str(day.running.id)
    session = world.token_session(staff=UUID(mine["staff"]["id"]), administrator=True)
    if DRAFTED.search(str(route)):
        made = await world.client("election", session).post("/elections", json=draft())
        election = made.json()["id"]
    tokens = {
        "session": session,
        "grant": world.token_grant(UUID(election), "owner", links=True),
        "pass": day.bearer,
        "service": world.token_service(route.signer, route.function) if route.token == "service" else None,
    }
    return Facts(
        ids={
            "election": election,
            "staff": mine["staff"]["id"],
            "account": other["staff"]["id"],
            "voter": day.voters[-1],
            "receipt": day.receipt,
            "contest": "board",
        },
        token=tokens.get(str(route.token)),
        body={
            "email": mine["staff"]["email"],
            "password": PASSWORD,
            "refresh": mine["refresh"],
            "token": day.running.links[2].rpartition("/")[2],
            "definition": day.definition,
            "marks": {"chair": ["bob"], "board": ["b2", "b1"]},
            "style": "all",
            "voters": day.voters,
            "closes_at": (datetime.now(UTC) + timedelta(days=2)).isoformat(),
        },
    )


async def _account(world: World) -> dict[str, Any]:
    email = f"{uuid4().hex}@example.org"
    link = await commands.add(world.database.url("auth"), email, "Ada", True)
    auth = world.client("auth")
    await auth.post("/passwords", json={"token": link, "password": PASSWORD})
    session: dict[str, Any] = (await auth.post("/sessions", json={"email": email, "password": PASSWORD})).json()
    return session


@cache
def _schema(function: str) -> Any:
    schema = schemathesis.openapi.from_dict(document(function))
    schema.config.generation.update(allow_extra_parameters=False)  # a query may hold more than is asked for
    schema.config.checks.negative_data_rejection.expected_statuses = ["4XX"]
    return schema


def conforms(served: Served, route: Route, examples: int) -> None:
    """Every answer to as many right and wrong requests is one that the document names."""
    real = served.run(facts(served, route))
    operation = _schema(route.function)[route.path][route.method]
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    # The same requests each time; `--slow` makes others.
    @settings(
        max_examples=examples,
        derandomize=examples == FEW,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, some=st.integers(0, 3))
    def ask(case: Any, some: int) -> None:
        wrong = {place for place, said in case.meta.components.items() if said.mode == GenerationMode.NEGATIVE}
        if some and ParameterLocation.PATH not in wrong:
            case.path_parameters.update({name: real.ids[name] for name in route.in_path})
        if some > 1 and ParameterLocation.BODY not in wrong and isinstance(case.body, dict):
            case.body.update({name: value for name, value in real.body.items() if name in case.body})
        if some > 1 and "if-match" in case.headers and ParameterLocation.HEADER not in wrong:
            case.headers["if-match"] = '"1"'
        headers = {"authorization": f"Bearer {real.token}"} if real.token else {}
        response = case.call(base_url=served.urls[route.function], headers=headers)
        case.validate_response(response, checks=CHECKED)

    ask()


FEW, MANY = 20, 300


@pytest.mark.parametrize("route", DOCUMENTED, ids=str)
def test_every_answer_is_one_that_the_document_names(served: Served, route: Route) -> None:
    conforms(served, route, FEW)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("route", DOCUMENTED, ids=str)
def test_every_answer_to_many_more_requests_is_one_that_the_document_names(served: Served, route: Route) -> None:
    conforms(served, route, MANY)
