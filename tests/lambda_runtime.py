"""AWS Lambda as the process in it sees it: the Runtime API on loopback, Amazon's own client of it around our handler.

Amazon's client fetches an invocation and hands its result back; between two it waits for the next one, so our event
loop stands still, as it does in a frozen process.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "/2018-06-01/runtime/"
WITHIN = 45.0


class Failed(Exception):
    """The invocation ended in an error, which Lambda repeats when nobody waits for the answer."""


@dataclass
class Lambda:
    """One instance of a function."""

    output: Path
    _next: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    _results: "queue.Queue[tuple[str, Any]]" = field(default_factory=queue.Queue)

    def invoke(self, event: Any) -> Any:
        """What the handler returns for one event; raises Failed."""
        self._next.put(event)
        try:
            kind, result = self._results.get(timeout=WITHIN)
        except queue.Empty:
            raise AssertionError(f"no result:\n{self.output.read_text()}") from None
        if kind == "error":
            raise Failed(result)
        return result

    def request(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> Any:
        """The answer to an HTTP request as API Gateway's HTTP API hands it over (payload format 2.0)."""
        http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"}
        return self.invoke(
            {
                "version": "2.0",
                "routeKey": "$default",
                "rawPath": path,
                "rawQueryString": "",
                "headers": {"host": "vote.example.org", "x-forwarded-proto": "https", **(headers or {})},
                "requestContext": {"http": http, "stage": "$default", "requestId": uuid4().hex},
                "body": body,
                "isBase64Encoded": False,
            }
        )


@contextmanager
def serving(env: Mapping[str, str], folder: Path) -> Iterator[Lambda]:
    """Our handler with these settings, kept until the block ends."""
    instance = Lambda(folder / "output")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _api(instance))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    its_own = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": f"uvote-{env['UVOTE_FUNCTION']}",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    }
    with instance.output.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "functions.entry.handler"],
            env={**its_own, **env},
            cwd=folder,
            stdout=output,
            stderr=output,
        )
    try:
        yield instance
    finally:
        process.kill()
        process.wait()
        server.shutdown()
        server.server_close()
        thread.join()


def _api(instance: Lambda) -> type[BaseHTTPRequestHandler]:
    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert self.path == PREFIX + "invocation/next"
            self._answer(200, json.dumps(instance._next.get()).encode())

        def do_POST(self) -> None:
            result = json.loads(self.rfile.read(int(self.headers["content-length"])))
            # PREFIX invocation/ID/response or …/error; init/error when the handler cannot be had.
            self._answer(202, b"{}")
            instance._results.put((self.path.rpartition("/")[2], result))

        def _answer(self, status: int, body: bytes) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                self.send_header("Lambda-Runtime-Aws-Request-Id", uuid4().hex)
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + 60) * 1000)))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:0:function:uvote")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
            pass

    return Api
