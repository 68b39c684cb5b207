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
    await queries.keep_dead_letter(
        tx,
        _text(event.type, 200),
        _text(event.subject or "", 200),
        _text(event.extensions.get("knativeerrordest", ""), 300),
        _text(event.extensions.get("knativeerrorcode", ""), 300),
        {"token": _text(data.get("token", ""), 400_000)},
    )


def _text(value: Any, longest: int) -> str:
    """What PostgreSQL can store of a value: no NUL and no half of a surrogate pair, both of which JSON can name."""
    return str(value)[:longest].replace("\x00", "").encode(errors="replace").decode()
