"""One function as a process of its own, beside those in this process like another pod of it: to be killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path

from knative.local.processes import Process, free_port
from tests.world import World

ROOT = Path(__file__).resolve().parent.parent.parent


def environment(world: World, function: str) -> dict[str, str]:
    """What a process of a function is told of the world."""
    settings = world.settings(function)
    own = {f.metadata["name"]: str(getattr(settings, f.name)) for f in fields(settings)}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **own}


@asynccontextmanager
async def process(
    world: World, function: str, folder: Path, app: str | None = None, **env: str
) -> AsyncIterator[Process]:
    """A function on the world's database with the world's keys; what it says is in `folder`."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app or f"functions.{function}.app:app", f"--port={port}"]
    made = Process(
        function,
        [*command, "--host=127.0.0.1", "--no-access-log"],
        {**environment(world, function), **env},
        folder / f"{function}.log",
        f"http://127.0.0.1:{port}",
    )
    made.start()
    try:
        await asyncio.to_thread(made.wait_ready)
        yield made
    finally:
        made.kill()


@asynccontextmanager
async def deaf_broker() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A broker that never answers: its address, and what is set once somebody has begun to hand an event to it."""
    reached = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1):
            reached.set()
        await reader.read()  # until the other end is gone
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/uvote/uvote", reached
    finally:
        server.close()
        await server.wait_closed()
