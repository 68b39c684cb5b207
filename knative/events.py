"""Dead letters for people to look at: what was to go where, and why it did not arrive."""

from typing import Any

from rich.console import Console
from rich.table import Table

from knative.mistake import Mistake
from shared.once import once


async def show(database_url: str) -> None:
    """Print the dead letters, the newest last; `database_url` is `election`'s own login."""
    table = Table("when", "type", "election", "to", "code", title="Events that could not be delivered")
    for letter in await _dead_letters(database_url):
        at = f"{letter['received_at']:%Y-%m-%d %H:%M:%S}"
        table.add_row(at, letter["type"], letter["subject"], letter["destination"], letter["code"])
    console = Console()
    if not console.is_terminal:
        console.width = 200  # for those who look for an election in it
    console.print(table if table.row_count else "Every event was delivered.")


async def _dead_letters(database_url: str) -> list[Any]:
    try:
        async with once(database_url, timeout=10) as connection:
            found: list[Any] = await connection.fetch(
                "select received_at, type, subject, destination, code from dead_letters order by id"
            )
    except OSError as error:
        raise Mistake("The database does not answer.") from error
    return found
