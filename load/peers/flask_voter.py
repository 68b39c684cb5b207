"""The same pass with Flask and psycopg2: the same statement, the same rules, the same key, the same signature.

POST /elections/{election}/passes · GET /health. Served as `load.peers.flask_ballot` is.
"""

import os
from typing import Any
from uuid import UUID

import psycopg2.extras
from flask import Flask, Response, jsonify, request

from functions.voter import keys, queries, rules
from functions.voter.routes.links import NoSuchLink
from load.peers.flask_pool import connection
from shared import security
from shared.errors import UVoteError
from shared.problems import status_of
from shared.settings import Settings
from shared.web import BODY_LIMIT

settings = Settings.from_env(os.environ)
app = Flask("voter")
app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
psycopg2.extras.register_uuid()
STATEMENT = queries.BEARER.replace("$1", "%(election)s").replace("$2", "%(link)s")


@app.get("/health")
def health() -> Response:
    return jsonify(status="healthy")


@app.errorhandler(UVoteError)
def refused(error: UVoteError) -> tuple[Response, int]:
    return jsonify(error.more, code=error.code, detail=error.detail), status_of(type(error))


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
    expires_at = rules.admit(found.schedule, found.style, found.being_changed, found.now)
    this_pass = rules.pass_id(keys.opened(settings, found.keys), found.voter, found.issue)
    token = security.signer(settings.signing_key_file).sign(
        "pass",
        ["ballot"],
        (expires_at - found.now).total_seconds(),
        {"box": str(election), "jti": this_pass.hex(), "style": found.style},
    )
    return jsonify({"pass": token, "style": found.style, "expires_at": expires_at.isoformat()})
