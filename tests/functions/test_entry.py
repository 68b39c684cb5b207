"""What `functions.entry` hands to func-python."""

import gc
import json
import logging
import sys
import time
from http.client import HTTPConnection

import pytest
from starlette.types import Message, Receive, Scope, Send

from functions import entry
from knative.bench.processes import HOST, free_port, request, serving
from shared.settings import BadSetting


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> entry.Function:
    monkeypatch.setenv("UVOTE_FUNCTION", "frontend")
    entry.chosen.cache_clear()
    return entry.new()


async def test_an_error_is_answered_once_and_its_text_goes_nowhere(
    function: entry.Function, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app, sent = function.app, list[Message]()

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError("wPLANTEDw")

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    monkeypatch.setattr(app.router, "middleware_stack", broken)
    monkeypatch.setattr(app, "middleware_stack", app.build_middleware_stack())
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/nothing",
        "raw_path": b"/api/nothing",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
    }
    with caplog.at_level(logging.WARNING):
        await function.handle(scope, receive, send)
    assert [message.get("status") for message in sent if message["type"] == "http.response.start"] == [500]
    assert json.loads(sent[-1]["body"])["code"] == "unexpected"
    assert [record.message for record in caplog.records] == ["unexpected"]


def test_a_function_that_is_none_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UVOTE_FUNCTION", "result;")
    entry.chosen.cache_clear()
    with pytest.raises(BadSetting, match="none of auth"):
        entry.new()
    entry.chosen.cache_clear()


def test_who_reads_a_page_for_a_while_sends_the_form_over_the_same_connection() -> None:
    port = free_port()
    env = {"UVOTE_FUNCTION": "frontend", "UVOTE_HOST": HOST, "PORT": str(port)}
    with serving([sys.executable, "-m", "functions.entry"], env, port, request("GET", "/health")):
        connection = HTTPConnection(HOST, port, timeout=20)
        connection.connect()
        connection.auto_open = 0  # a second connection would hide that the first was hung up
        for idle in (0.0, 6.5):
            time.sleep(idle)  # what is promised is that nothing happens meanwhile
            connection.request("GET", "/health")
            answer = connection.getresponse()
            assert (answer.status, answer.read()[:1]) == (200, b"{")
        connection.close()


def test_nothing_looks_for_garbage_while_a_function_is_loaded_and_it_is_looked_for_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UVOTE_FUNCTION", "frontend")
    entry.chosen.cache_clear()
    seen = list[bool]()

    def loaded(name: str) -> object:
        seen.append(gc.isenabled())
        raise ImportError(name)

    monkeypatch.setattr("importlib.import_module", loaded)
    with pytest.raises(ImportError, match=r"functions\.frontend\.app"):
        entry.chosen()
    assert seen == [False]
    assert gc.isenabled()
