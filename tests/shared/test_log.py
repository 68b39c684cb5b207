"""One line of JSON an occurrence: ids and numbers, and never the text of an unexpected error."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from shared import log


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    """The process's standard output, where `start` sends its lines."""
    root, raw = logging.getLogger(), io.BytesIO()
    out = io.TextIOWrapper(raw, "utf-8", write_through=True)
    before, level = root.handlers[:], root.level
    quiet = {name: logging.getLogger(name).level for name in ("httpx", "mangum.http", "uvicorn.error")}
    root.handlers[:] = []
    monkeypatch.setattr(sys, "stdout", out)
    log.start("auth")
    yield raw
    root.handlers[:] = before
    root.setLevel(level)
    for name, was in quiet.items():
        logging.getLogger(name).setLevel(was)


def read(lines: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_start_and_an_occurrence_are_a_line_each_with_their_facts(lines: io.BytesIO) -> None:
    log.note("sealed", election="e", papers=7)
    started, sealed = read(lines)
    assert (started["event"], started["function"], started["level"]) == ("started", "auth", "info")
    assert {**sealed, "time": ""} == {"time": "", "level": "info", "event": "sealed", "election": "e", "papers": 7}


def test_an_unexpected_error_is_told_by_its_kind_and_place_and_not_by_its_text(lines: io.BytesIO) -> None:
    try:
        raise ValueError("ada voted for bob")
    except ValueError as error:
        log.trouble("unexpected", error, route="/boxes/{election}/papers")
    line = read(lines)[-1]
    assert (line["level"], line["error"], line["route"]) == ("warning", "ValueError", "/boxes/{election}/papers")
    assert line["where"].startswith(f"{__name__}:")
    assert "ada" not in lines.getvalue().decode()


def test_another_librarys_traceback_is_cut_the_same_way(lines: io.BytesIO) -> None:
    """uvicorn logs what a route lets through, with the exception's text."""
    try:
        raise RuntimeError("ada voted for bob")
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    assert read(lines)[-1]["error"] == "RuntimeError"
    assert "ada" not in lines.getvalue().decode()


def test_no_client_logs_the_addresses_it_asks(lines: io.BytesIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET http://voter/v/secret-link")
    assert "secret-link" not in lines.getvalue().decode()


def test_a_websocket_to_a_link_is_not_logged(lines: io.BytesIO) -> None:
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" 403', "10.0.0.1:5", "/v/secret-link")
    assert "secret-link" not in lines.getvalue().decode()


def test_starting_twice_does_not_say_everything_twice(lines: io.BytesIO) -> None:
    log.start("auth")
    log.note("once")
    assert [line["event"] for line in read(lines)].count("once") == 1


def test_a_fact_of_any_kind_can_be_told(lines: io.BytesIO) -> None:
    log.note("odd", a=b"\x00", b={1}, c="half \ud800", d="two\nlines")
    assert read(lines)[-1]["d"] == "two\nlines"
