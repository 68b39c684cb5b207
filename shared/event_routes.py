"""Where an owner of a thing takes events and ticks.

POST /events, / (the Broker) · /tick (the clock)
"""

from fastapi import Request, Response

from shared import cloudevent, errors, log
from shared.access import Anyone
from shared.exchange import Exchange, NoState
from shared.routes import Router

LARGEST = 512 * 1024
"""Bytes of an event: a definition of 100 kB, signed and in an envelope, with room."""


class BadEventPosted(errors.NotUnderstood):
    code = "bad_event"
    sentence = "This is not an event that this function takes."


def event_routes(exchange: Exchange) -> Router:
    """The routes of one owner."""
    router = Router(include_in_schema=False)

    async def take(request: Request, _: Anyone) -> Response:
        """Take a state from the Broker: 204 taken, known or outdated; 400 not understandable or not signed.

        These statuses are for the Broker (design, section 3.1): it retries 404, 408, 409, 429 and 5xx, and an answer
        with a body that is no event is turned into a failure.
        """
        try:
            event = cloudevent.parse(request.headers, await request.body())
            token = event.data.get("token") if isinstance(event.data, dict) else None
            if not isinstance(token, str):
                raise BadEventPosted
            await exchange.take(token)
        except (cloudevent.BadEvent, NoState, errors.Unauthenticated) as error:
            log.note("event refused", kind=type(error).__name__)
            raise BadEventPosted from error
        return Response(status_code=204)

    # func's triggers name no path, ours name /events: a function takes events at both.
    router.add_api_route("/events", take, methods=["POST"], max_body_size=LARGEST)
    router.add_api_route("/", take, methods=["POST"], max_body_size=LARGEST)

    @router.post("/tick", status_code=204)
    async def tick(_: Anyone) -> None:
        """Do what is due by the clock. Unsigned: it carries nothing and says nothing."""
        await exchange.tick()

    return router
