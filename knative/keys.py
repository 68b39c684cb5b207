"""Keys on disk: one signing key a function, one JWKS with every public half, two secrets, the database's passwords.

Nothing is ever overwritten. Files are 0600 in a folder 0700, written whole or not at all.
"""

import base64
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNERS = ("auth", "election", "voter", "ballot", "result")
SEALERS = ("voter", "result")
ROLES = ("auth", "voter", "election", "ballot", "result", "clock")

Jwk = dict[str, Any]


def make(folder: Path) -> None:
    """Make whatever is missing in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for function in SIGNERS:
        if not (folder / f"{function}.signing.json").exists():
            rotate(folder, function)
    for function in SEALERS:
        if not (folder / f"{function}.secret").exists():
            write(folder / f"{function}.secret", secrets.token_hex(32))
    if not (folder / "database.json").exists():
        write(folder / "database.json", json.dumps({role: secrets.token_urlsafe(24) for role in ROLES}))


def rotate(folder: Path, function: str) -> None:
    """Give a function a new signing key. The public half is known before anything is signed; the old one stays."""
    private = _new(function)
    public = {name: value for name, value in private.items() if name != "d"}
    _write_jwks(folder, [*_public(folder), public])
    write(folder / f"{function}.signing.json", json.dumps(private))


def retire(folder: Path, kid: str) -> None:
    """Forget a public key: what it signed is believed no more."""
    _write_jwks(folder, [jwk for jwk in _public(folder) if jwk["kid"] != kid])


def passwords(folder: Path) -> dict[str, str]:
    """The password of each login role, by its short name."""
    found: dict[str, str] = json.loads((folder / "database.json").read_text())
    return found


def _new(function: str) -> Jwk:
    private = Ed25519PrivateKey.generate()
    raw = {"d": private.private_bytes_raw(), "x": private.public_key().public_bytes_raw()}
    kid = f"{function}-{secrets.token_hex(4)}"
    coded = {name: base64.urlsafe_b64encode(value).rstrip(b"=").decode() for name, value in raw.items()}
    return {"kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig", "alg": "EdDSA", "function": function, **coded}


def _public(folder: Path) -> list[Jwk]:
    try:
        found: list[Jwk] = json.loads((folder / "jwks.json").read_text())["keys"]
    except FileNotFoundError:
        return []
    return found


def _write_jwks(folder: Path, keys: list[Jwk]) -> None:
    write(folder / "jwks.json", json.dumps({"keys": keys}, indent=1))


def write(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
