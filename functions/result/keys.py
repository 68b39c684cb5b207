"""Box keys and seeds: made here, sealed under the function's own secret at once, opened only to count."""

import secrets
from typing import TYPE_CHECKING
from uuid import UUID

from functions.result.queries import Key
from functions.result.rules import box_id
from shared import security
from shared.settings import Settings

if TYPE_CHECKING:
    from nacl.public import PrivateKey, SealedBox
    from nacl.secret import SecretBox

PROOF_LIFETIME = 5 * 365 * 24 * 3600.0


def make(settings: Settings, election: UUID) -> Key:
    """A new box key, with a commitment to the seed of lots, signed."""
    from nacl.public import PrivateKey

    private, seed = PrivateKey.generate(), secrets.token_bytes(32)
    public_key = bytes(private.public_key).hex()
    commitment = security.digest("uvote seed", box_id(election), seed).hex()
    proof = security.signer(settings.signing_key_file).sign(
        "boxkey",
        ["election", "ballot"],
        PROOF_LIFETIME,
        {"box": str(election), "public_key": public_key, "seed_commitment": commitment},
    )
    box = _secret_box(settings)
    return Key(public_key, bytes(box.encrypt(bytes(private))), bytes(box.encrypt(seed)), commitment, proof)


def seed(settings: Settings, key: Key) -> bytes:
    """The seed in clear."""
    return bytes(_secret_box(settings).decrypt(key.seed))


def box_key(settings: Settings, key: Key) -> "SealedBox[PrivateKey]":
    """What seals to the box key and opens; raises LookupError when it is erased."""
    from nacl.public import PrivateKey, SealedBox

    if key.private_key is None:
        raise LookupError("the box key is erased")
    return SealedBox(PrivateKey(_secret_box(settings).decrypt(key.private_key)))


def open_paper(box: "SealedBox[PrivateKey]", sealed: bytes) -> bytes | None:
    """A paper in clear; None when it does not open."""
    from nacl.bindings import sodium_unpad
    from nacl.exceptions import CryptoError

    try:
        padded = box.decrypt(sealed)
        return sodium_unpad(padded, len(padded))
    except (CryptoError, ValueError, TypeError):
        return None


def _secret_box(settings: Settings) -> "SecretBox":
    from nacl.secret import SecretBox

    return SecretBox(settings.secret())
