"""Casts a second on one `ballot` process, and on what it is compared with, in turn, round by round.

`ballot` verifies a pass, checks the marks, seals the paper and stores one paper for one pass. Beside it: `bare`, a
FastAPI route that inserts one row, in the same server with the same pool, sent the same; the same cast with Flask,
psycopg2 and gunicorn, as it is fastest (`uvote bench flask` finds out), and with Go, net/http and pgx; `pgbench`, the
same SQL function and nothing around it. All write to one PostgreSQL that is durable (`fsync` on); at the end each box
must hold a paper for each 201.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from functions.ballot import rules
from knative.bench import contestants, elections, processes
from knative.bench.compare import Made, Plan, compare
from knative.bench.contestants import Contestant, Ground, Gunicorn, LeftOut

AIMS = {"bare": 1.2, "flask": 5.0, "go": 0.5, "pgbench": 0.25}
"""`ballot` is to be at least so many times as fast."""
FLASK = Gunicorn("gthread", 4, 8)
"""The fastest that `uvote bench flask` found."""
FLASK_WAYS = [
    *(Gunicorn("gthread", workers, threads) for workers in (1, 2, 4) for threads in (1, 2, 4, 8)),
    *(Gunicorn("gevent", workers, 8) for workers in (1, 2, 4)),
]
"""gunicorn's `sync` workers hang up after each answer; a `gthread` worker of one thread is one that does not."""

Casts = Annotated[int, typer.Option(min=64, max=50_000, help="Casts on each in a round.")]
Rounds = Annotated[int, typer.Option(min=1, max=50, help="Rounds.")]
Connections = Annotated[int, typer.Option(min=1, max=256, help="Connections of the client.")]
Pool = Annotated[int, typer.Option(min=1, max=32, help="Connections to the database, for each.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write every figure to this file.")]
Make = Callable[[Ground, rules.Opened], Contestant]
Serve = Callable[[str, int], list[str]]


def cast(
    casts: Casts = 3000, rounds: Rounds = 5, connections: Connections = 64, pool: Pool = 4, json_file: Json = None
) -> None:
    """Measure casts a second on one `ballot` process, beside what it is compared with."""
    compare(Plan("Casts a second", casts, rounds, connections, pool, json_file), peers, AIMS)


def choices(
    casts: Casts = 2000,
    rounds: Rounds = 5,
    connections: Connections = 64,
    pool: Pool = 4,
    json_file: Json = None,
    only: Annotated[list[str] | None, typer.Option(help="Measure this one; may be repeated.")] = None,
) -> None:
    """Measure what each choice in `ballot` buys: beside it, `ballot` with one thing done otherwise."""

    async def chosen(ground: Ground) -> Made:
        return await each(ground, [ballot, *(make for name, make in CHOICES.items() if not only or name in only)])

    compare(Plan("Casts a second", casts, rounds, connections, pool, json_file), chosen, {})


def flask(
    casts: Casts = 1000, rounds: Rounds = 3, connections: Connections = 64, pool: Pool = 4, json_file: Json = None
) -> None:
    """Find the fastest way to serve the Flask peer: kinds of workers, how many, and threads of each."""

    async def ways(ground: Ground) -> Made:
        return await each(ground, [ballot, *map(in_flask, FLASK_WAYS)])

    compare(Plan("Casts a second", casts, rounds, connections, pool, json_file), ways, {})


async def peers(ground: Ground) -> Made:
    """`ballot`, and what it is compared with."""
    await contestants.bare_tables(ground)
    return await each(ground, [ballot, bare, in_flask(FLASK), in_go, by_pgbench, ceiling])


async def each(ground: Ground, made: list[Make]) -> Made:
    """Contestants with a box each, as far as they can be had."""
    found: list[Contestant] = []
    left_out: list[str] = []
    for make in made:
        try:
            found.append(make(ground, await elections.open_box(ground.where)))
        except LeftOut as why:
            left_out.append(str(why))
    return found, left_out


def ballot(ground: Ground, opened: rules.Opened) -> Contestant:
    return otherwise("ballot", "UVote's ballot, one process")(ground, opened)


