"""A right body for each route that takes JSON, so that a test can send it with one thing wrong."""

from typing import Any
from uuid import uuid4

from tests.elections import draft

PLANTED = "xyzzy-planted-choice"
"""Stands in every bad text, so that a log line that quotes its input is found."""

DRAFT = draft()
GOOD: dict[str, Any] = {
    "auth POST /sessions": {"email": "ada@example.org", "password": PLANTED},
    "auth POST /sessions/refresh": {"refresh": "0" * 64},
    "auth POST /sessions/end": {"refresh": "0" * 64},
    "auth POST /passwords": {"token": "a" * 43, "password": PLANTED},
    "auth POST /accounts": {"email": "eve@example.org", "name": "Eve", "administrator": False},
    "voter POST /elections/{election}/voters": {
        "email": "eve@example.org",
        "name": "Eve",
        "external_id": "17",
        "style": "all",
    },
    "voter PUT /elections/{election}/voters/{voter}": {
        "email": "eve@example.org",
        "name": "Eve",
        "external_id": "17",
        "style": "all",
    },
    "voter POST /elections/{election}/links": {"reason": "a test", "voters": [str(uuid4())]},
    "voter POST /elections/{election}/passes": {"token": "a" * 22},
    "election POST /elections": DRAFT,
    "election PUT /elections/{election}": DRAFT,
    "election POST /elections/{election}/extend": {"closes_at": "2030-01-01T12:00:00Z", "reason": "a test"},
    "election POST /elections/{election}/close-now": {"reason": "a test"},
    "election POST /elections/{election}/cancel": {"reason": "a test"},
    "election POST /elections/{election}/annul": {"reason": "a test"},
    "election POST /elections/{election}/decide": {"contest": "chair", "stage": 1, "order": ["ada", "bob"]},
    "election PUT /elections/{election}/staff/{staff}": {
        "role": "observer",
        "links": False,
        "email": "eve@example.org",
        "name": "Eve",
    },
    "ballot POST /boxes/{election}/papers": {"nonce": "0" * 32, "definition": "0" * 64, "marks": {"chair": ["ada"]}},
    "ballot POST /boxes/{election}/void": {"pass_id": "0" * 32},
}
