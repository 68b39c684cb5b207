"""The ten promises of UVote, each by trying to break it (functions/README.md says them).

What is about the database runs the six functions in this process; what is about crashes runs real processes and
kills them. Parallel casts also run with every lock on the box held 5 ms longer than it is.
"""

import asyncio
import hashlib
import json
import shutil
import sys
import time
from asyncio.subprocess import PIPE
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import jwt
import pytest
import typer
from hypothesis import given, settings
from nacl.secret import SecretBox
from starlette.types import Message, Receive, Scope, Send
from typer.testing import CliRunner

from functions import FUNCTIONS
from functions.ballot import queries, rules
from functions.ballot.together import AT_ONCE
from knative import count
from knative import keys as key_files
from knative.local.processes import Process, free_port
from shared import security
from shared.database import Connection
from shared.methods import METHODS
from tests.database import TestDatabase, until_waiting
from tests.elections import BOARD, CHAIR, Running, draft, running
from tests.promises.burglary import keys_in, opens, unlocked
from tests.promises.crowd import CLIENTS, Crowd, crowd, hold_longer
from tests.promises.files import in_dump, in_files
from tests.promises.network import disorderly, event_of, everything, lossy, row_versions, sealed_box, signed, to_the_end
from tests.promises.papers import papers_of_one_box
from tests.promises.planted import an_election_with_planted_voters
from tests.promises.process import deaf_broker, environment, process
from tests.promises.roles import EVERY_FUNCTION, EVERY_TABLE, NEVER, NOT_EVEN_TO_ONES_OWN, ROLES, TO_A_TABLE, refused
from tests.promises.waiting import TIMED_OUT, until
from tests.world import Event, World, faithful, source_of

recount = typer.Typer(pretty_exceptions_enable=False)
recount.command()(count.count)
ROUNDS = pytest.mark.parametrize("rounds", [15, pytest.param(300, marks=[pytest.mark.slow, pytest.mark.timeout(300)])])
HELD = pytest.mark.parametrize("held", [0, 5], ids=["locks as they are", "locks held 5 ms longer"])
SHARED = pytest.mark.parametrize("shared", [False, True], ids=["each by itself", "in shared statements"])


# 1. A receipt is given only after the paper is committed; a committed paper is never lost.


