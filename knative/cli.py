"""`uvote`: everything an operator types. Each command imports what it needs, so that a tick starts quickly."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from knative.mistake import Mistake

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
staff = typer.Typer(no_args_is_help=True, help="Accounts of the staff.")
keys = typer.Typer(no_args_is_help=True, help="Signing keys of the functions.")
bench = typer.Typer(no_args_is_help=True, help="How fast it is, beside what it is compared with.")
app.add_typer(staff, name="staff")
app.add_typer(keys, name="keys")

Folder = Annotated[Path, typer.Option("--folder", envvar="UVOTE_FOLDER", help="Where keys, data and logs are kept.")]
OnCluster = Annotated[bool, typer.Option("--on-cluster", help="On the cluster that kubectl talks to.")]
HERE = Path(".uvote")


@app.command()
def up(
    demo: Annotated[bool, typer.Option("--demo", help="Load a demo election with a roll.")] = False,
    first_port: Annotated[int, typer.Option(help="Port of `auth`; the others follow.")] = 5001,
    tick_every: Annotated[float, typer.Option(help="Seconds between two looks of the clock.")] = 1.0,
    folder: Folder = HERE,
) -> None:
    """Run everything on this machine until Ctrl-C: PostgreSQL, the six functions, the broker and the clock."""
    from knative.local import up as local

    local.up(folder.resolve(), first_port, tick_every, demo=demo)


@app.command()
def reset(folder: Folder = HERE) -> None:
    """Remove the data, keys and logs that `up` keeps."""
    from knative.local import up as local

    local.reset(folder.resolve())


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(ctx: typer.Context) -> None:
    """Run the tests; further words go to pytest (`--slow` adds the long ones)."""
    from knative.checks import tests

    raise typer.Exit(tests(ctx.args))


@app.command()
def check(
    lints_only: Annotated[bool, typer.Option("--lints-only", help="Leave the tests out.")] = False,
) -> None:
    """Format, lint, types, import contracts, manifests, and the tests: the whole truth."""
    from knative.checks import lints, tests

    raise typer.Exit(lints() or (0 if lints_only else tests()))


@app.command()
def lint(
    paths: Annotated[list[Path] | None, typer.Argument(help="Manifests or folders of them.")] = None,
) -> None:
    """Find what Knative refuses in manifests, and what it takes without a word and means otherwise."""
    from knative.lint.run import lint as run
    from knative.local.manifests import BASE

    findings = run(paths or [BASE])
    for finding in findings:
        print(finding)  # noqa: T201
    raise typer.Exit(1 if findings else 0)


@app.command()
def tick(
    every: Annotated[float, typer.Option(help="Repeat after so many seconds; 0 ticks once.")] = 0.0,
) -> None:
    """Ask which functions have work due, and tick those (`UVOTE_CLOCK_DATABASE_URL`, `UVOTE_…_URL`)."""
    from knative import tick as clock
    from shared.contracts.states import OWNERS

    urls = {name: _needed(f"UVOTE_{name.upper()}_URL") for name in OWNERS.values()}
    url = _needed("UVOTE_CLOCK_DATABASE_URL")
    if every:
        asyncio.run(clock.run(url, urls, every))
    troubles = {name: how for name, how in asyncio.run(clock.tick(url, urls)).items() if how != "done"}
    if troubles:
        raise Mistake(", ".join(f"{name}: {how}" for name, how in troubles.items()))


@app.command()
def exporter(port: Annotated[int, typer.Option(help="Where `GET /metrics` is answered.")] = 9095) -> None:
    """Tell Prometheus what the functions, asleep or not, would need people for (`UVOTE_CLOCK_DATABASE_URL`)."""
    from knative.exporter import run

    asyncio.run(run(_needed("UVOTE_CLOCK_DATABASE_URL"), port))


@app.command()
def migrate(
    roles: Annotated[Path | None, typer.Option(help="Passwords of the login roles, which are made first.")] = None,
) -> None:
    """Bring the database of `DATABASE_URL` (an administrator's) up to date."""
    from knative.migrate import make_roles
    from knative.migrate import migrate as run

    if roles:
        asyncio.run(make_roles(_needed("DATABASE_URL"), json.loads(roles.read_text())))
    run(_needed("DATABASE_URL"))


@app.command()
def secrets(
    public_url: Annotated[str, typer.Option(help="The address voters see.")] = "http://127.0.0.1:31080",
    pooler: Annotated[str | None, typer.Option(help="HOST:PORT of a pooler before the database.")] = None,
    into: Annotated[Path | None, typer.Option(help="Folder for keys and manifests; keep it secret.")] = None,
) -> None:
    """Make keys, and from them the Secrets that a cluster needs; again, it keeps every key.

    `DATABASE_URL`, an administrator's, names another PostgreSQL than the overlays' own.
    """
    from knative.cluster_secrets import FOLDER, write

    print(write(into or FOLDER, public_url, os.environ.get("DATABASE_URL"), pooler))  # noqa: T201


@app.command()
def events(folder: Folder = HERE, on_cluster: OnCluster = False) -> None:
    """List the events that could not be delivered. Nothing needs to be done for them: states are sent until known."""
    if on_cluster:
        _on_cluster("election", "events")
        return
    from knative.events import show

    asyncio.run(show(_login("election", folder)))


@staff.command()
def add(
    email: str,
    name: str,
    administrator: Annotated[bool, typer.Option(help="May manage accounts.")] = False,
    folder: Folder = HERE,
    on_cluster: OnCluster = False,
) -> None:
    """Make an account and print the one-time link with which its owner sets a password."""
    if on_cluster:
        words = ["--administrator"] if administrator else []
        _on_cluster("auth", "staff", "add", *words, "--", email, name)
        return
    from functions.auth import commands

    _link(asyncio.run(_told(commands.add(_login("auth", folder), email, name, administrator))), folder)


@staff.command("reset")
def reset_password(email: str, folder: Folder = HERE, on_cluster: OnCluster = False) -> None:
    """Print a one-time link for a lost password."""
    if on_cluster:
        _on_cluster("auth", "staff", "reset", "--", email)
        return
    from functions.auth import commands

    _link(asyncio.run(_told(commands.reset(_login("auth", folder), email))), folder)


@keys.command()
def rotate(function: str, folder: Folder = HERE) -> None:
    """Give a function a new signing key; restart it to use it. What the old one signed is still believed."""
    from knative import keys as files

    if function not in files.SIGNERS:
        raise Mistake(f"{function} signs nothing; {', '.join(files.SIGNERS)} do.")
    files.rotate(_made(folder) / "keys", function)
    print(f"{function} has a new key; `uvote keys retire` forgets the old one.")  # noqa: T201


@keys.command()
def retire(kid: str, folder: Folder = HERE) -> None:
    """Forget a public key: what it signed is believed no more."""
    from knative import keys as files

    files.retire(_made(folder) / "keys", kid)


def register() -> None:
    """Add the commands that stand in modules of their own."""
    from knative import count, deploy, load, replay, watch
    from knative.bench import cast, memory, passes, profile, rate, simulate, start
    from knative.bench import count as count_bench

    app.command("count")(count.count)
    app.command("replay")(replay.command)
    app.command("deploy")(deploy.deploy)
    app.command("watch")(watch.command)
    app.command("load")(load.command)
    app.add_typer(bench, name="bench")
    bench.command("cast")(cast.cast)
    bench.command("choices")(cast.choices)
    bench.command("flask")(cast.flask)
    bench.command("pass")(passes.passes)
    bench.command("memory")(memory.memory)
    bench.command("profile")(profile.profile)
    bench.command("rate")(rate.rate)
    bench.command("simulate")(simulate.simulate)
    bench.command("start")(start.start)
    bench.command("count")(count_bench.count)


@contextmanager
def mistakes_told() -> Iterator[None]:
    """A person's mistake is one sentence on standard error and exit code 2."""
    try:
        yield
    except Mistake as mistake:
        print(f"uvote: {mistake}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def main() -> None:
    """Run the command line."""
    with mistakes_told():
        # The commands with many words of their own stand in their own modules; a tick needs none of them.
        if sys.argv[1:2] != ["tick"]:
            register()
        app()


def _needed(name: str, env: Mapping[str, str] = os.environ) -> str:
    if not env.get(name):
        raise Mistake(f"{name} is not set.")
    return env[name]


def _made(folder: Path) -> Path:
    if not (folder / "keys").is_dir():
        raise Mistake(f"There are no keys in {folder}; `uvote up` makes them.")
    return folder


def _login(function: str, folder: Path) -> str:
    """A function's own login: from the environment, or of what runs on the folder."""
    from knative.local.platform import look

    return os.environ.get("UVOTE_DATABASE_URL") or look(folder).url_for(function)


def _on_cluster(function: str, *words: str) -> None:
    from knative.on_cluster import run

    print(run(function, words), end="")  # noqa: T201


async def _told(doing: Awaitable[str]) -> str:
    try:
        return await doing
    except ValueError as error:
        raise Mistake(str(error)) from error
    except OSError as error:
        raise Mistake("The database does not answer.") from error


def _link(token: str, folder: Path) -> None:
    from knative.local.platform import look

    public = os.environ.get("UVOTE_PUBLIC_URL") or look(folder).public_url
    print(f"{public}/desk/password/{token}")  # noqa: T201


if __name__ == "__main__":
    main()
