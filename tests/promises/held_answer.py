"""`ballot` whose answers to casts never leave: `UVOTE_TEST_HELD` names a file that is made instead, and it waits."""

import asyncio
import os
from pathlib import Path

from starlette.types import Message, Receive, Scope, Send

from functions.ballot.app import app as ballot


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    async def held(message: Message) -> None:
        if message["type"] == "http.response.start" and scope["path"].endswith("/papers"):
            await asyncio.to_thread(Path(os.environ["UVOTE_TEST_HELD"]).touch)
            await asyncio.Event().wait()
        await send(message)

    await ballot(scope, receive, held if scope["type"] == "http" else send)
