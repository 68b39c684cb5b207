"""Making an election: nobody's change is overwritten, and what is scheduled is frozen."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from functions.election.routes import drafting
from shared.contracts.definition import Definition
from tests.elections import BOARD, CHAIR, draft, running
from tests.functions.election.office import Member, code, rows
from tests.world import World

FULL = {
    "id": "council",
    "title": "Council",
    "method": "stv-scottish",
    "seats": 3,
    "options": [
        {"id": "ada", "name": "Ada", "text": "Two\nlines.", "link": "https://example.org/ada"},
        {"id": "bob", "name": "Bob", "text": "", "link": ""},
        {"id": "cyd", "name": "Cyd", "text": "", "link": ""},
    ],
    "min_marks": 1,
    "max_marks": 3,
    "blank_allowed": False,
    "ties": "officer",
    "reopen_nominations": True,
    "text": "Three sit\non the council.",
    "majority": None,
    "quorum": "at least 1/4",
}
MOTION = {
    **FULL,
    **{"id": "boat", "title": "A boat?", "method": "motion", "seats": 1, "max_marks": None, "ties": "lot"},
    **{"reopen_nominations": False, "majority": {"share": "at least 2/3", "of": "roll"}, "quorum": "at least 20"},
}


class TestDraft:
    async def test_a_draft_keeps_every_contest_with_all_that_was_said_of_it(self, ada: Member) -> None:
        approval = {**FULL, "id": "motto", "title": "Motto", "method": "approval", "seats": 1, "ties": "lot"}
        made = await ada.make(contests=[FULL, approval], description="Why\nwe vote", publish="after the count")
        assert made["draft"]["contests"] == [FULL, approval]
        assert (made["draft"]["description"], made["draft"]["publish"]) == ("Why\nwe vote", "after the count")
        assert (await ada.seen())["draft"] == made["draft"]

    async def test_who_makes_it_is_its_owner_without_the_power_to_read_out_links(self, ada: Member) -> None:
        made = await ada.make()
        assert (made["role"], made["links"], made["phase"]) == ("owner", False, "draft")
        [person] = (await ada.ask("GET", "/staff")).json()["staff"]
        assert person == {"id": str(ada.id), "email": ada.email, "name": "Ada", "role": "owner", "links": False}

    async def test_an_incomplete_draft_is_kept_as_it_is(self, ada: Member) -> None:
        answer = await ada.client.post("/elections", json={})
        assert answer.status_code == 201
        assert (answer.json()["title"], answer.json()["draft"]["contests"]) == ("", [])

    async def test_the_public_does_not_hear_of_a_draft(self, ada: Member) -> None:
        await ada.make()
        answer = await ada.world.client("election").get(f"/elections/{ada.election}/public")
        assert code(answer) == (404, "no_such_election")

    async def test_everybody_sees_their_own_elections_newest_first(self, ada: Member) -> None:
        older, newer = await ada.make(title="Older"), await ada.make(title="Newer")
        await Member(ada.world, "Bob").make(title="Not Ada's")
        mine = (await ada.client.get("/elections")).json()["elections"]
        assert [(one["id"], one["title"], one["phase"], one["role"]) for one in mine] == [
            (newer["id"], "Newer", "draft", "owner"),
            (older["id"], "Older", "draft", "owner"),
        ]


class TestEdit:
    async def test_a_change_needs_the_revision_that_was_read(self, ada: Member) -> None:
        made = await ada.client.post("/elections", json=draft())
        ada.election = made.json()["id"]
        assert made.headers["etag"] == '"1"'
        changed = await ada.edit(made.headers["etag"], title="Second")
        assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
        assert (changed.json()["title"], changed.json()["revision"]) == ("Second", 2)
        assert code(await ada.edit('"1"', title="Third")) == (412, "outdated")
        assert (await ada.seen())["title"] == "Second"
        assert (await ada.edit('W/"2"', title="Third")).json()["revision"] == 3

    @pytest.mark.parametrize("revision", [None, "", "*", '"x"', '"1", "2"', "-1", '"1', "1.0", "1" * 30, "١"])
    async def test_a_change_that_names_no_revision_is_refused(self, ada: Member, revision: str | None) -> None:
        await ada.make()
        headers = {} if revision is None else {"if-match": revision.encode()}
        answer = await ada.ask("PUT", "", draft(title="Changed"), headers=headers)
        assert code(answer) == (422, "no_revision")
        assert (await ada.seen())["revision"] == 1

    async def test_of_two_changes_at_once_one_is_told_to_read_again(self, ada: Member) -> None:
        await ada.make()
        answers = await asyncio.gather(*(ada.edit('"1"', title=f"By {n}") for n in range(6)))
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
        [won] = [answer.json()["title"] for answer in answers if answer.status_code == 200]
        assert ((await ada.seen())["title"], (await ada.seen())["revision"]) == (won, 2)

    async def test_what_is_scheduled_is_changed_no_more(self, ada: Member) -> None:
        await ada.make()
        seen = (await ada.ask("POST", "/schedule")).json()
        assert code(await ada.edit(f'"{seen["revision"]}"', title="Changed")) == (409, "not_a_draft")
        assert (await ada.seen())["title"] == "Spring election"


class TestCopy:
    async def test_a_copy_is_a_draft_of_its_own_without_times(self, ada: Member) -> None:
        old = await ada.make(contests=[FULL, MOTION], description="Why")
        await ada.ask("POST", "/schedule")
        answer = await ada.ask("POST", "/copy")
        assert answer.status_code == 201
        new = answer.json()
        assert new["id"] != old["id"]
        assert (new["copied_from"], new["phase"], new["revision"], new["role"]) == (old["id"], "draft", 1, "owner")
        times = {"opens_at": None, "closes_at": None}
        assert new["draft"] == {**old["draft"], **times}
        assert new["digest"] is None
        assert (await ada.seen())["phase"] == "scheduled"

    async def test_a_cancelled_election_is_mended_by_a_copy(self, ada: Member) -> None:
        later = datetime.now(UTC) + timedelta(days=1)
        await ada.make(opens_at=later.isoformat(), closes_at=(later + timedelta(days=1)).isoformat())
        await ada.ask("POST", "/schedule")
        assert (await ada.ask("POST", "/cancel", {"reason": "a mistake"})).status_code == 200
        ada.election = (await ada.ask("POST", "/copy")).json()["id"]
        times = {"opens_at": later.isoformat(), "closes_at": (later + timedelta(days=1)).isoformat()}
        assert (await ada.edit('"1"', **times)).status_code == 200
        assert (await ada.ask("POST", "/schedule")).status_code == 200

    async def test_the_grant_of_a_copy_names_what_it_was_copied_from(self, ada: Member) -> None:
        old = await ada.make()
        ada.election = (await ada.ask("POST", "/copy")).json()["id"]
        grant = (await ada.ask("POST", "/grant")).json()["grant"]
        payload = httpx.Response(200, content=_payload(grant)).json()
        assert (payload["election"], payload["copied_from"]) == (str(ada.election), old["id"])


def _payload(token: str) -> bytes:
    import base64

    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class TestSchedule:
    async def test_a_scheduled_election_is_frozen_with_its_key_and_told_to_everyone(self, ada: Member) -> None:
        await ada.make(contests=[FULL], description="Why")
        seen = (await ada.ask("POST", "/schedule")).json()
        public = (await ada.world.client("election").get(f"/elections/{ada.election}/public")).json()
        definition = Definition.model_validate(public["definition"])
        assert seen["phase"] == "scheduled"
        assert seen["digest"] == public["digest"] == definition.digest()
        key = await ada.world.client("result", ada.world.token_service("election", "result")).post(
            f"/boxes/{ada.election}/key"
        )
        assert definition.box.model_dump() == key.json()
        [contest] = definition.contests
        assert [option.name for option in contest.options] == ["Ada", "Bob", "Cyd", "Re-open nominations"]
        assert (contest.min_marks, contest.max_marks, contest.blank_allowed, contest.ties) == (1, 3, False, "officer")
        assert public["description"] == "Why"
        assert public["texts"]["council"]["options"]["ada"] == {
            "text": "Two\nlines.",
            "link": "https://example.org/ada",
        }

    async def test_a_draft_with_faults_is_told_all_of_them_and_stays_a_draft(self, ada: Member) -> None:
        await ada.make(title="", contests=[{**CHAIR, "options": []}])
        answer = await ada.ask("POST", "/schedule")
        assert code(answer) == (422, "draft_incomplete")
        assert [fault["code"] for fault in answer.json()["faults"]] == ["no_title", "no_option"]
        assert (await ada.seen())["phase"] == "draft"

    async def test_without_result_nothing_is_changed_and_the_same_request_works_later(self, ada: Member) -> None:
        await ada.make()
        before = await rows(ada.world, "select * from election.elections, election.activity")
        ada.world.down.add("result")
        answer = await ada.ask("POST", "/schedule")
        assert (code(answer), answer.headers["retry-after"]) == ((503, "peer_down"), "1")
        assert await rows(ada.world, "select * from election.elections, election.activity") == before
        ada.world.down.clear()
        assert (await ada.ask("POST", "/schedule")).status_code == 200

    @pytest.mark.parametrize("wrong", ["no JSON", "another box", "another key", "signed by another", "no proof"])
    async def test_a_box_key_that_result_did_not_make_for_this_box_is_not_taken(self, ada: Member, wrong: str) -> None:
        await ada.make()
        said = {"public_key": "1" * 64, "seed_commitment": "2" * 64}
        claims = {**said, "box": str(uuid4()) if wrong == "another box" else str(ada.election)}
        if wrong == "another key":
            claims["public_key"] = "3" * 64
        signer = "ballot" if wrong == "signed by another" else "result"
        proof = ada.world.sign(signer, "boxkey", ["election"], claims) if wrong != "no proof" else "x"
        body = b"<html>" if wrong == "no JSON" else json.dumps({**said, "proof": proof}).encode()

        async def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, content=body)

        ada.world.transports["result"] = httpx.MockTransport(answer)
        assert code(await ada.ask("POST", "/schedule")) == (503, "peer_down")
        assert (await ada.seen())["phase"] == "draft"

    async def test_a_draft_changed_while_its_key_is_made_is_not_scheduled(
        self, ada: Member, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await ada.make()
        real = drafting._box_key

        async def meanwhile(*given: Any) -> Any:
            await ada.edit('"1"', title="Changed meanwhile")
            return await real(*given)

        monkeypatch.setattr(drafting, "_box_key", meanwhile)
        assert code(await ada.ask("POST", "/schedule")) == (412, "outdated")
        assert ((await ada.seen())["phase"], (await ada.seen())["title"]) == ("draft", "Changed meanwhile")

    async def test_an_election_is_scheduled_once_however_many_ask_at_once(self, ada: Member) -> None:
        await ada.make()
        answers = await asyncio.gather(*(ada.ask("POST", "/schedule") for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        assert [what for _, what in await ada.did()].count("scheduled") == 1

    async def test_one_that_is_too_large_for_an_event_is_told_so(self, ada: Member) -> None:
        options = [{"name": f"{n} {'x' * 150}"} for n in range(60)]
        await ada.make(contests=[{"title": f"Contest {n}", "options": options} for n in range(12)])
        answer = await ada.ask("POST", "/schedule")
        assert code(answer) == (422, "draft_incomplete")
        assert "too large" in answer.json()["detail"]

    async def test_its_times_are_those_of_its_zone(self, world: World) -> None:
        day = await running(
            world,
            voters=1,
            time_zone="Pacific/Auckland",
            opens_at="2026-01-15T12:00",
            closes_at=(datetime.now(UTC) + timedelta(days=3)).isoformat(),
            contests=[BOARD],
        )
        public = (await world.client("election").get(f"/elections/{day.id}/public")).json()
        assert public["time_zone"] == "Pacific/Auckland"
        opened = datetime.fromisoformat(public["opens_at"])
        assert abs(opened - datetime.now(UTC)) < timedelta(minutes=1)  # an opening in the past is an opening now
