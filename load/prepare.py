"""Makes the election of a run, its roll and its links, as an organiser does: through the public address.

    python -m load.prepare SCENARIO HOST --into FOLDER

`UVOTE_EMAIL` and `UVOTE_PASSWORD` are an administrator's. The folder then holds the voting links, which are the power
to vote: only its owner may read them, and the verdict removes them.
"""

import argparse
import asyncio
import json
import os
import secrets
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from load.folder import PREPARED
from load.host import NotOurs, owned
from load.organiser import Organiser, Refused, set_password, told
from load.scenarios import SCENARIOS, Plan, Scenario, plan

CONTESTS = (
    {
        "title": "Chair",
        "method": "plurality",
        "seats": 1,
        "options": [{"name": name} for name in ("Rosa Lindqvist", "Samir Haddad", "Tomasz Nowak")],
    },
    {
        "title": "Committee (three seats)",
        "method": "stv-scottish",
        "seats": 3,
        "options": [{"name": name} for name in ("Una Byrne", "Viktor Brandt", "Wanda Osei", "Yusuf Demir", "Zoë Roux")],
    },
)
"""What there is to vote on. A tie is drawn: no officer shall be waited for."""


async def prepare(
    host: str, email: str, password: str, scenario: Scenario, folder: Path, **options: Any
) -> dict[str, Any]:
    """An election that is open, or will open at its moment; what the folder then holds. Raises Refused."""
    async with httpx.AsyncClient(base_url=host, trust_env=False, timeout=120) as client:
        desk = Organiser(client, email, password)
        now = datetime.now(UTC).timestamp()
        first = plan(scenario, now, **options)
        made = await desk.election("POST", "", _draft(first))
        this = str(made["id"])
        await desk.may_read_links(this)
        await desk.roll(this, "email,name\n" + "".join(f"{address(n)},Voter {n}\n" for n in range(first.voters)))
        staff = [await _account(desk, this, number) for number in range(scenario.staff)]
        # The times are set last, as a long roll takes a while.
        planned = plan(scenario, time.time(), **options)
        await desk.election("PUT", f"/{this}", _draft(planned), revision=made["revision"])
        await desk.election("POST", f"/{this}/schedule")
        await desk.wait(this, "the box", lambda seen: seen["box"] and not seen["behind"], 120)
        links = {one["email"]: urlsplit(one["url"]).path for one in await desk.links(this, "A load test")}
    prepared = {
        "host": host,
        "election": this,
        "email": email,
        "password": password,
        "plan": planned.as_json(),
        "links": [links[address(number)] for number in range(planned.voters)],
        "staff": staff,
    }
    handle = os.open(folder / PREPARED, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(prepared, file)
    return prepared


def address(number: int) -> str:
    """A voter's on the roll; nobody's: the domain is reserved."""
    return f"voter{number}@load.example"


def number_of(email: str) -> int:
    """The voter's number, back from the address."""
    return int(email.partition("@")[0].removeprefix("voter"))


async def _account(desk: Organiser, election: str, number: int) -> tuple[str, str]:
    email, password = f"load{number}-{election[:8]}@load.example", secrets.token_urlsafe(12)
    bearer = {"Authorization": f"Bearer {await desk.session()}"}
    wanted = {"email": email, "name": f"Load {number}", "administrator": False}
    made = told(await desk.client.post("/api/auth/accounts", json=wanted, headers=bearer), "Making an account")
    await set_password(desk.client, made["token"], password)
    return email, password


def _draft(planned: Plan) -> dict[str, Any]:
    return {
        "title": f"Load: {planned.scenario}",
        "description": "Nobody votes here: programs do.",
        "opens_at": datetime.fromtimestamp(planned.opens_at, UTC).isoformat(),
        "closes_at": datetime.fromtimestamp(planned.closes_at, UTC).isoformat(),
        "publish": "after the count",
        "contests": list(CONTESTS),
    }


def main() -> int:
    """The command; its exit code is 2 for a person's mistake."""
    parser = argparse.ArgumentParser(prog="python -m load.prepare")
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("host")
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--users", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--think", type=float)
    parser.add_argument("--opens-in", type=float, default=0.0)
    parser.add_argument("--i-own-this-host", action="store_true")
    said = parser.parse_args()
    email, password = os.environ.get("UVOTE_EMAIL", ""), os.environ.get("UVOTE_PASSWORD", "")
    options = {"users": said.users, "seconds": said.seconds, "think": said.think, "opens_in": said.opens_in}
    try:
        if not (email and password):
            raise Refused("UVOTE_EMAIL and UVOTE_PASSWORD, an administrator's, are not set.")
        host = owned(said.host, said.i_own_this_host)
        asyncio.run(prepare(host, email, password, SCENARIOS[said.scenario], said.into, **options))
    except (NotOurs, Refused) as mistake:
        sys.stderr.write(f"load: {mistake}\n")
        return 2
    except httpx.HTTPError as error:
        sys.stderr.write(f"load: nothing answers at {said.host} ({type(error).__name__}).\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
