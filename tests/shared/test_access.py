"""Who may call a route is a type in its signature: what each gate lets in, and as whom."""

from itertools import product
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.access import (
    ROLES,
    Administrator,
    Grant,
    LinkReader,
    Observer,
    Organiser,
    Owner,
    Pass,
    PassHolder,
    Staff,
    StaffMember,
    service,
)
from shared.routes import Router
from shared.security import Signer
from shared.settings import Settings
from shared.web import create_app

ELECTION, PERSON = uuid4(), uuid4()
CLAIMS: dict[str, dict[str, Any]] = {
    "session": {"sub": str(PERSON), "email": "ada@example.org", "name": "Ada", "administrator": False},
    "grant": {"sub": str(PERSON), "name": "Ada", "election": str(ELECTION), "role": "observer", "links": False},
    "pass": {"box": str(ELECTION), "jti": "ab" * 16, "style": "north"},
}
SIGNERS = {"session": "auth", "grant": "election", "pass": "voter"}
GATES = {"observer": Observer, "organiser": Organiser, "owner": Owner}


class Door:
    """An app with one route a gate, which remembers who came in."""

    def __init__(self, keys: Path) -> None:
        self.keys = keys
        self.came: list[Any] = []
        router = Router()
        came = self.came

        @router.get("/staff")
        async def staff(who: Staff) -> None:
            came.append(who)

        @router.get("/administrator")
        async def administrator(who: Administrator) -> None:
            came.append(who)

        @router.get("/{election}/observer")
        async def observer(who: Observer) -> None:
            came.append(who)

        @router.get("/{election}/organiser")
        async def organiser(who: Organiser) -> None:
            came.append(who)

        @router.get("/{election}/owner")
        async def owner(who: Owner) -> None:
            came.append(who)

        @router.get("/{election}/links")
        async def links(who: LinkReader) -> None:
            came.append(who)

        @router.get("/{election}/pass")
        async def pass_(who: PassHolder) -> None:
            came.append(who)

        @router.get("/services")
        async def services(_: Annotated[None, service("voter", "result")]) -> None:
            came.append("a service")

        settings = Settings.from_env({"UVOTE_JWKS": str(keys / "jwks.json")})
        self.app = create_app("ballot", "A door.", settings, router)

    async def knock(self, path: str, kind: str, signer: str | None = None, **changed: Any) -> tuple[int, str | None]:
        """The status, and the code of a refusal."""
        who = signer or SIGNERS[kind]
        key = Signer.from_file(str(self.keys / f"{who}.signing.json"))
        token = key.sign(kind, ["ballot"], 60, {**CLAIMS.get(kind, {}), **changed})
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://ballot") as client:
            answer = await client.get(path, headers={"authorization": f"Bearer {token}"})
        return answer.status_code, answer.json()["code"] if answer.status_code != 200 else None


@pytest.fixture
def door(keys: Path) -> Door:
    return Door(keys)


async def test_a_session_lets_its_member_of_staff_in(door: Door) -> None:
    assert await door.knock("/staff", "session") == (200, None)
    assert door.came == [StaffMember(PERSON, "ada@example.org", "Ada", False)]


async def test_an_administrator_is_who_the_session_says(door: Door) -> None:
    assert await door.knock("/administrator", "session") == (403, "forbidden")
    assert await door.knock("/administrator", "session", administrator=True) == (200, None)


@pytest.mark.parametrize(("has", "wants"), list(product(ROLES, ROLES)))
async def test_each_role_may_do_what_those_before_it_may(door: Door, has: str, wants: str) -> None:
    answer = await door.knock(f"/{ELECTION}/{wants}", "grant", role=has)
    enough = ROLES.index(has) >= ROLES.index(wants)
    assert answer == ((200, None) if enough else (403, "role_too_low"))
    assert door.came == ([Grant(PERSON, "Ada", ELECTION, has, False, None)] if enough else [])


@pytest.mark.parametrize(("role", "links"), list(product(ROLES, [True, False])))
async def test_reading_out_links_takes_the_permission_and_an_organisers_role(
    door: Door, role: str, links: bool
) -> None:
    answer = await door.knock(f"/{ELECTION}/links", "grant", role=role, links=links)
    assert answer == ((200, None) if links and role != "observer" else (403, "role_too_low"))


async def test_a_grant_and_a_pass_are_for_one_election(door: Door) -> None:
    assert await door.knock(f"/{uuid4()}/owner", "grant", role="owner") == (403, "wrong_election")
    assert await door.knock(f"/{uuid4()}/pass", "pass") == (403, "wrong_election")
    assert door.came == []


async def test_a_pass_says_what_it_is_good_for_and_not_who_holds_it(door: Door) -> None:
    assert await door.knock(f"/{ELECTION}/pass", "pass") == (200, None)
    assert door.came == [Pass(bytes.fromhex("ab" * 16), ELECTION, "north")]


async def test_a_copy_of_an_election_is_named_in_its_grant(door: Door) -> None:
    old = UUID(int=7)
    await door.knock(f"/{ELECTION}/observer", "grant", copied_from=str(old))
    assert door.came[0].copied_from == old


@pytest.mark.parametrize("signer", ["voter", "result", "election"])
async def test_a_service_route_is_for_the_functions_it_names(door: Door, signer: str) -> None:
    answer = await door.knock("/services", "service", signer)
    assert answer == ((200, None) if signer != "election" else (403, "forbidden"))


async def test_an_election_that_is_no_id_is_told_before_anybody_is_let_in(door: Door) -> None:
    status, code = await door.knock("/word/owner", "grant", role="owner")
    assert (status, code) == (422, "invalid")
    assert door.came == []
