"""The API server of the cluster that kubectl talks to, for whoever asks each second: through one `kubectl proxy`.

A kubectl of its own for each question took 0.4 of a processor, with what it made the API server do.
"""

import json
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from knative.kubectl import NOT_INSTALLED
from knative.local.processes import die_with_parent
from knative.mistake import Mistake

READS_ALONE = "--reject-methods=^(POST|PUT|PATCH|DELETE)$"
Ask = Callable[[str], str]
"""From a path of the API to what stands there. Raises Mistake with the server's own words."""


@contextmanager
def reading() -> Iterator[Ask]:
    """Ask as often as you like, and change nothing. Raises Mistake where kubectl cannot begin."""
    # Whoever reaches the socket has the operator's login: it is in a folder that nobody else may enter.
    with tempfile.TemporaryDirectory(prefix="uvote-") as folder, (Path(folder) / "log").open("w+") as log:
        socket = f"{folder}/api"
        try:
            proxy = subprocess.Popen(
                ["kubectl", "proxy", f"--unix-socket={socket}", READS_ALONE],
                stdout=subprocess.PIPE, stderr=log, text=True,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM),  # noqa: PLW1509  (no thread runs before this)
            )  # fmt: skip
        except FileNotFoundError:
            raise Mistake(NOT_INSTALLED) from None
        with proxy:
            try:
                if not (proxy.stdout and proxy.stdout.readline()):  # “Starting to serve on …”
                    log.seek(0)
                    raise Mistake(f"kubectl proxy: {log.read().strip()[-1000:]}")
                transport = httpx.HTTPTransport(uds=socket)
                with httpx.Client(transport=transport, base_url="http://localhost", timeout=10) as client:
                    yield lambda path: _read(client, path)
            finally:
                proxy.terminate()


def _read(client: httpx.Client, path: str) -> str:
    try:
        answer = client.get(path)
    except httpx.HTTPError as error:
        raise Mistake(f"kubectl proxy: {type(error).__name__}") from error
    if answer.is_error:
        raise Mistake(f"kubectl proxy: {answer.status_code} {_said(answer.text)}")
    return answer.text


def _said(text: str) -> str:
    """The message of a `Status` of Kubernetes; the text itself where it is none."""
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text.strip()[-1000:]
