"""`uvote up`: start everything, say where it is, keep it running, stop it at Ctrl-C. `uvote reset`: begin anew."""

import asyncio
import os
import shutil
import signal
import threading
from pathlib import Path

from rich.console import Console

from functions import FUNCTIONS
from knative.local import demo as demos
from knative.local import postgres
from knative.local.platform import Platform, alone, running, standard_ports

LOOK_EVERY = 0.5


def up(folder: Path, first_port: int, tick_every: float, *, demo: bool) -> None:
    """Run the platform on `folder` until Ctrl-C or SIGTERM; a process that ends by itself is started again."""
    console = Console(highlight=False)
    first = standard_ports()["auth"]
    ports = {name: port - first + first_port for name, port in standard_ports().items()}
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    def tell(doing: str) -> None:
        console.print(f"{doing} …", style="dim")

    database_url = os.environ.get("DATABASE_URL")
    with running(folder, ports, database_url=database_url, tick_every=tick_every, tell=tell) as platform:
        if demo:
            tell("Loading the demo election")
        _show(console, platform, asyncio.run(demos.load(platform.machine)) if demo else None)
        while not stop.wait(LOOK_EVERY):
            _mend(console, platform)


def reset(folder: Path) -> None:
    """Remove what `up` keeps; raises Mistake while it runs."""
    if folder.exists():
        with alone(folder):
            postgres.forget(folder / "postgres")
            shutil.rmtree(folder)


def _mend(console: Console, platform: Platform) -> None:
    for name, process in platform.processes.items():
        if not process.running:
            console.print(f"{name} ended; it is started again (see {process.log}).")
            platform.restart(name)


def _show(console: Console, platform: Platform, demo: demos.Demo | None) -> None:
    public = platform.machine.public_url
    console.print(f"\nUVote runs. Pages: {public}  Desk: {public}/desk")
    if demo:
        console.print(f"\nThe desk's log-in:  {demo.email}  {demo.password}")
        console.print(f"The election:       {public}/e/{demo.election}\n")
        console.print("Voting links, one a voter:")
        for name, link in demo.links.items():
            console.print(f"  {name:8} {link}", soft_wrap=True)
    else:
        console.print("Make the first account: ./uvote staff add you@example.org 'Your Name' --administrator")
    console.print("\nEach function's API:")
    for name in FUNCTIONS:
        console.print(f"  {name:8} {platform.machine.urls[name]}/docs")
    console.print("\nCtrl-C stops everything; the data stays, until ./uvote reset.")
