"""An election made ready for measuring: a database of its own, keys, an open box, and papers nobody has cast yet.

What is measured later is made by the functions' own code; only the way there is shorter than an organiser's.
"""

import asyncio
import importlib
import json
import random
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, repeat
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from functions.auth import commands as accounts
from functions.ballot import queries, rules
from knative import keys, migrate
from knative.bench.processes import request
from knative.local import postgres
from shared import security
from shared.contracts.definition import BoxKey, Contest, Definition, Option, Style
from shared.contracts.states import ElectionState
from shared.database import Database
from shared.methods import METHODS, marks
from shared.settings import Settings

DAY = timedelta(days=1)
CONTESTS = (
    Contest(
        id="chair",
        title="Chair",
        method="plurality",
        seats=1,
        options=tuple(Option(id=name.lower(), name=name) for name in ("Ada", "Bob", "Cyd")),
    ),
    Contest(
        id="board",
        title="Board",
        method="stv-scottish",
        seats=3,
        options=tuple(Option(id=f"candidate-{n}", name=f"Candidate {n}") for n in range(1, 10)),
    ),
)
"""A club's election: a chair by plurality, a board of three among nine by transferable votes."""
DRAFTED = ("id", "title", "method", "seats", "options")


@dataclass(frozen=True, slots=True)
class Place:
    """A migrated database and a folder of keys."""

    admin_url: str
    keys: Path

    def url(self, function: str) -> str:
        return migrate.function_url(self.admin_url, function, keys.passwords(self.keys)[function])

    def env(self, function: str) -> dict[str, str]:
        """The settings of one function here. No Broker: what it would send stays unsent."""
        found = {
            "UVOTE_FUNCTION": function,
            "UVOTE_JWKS": str(self.keys / "jwks.json"),
            "UVOTE_SIGNING_KEY": str(self.keys / f"{function}.signing.json"),
            "UVOTE_SECRET": str(self.keys / f"{function}.secret"),
        }
        return found if function == "frontend" else {**found, "UVOTE_DATABASE_URL": self.url(function)}

    def signer(self, function: str) -> security.Signer:
        return security.Signer.from_file(str(self.keys / f"{function}.signing.json"))


@contextmanager
def place() -> Iterator[Place]:
    """A durable PostgreSQL with everything migrated, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="uvote-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may have to run as another user
        keys.make(folder / "keys")
        try:
            with postgres.running(folder / "postgres") as url:
                yield ready(url, folder / "keys")
        finally:
            postgres.forget(folder / "postgres")


def ready(admin_url: str, key_folder: Path) -> Place:
    """Roles and schemas in a database that is there."""
    asyncio.run(migrate.make_roles(admin_url, keys.passwords(key_folder)))
    migrate.migrate(admin_url)
    return Place(admin_url, key_folder)


def draft() -> dict[str, Any]:
    """The same election as an organiser drafts it."""
    now = datetime.now(UTC)
    return {
        "title": "Spring election",
        "time_zone": "Europe/London",
        "opens_at": now.isoformat(),
        "closes_at": (now + DAY).isoformat(),
        "contests": [contest.model_dump(mode="json", include=set(DRAFTED)) for contest in CONTESTS],
    }


def definition(signer: security.Signer) -> Definition:
    """A club's election, open for a day."""
    from nacl.public import PrivateKey

    box, now = uuid4(), datetime.now(UTC)
    public, seed = bytes(PrivateKey.generate().public_key).hex(), security.digest("uvote seed", box.bytes, bytes(32))
    proof = {"box": str(box), "public_key": public, "seed_commitment": seed.hex()}
    return Definition(
        id=box,
        title="Spring election",
        time_zone="Europe/London",
        opens_at=now - DAY,
        closes_at=now + DAY,
        contests=CONTESTS,
        styles=(Style(id="all", name="All", contests=("chair", "board")),),
        publish="by hand",
        box=BoxKey(public_key=public, seed_commitment=seed.hex(), proof=signer.sign("boxkey", ["ballot"], 3600, proof)),
    )


async def open_box(where: Place) -> rules.Opened:
    """A new box that takes papers now."""
    found = definition(where.signer("result"))
    digest = found.digest()
    opened = rules.Opened(found.id, found, digest, rules.block(found.id, found, digest))
    ballot = await asyncpg.connect(where.url("ballot"))
    try:
        await queries.create(ballot, opened, found.opens_at, found.closes_at)
    finally:
        await ballot.close()
    return opened


