"""Errors carry meaning, not statuses: a family says what kind of trouble, a `code` which one, for programs.

Each function raises subclasses beside the rule that finds them; `shared.problems` alone knows HTTP statuses.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar


class UVoteError(Exception):
    """Trouble that is told to the caller: `code` is stable, the message is one plain sentence."""

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = "Something is wrong."

    def __init__(self, detail: str | None = None, **more: object) -> None:
        super().__init__(detail or self.sentence)
        self.detail = detail or self.sentence
        self.more = more
        """Further members of the problem document (RFC 9457, section 3.2)."""


class Invalid(UVoteError):
    """The request itself is wrong and will stay wrong."""

    code = "invalid"
    sentence = "The request does not have the form this address takes."


class NotUnderstood(UVoteError):
    """Not a message of the protocol this address speaks; sending it again will not help."""

    code = "bad_request"
    sentence = "This is not a message that is understood here."


class Unauthenticated(UVoteError):
    """Nobody is named, or the token does not hold."""

    code = "unauthenticated"
    sentence = "This address needs a valid token."


class Forbidden(UVoteError):
    """Somebody is named who may not do this."""

    code = "forbidden"
    sentence = "This is not yours to do."


class NotFound(UVoteError):
    """There is no such thing, or it is not for the caller to know."""

    code = "not_found"
    sentence = "There is nothing at this address."


class Conflict(UVoteError):
    """The request is right but not in the present state."""

    code = "conflict"
    sentence = "This does not fit the present state."


class Outdated(UVoteError):
    """An optimistic lock did not hold (`If-Match`)."""

    code = "outdated"
    sentence = "This was changed meanwhile; read it again."


class TooLarge(UVoteError):
    """The body is longer than this route takes."""

    code = "too_large"
    sentence = "The request is too large."


class TooMany(UVoteError):
    """Too many attempts; `retry_after` says after how many seconds to come again."""

    code = "too_many"
    sentence = "Too many attempts; please wait a moment."

    def __init__(self, retry_after: int, detail: str | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(UVoteError):
    """Something this function needs does not answer; the same request may be sent again."""

    code = "unavailable"
    sentence = "A part of the system does not answer; please try again."


Raiser = TypeVar("Raiser", bound=Callable[..., Any])
RAISES: dict[Callable[..., Any], tuple[type[UVoteError], ...]] = {}


def raises(*kinds: type[UVoteError]) -> Callable[[Raiser], Raiser]:
    """Say what a route or a dependency of routes may raise; the function's OpenAPI document is made from it."""

    def said(raiser: Raiser) -> Raiser:
        RAISES[raiser] = kinds
        return raiser

    return said
