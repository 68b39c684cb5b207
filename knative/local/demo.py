"""A small election to look at: a member of staff, a roll of twelve, two contests, open for a day."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from functions.auth import commands
from knative.local.machine import Machine
from load.organiser import Organiser, set_password

EMAIL = "desk@example.org"
VOTERS = ("Ada", "Ben", "Chidi", "Dora", "Emil", "Fatima", "Grace", "Hugo", "Ines", "Jun", "Kofi", "Lena")


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made, kept in the folder so that a second start finds it."""

    email: str
    password: str
    election: str
    links: dict[str, str]
    """Voter's name → voting link."""


def find(folder: Path) -> Demo | None:
    """The demo that was made on this folder."""
    try:
        return Demo(**json.loads((folder / "demo.json").read_text()))
    except FileNotFoundError:
        return None


async def load(machine: Machine) -> Demo:
    """Make the demo through the public API, or find the one that was made."""
    found = find(machine.folder)
    if found is not None:
        return found
    password = secrets.token_urlsafe(12)
    token = await commands.add(machine.url_for("auth"), EMAIL, "Demo desk", administrator=True)
    async with httpx.AsyncClient(base_url=machine.public_url, trust_env=False, timeout=60) as client:
        await set_password(client, token, password)
        desk = Organiser(client, EMAIL, password)
        election = (await desk.election("POST", "", _draft()))["id"]
        await desk.may_read_links(election)
        roll = "email,name\n" + "".join(f"{name.lower()}@example.org,{name}\n" for name in VOTERS)
        await desk.roll(election, roll)
        await desk.election("POST", f"/{election}/schedule")
        await desk.wait(election, "the box", lambda seen: seen["shown_phase"] == "open" and seen["box"])
        links = {link["name"]: link["url"] for link in await desk.links(election, "The demo shows them")}
    demo = Demo(EMAIL, password, election, links)
    _keep(machine.folder / "demo.json", asdict(demo))
    return demo


def _draft() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "title": "Rowing club: annual general meeting",
        "description": "Try it out: vote with one of the links, look at the desk, close, and read the result.",
        "time_zone": "Europe/London",
        "opens_at": now.isoformat(),
        "closes_at": (now + timedelta(days=1)).isoformat(),
        "contests": [
            {
                "title": "Chair",
                "method": "plurality",
                "seats": 1,
                "reopen_nominations": True,
                "options": [
                    {"name": "Rosa Lindqvist", "text": "Treasurer for four years. Boats before balls."},
                    {"name": "Samir Haddad", "text": "Coach of the juniors. Open the boathouse at six."},
                ],
            },
            {
                "title": "Committee (three seats)",
                "method": "stv-scottish",
                "seats": 3,
                "options": [
                    {"name": name}
                    for name in ("Tomasz Nowak", "Una Byrne", "Viktor Brandt", "Wanda Osei", "Yusuf Demir", "Zoë Roux")
                ],
            },
            {
                "title": "New colours for the blades?",
                "method": "approval",
                "seats": 1,
                "options": [{"name": "Green and white"}, {"name": "All blue"}, {"name": "As they are"}],
            },
            {
                "title": "A new boathouse?",
                "text": "That the club builds a boathouse at the old quay, and borrows what it costs.",
                "method": "motion",
                "majority": {"share": "at least 2/3", "of": "votes for and against"},
                "quorum": "at least 1/4",
                "options": [{"name": "For"}, {"name": "Against"}, {"name": "Abstain"}],
            },
        ],
    }


def _keep(path: Path, value: Mapping[str, Any]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(value, file, indent=1)
