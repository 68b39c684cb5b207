"""Who may call a route is a type in its signature; a function with a route that names nobody does not start.

`Anyone`, `Staff`, `Administrator` (session of `auth`), `Observer`, `Organiser`, `Owner`, `LinkReader` (grant of
`election` for the election in the path), `PassHolder` (pass of `voter`), `service("voter")` (service token).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Request

from shared import security
from shared.errors import Forbidden, Unauthenticated, raises

Gate = TypeVar("Gate", bound=Callable[..., Any])
GATES: set[Callable[..., Any]] = set()
ROLES = ("observer", "organiser", "owner")
"""Each may do what those before it may."""

NOBODY = (Unauthenticated, security.BadToken, security.ExpiredToken)
"""What a gate that reads a token raises when nobody is named; its routes are documented as wanting a bearer token."""


class WrongElection(Forbidden):
    code = "wrong_election"
    sentence = "The token is for another election."


class RoleTooLow(Forbidden):
    code = "role_too_low"
    sentence = "Your role in this election does not include this."


def gate(check: Gate) -> Gate:
    """Declare a dependency as a gate, so that `shared.web` lets its routes through the check at start."""
    GATES.add(check)
    return check


def claims(request: Request, kind: str) -> dict[str, Any]:
    """The claims of the bearer's token of `kind` for this function; raises Unauthenticated.

    Read off the request, not by a dependency of its own: those take a twentieth of a cast's time, each.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    state = request.app.state
    return security.keys(state.settings.jwks_file).verify(kind, token.strip(), state.function)


@gate
async def anyone() -> None:
    """A public route, said out loud."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person with an account; `administrator` may manage accounts, and nothing in anybody's election."""

    id: UUID
    email: str
    name: str
    administrator: bool


@gate
@raises(*NOBODY)
async def staff(request: Request) -> StaffMember:
    session = claims(request, "session")
    return StaffMember(UUID(session["sub"]), session["email"], session["name"], session["administrator"])


@gate
@raises(Forbidden)
async def administrator(member: Annotated[StaffMember, Depends(staff)]) -> StaffMember:
    if not member.administrator:
        raise Forbidden
    return member


@dataclass(frozen=True, slots=True)
class Grant:
    """What `election` says of a person and one election."""

    staff: UUID
    name: str
    election: UUID
    role: str
    links: bool
    """May read out voting links: the power to vote for others, so a permission of its own."""
    copied_from: UUID | None


def _grant(role: str, *, links: bool = False) -> Callable[..., Awaitable[Grant]]:
    @gate
    @raises(*NOBODY, WrongElection, RoleTooLow)
    async def check(election: UUID, request: Request) -> Grant:
        said = claims(request, "grant")
        if UUID(said["election"]) != election:
            raise WrongElection
        if ROLES.index(said["role"]) < ROLES.index(role) or (links and not said["links"]):
            raise RoleTooLow
        copied = said.get("copied_from")
        return Grant(
            UUID(said["sub"]), said["name"], election, said["role"], said["links"], UUID(copied) if copied else None
        )

    return check


@dataclass(frozen=True, slots=True)
class Pass:
    """One paper of this style into this box; who holds it is not said."""

    id: bytes
    box: UUID
    style: str


@gate
@raises(*NOBODY, WrongElection)
async def pass_holder(election: UUID, request: Request) -> Pass:
    said = claims(request, "pass")
    if UUID(said["box"]) != election:
        raise WrongElection
    return Pass(bytes.fromhex(said["jti"]), election, said["style"])


def service(*functions: str) -> Any:
    """The gate of a route for other functions: `_: Annotated[None, service("voter")]`."""

    @gate
    @raises(*NOBODY, Forbidden)
    async def check(request: Request) -> None:
        if claims(request, "service")["iss"] not in functions:
            raise Forbidden

    return Depends(check)


Anyone = Annotated[None, Depends(anyone)]
Staff = Annotated[StaffMember, Depends(staff)]
Administrator = Annotated[StaffMember, Depends(administrator)]
Observer = Annotated[Grant, Depends(_grant("observer"))]
Organiser = Annotated[Grant, Depends(_grant("organiser"))]
Owner = Annotated[Grant, Depends(_grant("owner"))]
LinkReader = Annotated[Grant, Depends(_grant("organiser", links=True))]
PassHolder = Annotated[Pass, Depends(pass_holder)]
