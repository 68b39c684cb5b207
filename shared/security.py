"""Tokens say one thing each, are signed by the function that may say it, and are believed by those named in them.

Every token is a JWT signed with Ed25519 (RFC 8037, `alg: EdDSA`), with `typ`, `kid`, `iss`, `aud`, `iat`, `exp`.
A key belongs to one function, so a token of `voter` cannot be made with the key of `election`. Secrets never leave
this module's return values for a log: claims are returned, tokens are not kept.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared import jws
from shared.errors import Unauthenticated

ALGORITHM = "EdDSA"

# kind of token -> who may sign it, and who is named as its audience
ISSUERS: Mapping[str, frozenset[str]] = {
    "session": frozenset({"auth"}),
    "grant": frozenset({"election"}),
    "pass": frozenset({"voter"}),
    "service": frozenset({"voter", "result", "election"}),
    "boxkey": frozenset({"result"}),
    "event": frozenset({"election", "voter", "ballot", "result"}),
}


class BadToken(Unauthenticated):
    code = "bad_token"
    sentence = "The token is not valid, or not for this."


class ExpiredToken(Unauthenticated):
    code = "expired_token"
    sentence = "The token has expired."


@dataclass(frozen=True, slots=True)
class Signer:
    """The private key of one function."""

    function: str
    kid: str
    key: Any

    @classmethod
    def from_file(cls, path: str) -> "Signer":
        """Read a private JWK (see `knative.keys`); raises OSError, ValueError or KeyError for a bad file."""
        import jwt

        jwk = json.loads(Path(path).read_text())
        return cls(jwk["function"], jwk["kid"], jwt.PyJWK(jwk, ALGORITHM).key)

    def sign(self, kind: str, audience: list[str], lifetime: float, claims: Mapping[str, object]) -> str:
        """A token of `kind` for `audience`, valid for `lifetime` seconds from now."""
        import jwt

        now = int(time.time())
        payload = {**claims, "iss": self.function, "aud": audience, "iat": now, "exp": now + int(lifetime)}
        return jwt.encode(payload, self.key, ALGORITHM, headers={"kid": self.kid, "typ": f"{kind}+jwt"})


class Keys:
    """Every function's public keys, from one JWKS file that is read again when it changes."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._stamp: tuple[int, int, int] | None = None
        self._keys: dict[str, tuple[str, Any]] = {}
        self._looked = 0.0

    def find(self, kid: str) -> tuple[str, Any] | None:
        """The function that owns the key, and the key; None when there is no such key."""
        # Looking at the file once a second is enough for a rotation, and keeps the cast path free of system calls.
        if (now := time.monotonic()) - self._looked > 1 or kid not in self._keys:
            self._looked = now
            self._reload()
        return self._keys.get(kid)

    def _reload(self) -> None:
        stat = self._path.stat()
        stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if stamp == self._stamp:
            return
        jwks = json.loads(self._path.read_text())["keys"]
        self._keys = {jwk["kid"]: (jwk["function"], jws.public_key(jwk)) for jwk in jwks}
        self._stamp = stamp

    def verify(self, kind: str, token: str, audience: str, *, late: bool = False) -> dict[str, Any]:
        """The claims of a token of `kind` for `audience`; raises BadToken or ExpiredToken.

        `late=True` accepts an expired token: an event says what was so, and a late one is only outdated.
        """
        try:
            function, claims = jws.opened(token, f"{kind}+jwt", self.find)
        except ValueError as error:
            raise BadToken from error
        if function not in ISSUERS[kind] or not _right(claims, function, audience):
            raise BadToken
        if not late and claims["exp"] <= time.time():
            raise ExpiredToken
        return claims


def _right(claims: Mapping[str, Any], issuer: str, audience: str) -> bool:
    """Whether all that a token must say is there, and by its issuer for this audience. Expiry is another question.

    `iat` may lie ahead: an owner whose clock is a second ahead would not be heard.
    """
    times = [claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)]
    texts = [claims.get("sub", ""), claims.get("jti", "")]
    named = claims.get("aud")
    return (
        claims.get("iss") == issuer
        and isinstance(named, list)
        and all(isinstance(one, str) for one in (*named, *texts))
        and audience in named
        and all(type(one) is int for one in times)
        and claims.get("nbf", 0) <= time.time()
    )


@lru_cache(maxsize=4)
def signer(path: str) -> Signer:
    """The signer of a file, read once a process."""
    return Signer.from_file(path)


@lru_cache(maxsize=4)
def keys(path: str) -> Keys:
    """The public keys of a file, one object a process."""
    return Keys(path)


def joined(*parts: bytes) -> bytes:
    """Parts in one text from which they can be read again: each with its length (8 bytes, big endian) before it."""
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def mac(key: bytes, domain: str, *parts: bytes) -> bytes:
    """HMAC-SHA-256 over `domain` and `parts`, unambiguous in where one ends and the next begins."""
    return hmac.new(key, joined(domain.encode(), *parts), hashlib.sha256).digest()


def digest(domain: str, *parts: bytes) -> bytes:
    """SHA-256 over `domain` and `parts`, as `mac` without a key."""
    return hashlib.sha256(joined(domain.encode(), *parts)).digest()


def same(left: bytes, right: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left, right)
