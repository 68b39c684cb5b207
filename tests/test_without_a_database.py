"""While the database is away every route says so, and says when to come again."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.database import TestDatabase
from tests.good import GOOD
from tests.routes import EVERY, Route
from tests.world import World

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
NEEDS_NONE = {"/health", "/.well-known/jwks.json"}


class Nowhere:
    """A database that is not there."""

    admin_url = NOWHERE

    def url(self, _: str) -> str:
        return NOWHERE


@pytest.mark.parametrize("route", [route for route in EVERY if route.function != "frontend"], ids=str)
async def test_it_is_told_as_trouble_that_passes(route: Route, keys: Path) -> None:
    async with World(Nowhere(), keys, [route.function]) as world:
        election = uuid4()
        ids = {"election": election, "contest": "chair", "receipt": "A" * 16}
        claims: dict[str, dict[str, Any]] = {
            "session": {"sub": str(uuid4()), "email": "ada@example.org", "name": "Ada", "administrator": True},
            "grant": {"sub": str(uuid4()), "name": "Ada", "election": str(election), "role": "owner", "links": True},
            "pass": {"box": str(election), "jti": "00" * 16, "style": "all"},
        }
        everybody = ["auth", "voter", "election", "ballot", "result"]
        kind = route.token
        token = world.sign(route.signer, kind, everybody, claims.get(kind, {})) if kind else None
        body = GOOD.get(str(route))
        content = "email,name\nada@example.org,Ada\n" if route.path.endswith("/roll") else None
        if route.path in {"/events", "/", "/dead-letters"}:
            content = '{"specversion": "1.0", "id": "1", "source": "x", "type": "y", "data": {"token": "x"}}'
        headers = {"content-type": "application/cloudevents+json"} if content else {}
        path = route.path.format_map({**dict.fromkeys(route.in_path, uuid4()), **ids})
        answer = await world.client(route.function, token).request(
            route.method, path, json=body, content=content, headers=headers
        )
    if route.path in NEEDS_NONE:
        assert answer.status_code == 200
    elif route.path in {"/events", "/"}:
        assert answer.status_code == 400  # a forged event is refused without asking anybody
    else:
        assert (answer.status_code, answer.json()["code"]) == (503, "database_down"), answer.text
        assert answer.headers["retry-after"] == "1"
        if route.operation:
            assert "database_down" in route.codes[503]


async def test_a_login_that_is_shut_for_a_while_is_trouble_that_passes(database: TestDatabase, keys: Path) -> None:
    class Shut:
        admin_url = database.admin_url

        def url(self, _: str) -> str:
            return database.url("auth").replace("uvote_auth", "nobody_of_that_name")

    async with World(Shut(), keys, ["ballot"]) as world:
        answer = await world.client("ballot").get(f"/boxes/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_down")
