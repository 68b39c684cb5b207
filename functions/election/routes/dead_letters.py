"""Events that could not be delivered are kept for people to look at. The exchange's repetition mends what they meant.

POST /dead-letters
"""

from typing import Any

from fastapi import Request

from functions.election import queries
from shared import cloudevent
from shared.access import Anyone
from shared.database import Tx
from shared.errors import NotUnderstood, raises
from shared.routes import Router

router = Router()


class NotAnEvent(NotUnderstood):
    code = "bad_event"
    sentence = "This is not an event."


@router.post("/dead-letters", status_code=204, include_in_schema=False, max_body_size=512 * 1024)
@raises(NotAnEvent)
async def keep(request: Request, _: Anyone, tx: Tx) -> None:
    """Keep an event with where it was to go and why it did not arrive."""
    try:
        event = cloudevent.parse(request.headers, await request.body())
    except ValueError as error:
        raise NotAnEvent from error
    data: dict[str, Any] = event.data if isinstance(event.data, dict) else {}
    said = {name: str(value).replace("\x00", "")[:300] for name, value in event.extensions.items()}
    await queries.keep_dead_letter(
        tx,
        event.type[:200],
        (event.subject or "")[:200],
        said.get("knativeerrordest", ""),
        said.get("knativeerrorcode", ""),
        {"token": str(data.get("token", "")).replace("\x00", "")[:400_000]},
    )
