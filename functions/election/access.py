"""Who may do what in an election: staff belong to elections, not to the system."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from functions.election import queries
from functions.election.queries import Person
from shared.access import ROLES, RoleTooLow, Staff, gate
from shared.database import DatabaseDown, transaction
from shared.errors import NotFound, raises


class NoSuchElection(NotFound):
    code = "no_such_election"
    sentence = "There is no such election, or you have no part in it."


async def _member(election: UUID, staff: Staff, request: Request) -> Person:
    async with transaction(request.app.state.settings) as tx:
        person = await queries.member(tx, election, staff.id)
    if person is None:
        raise NoSuchElection
    return person


def _at_least(role: str, person: Person) -> Person:
    if ROLES.index(person.role) < ROLES.index(role):
        raise RoleTooLow
    return person


@gate
@raises(NoSuchElection, DatabaseDown)
async def member(election: UUID, staff: Staff, request: Request) -> Person:
    """Anybody with a part in the election; to others it does not exist."""
    return await _member(election, staff, request)


@gate
@raises(NoSuchElection, RoleTooLow, DatabaseDown)
async def organiser(election: UUID, staff: Staff, request: Request) -> Person:
    return _at_least("organiser", await _member(election, staff, request))


@gate
@raises(NoSuchElection, RoleTooLow, DatabaseDown)
async def owner(election: UUID, staff: Staff, request: Request) -> Person:
    return _at_least("owner", await _member(election, staff, request))


Member = Annotated[Person, Depends(member)]
ElectionOrganiser = Annotated[Person, Depends(organiser)]
ElectionOwner = Annotated[Person, Depends(owner)]
