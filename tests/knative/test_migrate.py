"""Roles and migrations of the database."""

import asyncio

from knative import migrate
from tests.database import Server


def test_roles_are_made_at_once_for_several_databases_of_one_server(server: Server) -> None:
    databases = [server.clone() for _ in range(4)]

    async def at_once() -> None:
        await asyncio.gather(*(migrate.make_roles(one.admin_url, server.passwords) for one in databases))

    try:
        asyncio.run(at_once())
    finally:
        for one in databases:
            server.drop(one.name)
