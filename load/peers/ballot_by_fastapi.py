"""`ballot` whose casts FastAPI serves as it serves any route: what `shared.routes.Straight` spares.

Served like `functions.ballot.app`.
"""

import os

from functions.ballot.app import build
from functions.ballot.routes import cast
from shared.routes import Route
from shared.settings import Settings

(straight,) = cast.router.routes
cast.router.routes[:] = [
    Route(straight.path, straight.endpoint, methods=["POST"], status_code=201)  # type: ignore[attr-defined]
]
app = build(Settings.from_env(os.environ))
