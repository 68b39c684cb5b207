"""Election: owns the elections. Promises: what is scheduled is frozen; every act is kept with who did it and when;
a result is published only when papers, marks and count agree.

POST, GET /elections · GET, PUT /elections/{e} · /copy, /schedule, /open-now, /extend, /close-now, /cancel, /annul,
/decide, /publish, /staff, /grant, /activity (staff of the election) · /public (anyone) · POST /dead-letters, /events,
/, /tick
"""

import os

from fastapi import FastAPI

from functions.election.reconcile import reconcile
from functions.election.routes import dead_letters, drafting, people, running, seen
from shared.exchange import Exchange
from shared.peers import Peers
from shared.settings import Settings
from shared.web import create_app


def build(settings: Settings, peers: Peers | None = None) -> FastAPI:
    """The app of `election`."""
    exchange = Exchange("election", settings, peers or Peers(settings), reconcile)
    routers = (drafting.router, running.router, people.router, seen.router, dead_letters.router)
    return create_app("election", __doc__, settings, *routers, exchange=exchange)


app = build(Settings.from_env(os.environ))
