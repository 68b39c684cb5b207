"""An API server is read through one `kubectl proxy`, which nobody else reaches, and which does not stay behind.

kubectl here is a stand-in that answers on its socket what it was asked; tests/cluster holds the real one against this.
"""

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from knative.api_server import reading
from knative.mistake import Mistake

STAND_IN = f"""#!{sys.executable}
import json, os, sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer

if os.environ.get("REFUSES"):
    sys.exit("error: " + os.environ["REFUSES"])
socket = next(word.partition("=")[2] for word in sys.argv if word.startswith("--unix-socket="))


class Answer(BaseHTTPRequestHandler):
    def address_string(self):
        return ""

    def do_GET(self):
        status = int(self.path.rpartition("/")[2]) if self.path.startswith("/status/") else 200
        said = {{"path": self.path, "words": sys.argv[1:], "pid": os.getpid(), "message": "no such thing"}}
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())


with UnixStreamServer(socket, Answer) as server:
    print("Starting to serve on", socket, flush=True)
    server.serve_forever()
"""


@pytest.fixture(autouse=True)
def kubectl(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "kubectl"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


def test_paths_are_asked_of_one_proxy_that_changes_nothing_and_is_gone_afterwards() -> None:
    with reading() as ask:
        first, second = json.loads(ask("/api/v1/pods?limit=1")), json.loads(ask("/version"))
        (socket,) = (word.partition("=")[2] for word in first["words"] if word.startswith("--unix-socket="))
        assert stat.S_IMODE(Path(socket).parent.stat().st_mode) == 0o700
    assert (first["path"], second["path"]) == ("/api/v1/pods?limit=1", "/version")
    assert first["pid"] == second["pid"]
    assert first["words"][0] == "proxy"
    assert "--reject-methods=^(POST|PUT|PATCH|DELETE)$" in first["words"]
    assert not Path(f"/proc/{first['pid']}").exists()
    assert not Path(socket).parent.exists()


def test_what_the_server_refuses_is_a_mistake_in_its_words() -> None:
    with reading() as ask, pytest.raises(Mistake, match="404 no such thing"):
        ask("/status/404")


def test_a_kubectl_that_cannot_begin_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUSES", "no configuration has been provided")
    with pytest.raises(Mistake, match="no configuration has been provided"), reading():
        pass


def test_without_kubectl_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(Mistake, match="kubectl is not installed"), reading():
        pass
