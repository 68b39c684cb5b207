"""Reading the one kind of token there is here: a compact JWS (RFC 7515) signed with Ed25519 (RFC 8037).

Read here and not by PyJWT, which makes them: this stands in the way of every cast and of every cold start, where PyJWT
takes more than twice as long and 50 ms to import. Less is taken than PyJWT takes: no other algorithm, no other member
in the header, one way to write base64url. Tests hold the two against each other.
"""

import base64
import json
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nacl.signing import VerifyKey

Find = Callable[[str], "tuple[str, VerifyKey] | None"]
"""Who owns the key of that id, and the key."""

LONGEST_HEADER = 300


def public_key(jwk: dict[str, str]) -> "VerifyKey":
    """The Ed25519 key of a public JWK; raises ValueError or KeyError for any other."""
    from nacl.signing import VerifyKey

    if (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519"):
        raise ValueError("not an Ed25519 key")
    return VerifyKey(_bytes(jwk["x"]))


def opened(token: str, typ: str, find: Find) -> tuple[str, dict[str, Any]]:
    """Whose token of this `typ` it is, and its claims, of which nothing is checked yet; raises ValueError."""
    from nacl.exceptions import BadSignatureError

    header, payload, signature = token.split(".")
    kid, said_typ = _header(header)
    found = find(kid)
    if said_typ != typ or found is None:
        raise ValueError("not of this kind, or by nobody known")
    function, key = found
    try:
        key.verify(f"{header}.{payload}".encode("ascii"), _bytes(signature))
    except BadSignatureError as error:
        raise ValueError("not signed by whom it names") from error
    claims = json.loads(_bytes(payload))
    if not isinstance(claims, dict):
        raise ValueError("not a set of claims")
    return function, claims


# A key and a kind have one header, so few texts come again and again.
@lru_cache(maxsize=64)
def _header(part: str) -> tuple[str, str]:
    """The key's id and the `typ`; `alg` is ours, and nothing else is said."""
    if len(part) > LONGEST_HEADER:
        raise ValueError("too long for a header")
    match json.loads(_bytes(part)):
        case {"alg": "EdDSA", "kid": str(kid), "typ": str(typ), **others} if not others:
            return kid, typ
    raise ValueError("not a header of ours")


def _bytes(part: str) -> bytes:
    """Of base64url without padding, in the only way it can be written."""
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != part.encode():
        raise ValueError("not base64url")
    return raw
