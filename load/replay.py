"""A real ranked election through the running functions, and whether the result is what the file's papers give.

Everything goes through the public address, as organisers and voters go; nothing is bypassed.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from load.organiser import Organiser, Refused, told
from shared.files.election import Election
from shared.methods import METHODS, export
from shared.methods.model import Contest, Marks

METHOD = "stv-scottish"
AGAIN = (0.2, 1.0, 3.0)
"""Seconds between the tries of a request that got no answer; a paper sent again is not counted twice."""


@dataclass
class Replay:
    """How a replay went. `cast` papers have a receipt; `checked` of those stand on the box's own list."""

    papers: int
    cast: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    checked: int = 0
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)
    winners: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Every paper was cast and is on the list, and winners and stages are the file's."""
        return self.cast == self.checked == self.papers and not self.refused and not self.differences


async def replay(
    desk: Organiser, election: Election, concurrency: int, progress: Callable[[str, int, int], None]
) -> Replay:
    """Run the election of a file; `progress(what, done, of)` is told as it goes. Raises Refused."""
    papers = list(_each(election))
    secrets.SystemRandom().shuffle(papers)
    went = Replay(len(papers))
    options = {option: f"o{option}" for option in election.options}
    made = await desk.election("POST", "", _draft(election, options))
    this = str(made["id"])
    await desk.may_read_links(this)
    progress("Importing the roll", 0, 1)
    roll = "".join(f"voter{n}@example.org,Voter {n}\n" for n in range(len(papers)))
    await desk.roll(this, f"email,name\n{roll}")
    await desk.election("POST", f"/{this}/schedule")
    await desk.wait(this, "the box", lambda seen: seen["shown_phase"] == "open" and seen["box"])
    tokens = [link["url"].rpartition("/")[2] for link in await desk.links(this, "Replay of a file")]
    digest = told(await desk.client.get(f"/api/ballot/boxes/{this}"), "The box")["digest"]
    receipts: list[str] = []
    waiting = iter(list(zip(tokens, papers, strict=True)))
    started = time.monotonic()

    async def voters() -> None:
        for token, marks in waiting:
            try:
                ranked = [options[option] for option in marks]
                receipts.append(await vote(desk.client, this, digest, token, {"c1": ranked}))
            except Refused as refusal:
                went.refused[str(refusal)] += 1
            progress("Casting", len(receipts) + went.refused.total(), len(papers))

    await asyncio.gather(*(voters() for _ in range(concurrency)))
    went.seconds, went.cast = time.monotonic() - started, len(receipts)
    progress("Counting", 0, 1)
    await desk.election("POST", f"/{this}/close-now", {"reason": "Every paper of the file is cast"})
    await desk.wait(this, "the result", lambda seen: seen["phase"] == "published", 600)
    board = (await desk.client.get(f"/api/ballot/boxes/{this}/receipts")).text.split()
    went.checked = len(set(receipts) & set(board))
    record = await desk.result(this)
    found, wanted = record["contests"][0]["count"], counted(election)
    went.winners = found["winners"]
    went.differences = differences(found, wanted)
    return went


def counted(election: Election) -> dict[str, Any]:
    """What `uvote count FILE --method stv-scottish --format json` says."""
    contest = Contest("file", election.seats, election.options)
    return export.as_json(METHODS[METHOD].count(contest, election.papers), election.names)


def differences(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Where two counts differ in winners or in a stage's votes, in plain words."""
    said = []
    if found["winners"] != wanted["winners"]:
        said.append(f"winners: {found['winners']}, the file gives {wanted['winners']}")
    if len(found["stages"]) != len(wanted["stages"]):
        said.append(f"{len(found['stages'])} stages, the file gives {len(wanted['stages'])}")
    for number, (one, other) in enumerate(zip(found["stages"], wanted["stages"], strict=False), 1):
        if (one["votes"], one["nontransferable"]) != (other["votes"], other["nontransferable"]):
            said.append(f"stage {number}: {one['votes']}, the file gives {other['votes']}")
    return said


def _each(election: Election) -> Iterator[Marks]:
    for marks, many in election.papers.items():
        for _ in range(many):
            yield marks


def _draft(election: Election, options: dict[str, str]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "title": f"Replay: {election.title or 'a file'}"[:200],
        "opens_at": now.isoformat(),
        "closes_at": (now + timedelta(days=1)).isoformat(),
        "publish": "after the count",
        "contests": [
            {
                "title": "The file's contest",
                "method": METHOD,
                "seats": election.seats,
                "options": [{"id": options[option], "name": election.names[option]} for option in election.options],
            }
        ],
    }


async def vote(client: httpx.AsyncClient, election: str, digest: str, token: str, marks: dict[str, list[str]]) -> str:
    """One voter's way by the API: link, pass, paper; the receipt. Raises Refused."""
    passed = told(
        await _patiently(client, f"/api/voter/elections/{election}/passes", {"token": token}, {}), "Taking a pass"
    )
    paper = {"nonce": secrets.token_hex(16), "definition": digest, "marks": marks}
    bearer = {"Authorization": f"Bearer {passed['pass']}"}
    cast = await _patiently(client, f"/api/ballot/boxes/{election}/papers", paper, bearer)
    return str(told(cast, "Casting")["receipt"])


async def _patiently(
    client: httpx.AsyncClient, path: str, json: dict[str, Any], headers: dict[str, str]
) -> httpx.Response:
    """Post, and post the same again where there was no answer, as a voter's browser page does."""
    for pause in AGAIN:
        try:
            answer = await client.post(path, json=json, headers=headers, timeout=30)
            if answer.status_code not in {502, 503, 504}:
                return answer
        except httpx.HTTPError:
            pass
        await asyncio.sleep(pause)
    try:
        return await client.post(path, json=json, headers=headers, timeout=30)
    except httpx.HTTPError as error:
        raise Refused(f"{path}: no answer") from error
