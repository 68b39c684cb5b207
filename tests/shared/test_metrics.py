"""What operators may count: totals by route template, nothing that belongs to one paper, nothing from outside."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from knative.local.processes import free_port
from shared import metrics, web
from shared.access import Anyone
from shared.routes import Router
from shared.settings import Settings

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@asynccontextmanager
async def running(port: int) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    router = Router()

    @router.get("/boxes/{election}/papers")
    async def papers(_: Anyone, election: str) -> str:
        if election == "broken":
            raise ZeroDivisionError
        return election

    app = web.create_app("ballot", "Tests.", Settings.from_env({"UVOTE_METRICS_PORT": str(port)}), router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://b") as client:
        yield app, client


async def scraped(port: int) -> Samples:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def requests(samples: Samples) -> dict[tuple[str, str], float]:
    """Route and status → how many."""
    return {
        (dict(labels)["route"], dict(labels)["status"]): value
        for (name, labels), value in samples.items()
        if name == "uvote_requests_total"
    }


async def test_requests_are_counted_by_route_and_status_with_no_id_in_any_label() -> None:
    port, election, link = free_port(), uuid4(), "mistyped-link"
    async with running(port) as (_, client):
        for path in (f"/boxes/{election}/papers", "/boxes/2/papers", "/boxes/broken/papers", f"/v/{link}"):
            await client.get(path)
        samples = await scraped(port)
    route = "/boxes/{election}/papers"
    assert requests(samples) == {(route, "200"): 2, (route, "500"): 1, ("none", "404"): 1}
    told = repr(samples)
    assert str(election) not in told
    assert link not in told


async def test_the_time_of_a_single_request_cannot_be_told() -> None:
    port = free_port()
    async with running(port) as (_, client):
        await client.get("/boxes/1/papers")
        samples = await scraped(port)
    assert {name for name, _ in samples} == {"uvote_requests_total", "uvote_request_seconds_bucket"}
    ends = {float(dict(labels)["le"]) for name, labels in samples if name == "uvote_request_seconds_bucket"}
    assert ends == {*metrics.BOUNDS, float("inf")}


async def test_a_request_is_in_its_class_and_in_each_above() -> None:
    tally = metrics.Tally("ballot")
    for seconds in (0.004, 0.005, 0.3, 11.0):
        tally.note("/papers", "POST", 201, seconds)
    families = text_string_to_metric_families((await tally.page()).decode())
    upto = {s.labels["le"]: s.value for family in families for s in family.samples if s.name.endswith("_bucket")}
    assert [upto[end] for end in ("0.005", "0.25", "0.5", "10.0", "+Inf")] == [2, 2, 3, 3, 4]


async def test_asking_often_tells_no_moment() -> None:
    now = 100.0
    tally = metrics.Tally("ballot", lambda: now)
    tally.note("/papers", "POST", 201, 0.1)
    first = await tally.page()
    tally.note("/papers", "POST", 201, 0.1)
    now += metrics.ANEW_AFTER - 0.1
    assert await tally.page() == first
    now += 0.1
    assert await tally.page() != first


async def test_what_is_served_to_the_public_has_no_metrics() -> None:
    port = free_port()
    async with running(port) as (_, client):
        assert (await client.get("/metrics")).status_code == 404


@pytest.mark.parametrize("question", [b"GET / HTTP/1.1\r\n\r\n", b"POST /metrics HTTP/1.1\r\n\r\n"])
async def test_the_port_of_the_metrics_answers_nothing_else(question: bytes) -> None:
    port = free_port()
    async with running(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(question)
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 404 ")


async def test_who_asks_half_a_question_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "PATIENCE", 0.05)
    port = free_port()
    async with running(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /met")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


def test_nothing_is_counted_unless_asked_for() -> None:
    app = web.create_app("ballot", "Tests.", Settings.from_env({}))
    assert "Counted" not in {getattr(one.cls, "__name__", "") for one in app.user_middleware}
    app = web.create_app("ballot", "Tests.", Settings.from_env({"UVOTE_METRICS_PORT": "9095"}))
    assert "Counted" in {getattr(one.cls, "__name__", "") for one in app.user_middleware}


def test_a_start_with_metrics_loads_no_library_for_them() -> None:
    program = (
        "import os, sys; os.environ['UVOTE_METRICS_PORT'] = '9095'; import functions.ballot.app; "
        "assert 'shared.metrics' in sys.modules; print('prometheus_client' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
