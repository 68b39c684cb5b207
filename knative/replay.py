"""`uvote replay`: see `load.replay`; here are the file, the account and what is shown."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from knative.local import demo
from knative.local.platform import look
from knative.mistake import Mistake
from load.organiser import Organiser, Refused
from load.replay import Replay, replay
from shared.files import blt
from shared.files.election import Election


def command(
    file: Annotated[Path, typer.Argument(help="A ranked election in BLT.")],
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Voters at once.")] = 32,
    url: Annotated[str, typer.Option(help="The public address; that of `uvote up` unless given.")] = "",
    email: Annotated[str, typer.Option(help="The organiser's account; the demo's unless given.")] = "",
    folder: Annotated[Path, typer.Option("--folder", envvar="UVOTE_FOLDER", help="Of `uvote up`.")] = Path(".uvote"),
) -> None:
    """Run a real election through the running functions and compare with the file. `UVOTE_PASSWORD` is the account's.

    Exit code 0 only when every paper was cast, every receipt is listed, and winners and all stages agree.
    """
    try:
        with file.open("rb") as papers:
            election = blt.read(papers)
    except (OSError, ValueError) as error:
        raise Mistake(f"{file} cannot be read: {error}") from error
    url = url or look(folder).public_url
    email, password = _account(email, folder)
    try:
        went = asyncio.run(_run(url, email, password, election, concurrency))
    except Refused as refused:
        raise Mistake(str(refused)) from refused
    except httpx.HTTPError as error:
        raise Mistake(f"Nothing answers at {url} ({type(error).__name__}).") from error
    _show(went)
    raise typer.Exit(0 if went.agrees else 1)


async def _run(url: str, email: str, password: str, election: Election, concurrency: int) -> Replay:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    limits = httpx.Limits(max_connections=concurrency + 8)
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("Preparing", total=1)
        async with httpx.AsyncClient(base_url=url, limits=limits, trust_env=False, timeout=60) as client:
            return await replay(
                Organiser(client, email, password),
                election,
                concurrency,
                lambda what, done, of: bar.update(task, description=what, completed=done, total=of),
            )


def _account(email: str, folder: Path) -> tuple[str, str]:
    password = os.environ.get("UVOTE_PASSWORD")
    made = demo.find(folder)
    if email and password:
        return email, password
    if email or made is None:
        raise Mistake("Name an organiser's account with --email and UVOTE_PASSWORD, or start with ./uvote up --demo.")
    return made.email, made.password


def _show(went: Replay) -> None:
    console = Console(highlight=False)
    console.print(f"papers    {went.papers}")
    console.print(f"cast      {went.cast}")
    console.print(f"refused   {went.refused.total()}")
    for why, many in went.refused.most_common(5):
        console.print(f"          {many} × {why}")
    console.print(f"receipts  {went.checked} found on the box's list")
    console.print(f"seconds   {went.seconds:.1f}  ({went.cast / went.seconds:.0f} casts a second)")
    console.print(f"winners   {', '.join(went.winners)}")
    for difference in went.differences[:5]:
        console.print(f"differs   {difference}")
    console.print("The result is what the file gives." if went.agrees else "The result is NOT what the file gives.")
