"""An election through six processes, a broker and a clock, by the public address alone."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from load.organiser import told
from tests.system import System

pytestmark = pytest.mark.xdist_group("system")


async def test_an_election_runs_through_real_processes_to_its_published_result(system: System) -> None:
    now = datetime.now(UTC)
    draft = {
        "title": "Captain",
        "opens_at": now.isoformat(),
        "closes_at": (now + timedelta(hours=1)).isoformat(),
        "publish": "after the count",
        "contests": [{"title": "Captain", "options": [{"id": "a", "name": "Ada"}, {"id": "b", "name": "Bob"}]}],
    }
    async with system.organiser() as desk:
        election = (await desk.election("POST", "", draft))["id"]
        await desk.may_read_links(election)
        await desk.roll(election, "email,name\nv1@example.org,One\nv2@example.org,Two\nv3@example.org,Three\n")
        await desk.election("POST", f"/{election}/schedule")
        await desk.wait(election, "the box", lambda seen: seen["shown_phase"] == "open" and seen["box"])
        definition = (await desk.client.get(f"/api/ballot/boxes/{election}")).json()["digest"]
        receipts = []
        for link in await desk.links(election, "a test"):
            token = link["url"].rpartition("/")[2]
            passed = told(
                await desk.client.post(f"/api/voter/elections/{election}/passes", json={"token": token}), "Pass"
            )
            paper = {"nonce": secrets.token_hex(16), "definition": definition, "marks": {"c1": ["b"]}}
            cast = await desk.client.post(
                f"/api/ballot/boxes/{election}/papers",
                json=paper,
                headers={"Authorization": f"Bearer {passed['pass']}"},
            )
            assert cast.status_code == 201
            receipts.append(cast.json()["receipt"])
        await desk.election("POST", f"/{election}/close-now", {"reason": "All have voted"})
        seen = await desk.wait(election, "the result", lambda seen: seen["phase"] == "published" and not seen["behind"])
        record = await desk.result(election)
        board = (await desk.client.get(f"/api/ballot/boxes/{election}/receipts")).text.split()

    assert record["contests"][0]["count"]["winners"] == ["Bob"]
    assert sorted(receipts) == board
    assert (record["papers"], record["roll"]["marked"], record["roll"]["unknown"]) == (3, 3, 0)
    assert seen["box"]["phase"] == "cleared"
    assert seen["count"]["key_erased"] is True
