"""What `ballot` hands to `voter` and `result`, page by page; `next` says where the following page begins, if any."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from shared.contracts.definition import Frozen

PassId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""16 bytes in hexadecimal."""


class SpentPage(Frozen):
    """Passes that put a paper in, in the order of their ids."""

    spent: list[PassId]
    next: PassId | None


class SealedPaper(Frozen):
    id: UUID
    sealed: str
    """Base64."""


class PapersPage(Frozen):
    """Sealed papers in the order of their ids."""

    papers: list[SealedPaper]
    next: UUID | None
