"""`/api/<function>/…`: the functions' own HTTP through the one public address, for organisers' programs and replays.

Gates stay in the functions. What functions say only to each other is not to be had here.
"""

import re

from fastapi import Request, Response

from functions.frontend import upstream
from shared.access import Anyone
from shared.errors import NotFound, NotUnderstood
from shared.routes import Router

router = Router(include_in_schema=False)
FUNCTIONS = ("auth", "voter", "election", "ballot", "result")
LONGEST = 20 * 1024 * 1024
"""Bytes: a roll of 200,000 voters. Every function has its own, smaller limits."""

PATH = re.compile(r"(/[A-Za-z0-9._~@:+-]+)+")
INSIDE = re.compile(
    r"/(events|tick|dead-letters)"
    r"|/boxes/[^/]+/(void|spent|key)"
)
UP = ("content-type", "authorization", "if-match", "accept")
DOWN = (
    "content-type",
    "content-disposition",
    "etag",
    "retry-after",
    "www-authenticate",
    "cache-control",
    "location",
    "allow",
)
INERT = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Robots-Tag": "noindex"}
"""An answer shown in a browser runs nothing: the desk's cookies are at this same origin. Nor is it to be searched."""


class NotPlain(NotUnderstood):
    code = "not_plain"
    sentence = "Headers and the query are taken in printable ASCII, at most 8,000 characters each; encode the rest."


def allowed(function: str, method: str, path: str) -> bool:
    """Whether a request may be passed on."""
    if function not in FUNCTIONS or not PATH.fullmatch(path) or any(part in {".", ".."} for part in path.split("/")):
        return False
    sealed_papers = re.fullmatch(r"/boxes/[^/]+/papers", path) and method != "POST"
    return not INSIDE.fullmatch(path) and not sealed_papers


@router.api_route("/api/{function}/{path:path}", methods=["GET", "POST", "PUT", "DELETE"], max_body_size=LONGEST)
async def passthrough(function: str, path: str, request: Request, _: Anyone) -> Response:
    """Pass the request on as it is, and its answer back."""
    # The raw path, since a decoded one could hide a slash or dots.
    raw = request.scope["raw_path"].decode("ascii", "replace").split("?")[0].removeprefix(f"/api/{function}")
    if raw != f"/{path}" or not allowed(function, request.method, raw):
        raise NotFound
    headers = {name: request.headers[name] for name in UP if name in request.headers}
    headers["x-forwarded-for"] = forwarded_for(request)
    query = request.scope["query_string"].decode("ascii", "replace")
    if not all(text.isascii() and text.isprintable() and len(text) <= 8000 for text in (query, *headers.values())):
        raise NotPlain
    answer = await upstream.peers(request).send(
        function,
        request.method,
        f"{raw}?{query}" if query else raw,
        content=await request.body(),
        headers=headers,
        timeout=60,
    )
    kept = {name: answer.headers[name] for name in DOWN if name in answer.headers}
    return Response(answer.content, answer.status_code, {**kept, **INERT})


def forwarded_for(request: Request) -> str:
    """The chain of addresses so far and the one that connected, for `auth` to slow down guessing."""
    before = request.headers.getlist("x-forwarded-for")
    peer = request.client.host if request.client else "unknown"
    # A tab may stand between two of them, which nobody could send on as it is.
    return " ".join(", ".join([*before, peer]).split()).encode("ascii", "replace").decode()
