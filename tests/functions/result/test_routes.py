"""The record is enough to count again; nothing of it is told before its time, and box keys go to `election` alone."""

import csv
import hashlib
import io
from typing import Any
from uuid import UUID, uuid4

from shared import security
from shared.files import blt, table
from shared.methods import METHODS, export, ties
from shared.methods.model import Contest, Decision
from tests.elections import BOARD, CHAIR, Running
from tests.functions.result.sealed import open_papers, sealed
from tests.world import World

NAMES = ["=cmd()", '"Bo" O’Neil', "-1", "@home", "+one, two"]
AWKWARD = {**BOARD, "options": [{"id": f"b{n}", "name": name} for n, name in enumerate(NAMES, 1)]}
TIED: list[dict[str, Any]] = [
    {"chair": ["ada"], "board": ["b1", "b2"]},
    {"chair": ["ada"], "board": ["b1", "b2"]},
    {"chair": ["bob"], "board": ["b3"]},
    {"chair": ["bob"], "board": ["b4", "b3"]},
    {"chair": [], "board": ["b5", "b1"]},
]
"""Ada and Bob are level for the chair, and so are three for the board after its first look."""


async def published(world: World, **changes: Any) -> Running:
    day = await sealed(world, TIED, contests=[CHAIR, AWKWARD], publish="after the count", **changes)
    await open_papers(day)
    await day.until("published")
    return day


async def file(day: Running, name: str) -> tuple[str, str, str]:
    """A published file: its type, under which name it is saved, its text."""
    answer = await day.world.client("result").get(f"/results/{day.id}/contests/{name}")
    assert answer.status_code == 200, answer.text
    return answer.headers["content-type"], answer.headers["content-disposition"], answer.text


async def test_a_published_record_and_its_files_are_enough_to_count_again(world: World) -> None:
    day = await published(world)
    record = (await world.client("result").get(f"/results/{day.id}")).json()
    receipts = (await world.client("ballot").get(f"/boxes/{day.id}/receipts")).text
    assert record["receipts_digest"] == hashlib.sha256(receipts.encode()).hexdigest()
    seed = bytes.fromhex(record["seed"])
    assert record["seed_commitment"] == security.digest("uvote seed", day.id.bytes, seed).hex()
    assert record["definition"]["box"]["seed_commitment"] == record["seed_commitment"]
    assert {tie["resolved_by"] for contest in record["contests"] for tie in contest["count"]["ties"]} == {"lot"}

    for contest in record["contests"]:
        kind, saved_as, text = await file(day, f"{contest['id']}.blt")
        assert (kind, saved_as) == ("text/plain; charset=utf-8", f'attachment; filename="{contest["id"]}.blt"')
        read = blt.read_text(text)
        assert (read.contest, list(read.names.values())) == (contest["id"], [o["name"] for o in contest["options"]])
        asked = Contest(contest["id"], read.seats, read.options)
        lot = ties.draw(seed, bytes.fromhex(record["receipts_digest"]), asked)
        decided = [Decision(d["stage"], d["order"]) for d in record["decisions"] if d["contest"] == contest["id"]]
        again = METHODS[contest["method"]].count(asked, read.papers, lot=lot, decisions=decided)
        assert export.as_json(again, read.names) == contest["count"]


async def test_the_record_has_the_papers_unless_they_are_not_wanted(world: World) -> None:
    day = await published(world)
    record = (await world.client("result").get(f"/results/{day.id}")).json()
    assert record["contests"][0].pop("tally") == [
        {"papers": 1, "marks": []},
        {"papers": 2, "marks": ["ada"]},
        {"papers": 2, "marks": ["bob"]},
    ]
    assert [sorted(row["marks"]) for row in record["contests"][1].pop("tally")] == [
        ["b1", "b2"],
        ["b3"],
        ["b3", "b4"],
        ["b1", "b5"],
    ]
    assert (await world.client("result").get(f"/results/{day.id}", params={"papers": "false"})).json() == record


