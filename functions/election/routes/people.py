"""Who has a part in an election, and the grants that show it to the other functions.

GET, PUT, DELETE /elections/{election}/staff · POST /elections/{election}/grant
"""

from dataclasses import asdict
from typing import Literal
from uuid import UUID

from fastapi import Request

from functions.election import queries
from functions.election.access import ElectionOwner, Member, NoSuchElection
from functions.election.queries import Person
from shared import security
from shared.contracts.definition import Frozen
from shared.contracts.text import Email, Line
from shared.database import Connection, Tx
from shared.errors import Conflict, NotFound, raises
from shared.routes import Router

router = Router()
GRANT_LIFETIME = 15 * 60


class LastOwner(Conflict):
    code = "last_owner"
    sentence = "An election keeps at least one owner."


class NoSuchPerson(NotFound):
    code = "no_such_person"
    sentence = "This person has no part in the election."


class Part(Frozen):
    role: Literal["observer", "organiser", "owner"]
    links: bool = False
    """May read out voting links."""
    email: Email
    name: Line


class PersonSeen(Frozen):
    id: UUID
    email: str
    name: str
    role: str
    links: bool


class People(Frozen):
    staff: list[PersonSeen]


class GrantGiven(Frozen):
    grant: str
    role: str
    links: bool
    expires_in: int


@router.get("/elections/{election}/staff")
async def staff(election: UUID, _: Member, tx: Tx) -> People:
    """Everybody with a part in the election."""
    return People(staff=[_seen(person) for person in await queries.staff(tx, election)])


@router.put("/elections/{election}/staff/{staff}")
@raises(LastOwner)
async def join(election: UUID, staff: UUID, part: Part, owner: ElectionOwner, tx: Tx) -> PersonSeen:
    """Give somebody a part in the election, or another one."""
    await queries.lock(tx, election)
    person = Person(staff, part.email, part.name, part.role, part.links)
    await queries.join(tx, election, person)
    await _keep_an_owner(tx, election)
    await queries.note(tx, election, owner.name, "staff", f"{part.email}: {part.role}{', links' if part.links else ''}")
    return _seen(person)


@router.delete("/elections/{election}/staff/{staff}", status_code=204)
@raises(NoSuchPerson, LastOwner)
async def leave(election: UUID, staff: UUID, owner: ElectionOwner, tx: Tx) -> None:
    """End somebody's part. Grants given before last at most fifteen minutes longer."""
    await queries.lock(tx, election)
    person = await queries.member(tx, election, staff)
    if person is None:
        raise NoSuchPerson
    await queries.leave(tx, election, staff)
    await _keep_an_owner(tx, election)
    await queries.note(tx, election, owner.name, "staff", f"{person.email}: removed")


@router.post("/elections/{election}/grant")
@raises(NoSuchElection)
async def grant(election: UUID, person: Member, request: Request, tx: Tx) -> GrantGiven:
    """A token that shows `voter`, `ballot` and `result` what the caller may do in this election."""
    found = await queries.find(tx, election)
    if found is None:
        raise NoSuchElection
    token = security.signer(request.app.state.settings.signing_key_file).sign(
        "grant",
        ["voter", "ballot", "result"],
        GRANT_LIFETIME,
        {
            "sub": str(person.staff),
            "name": person.name,
            "election": str(election),
            "role": person.role,
            "links": person.links,
            "copied_from": str(found.copied_from) if found.copied_from else None,
        },
    )
    return GrantGiven(grant=token, role=person.role, links=person.links, expires_in=GRANT_LIFETIME)


async def _keep_an_owner(tx: Connection, election: UUID) -> None:
    if not any(person.role == "owner" for person in await queries.staff(tx, election)):
        raise LastOwner


def _seen(person: Person) -> PersonSeen:
    facts = asdict(person)
    return PersonSeen(id=facts.pop("staff"), **facts)
