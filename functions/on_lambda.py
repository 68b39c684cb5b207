"""AWS Lambda, where a process runs while a request is under way and is frozen in between.

An HTTP event is a request as everywhere. An event of EventBridge is a CloudEvent for `/events`, and one of its
schedules a tick: Lambda has neither a Broker nor our clock.
"""

import asyncio
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from shared import cloudevent, log
from shared.exchange import Exchange

TEXT = ["text/", "application/json", "application/problem+json", "application/cloudevents+json"]
PATIENCE = 10
"""Seconds that an answer waits for what the request began. A tick repeats what takes longer."""


class NotTaken(Exception):
    """The function is in trouble; raised, so that Lambda delivers the event again."""


class Awake:
    """An app whose request lasts until the events that it began have been sent: afterwards nothing runs."""

    def __init__(self, app: ASGIApp, exchange: Exchange | None) -> None:
        self.app = app
        self.exchange = exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The database may have hung up while the process was frozen: let the connections hear of it before one is used.
        await asyncio.sleep(0.001)
        await self.app(scope, receive, send)
        if self.exchange:
            try:
                await asyncio.wait_for(self.exchange.settle(), PATIENCE)
            except TimeoutError:
                log.note("events under way at the end of a request")


class EventBridge:
    """One of EventBridge's events, for Mangum: what request it is, and what Lambda is told of the answer."""

    @classmethod
    def infer(cls, event: Any, context: Any, config: Any) -> bool:
        return isinstance(event, dict) and event.keys() >= {"id", "source", "detail-type", "detail"}

    def __init__(self, event: Any, context: Any, config: Any) -> None:
        self.path, self._headers, self.body = _request(event)

    @property
    def scope(self) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "https",
            "path": self.path,
            "raw_path": None,
            "root_path": "",
            "query_string": b"",
            "headers": [[name.encode(), value.encode()] for name, value in self._headers.items()],
            "server": ("lambda", 443),
            "client": ("eventbridge", 0),
        }

    def __call__(self, response: Any) -> dict[str, Any]:
        """Raises NotTaken for a 5xx. Of what is refused nothing would come a second time either."""
        if response["status"] >= 500:
            raise NotTaken(f"{self.path} answered {response['status']}")
        return {"statusCode": response["status"]}


def _request(event: Any) -> tuple[str, dict[str, str], bytes]:
    if (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event"):
        return "/tick", {}, b""
    carried = cloudevent.Event(
        id=event["id"], source=event["source"], type=event["detail-type"], time=event.get("time"), data=event["detail"]
    )
    headers, body = cloudevent.encode_structured(carried)
    return "/events", headers, body


def serve(app: Any) -> Any:
    """The function that Lambda calls, for the app of one of ours."""
    from mangum import Mangum

    log.start(app.state.function)
    # Mangum would run the lifespan at every invocation, and so open a pool each time.
    whole = Awake(app, app.state.exchange)
    return Mangum(whole, lifespan="off", custom_handlers=[EventBridge], text_mime_types=TEXT)
