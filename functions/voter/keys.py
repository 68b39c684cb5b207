"""The keys of a roll: made once, sealed under the function's own secret, opened when a link or a pass is derived."""

import secrets
from functools import lru_cache
from uuid import UUID

from functions.voter import queries
from functions.voter.rules import RollClosed, RollKeys
from shared.database import Connection
from shared.settings import Settings


def make(settings: Settings) -> bytes:
    """New keys, sealed."""
    from nacl.secret import SecretBox

    return bytes(SecretBox(settings.secret()).encrypt(secrets.token_bytes(64)))


@lru_cache(maxsize=256)
def opened(settings: Settings, sealed: bytes) -> RollKeys:
    """The keys in clear."""
    from nacl.secret import SecretBox

    both = SecretBox(settings.secret()).decrypt(sealed)
    return RollKeys(both[:32], both[32:])


async def of_open_roll(tx: Connection, settings: Settings, election: UUID) -> RollKeys:
    """The keys of a roll that stays open, and to this change alone, until the transaction ends; raises RollClosed."""
    roll = await queries.hold_roll(tx, election, make(settings))
    if roll.closed:
        raise RollClosed
    return opened(settings, roll.keys)


async def of_growing_roll(tx: Connection, settings: Settings, election: UUID) -> RollKeys:
    """The same of a roll that takes voters; raises RollClosed.

    Once the box is sealed it takes none, though it closes a little later: who saw the turnout could put off a quorum.
    """
    opened_keys = await of_open_roll(tx, settings, election)
    if await queries.box_sealed(tx, election):
        raise RollClosed
    return opened_keys