async def form_of(day: Running, link: str) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The form that a reviewed paper is sent with: path, body, headers."""
    body = {"nonce": uuid4().hex, "definition": await day.digest(), "marks": {"chair": ["bob"], "board": ["b5", "b1"]}}
    return f"/boxes/{day.id}/papers", body, {"Authorization": f"Bearer {await day.pass_for(link)}"}


async def test_a_ballot_killed_between_commit_and_answer_has_lost_nothing(world: World, tmp_path: Path) -> None:
    day = await running(world, voters=1)
    path, body, bearer = await form_of(day, day.links[0])
    held = tmp_path / "held"
    async with httpx.AsyncClient(timeout=TIMED_OUT, trust_env=False) as client:
        app = "tests.promises.held_answer:app"
        async with process(world, "ballot", tmp_path, app, UVOTE_TEST_HELD=str(held)) as ballot:
            answer = asyncio.create_task(client.post(f"{ballot.url}{path}", json=body, headers=bearer))
            await until(lambda: asyncio.to_thread(held.exists))
            assert await world.rows("select count(*) from ballot.papers") == [(1,)]  # before the answer
            ballot.kill()
            with pytest.raises(httpx.HTTPError):
                await answer
        async with process(world, "ballot", tmp_path) as ballot:
            again = await client.post(f"{ballot.url}{path}", json=body, headers=bearer)
            assert again.status_code == 201, again.text
            receipt = again.json()["receipt"]
            other = await client.post(f"{ballot.url}{path}", json={**body, "nonce": "0" * 32}, headers=bearer)
            assert (other.status_code, other.json()["receipt"]) == (409, receipt)

    await day.finish()
    late = await world.client("ballot").post(path, json=body, headers=bearer)
    assert (late.status_code, late.json()) == (201, {"receipt": receipt})  # a retry may come after the seal
    assert (await world.client("ballot").get(f"/boxes/{day.id}/receipts")).text == receipt
    assert await world.rows("select marks, papers from result.tallies where contest = 'board'") == [(["b5", "b1"], 1)]
    said = (tmp_path / "ballot.log").read_text()
    assert "started" in said
    for secret in (body["nonce"], receipt, bearer["Authorization"].split(".")[2], "b5"):
        assert secret not in said


@pytest.mark.parametrize("voters", [1, 12], ids=["of one voter", "of several, together"])
async def test_a_ballot_killed_before_commit_takes_the_forms_again(world: World, tmp_path: Path, voters: int) -> None:
    day = await running(world, voters=voters)
    forms = [await form_of(day, link) for link in day.links]
    async with (
        httpx.AsyncClient(timeout=TIMED_OUT, trust_env=False) as client,
        crowd(world.database, day.id, clients=1) as holding,
    ):
        (holder,) = holding.connections
        async with process(world, "ballot", tmp_path) as ballot, holder.transaction():
            await queries.lock(holder, day.id)
            answers = [
                asyncio.create_task(client.post(f"{ballot.url}{path}", json=body, headers=bearer))
                for path, body, bearer in forms
            ]
            await until_waiting(world.database.admin_url, min(voters, AT_ONCE))
            ballot.kill()
            for answer in answers:
                with pytest.raises(httpx.HTTPError):
                    await answer
    # PostgreSQL may still do what the dead process asked for, or not: the form sent again makes it one paper.
    for path, body, bearer in forms:
        first = await world.client("ballot").post(path, json=body, headers=bearer)
        again = await world.client("ballot").post(path, json=body, headers=bearer)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
    assert await world.rows("select count(*) from ballot.papers") == [(voters,)]


@pytest.mark.parametrize("act", ["void", "add a voter", "close"])
async def test_what_a_route_changed_is_committed_before_its_answer_begins(world: World, act: str) -> None:
    day = await running(world, voters=1)
    service = world.token_service("voter", "ballot")
    function, bearer, path, body, question = {
        "void": (
            "ballot",
            service,
            f"/boxes/{day.id}/void",
            {"pass_id": uuid4().hex},
            "select count(*) from ballot.spent",
        ),
        "add a voter": (
            "voter",
            await day.grant(),
            f"/elections/{day.id}/voters",
            {"email": "new@example.org", "name": "New"},
            "select count(*) - 1 from voter.voters",
        ),
        "close": (
            "election",
            day.session,
            f"/elections/{day.id}/close-now",
            {"reason": "A test"},
            "select count(*) from election.elections where close_now",
        ),
    }[act]
    found: list[Any] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def look(message: Message) -> None:
            if message["type"] == "http.response.start":
                found.extend(await world.rows(question))
            await send(message)

        await world.apps[function](scope, receive, look)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(watched), base_url="http://watched") as client:
        answer = await client.post(path, json=body, headers={"Authorization": f"Bearer {bearer}"})
    assert answer.is_success, answer.text
    assert found == [(1,)]


# 2. One pass, one paper.


@SHARED
@HELD
@ROUNDS
async def test_one_form_sent_many_times_at_once_is_one_paper_and_one_receipt(
    world: World, database: TestDatabase, held: int, rounds: int, shared: bool
) -> None:
    day = await running(world, voters=1)
    if held:
        await hold_longer(database, held)
    async with crowd(database, day.id, shared=shared) as clients:
        for _ in range(rounds):
            form = clients.form()
            answers = await clients.cast_together([form] * CLIENTS)
            assert answers == [("cast", form.receipt)] * CLIENTS

    assert await world.rows("select count(*), count(distinct receipt) from ballot.spent") == [(rounds, rounds)]
    assert await world.rows("select count(*) from ballot.papers") == [(rounds,)]


@SHARED
@HELD
@ROUNDS
async def test_of_two_forms_with_one_pass_sent_at_once_one_is_cast_and_the_other_is_told_its_receipt(
    world: World, database: TestDatabase, held: int, rounds: int, shared: bool
) -> None:
    day = await running(world, voters=1)
    if held:
        await hold_longer(database, held)
    async with crowd(database, day.id, shared=shared) as clients:
        for _ in range(rounds):
            one = clients.form()
            other = clients.form(one.pass_id)
            answers = await clients.cast_together([one, other] * (CLIENTS // 2))
            winner, loser = (0, 1) if answers[0][0] == "cast" else (1, 0)
            receipt = (one, other)[winner].receipt
            assert set(answers[winner::2]) == {("cast", receipt)}
            assert set(answers[loser::2]) == {("already_voted", receipt)}

    assert await world.rows("select count(*), count(distinct receipt) from ballot.spent") == [(rounds, rounds)]
    assert await world.rows("select count(*) from ballot.papers") == [(rounds,)]


async def test_a_receipt_that_another_pass_has_puts_nothing_in(world: World, database: TestDatabase) -> None:
    """Two voters together can find nonces with one receipt for both (40 bits of work, since receipts have 80)."""
    day = await running(world, voters=1)
    async with crowd(database, day.id) as clients:
        first, second = clients.form(), clients.form()
        copied = replace(second, receipt=first.receipt)
        assert await clients.cast_together([first]) == [("cast", first.receipt)]
        assert await clients.cast_together([copied]) == [("receipt_taken", None)]
        assert await clients.cast_together([second]) == [("cast", second.receipt)]
    assert await world.rows("select count(*) from ballot.papers") == [(2,)]


# 3. A sealed box takes no paper, and the count covers exactly those it took.


async def ordered(day: Running, path: str, order: dict[str, str]) -> Event:
    """Give the election an order, and keep the event that carries it to the box."""
    assert (await day.election("POST", path, order)).status_code == 200
    await day.world.quiet()
    (event,) = day.world.events
    return event


async def seconds_to_follow(day: Running, event: Event, ballot: Process) -> float:
    """How long a `ballot` that is awake takes to do what the event says."""
    headers, body = event
    async with httpx.AsyncClient(base_url=ballot.url or "", timeout=TIMED_OUT, trust_env=False) as client:
        assert (await client.get(f"/boxes/{day.id}")).is_success
        began = time.monotonic()
        assert (await client.post("/events", content=body, headers=headers)).status_code == 204
        return time.monotonic() - began


@SHARED
@HELD
async def test_a_seal_gets_through_forty_casting_clients_within_a_second_and_counts_every_receipt(
    world: World, database: TestDatabase, tmp_path: Path, held: int, shared: bool
) -> None:
    day = await running(world, voters=1)
    if held:
        await hold_longer(database, held)
    close_now = await ordered(day, "/close-now", {"reason": "A race"})
    async with (
        process(world, "ballot", tmp_path, K_SINK="") as ballot,
        crowd(database, day.id, shared=shared) as clients,
    ):
        casting = asyncio.create_task(clients.cast_until_refused())
        await clients.more()
        assert await seconds_to_follow(day, close_now, ballot) < 1
        await casting
        receipts = await clients.noted("cast")
        assert len(await clients.noted("closed")) == CLIENTS

    sealed = [row[0] for row in await world.rows("select sealed from ballot.papers order by id")]
    papers_digest = hashlib.sha256(b"".join(hashlib.sha256(paper).digest() for paper in sealed)).hexdigest()
    receipts_digest = hashlib.sha256("\n".join(sorted(receipts)).encode()).hexdigest()
    box = await world.rows("select papers, papers_digest, receipts_digest from ballot.boxes")
    assert box == [(len(receipts), papers_digest, receipts_digest)]
    await world.shift(timedelta(minutes=1))
    await day.settle(2)
    tallied = "select contest, sum(papers)::int from result.tallies group by contest order by contest"
    assert await world.rows(tallied) == [("board", len(receipts)), ("chair", len(receipts))]


@SHARED
@HELD
async def test_an_extension_gets_through_forty_casting_clients_within_a_second_and_turns_nobody_away(
    world: World, database: TestDatabase, tmp_path: Path, held: int, shared: bool
) -> None:
    day = await running(world, voters=1)
    if held:
        await hold_longer(database, held)
    later = datetime.now(UTC) + timedelta(days=2)
    extend = await ordered(day, "/extend", {"closes_at": later.isoformat(), "reason": "A race"})
    async with (
        process(world, "ballot", tmp_path, K_SINK="") as ballot,
        crowd(database, day.id, shared=shared) as clients,
    ):
        casting = asyncio.create_task(clients.cast_until_refused())
        await clients.more()
        assert await seconds_to_follow(day, extend, ballot) < 1
        assert await world.rows("select closes_at from ballot.boxes") == [(later,)]
        await clients.more()
        assert not await clients.noted("closed")
        await world.shift(timedelta(days=2))
        await casting
        assert await world.rows("select count(*) from ballot.papers") == [(len(await clients.noted("cast")),)]


async def passed(connection: Connection, moment: datetime) -> bool:
    return await queries.now(connection) >= moment


async def test_an_extension_that_waits_for_a_cast_beyond_the_closing_comes_too_late(
    world: World, database: TestDatabase
) -> None:
    """Somebody may have been told `closed` meanwhile: the clock counts once the box is held, not when it is wanted."""
    closes_at = datetime.now(UTC) + timedelta(hours=1)
    later = closes_at + timedelta(hours=1)
    day = await running(world, voters=1, closes_at=closes_at.isoformat())
    extend = await ordered(day, "/extend", {"closes_at": later.isoformat(), "reason": "Too late"})
    async with crowd(database, day.id) as clients:
        slow, watching = clients.connections[:2]
        async with slow.transaction():
            assert (await clients.cast(slow, clients.form()))[0] == "cast"
            await world.shift(closes_at - datetime.now(UTC) - timedelta(seconds=1))
            following = asyncio.create_task(world.deliver(extend, "ballot"))
            await until_waiting(database.admin_url)
            await until(lambda: passed(watching, closes_at))
        assert await following == 204
        assert (await clients.cast(slow, clients.form()))[0] == "closed"
    box = await world.rows("select closes_at, refused_closes_at, papers from ballot.boxes")
    assert box == [(closes_at, later, 1)]


@SHARED
async def test_a_cast_that_waits_for_the_box_beyond_the_closing_comes_too_late(
    world: World, database: TestDatabase, shared: bool
) -> None:
    closes_at = datetime.now(UTC) + timedelta(hours=1)
    day = await running(world, voters=1, closes_at=closes_at.isoformat())
    await world.stop(closes_at - timedelta(seconds=1))
    async with crowd(database, day.id, clients=2, shared=shared) as clients:
        holder, late = clients.connections
        async with holder.transaction():
            await queries.lock(holder, day.id)
            casting = asyncio.create_task(clients.cast(late, clients.form()))
            await until_waiting(database.admin_url)
            await world.stop(closes_at)
        assert await casting == ("closed", None)
    assert await world.rows("select count(*) from ballot.papers") == [(0,)]


@SHARED
@HELD
async def test_of_a_pass_that_is_cast_and_voided_at_once_exactly_one_comes_about(
    world: World, database: TestDatabase, held: int, shared: bool
) -> None:
    day = await running(world, voters=1)
    if held:
        await hold_longer(database, held)

    async def race(clients: Crowd, caster: Connection, voider: Connection, void_first: bool) -> tuple[str, str]:
        form = clients.form()

        async def cast() -> str:
            return (await clients.cast(caster, form))[0]

        acts = [cast(), queries.void(voider, day.id, form.pass_id)]
        done = await asyncio.gather(*(reversed(acts) if void_first else acts))
        return (done[1], done[0]) if void_first else (done[0], done[1])

    async with crowd(database, day.id, shared=shared) as clients:
        casters, voiders = clients.connections[::2], clients.connections[1::2]
        outcomes: Counter[tuple[str, str]] = Counter()
        for number in range(10):
            pairs = zip(casters, voiders, strict=True)
            outcomes.update(await asyncio.gather(*(race(clients, *pair, number % 2 == 0) for pair in pairs)))

    cast, voided = outcomes["cast", "already_voted"], outcomes["pass_void", "void"]
    assert cast + voided == outcomes.total(), outcomes
    assert await world.rows("select count(*) from ballot.papers") == [(cast,)]
    assert await world.rows("select count(receipt), count(*) from ballot.spent") == [(cast, cast + voided)]


# 4. Nothing stored joins a voter to a paper.


@SHARED
async def test_a_box_that_is_being_emptied_behind_a_dump_holds_up_no_other_box(
    world: World, database: TestDatabase, shared: bool
) -> None:
    old, young = await running(world, voters=1), await running(world, voters=1)
    async with (
        crowd(database, old.id) as at_old,
        crowd(database, young.id, shared=shared) as at_young,
        asyncpg.create_pool(database.admin_url, min_size=2) as admin,
        admin.acquire() as dump,
    ):
        await at_old.cast_together([at_old.form() for _ in range(CLIENTS)])
        spent = [at_young.form() for _ in range(CLIENTS)]
        await at_young.cast_together(spent)
        await admin.execute("vacuum analyze")  # as autovacuum would: of small boxes a plan for every box looks cheap
        async with dump.transaction():
            await dump.execute("lock table ballot.spent, ballot.papers in access share mode")
            partitions = f"ballot.spent_{old.id.hex}, ballot.papers_{old.id.hex}"
            emptying = asyncio.create_task(admin.execute(f"truncate {partitions}"))
            await until_waiting(database.admin_url)
            async with asyncio.timeout(TIMED_OUT):
                one = at_young.connections[0]
                for _ in range(12):  # from the sixth time on a plan may be kept
                    assert (await at_young.cast(one, at_young.form()))[0] == "cast"
                    assert (await at_young.cast(one, spent[0]))[0] == "cast"
                    assert await queries.has_receipt(one, young.id, spent[0].receipt)
                    assert await queries.turnout(one, young.id) >= CLIENTS
                new = await running(world, voters=1)
                assert (await new.cast(await new.pass_for(new.links[0]), {})).status_code == 201
            assert not emptying.done()
        await emptying


async def test_once_the_result_is_out_no_file_and_no_dump_of_the_database_leads_from_a_voter_to_a_paper(
    world: World, database: TestDatabase
) -> None:
    """Assumed in hand: every file of the server's data folder but its write-ahead log, a dump, and the secrets of all
    functions. Who keeps the log or a backup from before the count, and the secrets of `voter` and `result`, is outside
    the promise: what was overwritten since is in there.
    """
    day, planted = await an_election_with_planted_voters(world)
    for paper_id, sealed in await world.rows("select id, sealed from ballot.papers"):
        planted.nowhere += [paper_id.bytes, str(paper_id).encode(), sealed[:32], sealed[100:132]]
    ((private_key,),) = await world.rows("select private_key from result.keys")
    await running(world, voters=1)  # of the only key the planner would take no sample
    planted.nowhere += [private_key[24:56], SecretBox(world.settings("result").secret()).decrypt(private_key)]
    await world.rows("vacuum analyze")
    spent, papers = f"ballot.spent_{day.id.hex}", f"ballot.papers_{day.id.hex}"
    before = await in_files(database, planted.all())
    assert {spent, papers, "result.keys"} <= before["nowhere"].keys() | before[
        "passes"
    ].keys()  # the search finds things

    seen = await day.finish()

    assert seen["phase"] == "published", seen
    where = await in_files(database, planted.all())
    assert where["nowhere"] == {}
    assert where["papers"] == where["passes in letters"] == {}
    assert where["passes"] == {spent: len(planted.passes), f"{spent}_pkey": len(planted.passes)}
    assert where["receipts"].keys() == {spent, f"{spent}_box_receipt_key"}
    assert where["marks in arrays"].keys() == {"result.tallies"}
    assert where["marks in letters"] == {}
    assert {relation.partition(".")[0] for relation in where["voters"]} == {"voter", "pg_catalog"}  # pg_statistic

    dumped = await in_dump(database, planted.all())
    assert dumped["nowhere"] == {}
    assert dumped["passes"] == dumped["receipts"] == {spent: len(planted.passes)}
    assert dumped["marks in letters"] == {"result.tallies": len(planted.marks)}
    assert {table.partition(".")[0] for table in dumped["voters"]} == {"voter"}


async def test_the_ids_of_papers_tell_no_order_of_voting(world: World, database: TestDatabase) -> None:
    """They are what papers are handed out by, and what the digest of the sealed box is made in the order of."""
    day = await running(world, voters=1)
    async with crowd(database, day.id, clients=1) as clients:
        for _ in range(24):
            assert (await clients.cast(clients.connections[0], clients.form()))[0] == "cast"
    ids = [row[0] for row in await world.rows("select id from ballot.papers order by ctid")]
    assert ids not in (sorted(ids), sorted(ids, reverse=True))
    assert {one.version for one in ids} == {4}


async def test_what_was_cast_has_no_time_no_number_and_nothing_but_the_box_in_common(world: World) -> None:
    await running(world, voters=1)
    columns = await world.rows(
        """
        select distinct regexp_replace(c.relname, '_[0-9a-f]{32}$', ''), a.attname, a.atttypid::regtype::text
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'ballot'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0
          and c.relname ~ '^(spent|papers)'
        """
    )
    assert set(columns) == {
        ("spent", "box", "uuid"),
        ("spent", "pass", "bytea"),
        ("spent", "receipt", "text"),
        ("papers", "box", "uuid"),
        ("papers", "id", "uuid"),
        ("papers", "sealed", "bytea"),
    }


async def test_once_the_result_is_out_no_row_version_tells_an_order_of_voting(world: World) -> None:
    day, planted = await an_election_with_planted_voters(world, voters=16)
    rolled = await world.rows("select id from voter.voters order by ctid")
    await day.finish()

    spent = await world.rows("select xmin, xmax, receipt from ballot.spent order by ctid")
    assert len(spent) == len(planted.receipts) + 1  # and a void one
    assert len({row[:2] for row in spent}) == 1
    receipts = [row[2] for row in spent]
    assert receipts == [*sorted(planted.receipts), None] != [*planted.receipts, None]

    partition = f"ballot.papers_{day.id.hex}"
    assert await world.rows(f"select pg_table_size('{partition}'::regclass) <= 8192") == [(True,)]
    assert await world.rows("select count(*) from ballot.papers") == [(0,)]
    tallies = await world.rows("select xmin, xmax, contest, marks from result.tallies order by ctid")
    assert len({row[:2] for row in tallies}) == 1
    assert [row[2:] for row in tallies] == sorted(row[2:] for row in tallies)

    marked = await world.rows("select xmin, xmax, voted from voter.voters order by ctid")
    assert len({row[:2] for row in marked}) == 1
    assert Counter(row[2] for row in marked) == {True: len(planted.voters), False: 1}
    assert await world.rows("select id from voter.voters order by ctid") == rolled


async def test_a_vote_writes_two_rows_and_says_nothing_anywhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """From link to receipt, the same form again and the receipt looked up: no other row is touched, not even locked."""
    day = await running(world, voters=3)
    body = {"nonce": uuid4().hex, "definition": await day.digest(), "marks": {"chair": ["ada"]}}
    before = await row_versions(world)
    with caplog.at_level("DEBUG"):
        ballot = world.client("ballot", await day.pass_for(day.links[1]))
        for _ in range(2):
            answer = await ballot.post(f"/boxes/{day.id}/papers", json=body)
            assert answer.status_code == 201, answer.text
        assert (await ballot.get(f"/boxes/{day.id}/receipts/{answer.json()['receipt']}")).is_success
        await world.quiet()

    after = await row_versions(world)
    written = {table: len(rows ^ before[table]) for table, rows in after.items() if rows != before[table]}
    assert written == {f"ballot.spent_{day.id.hex}": 1, f"ballot.papers_{day.id.hex}": 1}
    assert world.events == []
    assert [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore", "asyncio"))] == []


@given(papers_of_one_box())
@settings(max_examples=60, deadline=None)
def test_every_sealed_paper_of_a_box_has_one_length(made: tuple[rules.Opened, list[bytes]]) -> None:
    opened, papers = made
    lengths = {len(rules.seal(paper, opened.block, opened.definition.box.public_key)) for paper in papers}
    assert lengths == {opened.block + 48}  # a one-time public key and an authenticator (libsodium's sealed box)


# 5. Nobody can count early.


async def test_the_whole_database_and_every_secret_but_that_of_result_open_no_paper_before_the_seal(
    world: World,
) -> None:
    day = await running(world, voters=1)
    assert (await day.cast(await day.pass_for(day.links[0]), {"chair": ["ada"]})).status_code == 201
    ((paper,),) = await world.rows("select sealed from ballot.papers")
    locked = [row[0] for row in await world.rows("select private_key from result.keys")]
    secret = world.keys / "result.secret"
    others = [path.read_text() for path in world.keys.iterdir() if path != secret]
    in_hand = keys_in("\n".join([json.dumps(await everything(world), default=str), *others]))
    assert len(in_hand) > 100

    assert not opens(paper, in_hand | unlocked(locked, in_hand))

    with_it = in_hand | keys_in(secret.read_text())
    assert opens(paper, unlocked(locked, with_it))  # so the attempt is a real one


async def test_result_opens_nothing_before_the_seal_even_if_ballots_own_key_says_that_the_box_is_sealed(
    world: World,
) -> None:
    day = await running(world, voters=1)
    assert (await day.cast(await day.pass_for(day.links[0]), {"chair": ["ada"]})).status_code == 201
    ((paper,),) = await world.rows("select sealed from ballot.papers")
    digest = hashlib.sha256(hashlib.sha256(paper).digest()).hexdigest()
    assert await world.deliver(event_of(signed(world.keys, "ballot", sealed_box(day, digest))), "result") == 204
    await world.quiet()
    await world.tick()

    assert await world.rows("select 1 from result.pages union all select 2 from result.tallies") == []
    service = world.client("ballot", world.token_service("result", "ballot"))
    assert (await service.get(f"/boxes/{day.id}/papers")).json()["code"] == "not_sealed"
    owner = world.client("result", world.token_grant(day.id, role="owner"))
    assert (await owner.get(f"/counts/{day.id}")).json()["code"] == "not_counted"


# 6. Events lost, repeated, late or out of order end in the same state; a forged one changes nothing.


@pytest.mark.parametrize("quorum", [None, "at least 3/4"], ids=["", "quorum"])
@pytest.mark.parametrize("way", ["as they were sent", "lost", "repeated and out of order"])
async def test_events_however_they_arrive_end_in_one_state_and_late_ones_change_nothing(
    world: World, way: str, quorum: str | None
) -> None:
    """With a quorum the count waits for the roll as well."""
    broker = {"as they were sent": faithful, "lost": lossy(), "repeated and out of order": disorderly()}[way]
    day = await running(world, voters=4, publish="after the count", contests=[{**CHAIR, "quorum": quorum}, BOARD])
    seen, sent = await to_the_end(day, broker)
    assert (seen["box"]["phase"], seen["box"]["papers"], seen["count"]["key_erased"]) == ("cleared", 3, True)
    chair = (await world.client("result").get(f"/results/{day.id}")).json()["contests"][0]
    assert (chair["count"]["winners"], chair["count"]["papers"]) == (["Ada"], 3)
    assert (chair["count"].get("roll"), chair["count"].get("outcome")) == (4 if quorum else None, None)

    before = await everything(world)
    for event in reversed(sent):  # what was said first arrives last
        for function in world.owners:
            await world.deliver(event, function)
    await world.quiet()
    assert await everything(world) == before


@pytest.mark.parametrize(
    "forger",
    ["nobody", "voter", "voter in its own name", "auth", "another key", "another key under the name of the real one"],
)
async def test_a_forged_event_changes_nothing(world: World, tmp_path: Path, forger: str) -> None:
    """That the box is sealed, from anybody but `ballot`: `result` would open papers, `voter` mark, `election` count."""
    day = await running(world, voters=2)
    assert (await day.cast(await day.pass_for(day.links[0]), {})).status_code == 201
    said = sealed_box(day)
    key_files.make(tmp_path / "keys")
    match forger:
        case "nobody":
            token = jwt.encode({**said, "iss": "ballot", "aud": world.owners, "iat": 0, "exp": 2**40}, "", "none")
        case "another key":
            token = signed(tmp_path / "keys", "ballot", said)
        case "another key under the name of the real one":
            real, made = (keys / "ballot.signing.json" for keys in (world.keys, tmp_path / "keys"))
            made.write_text(json.dumps({**json.loads(made.read_text()), "kid": json.loads(real.read_text())["kid"]}))
            token = signed(tmp_path / "keys", "ballot", said)
        case "voter in its own name":
            token = signed(world.keys, "voter", said, issuer="voter")
        case _:
            token = signed(world.keys, forger, said)
    before = await everything(world)
    for function in ("election", "voter", "result"):
        assert await world.deliver(event_of(token), function) == 400
    await world.quiet()
    assert world.events == []
    assert await everything(world) == before


@pytest.mark.parametrize("function", ["election", "voter", "ballot", "result"])
async def test_a_function_killed_between_commit_and_event_tells_it_when_it_is_back(
    world: World, tmp_path: Path, function: str
) -> None:
    day = await running(world, voters=1)
    new = (await world.client("election", day.session).post("/elections", json=draft())).json()["id"]
    async with (
        deaf_broker() as (sink, reached),
        process(world, function, tmp_path, K_SINK=sink) as killed,
        httpx.AsyncClient(base_url=killed.url or "", timeout=TIMED_OUT, trust_env=False) as client,
    ):
        if function == "election":  # asks `result` for a box key when it schedules, so it closes another one
            bearer = {"Authorization": f"Bearer {day.session}"}
            new = str(day.id)
            answer = await client.post(f"/elections/{new}/close-now", json={"reason": "A test"}, headers=bearer)
        else:
            assert (await world.client("election", day.session).post(f"/elections/{new}/schedule")).is_success
            await world.quiet()
            ((headers, body),) = world.events
            answer = await client.post("/events", content=body, headers=headers)
        assert answer.is_success, answer.text
        async with asyncio.timeout(TIMED_OUT):
            await reached.wait()
        killed.kill()
    world.events.clear()
    mine = await world.rows(f"select state, seen from {function}.exchange where election = $1", UUID(new))
    assert mine[0][0] is not None  # committed
    await world.shift(timedelta(seconds=10))
    assert (await world.client(function).post("/tick")).is_success
    assert [source_of(event) for event in world.events] == [f"/uvote/{function}"]

    await day.settle()
    seen = (await world.client("election", day.session).get(f"/elections/{new}")).json()
    assert seen["behind"] == []
    assert seen["phase"] == ("counted" if function == "election" else "scheduled")


async def test_a_result_killed_in_the_middle_of_a_count_is_followed_by_one_that_counts_each_paper_once(
    world: World, tmp_path: Path
) -> None:
    day = await running(world, voters=3)
    for link, mark in zip(day.links, ("ada", "ada", "bob"), strict=True):
        assert (await day.cast(await day.pass_for(link), {"chair": [mark]})).status_code == 201
    world.down.add("result")
    await day.finish()
    world.down.clear()
    await world.shift(timedelta(minutes=10))
    for function in ("election", "ballot"):
        assert (await world.client(function).post("/tick")).is_success
    told, world.events = world.events, []
    moments = {  # fetching, keeping what was opened, adding up
        f"ballot.papers_{day.id.hex}": "access exclusive",
        "result.pages": "share",
        "result.tallies": "share",
    }
    async with process(world, "ballot", tmp_path) as ballot, asyncpg.create_pool(world.database.admin_url) as admin:
        for number, (table, mode) in enumerate(moments.items(), 1):
            env = {"UVOTE_BALLOT_URL": ballot.url or "", "K_SINK": ""}
            async with (
                process(world, "result", tmp_path, **env) as killed,
                httpx.AsyncClient(base_url=killed.url or "", timeout=TIMED_OUT, trust_env=False) as client,
                admin.acquire() as holding,
            ):
                for headers, body in told:
                    assert (await client.post("/events", content=body, headers=headers)).status_code == 204
                async with holding.transaction():
                    await holding.execute(f"lock table {table} in {mode} mode")
                    ticking = asyncio.create_task(client.post("/tick"))
                    held = asyncio.create_task(until_waiting(world.database.admin_url))
                    await asyncio.wait({ticking, held}, return_when=asyncio.FIRST_COMPLETED)
                    assert not ticking.done(), f"{table}: it was done before. {(tmp_path / 'result.log').read_text()}"
                    await held
                    killed.kill()
                    with pytest.raises(httpx.HTTPError):
                        await ticking
                await world.shift(timedelta(minutes=10 + 2 * number))  # beyond the lease of the one that was killed
            assert await world.rows("select count(*) from result.tallies") == [(0,)]

    await day.settle()
    assert (await day.seen())["phase"] == "counted"
    tallies = "select marks, papers from result.tallies where contest = 'chair' order by marks"
    assert await world.rows(tallies) == [(["ada"], 2), (["bob"], 1)]


# 7. The count is a pure function of what is published.


async def test_anyone_counts_again_from_what_is_published_and_gets_the_same_stages(
    world: World, tmp_path: Path
) -> None:
    """Every method, with ties that a lot breaks, one that the returning officer breaks, and a motion about the roll."""
    options = [{"id": f"o{n}", "name": f"Option {n}"} for n in range(4)]
    contests: list[dict[str, Any]] = [
        {"id": name, "title": name, "method": name, "seats": min(2, method.most_seats or 2), "options": options}
        for name, method in METHODS.items()
        if not method.roles
    ]
    rule = {"majority": {"share": "at least 1/4", "of": "roll"}, "quorum": "more than 1/2"}
    contests.append({"id": "motion", "title": "M", "method": "motion", "options": options[:3], **rule})
    contests.append({"id": "officer", "title": "Officer", "method": "plurality", "options": options, "ties": "officer"})
    scored = [name for name, method in METHODS.items() if method.paper == "scored"]
    day = await running(world, voters=4, contests=contests)
    for number, link in enumerate(day.links):  # everybody is marked alike, so that nothing is decided without a lot
        marks = {
            one["id"]: [f"o{number}" + ":1" * (one["method"] in scored)]
            for one in contests
            if number < len(one["options"])
        }
        answer = await day.cast(await day.pass_for(link), marks)
        assert answer.status_code == 201, answer.text
    (tie,) = (await day.finish())["count"]["ties"]
    order = {"contest": "officer", "stage": tie["stage"], "order": sorted(tie["options"], reverse=True)}
    assert (await day.election("POST", "/decide", order)).status_code == 200
    await day.settle()
    assert (await day.election("POST", "/publish")).status_code == 200
    await day.settle()

    public, ballot = world.client("result"), world.client("ballot")
    record = (await public.get(f"/results/{day.id}")).json()
    receipts = (await ballot.get(f"/boxes/{day.id}/receipts")).text
    assert hashlib.sha256(receipts.encode()).hexdigest() == record["receipts_digest"]
    seed = bytes.fromhex(record["seed"])
    assert security.digest("uvote seed", day.id.bytes, seed).hex() == record["definition"]["box"]["seed_commitment"]
    names = {option["id"]: option["name"] for option in options}
    decided = [{**one, "order": [names[option] for option in one["order"]]} for one in record["decisions"]]
    (tmp_path / "decisions.json").write_text(json.dumps(decided))
    for contest in record["contests"]:
        papers = tmp_path / f"{contest['id']}.{'csv' if contest['id'] in scored else 'blt'}"
        papers.write_text((await public.get(f"/results/{day.id}/contests/{papers.name}")).text)
        by, broken = "lot", ["--seed", record["seed"], "--receipts-digest", record["receipts_digest"]]
        if contest["id"] == "officer":
            by, broken = "officer", ["--decisions", str(tmp_path / "decisions.json")]
        if contest["id"] == "motion":
            roll = str(record["roll"]["size"]["all"])
            by, broken = "", ["--majority", "at least 1/4 of roll", "--quorum", "more than 1/2", "--roll", roll]
            assert contest["count"]["outcome"] == "carried"
        # A CSV file says neither.
        asked = ["--contest", contest["id"], "--seats", str(contest["seats"])] if contest["id"] in scored else []
        words = [str(papers), "--method", contest["method"], "--format", "json", *asked, *broken]
        again = CliRunner().invoke(recount, words)
        assert again.exit_code == 0, (contest["id"], again.output)
        assert json.loads(again.stdout) == contest["count"]
        assert {tie["resolved_by"] for tie in contest["count"]["ties"]} == ({by} if by else set()), contest["id"]


# 8. A table is written and read by one function alone.


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_reaches_no_schema_but_its_own(world: World, database: TestDatabase, role: str) -> None:
    day = await running(world, voters=1)
    tables = await world.rows(EVERY_TABLE)
    functions = await world.rows(EVERY_FUNCTION)
    assert {f"ballot.spent_{day.id.hex}", "public.schema_migrations"} <= {table for _, table in tables}
    own = await asyncpg.connect(database.url(role))
    try:
        for schema, table in tables:
            for act in TO_A_TABLE if schema != role else NOT_EVEN_TO_ONES_OWN:
                assert await refused(own, act.format(table)), act.format(table)
        for schema, call in functions:
            if schema != role and (role, call) not in {("clock", f"select {schema}.{f}()") for f in ("due", "figures")}:
                assert await refused(own, call), call
        for act in NEVER:
            assert await refused(own, act), act
        for other in set(ROLES) - {role}:
            assert await refused(own, f"set role uvote_{other}")
    finally:
        await own.close()


@pytest.mark.parametrize("table", ["spent", "papers"])
async def test_ballot_changes_what_was_cast_through_its_functions_alone(database: TestDatabase, table: str) -> None:
    ballot = await asyncpg.connect(database.url("ballot"))
    try:
        for act in ("insert into {} (box) values (gen_random_uuid())", "update {} set box = box", "delete from {}"):
            assert await refused(ballot, act.format(f"ballot.{table}"))
    finally:
        await ballot.close()


# 9. A route without a gate stops the function from starting.


async def test_no_function_starts_with_a_naked_route(world: World) -> None:
    async def start(function: str) -> tuple[int | None, str]:
        env = environment(world, function)
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "uvicorn", "tests.promises.naked:app", f"--port={free_port()}", env=env, stderr=PIPE
        )
        try:
            async with asyncio.timeout(TIMED_OUT):
                _, said = await started.communicate()
        finally:
            if started.returncode is None:
                started.kill()
        return started.returncode, said.decode().strip().splitlines()[-1]

    ends = await asyncio.gather(*map(start, FUNCTIONS))
    assert ends == [(1, "shared.web.NakedRoute: /naked does not say who may call it.")] * 6


# 10. Bad input gets a clear error and leaves nothing behind.


async def test_bad_input_is_answered_with_a_stable_code_and_leaves_nothing_behind(world: World) -> None:
    """One of each kind for each function; the whole list is where the functions' own tests are."""
    day = await running(world, voters=2)
    other = await running(world, voters=1)
    bearer, foreign = await day.pass_for(day.links[0]), await other.pass_for(other.links[0])
    grant = await day.grant()
    paper = {"nonce": uuid4().hex, "definition": await day.digest(), "marks": {"chair": ["ada"]}}
    papers, voters = f"/boxes/{day.id}/papers", f"/elections/{day.id}/voters"
    forged = jwt.encode(jwt.decode(bearer, options={"verify_signature": False}), "x" * 32, "HS256")
    account = {"email": "e@example.org", "name": "E", "administrator": True}
    requests: list[tuple[str, str, str, Any, int, str]] = [
        ("ballot", bearer, papers, {**paper, "marks": {"chair": ["eve"]}}, 422, "paper_does_not_fit"),
        ("ballot", bearer, papers, {**paper, "marks": {"chair": ["ada\0"]}}, 422, "paper_does_not_fit"),
        ("ballot", bearer, papers, {**paper, "marks": {"board": ["b1", "b1"]}}, 422, "paper_does_not_fit"),
        ("ballot", bearer, papers, {**paper, "marks": {"board": [-1]}}, 422, "paper_does_not_fit"),
        ("ballot", bearer, papers, {**paper, "definition": "0" * 64}, 409, "other_definition"),
        ("ballot", bearer, papers, {**paper, "nonce": "x"}, 422, "invalid"),
        ("ballot", bearer, papers, {**paper, "marks": {"chair": ["a" * 70_000]}}, 413, "too_large"),
        ("ballot", foreign, papers, paper, 403, "wrong_election"),
        ("ballot", forged, papers, paper, 401, "bad_token"),
        ("ballot", day.session, papers, paper, 401, "bad_token"),
        ("voter", grant, voters, {"email": "no address", "name": "N"}, 422, "invalid"),
        ("voter", grant, voters, {"email": "n@example.org", "name": "N" * 10_000}, 422, "invalid"),
        ("voter", grant, voters, {"email": "n@example.org", "name": "N\0"}, 422, "invalid"),
        ("voter", "", f"/elections/{day.id}/passes", {"token": "A" * 22}, 404, "no_such_link"),
        ("election", day.session, "/elections", {"title": 7}, 422, "invalid"),
        ("election", day.session, f"/elections/{uuid4()}/close-now", {"reason": "r"}, 404, "no_such_election"),
        ("election", day.session, f"/elections/{day.id}/extend", {"closes_at": "never", "reason": "r"}, 422, "invalid"),
        ("election", day.session, f"/elections/{day.id}/publish", None, 409, "wrong_phase"),
        ("result", world.token_service("voter", "result"), f"/boxes/{day.id}/key", None, 403, "forbidden"),
        (
            "auth",
            day.session,
            "/accounts",
            account,
            403,
            "forbidden",
        ),
    ]
    before = await everything(world)
    for function, token, path, body, status, code in requests:
        answer = await world.client(function, token or None).post(path, json=body)
        said = answer.json()
        assert answer.headers["content-type"] == "application/problem+json", (path, body)
        assert (answer.status_code, said["status"], said["code"]) == (status, status, code), (path, body)
        await world.quiet()
        assert await everything(world) == before, (path, body)


