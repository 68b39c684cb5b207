"""Ballot: owns the boxes. Promises: one pass, one paper; a receipt only after the paper is committed; a sealed box
takes none; nothing here says who voted or when.

POST /boxes/{e}/papers (a pass) · GET /boxes/{e}, /receipts, /receipts/{r} (anyone) · /turnout (observer) ·
POST /void, GET /spent (`voter`) · GET /papers (`result`) · POST /events, /, /tick
"""

import os

from fastapi import FastAPI

from functions.ballot.reconcile import reconciler
from functions.ballot.routes import box, cast, services
from functions.ballot.together import Together
from shared.exchange import Exchange
from shared.peers import Peers
from shared.settings import Settings
from shared.web import create_app


def build(settings: Settings, peers: Peers | None = None) -> FastAPI:
    """The app of `ballot`."""
    exchange = Exchange("box", settings, peers or Peers(settings), reconciler(settings))
    app = create_app("ballot", __doc__, settings, cast.router, box.router, services.router, exchange=exchange)
    app.state.together = Together(settings)
    return app


app = build(Settings.from_env(os.environ))