async def papers_in(where: Place, box: UUID) -> int:
    """How many papers the box really holds."""
    ballot = await asyncpg.connect(where.url("ballot"))
    try:
        return int(await ballot.fetchval("select count(*) from papers where box = $1", box))
    finally:
        await ballot.close()


def said(opened: rules.Opened, chance: random.Random) -> dict[str, list[str]]:
    """Somebody's choice."""
    found = {}
    for contest in opened.styles["all"]:
        rule = contest.for_counting()
        most = METHODS[contest.method].most_marks(rule)
        found[contest.id] = list(marks.canonical(METHODS[contest.method], rule, _some(rule.options, most, chance)))
    return found


def _some(options: tuple[str, ...], most: int, chance: random.Random) -> list[str]:
    return chance.sample(options, chance.randint(1, most))


async def voting_tokens(where: Place, opened: rules.Opened, voters: int) -> list[str]:
    """The tokens of a new roll's links, from a `voter` in this process that has heard of the election."""
    found = opened.definition
    state = ElectionState(
        phase="scheduled",
        definition=found,
        digest=opened.digest,
        opens_at=found.opens_at,
        closes_at=found.closes_at,
    )
    told = {"thing": "election", "election": str(found.id), "version": 1, "seen": {}, "asks": []}
    event = where.signer("election").sign("event", ["voter"], 60, {**told, "state": state.model_dump(mode="json")})
    grant = {"sub": str(uuid4()), "name": "Bench", "election": str(found.id), "role": "owner", "links": True}
    bearer = _bearer(where.signer("election").sign("grant", ["voter"], 60, grant))
    voter = importlib.import_module("functions.voter.app").build(Settings.from_env(where.env("voter")))
    await voter.state.exchange.take(event)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(voter), base_url="http://voter", headers=bearer
    ) as client:
        as_csv = {"Content-Type": "text/csv"}
        roll = "email,name\n" + "".join(f"v{n}@example.org,Voter {n}\n" for n in range(voters))
        (await client.post(f"/elections/{found.id}/roll", content=roll, headers=as_csv)).raise_for_status()
        links = await client.post(f"/elections/{found.id}/links", json={"reason": "a bench"})
    await Database.close()
    return [link["url"].rpartition("/")[2] for link in links.json()["links"]]


async def first_requests(where: Place) -> dict[str, Iterator[bytes]]:
    """For each function a request that makes it do what it is for, again and again."""
    opened = await open_box(where)
    await accounts.add(where.url("auth"), "ada@example.org", "Ada", True)
    auth = await asyncpg.connect(where.url("auth"))
    try:
        ada = str(await auth.fetchval("select id from accounts"))
    finally:
        await auth.close()
    claims = {"sub": ada, "email": "ada@example.org", "name": "Ada", "administrator": True}
    session = _bearer(where.signer("auth").sign("session", ["auth", "election"], 3600, claims))
    service = _bearer(where.signer("election").sign("service", ["result"], 3600, {}))
    passes = entering(opened, await voting_tokens(where, opened, 1))
    return {
        "auth": repeat(request("GET", "/me", session)),
        "election": repeat(request("GET", "/elections", session)),
        "voter": passes,
        "ballot": casts(where, opened),
        "result": repeat(request("POST", f"/boxes/{opened.box}/key", service)),
        "frontend": repeat(request("GET", "/")),
    }


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def entering(opened: rules.Opened, tokens: list[str]) -> Iterator[bytes]:
    """Requests that take links to passes, one link after the other, without end."""
    for token in cycle(tokens):
        yield request("POST", f"/elections/{opened.box}/passes", body=json.dumps({"token": token}).encode())


def casts(where: Place, opened: rules.Opened) -> Iterator[bytes]:
    """Requests that will each be answered 201, without end: a signed pass and a paper of its own in each."""
    signer, chance = where.signer("voter"), random.Random(1)  # noqa: S311  (choices, not secrets)
    while True:
        claims = {"box": str(opened.box), "jti": secrets.token_hex(16), "style": "all"}
        bearer = signer.sign("pass", ["ballot"], 3600, claims)
        body = {"nonce": secrets.token_hex(16), "definition": opened.digest, "marks": said(opened, chance)}
        yield request(
            "POST",
            f"/boxes/{opened.box}/papers",
            _bearer(bearer),
            json.dumps(body, separators=(",", ":")).encode(),
        )
