"""The same pass with Flask and psycopg2: the same statement, the same rules, the same key, the same signature.

POST /elections/{election}/passes · GET /health. Served as `load.peers.flask_ballot` is.
"""

import os
from typing import Any
from uuid import UUID

import psycopg2.extras
from flask import Response, jsonify, request

from functions.voter import queries, rules
from functions.voter.routes.links import NoSuchLink, pass_for
from load.peers.flask_app import made
from load.peers.flask_pool import connection
from shared.settings import Settings

settings = Settings.from_env(os.environ)
app = made("voter")
psycopg2.extras.register_uuid()
STATEMENT = queries.BEARER.replace("$1", "%(election)s").replace("$2", "%(link)s")


@app.post("/elections/<uuid:election>/passes")
def give_pass(election: UUID) -> Response:
    link = str((request.get_json() or {}).get("token", ""))
    if not rules.TOKEN.fullmatch(link):
        raise NoSuchLink
    with connection() as db, db.cursor(cursor_factory=psycopg2.extras.DictCursor) as cursor:
        cursor.execute(STATEMENT, {"election": election, "link": rules.token_hash(election, link)})
        row: Any = cursor.fetchone()
    if row is None:
        raise NoSuchLink
    found = queries.Bearer.of({**row, "keys": bytes(row["keys"])})
    given = pass_for(settings, election, found)
    return jsonify({"pass": given.pass_, "style": given.style, "expires_at": given.expires_at.isoformat()})
