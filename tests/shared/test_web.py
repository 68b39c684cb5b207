"""One shape for six functions: problem documents, gates, limits, headers."""

import importlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any

import asyncpg
import httpx
import pytest
from fastapi import Depends, FastAPI, Form, Request
from fastapi.routing import iter_route_contexts
from opentelemetry import trace
from pydantic import BaseModel

from functions import FUNCTIONS
from shared import errors, problems, web
from shared.access import Anyone, Staff
from shared.routes import Router
from shared.settings import Settings

NOTHING = Settings.from_env({})


def app_of(*routers: Router, **more: Any) -> FastAPI:
    return web.create_app("election", "A function for tests.", NOTHING, *routers, **more)


async def ask(app: FastAPI, method: str, path: str, **more: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://function") as client:
        return await client.request(method, path, **more)


def raising(error: Exception) -> FastAPI:
    router = Router()

    @router.get("/trouble")
    async def trouble(_: Anyone) -> None:
        raise error

    return app_of(router)


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body sent without saying how long it is."""
    for start in range(0, size, 1000):
        yield b" " * min(1000, size - start)


class TestProblems:
    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            (errors.NotUnderstood, 400),
            (errors.Unauthenticated, 401),
            (errors.Forbidden, 403),
            (errors.NotFound, 404),
            (errors.Conflict, 409),
            (errors.Outdated, 412),
            (errors.TooLarge, 413),
            (errors.Invalid, 422),
            (errors.Unavailable, 503),
        ],
    )
    async def test_a_family_of_errors_has_one_status_and_its_members_a_code_of_their_own(
        self, kind: type[errors.UVoteError], status: int
    ) -> None:
        member = type("Member", (kind,), {"code": "just_this", "sentence": "Just this is wrong."})
        answer = await ask(raising(member(receipt="ABCD")), "GET", "/trouble")
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json() == {
            "type": "about:blank",
            "title": answer.json()["title"],
            "status": status,
            "code": "just_this",
            "detail": "Just this is wrong.",
            "receipt": "ABCD",
        }

    async def test_a_refusal_for_want_of_a_token_names_the_scheme(self) -> None:
        answer = await ask(raising(errors.Unauthenticated()), "GET", "/trouble")
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_too_many_attempts_are_told_when_to_come_again(self) -> None:
        answer = await ask(raising(errors.TooMany(17)), "GET", "/trouble")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "17")

    @pytest.mark.parametrize(
        "error",
        [
            errors.Unavailable(),
            asyncpg.DeadlockDetectedError("x"),
            asyncpg.TooManyConnectionsError("x"),
            asyncpg.InternalClientError("x"),
            TimeoutError(),
        ],
        ids=lambda error: type(error).__name__,
    )
    async def test_passing_trouble_says_that_the_same_request_may_be_sent_again(self, error: Exception) -> None:
        answer = await ask(raising(error), "GET", "/trouble")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")

    async def test_what_nobody_expected_is_noted_with_its_place_and_told_without_its_text(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            answer = await ask(raising(RuntimeError("ada voted for bob")), "GET", "/trouble")
        assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
        assert "ada" not in answer.text
        noted = next(record for record in caplog.records if record.message == "unexpected")
        assert noted.__dict__["facts"] == {"route": "/trouble"}

    async def test_the_faults_of_a_request_name_places_and_not_what_stood_there(self) -> None:
        class Typed(BaseModel):
            password: int

        router = Router()

        @router.post("/typed")
        async def typed(_: Anyone, body: Typed) -> None: ...

        answer = await ask(app_of(router), "POST", "/typed", json={"password": "hunter2"})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert answer.json()["faults"][0]["where"] == "body.password"
        assert "hunter2" not in answer.text

    @pytest.mark.parametrize("text", ["half a pair \ud83d", "nul \x00", "“Zoë”"], ids=ascii)
    def test_every_text_can_stand_in_a_problem_document(self, text: str) -> None:
        answer = problems.problem(422, "invalid", text, faults=[{text: text}])
        assert json.loads(bytes(answer.body))["faults"] == [{text: text}]


EVERY = pytest.mark.parametrize("function", FUNCTIONS)


def app_for(function: str) -> FastAPI:
    app: FastAPI = importlib.import_module(f"functions.{function}.app").build(NOTHING)
    return app


@EVERY
class TestEveryFunction:
    async def test_it_says_that_it_is_well_without_a_database(self, function: str) -> None:
        answer = await ask(app_for(function), "GET", "/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "healthy", "service": function})

    async def test_its_documentation_is_at_docs(self, function: str) -> None:
        answer = await ask(app_for(function), "GET", "/docs")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")

    async def test_an_unknown_address_is_told_in_the_functions_own_way(self, function: str) -> None:
        answer = await ask(app_for(function), "GET", "/no/such/address")
        assert answer.status_code == 404
        if function == "frontend":
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
        else:
            assert (answer.headers["content-type"], answer.json()["code"]) == ("application/problem+json", "not_found")

    @pytest.mark.parametrize("method", ["HEAD", "PATCH", "TRACE", "BREW"])
    async def test_another_method_is_refused_and_the_possible_ones_are_named(self, function: str, method: str) -> None:
        app = app_for(function)
        allowed: dict[str, set[str]] = {}
        for context in iter_route_contexts(app.routes):
            path = str(context.path)
            if "{" not in path:
                allowed.setdefault(path, set()).update(context.methods or ())
        for path, declared in allowed.items():
            methods = declared | ({"HEAD"} if "GET" in declared else set())
            if method in methods:
                continue
            answer = await ask(app, method, path)
            assert answer.status_code == 405, path
            assert {one.strip() for one in answer.headers["allow"].split(",")} == methods, path
            if function != "frontend" and method != "HEAD":
                assert answer.json()["code"] == "method_not_allowed"

    @pytest.mark.parametrize("path", ["/health", "/docs", "/no/such/address"])
    async def test_a_head_is_the_one_that_a_get_would_have(self, function: str, path: str) -> None:
        app = app_for(function)
        whole, alone = await ask(app, "GET", path), await ask(app, "HEAD", path)
        assert (alone.status_code, alone.headers, alone.content) == (whole.status_code, whole.headers, b"")
        assert int(alone.headers["content-length"]) == len(whole.content) > 0

    async def test_every_answer_forbids_sniffing_storing_and_referring(self, function: str) -> None:
        for path in ("/health", "/no/such/address"):
            headers = (await ask(app_for(function), "GET", path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("public", "said"), [("https://vote.example.org", True), ("http://127.0.0.1:5006", False)])
async def test_a_browser_that_came_by_https_is_told_to_come_so_again(public: str, said: bool) -> None:
    app = web.create_app("frontend", "Pages.", Settings.from_env({"UVOTE_PUBLIC_URL": public}))
    answer = await ask(app, "GET", "/health")
    assert (answer.headers.get("strict-transport-security") == "max-age=31536000") is said


async def test_no_trace_is_made_of_a_request_even_if_the_environment_has_tracing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []

    class Provider(trace.TracerProvider):
        def get_tracer(self, *_: Any, **more: Any) -> trace.Tracer:
            made.append("tracer")
            return trace.NoOpTracer()

    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setattr(trace, "get_tracer_provider", Provider)
    assert (await ask(app_of(), "GET", "/health")).status_code == 200
    assert made == []


class TestLimits:
    def _app(self) -> tuple[FastAPI, list[str]]:
        """Routes that read a body in every way there is, and what was done."""
        done: list[str] = []
        router = Router()

        @router.post("/nothing")
        async def nothing(_: Anyone) -> None:
            done.append("nothing")

        @router.post("/json")
        async def takes_json(_: Anyone, body: list[int]) -> None:
            done.append("json")

        @router.post("/form")
        async def form(_: Anyone, field: Annotated[str, Form()] = "") -> None:
            done.append("form")

        @router.post("/raw")
        async def raw(_: Anyone, request: Request) -> None:
            await request.body()
            done.append("raw")

        @router.post("/larger", max_body_size=2 * web.BODY_LIMIT)
        async def larger(_: Anyone, request: Request) -> None:
            done.append("larger")

        return app_of(router), done

    @pytest.mark.parametrize("said", [True, False], ids=["with its length", "in chunks"])
    @pytest.mark.parametrize("path", ["/nothing", "/json", "/form", "/raw", "/larger"])
    async def test_a_body_beyond_the_routes_limit_does_nothing(self, path: str, said: bool) -> None:
        app, done = self._app()
        size = (2 if path == "/larger" else 1) * web.BODY_LIMIT + 1
        kind = "application/x-www-form-urlencoded" if path == "/form" else "application/json"
        content: Any = b" " * size if said else chunks(size)
        answer = await ask(app, "POST", path, content=content, headers={"content-type": kind})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert done == []

    @pytest.mark.parametrize("path", ["/nothing", "/json", "/form", "/raw", "/larger"])
    async def test_a_body_as_long_as_the_limit_is_taken(self, path: str) -> None:
        app, done = self._app()
        size = (2 if path == "/larger" else 1) * web.BODY_LIMIT
        kind = "application/x-www-form-urlencoded" if path == "/form" else "application/json"
        content = b"[" + b" " * (size - 2) + b"]"
        answer = await ask(app, "POST", path, content=content, headers={"content-type": kind})
        assert answer.status_code == 200, answer.text
        assert done == [path[1:]]


class TestGates:
    def test_a_route_that_names_nobody_keeps_its_function_from_starting(self) -> None:
        router = Router()

        @router.get("/naked")
        async def naked() -> None: ...

        with pytest.raises(web.NakedRoute, match="/naked does not say who may call it"):
            app_of(router)

    def test_a_gate_may_stand_behind_other_dependencies(self) -> None:
        async def behind(_: Staff) -> None: ...

        router = Router()

        @router.get("/clothed")
        async def clothed(_: Annotated[None, Depends(behind)]) -> None: ...

        app_of(router)

    def test_a_dependency_that_is_no_gate_is_not_enough(self) -> None:
        async def harmless() -> None: ...

        router = Router()

        @router.get("/naked")
        async def naked(_: Annotated[None, Depends(harmless)]) -> None: ...

        with pytest.raises(web.NakedRoute):
            app_of(router)

    def test_a_route_inside_an_included_router_is_looked_at_too(self) -> None:
        inner, outer = Router(), Router(prefix="/outer")

        @inner.get("/naked")
        async def naked() -> None: ...

        outer.include_router(inner)
        with pytest.raises(web.NakedRoute, match="/outer/naked"):
            app_of(outer)

    def test_a_mounted_application_is_refused(self) -> None:
        app = app_of()
        app.mount("/other", FastAPI())
        with pytest.raises(web.NakedRoute):
            web.check_gates(app)


class TestOpenApi:
    def _document(self, *routers: Router) -> dict[str, Any]:
        return app_of(*routers).openapi()

    def test_a_route_documents_what_it_its_gate_and_its_parameters_refuse(self) -> None:
        class Late(errors.Conflict):
            code = "late"
            sentence = "It is too late."

        router = Router()

        @router.post("/things/{thing}")
        @errors.raises(Late)
        async def post(thing: int, _: Staff, body: list[int]) -> None: ...

        answers = self._document(router)["paths"]["/things/{thing}"]["post"]["responses"]
        codes = {
            status: answer["content"]["application/problem+json"]["schema"]["properties"]["code"]["enum"]
            for status, answer in answers.items()
            if status != "200"
        }
        assert codes == {
            "400": ["bad_request"],
            "401": ["bad_token", "expired_token", "unauthenticated"],
            "404": ["not_found"],
            "409": ["late"],
            "413": ["too_large"],
            "422": ["invalid"],
        }
        assert answers["409"]["description"] == "* `late`: It is too late."

    def test_a_route_behind_a_token_says_so_and_no_other_does(self) -> None:
        router = Router()

        @router.get("/mine")
        async def mine(_: Staff) -> None: ...

        document = self._document(router)
        assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
        wanting = {path for path, methods in document["paths"].items() if methods["get"].get("security")}
        assert wanting == {"/mine"}

    def test_a_route_that_takes_nothing_from_anyone_refuses_hardly_anything(self) -> None:
        assert set(self._document()["paths"]["/health"]["get"]["responses"]) == {"200", "413"}
