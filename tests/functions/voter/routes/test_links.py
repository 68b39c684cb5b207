"""A link is derived, found by a hash, and taken to one pass; reading links out is a permission of its own."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt

from functions.voter import keys, queries
from shared.database import transaction
from tests.elections import draft, running
from tests.functions.voter.people import MARKS, THREE, Organiser, ask_pass, organiser_of
from tests.functions.voter.test_rules import parts
from tests.world import World


def said(bearer: str) -> dict[str, Any]:
    """What a pass says, its signature aside."""
    claims: dict[str, Any] = jwt.decode(bearer, options={"verify_signature": False})
    return claims


async def test_a_link_is_taken_to_the_same_pass_each_time_and_neither_is_stored(world: World) -> None:
    day = await running(world, voters=1)
    token = day.links[0].rpartition("/")[2]
    first, again = [(await ask_pass(world, day.id, token)).json()["pass"] for _ in range(2)]
    assert said(first)["jti"] == said(again)["jti"]
    assert (said(first)["box"], said(first)["style"], said(first)["aud"]) == (str(day.id), "all", ["ballot"])

    settings = world.settings("voter")
    async with transaction(settings) as tx:
        roll = await queries.find_roll(tx, day.id)
    assert roll is not None
    [(voter, link_hash)] = await world.rows("select id, link_hash from voter.voters where election = $1", day.id)
    message = parts(b"uvote pass", UUID(str(voter)).bytes, b"\0" * 7 + b"\1")
    made = hmac.digest(keys.opened(settings, roll.keys).passes, message, "sha256")[:16]
    assert said(first)["jti"] == made.hex()
    assert link_hash == hashlib.sha256(parts(b"uvote link hash", day.id.bytes, token.encode())).digest()
    for table in ("rolls", "voters", "activity", "exchange"):
        for (row,) in await world.rows(f"select t::text from voter.{table} t"):
            assert token not in row
            assert made.hex() not in row


async def test_no_pass_before_opening_and_one_until_sixty_days_after_closing(world: World) -> None:
    tomorrow, closing = datetime.now(UTC) + timedelta(days=1), datetime.now(UTC) + timedelta(days=2)
    times = {"opens_at": tomorrow.isoformat(), "closes_at": closing.isoformat()}
    day = await running(world, voters=1, **times)
    token = day.links[0].rpartition("/")[2]

    async def at(after_closing: timedelta) -> Any:
        await world.shift(closing + after_closing - datetime.now(UTC))
        return (await ask_pass(world, day.id, token)).json()

    assert (await at(timedelta(days=-1, minutes=-1)))["code"] == "too_early"
    early = await at(timedelta(days=-1, minutes=1))
    assert datetime.fromisoformat(early["expires_at"]) == closing + timedelta(days=60)
    late = await at(timedelta(days=60, minutes=-1))
    assert said(late["pass"])["jti"] == said(early["pass"])["jti"]
    assert (await at(timedelta(days=60)))["code"] == "roll_closed"


async def test_a_pass_ends_sixty_days_after_closing(world: World) -> None:
    day = await running(world, voters=1)
    ends = datetime.fromtimestamp(said(await day.pass_for(day.links[0]))["exp"], UTC)
    closing = datetime.fromisoformat((await day.seen())["closes_at"])
    assert abs(ends - closing - timedelta(days=60)) < timedelta(minutes=1)


async def test_what_is_no_link_of_this_election_is_not_known(world: World) -> None:
    ada, other = Organiser(world, uuid4(), links=True), Organiser(world, uuid4(), links=True)
    await ada.import_roll(THREE)
    await other.import_roll(THREE)
    token = (await ada.links())["Ada"]
    foreign = (await other.links())["Ada"]
    for wrong in ("", "A" * 22, token[:-1], token + "A", token.swapcase(), "\0" * 22, "é" * 22, foreign):
        answer = await ask_pass(world, ada.election, wrong)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_link"), wrong
    assert (await ask_pass(world, ada.election, token)).json()["code"] == "too_early"


async def test_a_replaced_link_and_its_pass_are_good_for_nothing(world: World) -> None:
    day = await running(world, voters=1)
    ada = organiser_of(day)
    voter = (await ada.voters())["Voter 0"]
    old_pass = await day.pass_for(day.links[0])
    answer = await ada.ask("POST", f"/voters/{voter['id']}/link")
    assert (answer.status_code, answer.json()["issue"]) == (200, 2)

    assert (await ask_pass(world, day.id, day.links[0].rpartition("/")[2])).json()["code"] == "no_such_link"
    assert (await day.cast(old_pass, MARKS)).json()["code"] == "pass_void"
    new_pass = await day.pass_for((await ada.links())["Voter 0"])
    assert said(new_pass)["jti"] != said(old_pass)["jti"]
    assert (await day.cast(new_pass, MARKS)).status_code == 201
    answer = await ada.ask("POST", f"/voters/{voter['id']}/link")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_voted")


async def test_a_link_replaced_in_a_draft_is_replaced_at_once(world: World) -> None:
    ada = Organiser(world, uuid4(), links=True)
    await ada.import_roll(THREE)
    before = await ada.links()
    world.down.add("ballot")
    bob = (await ada.voters())["Bob"]["id"]
    assert (await ada.ask("POST", f"/voters/{bob}/link")).json()["issue"] == 2
    after = await ada.links()
    assert {name for name in after if after[name] != before[name]} == {"Bob"}


async def test_links_are_read_out_by_permission_and_that_is_noted_counted_and_published(world: World) -> None:
    day = await running(world, voters=3, publish="after the count")
    ada = organiser_of(day)
    voters = await ada.voters()
    answer = await Organiser(world, day.id, role="owner").ask("POST", "/links", json={"reason": "curious"})
    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
    for unreasonable in ({}, {"reason": "  "}):
        assert (await ada.ask("POST", "/links", json=unreasonable)).status_code == 422
    two = [voters["Voter 0"]["id"], voters["Voter 2"]["id"]]
    answer = await ada.ask("POST", "/links", json={"reason": "letters", "voters": [*two, two[0]]})
    assert [(link["name"], link["url"]) for link in answer.json()["links"]] == [
        ("Voter 0", day.links[0]),
        ("Voter 2", day.links[2]),
    ]
    answer = await ada.ask("POST", "/links", json={"reason": "letters", "voters": [*two, str(uuid4())]})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_voter")

    assert (await ada.summary())["links_read"] == 3 + 2
    noted = await world.rows("select who, details from voter.activity where what = 'links read out' order by id")
    assert noted == [("Ada", "3: a test"), ("Ada", "2: letters")]
    await day.finish()
    record = (await world.client("result").get(f"/results/{day.id}")).json()
    assert record["roll"]["links_read"] == 5


async def test_an_election_that_was_stopped_gives_no_pass(world: World) -> None:
    later = {"opens_at": draft()["closes_at"], "closes_at": (datetime.now(UTC) + timedelta(days=9)).isoformat()}
    for stop, code, times in (("cancel", "cancelled", later), ("annul", "annulled", {})):
        day = await running(world, voters=1, **times)
        assert (await day.election("POST", f"/{stop}", {"reason": "A mistake"})).status_code == 200
        await world.settle()
        answer = await ask_pass(world, day.id, day.links[0].rpartition("/")[2])
        assert (answer.status_code, answer.json()["code"]) == (409, code)
