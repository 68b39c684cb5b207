"""Voter: owns the rolls. Promises: a link is derived, never stored; a pass says that its bearer may vote, not who;
who has voted is known here alone, and only after the seal.

POST, GET /elections/{e}/roll, /roll/summary, /roll/copy · /voters (organiser) · /links (link reader) ·
/passes (anyone with a link) · POST /events, /, /tick
"""

import os

from fastapi import FastAPI

from functions.voter.reconcile import reconcile, worker
from functions.voter.routes import links, roll, voters
from shared.exchange import Exchange
from shared.peers import Peers
from shared.settings import Settings
from shared.web import create_app


def build(settings: Settings, peers: Peers | None = None) -> FastAPI:
    """The app of `voter`."""
    peers = peers or Peers(settings)
    exchange = Exchange("roll", settings, peers, reconcile, worker(settings, peers))
    routers = (roll.router, voters.router, links.router, links.passes)
    return create_app("voter", __doc__, settings, *routers, exchange=exchange)


app = build(Settings.from_env(os.environ))