# Keys are rotated while boxes are open (promises 2, 5 and 6 at once).


async def test_signing_keys_rotate_while_a_box_is_open_and_nobody_notices(
    database: TestDatabase, keys: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "keys"
    shutil.copytree(keys, folder)
    async with World(database, folder) as world:
        day = await running(world, voters=4, publish="after the count")
        first, second, third, fourth = day.links
        early, unused = await day.pass_for(first), await day.pass_for(second)
        event = event_of(signed(folder, "ballot", sealed_box(day) | {"version": 1}))
        old = {jwk["kid"] for jwk in json.loads((folder / "jwks.json").read_text())["keys"]}

        for function in key_files.SIGNERS:
            key_files.rotate(folder, function)
        security.signer.cache_clear()  # each process reads its own key when it starts

        nonce = uuid4().hex
        assert (await day.cast(early, {"chair": ["ada"]}, nonce)).status_code == 201
        late = await day.pass_for(third)
        assert jwt.get_unverified_header(late)["kid"] not in old
        assert (await day.cast(late, {"chair": ["ada"]})).status_code == 201
        again = await day.pass_for(second)
        assert claims(again)["jti"] == claims(unused)["jti"]  # not a second pass
        assert (await day.cast(unused, {"chair": ["bob"]})).status_code == 201
        assert (await day.cast(again, {"chair": ["bob"]})).json()["code"] == "already_voted"
        read = await world.client("voter", await day.grant()).post(
            f"/elections/{day.id}/links", json={"reason": "to compare"}
        )
        assert [link["url"] for link in read.json()["links"]] == day.links
        assert await world.deliver(event, "election") == 204  # signed before the rotation, outdated by now
        seen = await day.finish()
        assert (seen["phase"], seen["box"]["papers"], seen["behind"]) == ("published", 3, [])

        for kid in old:
            key_files.retire(folder, kid)

        async def forgotten() -> bool:
            return (await day.cast(early, {"chair": ["ada"]}, nonce)).status_code == 401

        await until(forgotten)
        assert await world.deliver(event, "election") == 400
        assert (await day.cast(await day.pass_for(fourth), {"chair": ["ada"]})).json()["code"] == "closed"


def claims(token: str) -> dict[str, Any]:
    said: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return said
