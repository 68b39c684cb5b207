"""Tokens that must not be believed: each is a real one with exactly one thing wrong."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.security import Signer


def forgeries(keys: Path, kind: str, signer: str, audience: list[str], claims: dict[str, Any]) -> dict[str, str]:
    """Forged tokens by what is wrong with each. Every one names the claims and the key of a real one."""
    real = Signer.from_file(str(keys / f"{signer}.signing.json"))
    now = int(time.time())
    good = {**claims, "iss": signer, "aud": audience, "iat": now, "exp": now + 60}
    head = {"kid": real.kid, "typ": f"{kind}+jwt"}

    def signed(payload: dict[str, Any], key: Any = real.key, **header: Any) -> str:
        return jwt.encode(payload, key, "EdDSA", headers={**head, **header})

    def without(name: str) -> str:
        return signed({other: value for other, value in good.items() if other != name})

    def glued(header: Any, payload: Any, signature: bytes = b"") -> str:
        return ".".join(_coded(part) for part in (_json(header), _json(payload), signature))

    def by_secret(secret: bytes, algorithm: str = "HS256") -> str:
        header = {**head, "alg": algorithm}
        text = f"{_coded(_json(header))}.{_coded(_json(good))}"
        return f"{text}.{_coded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"

    other = next(name for name in ("auth", "voter", "ballot") if name != signer)
    others = Signer.from_file(str(keys / f"{other}.signing.json"))
    [jwk] = [one for one in json.loads((keys / "jwks.json").read_text())["keys"] if one["kid"] == real.kid]
    public = real.key.public_key()
    genuine = signed(good)
    first, payload, signature = genuine.split(".")
    changed = {**good, "exp": now + 3600}
    deep = "[" * 20_000
    return {
        "expired": signed({**good, "iat": now - 120, "exp": now - 60}),
        "alg none": glued({**head, "alg": "none"}, good),
        "alg None in other letters": glued({**head, "alg": "nOnE"}, good),
        "alg none with the real signature": f"{_coded(_json({**head, 'alg': 'none'}))}.{payload}.{signature}",
        "HS256 with the public key as PEM": by_secret(
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        ),
        "HS256 with the public key as bytes": by_secret(public.public_bytes(Encoding.Raw, PublicFormat.Raw)),
        "HS256 with the public key as text": by_secret(jwk["x"].encode()),
        "HS256 under the name of EdDSA": by_secret(public.public_bytes_raw(), "EdDSA"),
        "another function's key": signed(good, others.key, kid=others.kid),
        "another function's key and name": signed({**good, "iss": other}, others.key, kid=others.kid),
        "another function's key under the real one's id": signed(good, others.key),
        "a key of one's own": signed(good, Ed25519PrivateKey.generate()),
        "an unknown key id": signed(good, kid="nobody-00000000"),
        "no key id": jwt.encode(good, real.key, "EdDSA", headers={"typ": head["typ"]}),
        "a key id that is no text": glued({**head, "alg": "EdDSA", "kid": [real.kid]}, good, b"x" * 64),
        "for nobody": signed({**good, "aud": []}),
        "for somebody else": signed({**good, "aud": ["frontend"]}),
        "for somebody of a similar name": signed({**good, "aud": "".join(audience)[:-1]}),
        "of another issuer": signed({**good, "iss": other}),
        "of another kind": signed(good, typ="boxkey+jwt"),
        "of no kind": signed(good, typ="JWT"),
        "without exp": without("exp"),
        "without aud": without("aud"),
        "without iss": without("iss"),
        "without iat": without("iat"),
        "exp that is no number": signed({**good, "exp": "tomorrow"}),
        "not valid yet": signed({**good, "nbf": now + 600}),
        "another payload": f"{first}.{_coded(_json(changed))}.{signature}",
        "a cut signature": f"{first}.{payload}.{signature[:-4]}",
        "no signature": f"{first}.{payload}.",
        "two parts": f"{first}.{payload}",
        "five parts": f"{genuine}.x.y",
        "a header that is no JSON": f"{_coded(b'{')}.{payload}.{signature}",
        "a header that is a list": f"{_coded(b'[]')}.{payload}.{signature}",
        "a header of great depth": f"{_coded(deep.encode())}.{payload}.{signature}",
        "a critical extension": glued({**head, "alg": "EdDSA", "crit": ["b64"], "b64": False}, good, b"x" * 64),
        "not base64": "é.ü.ß",
        "nothing": "",
        "a word": "token",
        "ten thousand letters": "x" * 10_000,
    }


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
