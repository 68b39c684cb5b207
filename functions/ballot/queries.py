"""What `ballot` asks its schema."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from functions.ballot.rules import Box, Opened, Step
from shared.contracts.definition import Definition
from shared.database import Connection

_BOX = (
    "election, opens_at, closes_at, refused_closes_at, ended, sealed_at, papers, papers_digest, "
    "receipts_digest, cleared"
)
