"""Auth: owns the staff's accounts and sessions. Promises: a password is never stored or logged; guessing gets slower
and locks nobody out; a session ends when its refresh token is used twice.

POST /sessions, /sessions/refresh, /sessions/end, /passwords (anyone) · GET /me, /accounts/find (staff) ·
/accounts (administrator) · GET /.well-known/jwks.json (anyone)
"""

import os

from fastapi import FastAPI

from functions.auth.routes import accounts, sessions
from shared.peers import Peers
from shared.settings import Settings
from shared.web import create_app


def build(settings: Settings, peers: Peers | None = None) -> FastAPI:
    """The app of `auth`."""
    return create_app("auth", __doc__, settings, sessions.router, accounts.router, peers=peers)


app = build(Settings.from_env(os.environ))
