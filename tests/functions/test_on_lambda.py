"""UVote on AWS Lambda: Amazon's runtime client around our handler, against a Runtime API of the test's own."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from functions import FUNCTIONS, on_lambda
from shared import cloudevent
from tests.database import TestDatabase
from tests.elections import scheduled
from tests.lambda_runtime import Failed, Lambda, serving
from tests.world import World, source_of

Start = Callable[..., AbstractContextManager[Lambda]]


@pytest.fixture
def start(keys: Path, database: TestDatabase, tmp_path: Path) -> Start:
    """Starts an instance of one function on the test's database; further settings by name."""

    def started(function: str, **settings: str) -> AbstractContextManager[Lambda]:
        env = {
            "UVOTE_FUNCTION": function,
            "UVOTE_JWKS": str(keys / "jwks.json"),
            "UVOTE_SIGNING_KEY": str(keys / f"{function}.signing.json"),
            "UVOTE_SECRET": str(keys / f"{function}.secret"),
            **({} if function == "frontend" else {"UVOTE_DATABASE_URL": database.url(function)}),
            **settings,
        }
        return serving(env, tmp_path)

    return started


@contextmanager
def a_sink() -> Iterator[tuple[str, list[cloudevent.Event]]]:
    """An address that takes events, and what it has taken."""
    taken: list[cloudevent.Event] = []

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(
                cloudevent.parse(dict(self.headers.items()), self.rfile.read(int(self.headers["content-length"])))
            )
            self.send_response(202)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
            pass

    server = HTTPServer(("127.0.0.1", 0), Sink)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def on_the_bus(event: cloudevent.Event, **changes: Any) -> dict[str, Any]:
    """An event as an EventBridge rule hands it to Lambda."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": event.type,
        "source": event.source,
        "account": "123456789012",
        "time": "2026-03-20T12:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": event.data,
        **changes,
    }


async def an_election_told(world: World) -> tuple[UUID, cloudevent.Event]:
    """A scheduled election, and the event by which `election` tells of it."""
    made = await scheduled(world, voters=1)
    await world.quiet()
    told = [cloudevent.parse(*event) for event in world.events if source_of(event) == "/uvote/election"]
    return made.id, told[-1]


async def backends(database: TestDatabase, role: str) -> set[int]:
    """The server's processes that serve a function's login in this database."""
    admin = await asyncpg.connect(database.admin_url)
    try:
        rows = await admin.fetch(
            "select pid from pg_stat_activity where datname = current_database() and usename like $1", f"%{role}%"
        )
        return {row["pid"] for row in rows}
    finally:
        await admin.close()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_answers(function: str, start: Start) -> None:
    with start(function) as instance:
        answer = instance.request("GET", "/health")
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"status": "healthy", "service": function}


async def test_three_calls_are_served_by_one_connection(start: Start, world: World, database: TestDatabase) -> None:
    bearer = {"authorization": f"Bearer {world.token_session()}"}
    seen = []
    with start("election") as instance:
        for _ in range(3):
            answer = await asyncio.to_thread(instance.request, "GET", "/elections", headers=bearer)
            assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"elections": []})
            seen.append(await backends(database, "election"))
    assert len(seen[0]) == 1
    assert seen == [seen[0]] * 3


async def test_a_connection_that_ended_while_the_process_was_frozen_is_not_used(
    start: Start, world: World, database: TestDatabase
) -> None:
    bearer = {"authorization": f"Bearer {world.token_session()}"}
    with start("election") as instance:
        await asyncio.to_thread(instance.request, "GET", "/elections", headers=bearer)
        (pid,) = await backends(database, "election")
        assert await world.rows("select pg_terminate_backend($1, 5000)", pid) == [(True,)]
        answer = await asyncio.to_thread(instance.request, "GET", "/elections", headers=bearer)
    assert answer["statusCode"] == 200


async def test_an_event_of_the_bus_is_taken_and_answered_before_the_invocation_ends(start: Start, world: World) -> None:
    election, event = await an_election_told(world)
    with a_sink() as (address, taken), start("ballot", K_SINK=address) as instance:
        answer = await asyncio.to_thread(instance.invoke, on_the_bus(event))
        assert answer == {"statusCode": 204}
        assert [(sent.type, sent.subject) for sent in taken] == [("org.uvote.box.changed.v1", str(election))]
    assert await world.rows("select election from ballot.boxes") == [(election,)]


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "aws.s3", "detail-type": "Object Created", "detail": {"bucket": {"name": "b"}}},
        {"detail": {"token": "forged"}},
        {"detail": "no mapping"},
        {"id": ""},
    ],
    ids=["of a service", "forged", "without data", "without an id"],
)
async def test_what_is_no_event_of_ours_is_refused_and_not_delivered_again(
    start: Start, world: World, changes: dict[str, Any]
) -> None:
    _, event = await an_election_told(world)
    with start("ballot") as instance:
        assert await asyncio.to_thread(instance.invoke, on_the_bus(event, **changes)) == {"statusCode": 400}
    assert await world.rows("select election from ballot.boxes") == []


@pytest.mark.parametrize("function", ["auth", "frontend"])
async def test_a_function_that_takes_no_events_refuses_them_once_and_for_all(
    start: Start, world: World, function: str
) -> None:
    _, event = await an_election_told(world)
    with start(function) as instance:
        answer = await asyncio.to_thread(instance.invoke, on_the_bus(event))
    assert answer["statusCode"] in {404, 405}


async def test_an_event_that_meets_trouble_fails_so_that_it_is_delivered_again(start: Start, world: World) -> None:
    _, event = await an_election_told(world)
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    with start("ballot", UVOTE_DATABASE_URL=nowhere) as instance, pytest.raises(Failed, match="503"):
        await asyncio.to_thread(instance.invoke, on_the_bus(event))


async def test_an_answer_waits_only_so_long_and_what_is_under_way_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, exchange = asyncio.Event(), world.apps["ballot"].state.exchange
    monkeypatch.setattr(on_lambda, "PATIENCE", 0.05)
    monkeypatch.setattr(exchange, "send", lambda _: taken.wait())

    async def begins_an_event(*_: Any) -> None:
        exchange.send_soon(uuid4())

    try:
        async with asyncio.timeout(10):
            await on_lambda.Awake(begins_an_event, exchange)({}, None, None)  # type: ignore[arg-type]
        (under_way,) = exchange._tasks
    finally:
        taken.set()
    await exchange.settle()
    assert not under_way.cancelled()


async def test_a_schedule_of_the_bus_is_a_tick(start: Start, world: World) -> None:
    election, event = await an_election_told(world)
    await world.deliver(cloudevent.encode_structured(event), "ballot")
    await world.quiet()
    await world.rows("update ballot.exchange set next_send = clock_timestamp() - interval '1 minute' returning 1")
    tick = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
    with a_sink() as (address, taken), start("ballot", K_SINK=address) as instance:
        assert await asyncio.to_thread(instance.invoke, on_the_bus(event, **tick)) == {"statusCode": 204}
        assert [sent.subject for sent in taken] == [str(election)]


def test_a_voting_link_is_in_no_line_of_the_log(start: Start) -> None:
    token = "wPLANTEDwPLANTEDwPLANT"
    with start("frontend") as instance:
        answer = instance.request("GET", f"/v/{uuid4()}/{token}")
        assert answer["headers"]["content-type"].startswith("text/html")
        output = instance.output.read_text()
    assert '"event": "started"' in output
    assert token not in output
