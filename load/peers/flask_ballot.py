"""The same cast with Flask and psycopg2: the same pass verified, the same checks, the same seal, the same SQL function.

POST /boxes/{box}/papers · GET /health. Served by gunicorn (see `knative/bench/contestants.py`). Settings as `ballot`
has them, and those of `load.peers.flask_pool`.
"""

import os
from functools import cache
from uuid import UUID

from flask import Response, jsonify, request
from pydantic import ValidationError

from functions.ballot import rules
from functions.ballot.routes.cast import REFUSALS, AlreadyVoted, NoSuchBox, OtherDefinition, Paper, PaperDoesNotFit
from load.peers.flask_app import made
from load.peers.flask_pool import connection
from shared import security
from shared.access import WrongElection
from shared.contracts.definition import Definition
from shared.errors import Invalid, Unauthenticated
from shared.settings import Settings

settings = Settings.from_env(os.environ)
app = made("ballot")


def ask(statement: str, *values: object) -> tuple[object, ...] | None:
    """One row in one round trip, as its own transaction."""
    with connection() as db, db.cursor() as cursor:
        cursor.execute(statement, values)
        found: tuple[object, ...] | None = cursor.fetchone()
    return found


@cache
def opened(box: UUID) -> rules.Opened:
    """The box's definition."""
    row = ask("select definition::text, digest, block from boxes where election = %s", str(box))
    if row is None:
        raise NoSuchBox
    definition, digest, block = row
    return rules.Opened(box, Definition.model_validate_json(str(definition)), str(digest), int(str(block)))


@app.post("/boxes/<uuid:box>/papers")
def cast(box: UUID) -> tuple[Response, int]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    said = security.keys(settings.jwks_file).verify("pass", token, "ballot")
    if UUID(said["box"]) != box:
        raise WrongElection
    try:
        paper = Paper.model_validate_json(request.get_data())
    except ValidationError as error:
        raise Invalid from error
    found, style, pass_id = opened(box), said["style"], bytes.fromhex(said["jti"])
    if paper.definition != found.digest or style not in found.styles:
        raise OtherDefinition
    wrong = rules.faults(found, style, paper.marks)
    if wrong:
        raise PaperDoesNotFit(faults=wrong)
    sealed = rules.seal(rules.written(found, style, paper.marks), found.block, found.definition.box.public_key)
    receipt = rules.receipt(box, pass_id, bytes.fromhex(paper.nonce))
    row = ask("select verdict, receipt from cast_paper(%s, %s, %s, %s)", str(box), pass_id, receipt, sealed)
    verdict, stored = row or ("no_such_box", None)
    if verdict == "already_voted":
        raise AlreadyVoted(receipt=stored)
    if verdict in REFUSALS:
        raise REFUSALS[str(verdict)]
    return jsonify(receipt=receipt), 201
