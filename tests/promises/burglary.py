"""Opening papers with what somebody holds: every value that could be a key is tried as one."""

import base64
import re
from collections.abc import Iterable
from contextlib import suppress

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from nacl.signing import SigningKey


def keys_in(text: str) -> set[bytes]:
    """Everything in a text that could be a key of 32 bytes: hexadecimal, wherever it may begin, and base64."""
    runs = re.findall(r"(?:[0-9a-f]{2}){32,}", text)
    found = {bytes.fromhex(run)[start : start + 32] for run in runs for start in range(len(run) // 2 - 31)}
    return found | {base64.urlsafe_b64decode(f"{word}=") for word in re.findall(r"\b[A-Za-z0-9_-]{43}\b", text)}


def unlocked(locked: Iterable[bytes], keys: set[bytes]) -> set[bytes]:
    """What the keys open of values that are kept under a secret."""
    found = set()
    for value in locked:
        for key in keys:
            with suppress(CryptoError):
                found.add(SecretBox(key).decrypt(value))
    return found


def opens(paper: bytes, keys: set[bytes]) -> bool:
    """Whether one of the keys opens a sealed paper: as the private key, or as the signing key of one."""
    for key in keys:
        for private in (PrivateKey(key), SigningKey(key).to_curve25519_private_key()):
            with suppress(CryptoError):
                SealedBox(private).decrypt(paper)
                return True
    return False
