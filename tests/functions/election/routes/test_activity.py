"""Who did what, and when, is kept in the transaction that does it: never one without the other."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.elections import CHAIR, Running, draft, running
from tests.functions.election.office import Member, rows
from tests.world import World

KEPT = """
    select (select coalesce(json_agg(e order by id), '[]') from election.elections e)::text,
           (select coalesce(json_agg(s order by staff), '[]') from election.staff s)::text,
           (select coalesce(json_agg(a order by id), '[]') from election.activity a)::text,
           (select coalesce(json_agg(x.version order by election), '[]') from election.exchange x)::text
"""
WHY = {"reason": "because"}


async def _prepared(world: World, what: str) -> tuple[Running, str, str, Any, dict[str, str]]:
    """An election in which `what` can be done, and the request that does it."""
    now = datetime.now(UTC)
    later = {"opens_at": (now + timedelta(days=1)).isoformat(), "closes_at": (now + timedelta(days=2)).isoformat()}
    if what in {"draft changed", "scheduled"}:
        ada = Member(world)
        await ada.make()
        session = ada.client.headers["authorization"].removeprefix("Bearer ")
        day = Running(world, ada.election or UUID(int=0), session, ada.id)
        if what == "scheduled":
            return day, "POST", "/schedule", None, {}
        return day, "PUT", "", draft(title="Changed"), {"if-match": '"1"'}
    if what in {"opened now", "cancelled"}:
        day = await running(world, voters=1, **later)
        return day, "POST", *{"opened now": ("/open-now", None, {}), "cancelled": ("/cancel", WHY, {})}[what]
    contests = [{**CHAIR, "ties": "officer"}] if what == "tie decided" else [CHAIR]
    day = await running(world, voters=2, contests=contests)
    if what == "tie decided":
        for link, choice in zip(day.links, ("ada", "bob"), strict=True):
            await day.cast(await day.pass_for(link), {"chair": [choice]})
        [tie] = (await day.finish())["count"]["ties"]
        return day, "POST", "/decide", {"contest": "chair", "stage": tie["stage"], "order": tie["options"]}, {}
    if what == "published":
        await day.finish()
    paths: dict[str, tuple[str, str, Any]] = {
        "extended": ("POST", "/extend", {"closes_at": (now + timedelta(days=3)).isoformat(), **WHY}),
        "closed now": ("POST", "/close-now", WHY),
        "annulled": ("POST", "/annul", WHY),
        "published": ("POST", "/publish", None),
        "copied": ("POST", "/copy", None),
        "staff": ("PUT", f"/staff/{UUID(int=7)}", {"role": "observer", "email": "eve@example.org", "name": "Eve"}),
    }
    return day, *paths[what], {}


ACTS = (
    "draft changed",
    "scheduled",
    "opened now",
    "extended",
    "closed now",
    "cancelled",
    "annulled",
    "tie decided",
    "published",
    "copied",
    "staff",
)


@pytest.mark.parametrize("what", ACTS)
async def test_an_act_and_its_entry_are_kept_together_or_not_at_all(world: World, what: str) -> None:
    day, method, path, body, headers = await _prepared(world, what)
    client = world.client("election", day.session)
    admin = await asyncpg.connect(world.database.admin_url)
    try:
        before = await admin.fetchrow(KEPT)
        # First the entry cannot be written; then the commit of both is refused; then nothing is in the way.
        await admin.execute(
            """
            create function election.refuse() returns trigger language plpgsql as
              $$ begin raise exception 'refused by the test'; end $$;
            create trigger refuse before insert on election.activity execute function election.refuse();
            """
        )
        answer = await client.request(method, f"/elections/{day.id}{path}", json=body, headers=headers)
        assert answer.status_code == 500
        assert await admin.fetchrow(KEPT) == before
        await admin.execute(
            """
            drop trigger refuse on election.activity;
            create constraint trigger refuse after insert on election.activity
              deferrable initially deferred for each row execute function election.refuse();
            """
        )
        answer = await client.request(method, f"/elections/{day.id}{path}", json=body, headers=headers)
        assert answer.status_code == 500
        assert await admin.fetchrow(KEPT) == before
        await admin.execute("drop trigger refuse on election.activity")
        answer = await client.request(method, f"/elections/{day.id}{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        entry = await admin.fetchrow("select who, what, at from election.activity order by id desc limit 1")
        assert entry is not None
        who = "ada@example.org" if what == "copied" else "Ada"  # whoever copies has no part in the copy yet
        assert (entry["who"], entry["what"]) == (who, what)
        assert abs(entry["at"] - datetime.now(UTC)) < timedelta(minutes=1)
    finally:
        await admin.close()


async def test_a_refused_act_leaves_no_entry(world: World) -> None:
    day = await running(world, voters=1)
    before = await rows(world, KEPT)
    for path, body in [
        ("/open-now", None),
        ("/cancel", WHY),
        ("/publish", None),
        ("/extend", {"closes_at": "2999-01-01T00:00:00Z", **WHY}),
        ("/schedule", None),
    ]:
        assert (await day.election("POST", path, body)).status_code in {409, 422}
    assert await rows(world, KEPT) == before


async def test_the_log_tells_a_whole_election_in_order_with_who_and_why(world: World) -> None:
    day = await running(world, voters=1)
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    await day.election("POST", "/extend", {"closes_at": later, "reason": "The post is late"})
    await day.settle(2)
    await day.finish()
    await day.election("POST", "/publish")
    entries = (await day.election("GET", "/activity")).json()["activity"]
    assert [(entry["who"], entry["what"]) for entry in entries] == [
        ("ada@example.org", "made"),
        ("ada@example.org", "staff"),
        ("Ada", "scheduled"),
        ("Ada", "extended"),
        ("Ada", "closed now"),
        ("election", "counted"),
        ("Ada", "published"),
    ]
    assert entries[2]["details"] == (await day.seen())["digest"]
    assert entries[3]["details"].endswith(": The post is late")
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)


async def test_the_function_itself_can_neither_change_nor_remove_an_entry(world: World) -> None:
    await running(world, voters=1)
    own = await asyncpg.connect(world.database.url("election"))
    try:
        for statement in ("update election.activity set who = 'nobody'", "delete from election.activity"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await own.execute(statement)
    finally:
        await own.close()