def otherwise(
    name: str,
    what: str,
    serve: Serve = processes.uvicorn,
    app: str = "functions.ballot.app:app",
    env: Mapping[str, str] = MappingProxyType({}),
) -> Make:
    """`ballot`, served or set so."""

    def make(ground: Ground, opened: rules.Opened) -> Contestant:
        port = processes.free_port()
        settings = {**ground.where.env("ballot"), **env}
        run = ground.served(serve(app, port), settings, port, elections.casts(ground.where, opened))
        return Contestant(name, what, run, opened.box)

    return make


def bare(ground: Ground, opened: rules.Opened) -> Contestant:
    port, env = processes.free_port(), {"UVOTE_DATABASE_URL": ground.where.admin_url}
    sent = elections.casts(ground.where, opened)
    run = ground.served(processes.uvicorn("load.peers.bare:app", port), env, port, sent)
    return Contestant("bare", "FastAPI + asyncpg, inserts one row", run)


def in_flask(way: Gunicorn) -> Make:
    return otherwise("flask", f"{way.what}: the same cast", way.command, "load.peers.flask_ballot:app", way.env)


def in_go(ground: Ground, opened: rules.Opened) -> Contestant:
    program = contestants.go_peer(ground)
    what = "Go, net/http + pgx, one process on every processor: the same cast"
    return otherwise("go", what, lambda _, port: [*program, str(port)])(ground, opened)


def by_pgbench(ground: Ground, opened: rules.Opened) -> Contestant:
    paper = rules.written(opened, "all", {})
    sealed = rules.seal(paper, opened.block, opened.definition.box.public_key).hex()
    statement = (
        f"select verdict, receipt from cast_paper('{opened.box}', uuid_send(gen_random_uuid()), "  # noqa: S608  (ours)
        f"substr(md5(gen_random_uuid()::text), 1, 16), '\\x{sealed}')"
    )
    run = contestants.pgbench(ground, "ballot", statement)
    return Contestant("pgbench", f"pgbench, {ground.pool} clients: the SQL function alone", run, opened.box)


def ceiling(ground: Ground, opened: rules.Opened) -> Contestant:
    port = processes.free_port()
    canned = [sys.executable, "-m", "load.peers.canned", str(port)]
    run = ground.served(canned, {}, port, elections.casts(ground.where, opened))
    return Contestant("client", "the client's own ceiling: a server that answers at once", run)


def _uvicorn(*more: str) -> Serve:
    return lambda app, port: [*processes.uvicorn(app, port), *more]


def _granian(app: str, port: int) -> list[str]:
    contestants.needs("granian")
    where = ["--host", processes.HOST, "--port", str(port), "--no-access-log", "--log-level", "warning"]
    return [sys.executable, "-m", "granian", "--interface", "asgi", "--loop", "uvloop", *where, app]


def _hypercorn(app: str, port: int) -> list[str]:
    contestants.needs("hypercorn")
    where = ["--bind", f"{processes.HOST}:{port}", "--worker-class", "uvloop", "--log-level", "warning"]
    return [sys.executable, "-m", "hypercorn", *where, app]


CHOICES: dict[str, Make] = {
    "singly": otherwise("singly", "each paper in a statement of its own", env={"UVOTE_CASTS_TOGETHER": "1"}),
    "fastapi": otherwise("fastapi", "parameters and answer by FastAPI", app="load.peers.ballot_by_fastapi:app"),
    "asyncio": otherwise("asyncio", "asyncio's own loop, not uvloop", _uvicorn("--loop", "asyncio")),
    "h11": otherwise("h11", "h11, not httptools", _uvicorn("--http", "h11")),
    "granian": otherwise("granian", "granian, not uvicorn", _granian),
    "hypercorn": otherwise("hypercorn", "hypercorn, not uvicorn", _hypercorn),
    "two": otherwise("two", "two workers", _uvicorn("--workers", "2")),
    "four": otherwise("four", "four workers", _uvicorn("--workers", "4")),
}
"""What `ballot` might be otherwise, by name."""
