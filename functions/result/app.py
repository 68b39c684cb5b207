"""Result: owns the counts. Promises: opens nothing before the seal; counts exactly the papers that the box took;
publishes all that is needed to count again; erases the key that opened them.

POST /boxes/{e}/key (`election`) · GET /counts/{e} (observer) · GET /results/{e} and files (anyone) ·
POST /events, /, /tick
"""

import os

from fastapi import FastAPI

from functions.result.opening import worker
from functions.result.reconcile import reconciler
from functions.result.routes import router
from shared.exchange import Exchange
from shared.peers import Peers
from shared.settings import Settings
from shared.web import create_app


def build(settings: Settings, peers: Peers | None = None) -> FastAPI:
    """The app of `result`."""
    peers = peers or Peers(settings)
    exchange = Exchange("count", settings, peers, reconciler(settings))
    exchange.work = worker(settings, peers, exchange.case)
    return create_app("result", __doc__, settings, router, exchange=exchange)


app = build(Settings.from_env(os.environ))