async def test_spreadsheets_get_the_papers_and_stages_and_no_formula(world: World) -> None:
    day = await published(world)
    kind, saved_as, text = await file(day, "board.csv")
    assert (kind, saved_as) == ("text/csv; charset=utf-8", 'attachment; filename="board.csv"')
    assert list(csv.reader(io.StringIO(text))) == [
        ["papers", "marks"],
        ["0", "'=cmd()", '"Bo" O’Neil', "'-1", "'@home", "'+one, two"],
        ["2", "'=cmd()", '"Bo" O’Neil'],
        ["1", "'-1"],
        ["1", "'@home", "'-1"],
        ["1", "'+one, two", "'=cmd()"],
    ]
    kind, saved_as, text = await file(day, "board/stages.csv")
    assert (kind, saved_as) == ("text/csv; charset=utf-8", 'attachment; filename="board-stages.csv"')
    head, *rows = csv.reader(io.StringIO(text))
    assert head[:2] == ["", "First preferences; elected: =cmd()."]
    assert [row[:2] for row in rows[:5]] == [
        ["'=cmd()", "2.00000"],
        ['"Bo" O’Neil', "0.00000"],
        ["'-1", "1.00000"],
        ["'@home", "1.00000"],
        ["'+one, two", "1.00000"],
    ]
    assert {len(row) for row in rows} == {len(head)}


async def test_scores_are_a_column_an_option_and_no_blt_pretends_to_have_them(world: World) -> None:
    club = {**CHAIR, "id": "club", "method": "star"}
    said = [{"club": ["ada:5", "bob:2"]}, {"club": ["bob:3", "cyd:0"]}, {"club": ["bob:3"]}, {"club": ["cyd:0"]}]
    day = await sealed(world, said, contests=[club], publish="after the count")
    await open_papers(day)
    await day.until("published")
    _, _, text = await file(day, "club.csv")
    head, *rows = csv.reader(io.StringIO(text))
    assert head == ["scored papers", "Ada", "Bob", "Cyd"]
    assert sorted(rows) == [["1", "", "", ""], ["1", "5", "2", ""], ["2", "", "3", ""]]
    read = table.read(io.BytesIO(text.encode()), 1)
    counted = METHODS["star"].count(Contest("club", 1, read.options), read.papers)
    record = (await world.client("result").get(f"/results/{day.id}")).json()
    assert export.as_json(counted, read.names) == record["contests"][0]["count"]
    assert record["contests"][0]["count"]["winners"] == ["Bob"]
    answer = await world.client("result").get(f"/results/{day.id}/contests/club.blt")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_as_blt")


async def test_before_publication_those_who_watch_see_the_count_and_others_nothing(world: World) -> None:
    day = await sealed(world, TIED)
    anyone = world.client("result")
    observer = world.client("result", world.token_grant(day.id, role="observer"))
    answer = await observer.get(f"/counts/{day.id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_counted")

    await open_papers(day)
    await day.until("counted")
    seen = (await observer.get(f"/counts/{day.id}")).json()
    assert (seen["papers"], [contest["id"] for contest in seen["contests"]]) == (5, ["chair", "board"])
    assert "seed" not in seen
    for path in ("", "/contests/board.blt", "/contests/board.csv", "/contests/board/stages.csv"):
        answer = await anyone.get(f"/results/{day.id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_published"), path
    for token, code in (
        (None, "unauthenticated"),
        (world.token_session(), "bad_token"),
        (world.token_pass(day.id, b"p" * 16), "bad_token"),
        (world.token_grant(uuid4(), role="owner"), "wrong_election"),
    ):
        assert (await world.client("result", token).get(f"/counts/{day.id}")).json()["code"] == code

    await day.election("POST", "/publish")
    await day.until("published")
    await day.settle(1)
    record = (await anyone.get(f"/results/{day.id}", params={"papers": "false"})).json()
    assert record["contests"] == seen["contests"]
    assert (await observer.get(f"/counts/{day.id}")).json() == record
    answer = await anyone.get(f"/results/{day.id}/contests/treasurer.blt")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_contest")


async def test_a_box_key_is_made_once_and_signed_for_its_box(world: World) -> None:
    box = uuid4()

    async def ask(of: UUID) -> dict[str, Any]:
        client = world.client("result", world.token_service("election", "result"))
        answer: dict[str, Any] = (await client.post(f"/boxes/{of}/key")).json()
        return answer

    first, again, other = await ask(box), await ask(box), await ask(uuid4())
    assert first == again
    assert not set(first.values()) & set(other.values())
    proof = security.keys(str(world.keys / "jwks.json")).verify("boxkey", first["proof"], "ballot")
    said = {"box": str(box), "public_key": first["public_key"], "seed_commitment": first["seed_commitment"]}
    assert proof.items() >= said.items()


async def test_nobody_but_election_has_a_box_key_made(world: World) -> None:
    box = uuid4()
    for token, code in (
        (world.token_service("voter", "result"), "forbidden"),
        (world.token_service("election", "ballot"), "bad_token"),
        (world.token_grant(box, role="owner"), "bad_token"),
        (None, "unauthenticated"),
    ):
        answer = await world.client("result", token).post(f"/boxes/{box}/key")
        assert answer.json()["code"] == code
    assert await world.rows("select from result.keys") == []
