"""Passes a second on one `voter` process, from a link to a signed pass, and on what it is compared with.

`voter` finds who has a link, looks at the schedule, derives the pass and signs it. Beside it: `bare`, a FastAPI route
that reads one row, in the same server with the same pool; the same pass with Flask, psycopg2 and gunicorn, served as
`uvote bench flask` found to be fastest for casts; `pgbench`, the same statement and nothing around it.
"""

import asyncpg

from functions.voter import queries
from functions.voter import rules as links
from knative.bench import cast, contestants, elections, processes
from knative.bench.cast import Connections, Json, Pool, Rounds
from knative.bench.compare import Made, Plan, compare
from knative.bench.contestants import Contestant, Ground, LeftOut

VOTERS = 1000


def passes(
    each: cast.Casts = 3000, rounds: Rounds = 5, connections: Connections = 64, pool: Pool = 4, json_file: Json = None
) -> None:
    """Measure passes a second on one `voter` process, beside what it is compared with."""
    compare(Plan("Passes a second", each, rounds, connections, pool, json_file), peers, {})


async def peers(ground: Ground) -> Made:
    """`voter`, and what it is compared with."""
    opened = await elections.open_box(ground.where)
    tokens = await elections.voting_tokens(ground.where, opened, VOTERS)
    await contestants.bare_tables(ground)
    admin = await asyncpg.connect(ground.where.admin_url)
    try:
        rows = [(opened.box, token, "all") for token in tokens]
        await admin.copy_records_to_table("links", schema_name="bare", records=rows)
    finally:
        await admin.close()
    env = ground.where.env("voter")

    def served(name: str, what: str, serve: cast.Serve, app: str, env: dict[str, str]) -> Contestant:
        port = processes.free_port()
        return Contestant(
            name, what, ground.served(serve(app, port), env, port, elections.entering(opened, tokens), status=200)
        )

    found = [
        served("voter", "UVote's voter, one process", processes.uvicorn, "functions.voter.app:app", env),
        served(
            "bare",
            "FastAPI + asyncpg, reads one row",
            processes.uvicorn,
            "load.peers.bare:app",
            {"UVOTE_DATABASE_URL": ground.where.admin_url},
        ),
    ]
    left_out = []
    flask, hashed = cast.FLASK, links.token_hash(opened.box, tokens[0]).hex()
    statement = queries.BEARER.replace("$1", f"'{opened.box}'").replace("$2", f"'\\x{hashed}'")
    try:
        found.append(
            served("flask", f"{flask.what}: the same", flask.command, "load.peers.flask_voter:app", env | flask.env)
        )
        run = contestants.pgbench(ground, "voter", statement)
        found.append(Contestant("pgbench", f"pgbench, {ground.pool} clients: the statement alone", run))
    except LeftOut as why:
        left_out.append(str(why))
    return found, left_out
