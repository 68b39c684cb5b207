"""The manifests and the code say the same: settings, events and who takes them, the clock's command."""

from dataclasses import fields
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import yaml

from functions import FUNCTIONS
from knative.local.filters import passes
from knative.local.manifests import BASE, Manifests, Trigger, read
from shared import cloudevent
from shared.contracts.states import OWNERS
from shared.settings import Settings
from tests.world import World

SETTINGS = {field.metadata["name"] for field in fields(Settings)}


@pytest.fixture(scope="module")
def base() -> Manifests:
    return read(BASE)


def named(trigger: Trigger) -> str:
    return trigger.name


triggers = pytest.mark.parametrize("trigger", read(BASE).triggers, ids=named)


def documents() -> list[dict[str, Any]]:
    return [document for path in BASE.glob("*.yaml") for document in yaml.safe_load_all(path.read_text())]


def test_the_six_functions_stand_there_each_with_its_own_name(base: Manifests) -> None:
    assert set(base.services) == set(FUNCTIONS)
    assert {name: service.env["UVOTE_FUNCTION"] for name, service in base.services.items()} == {
        name: name for name in FUNCTIONS
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_variable_is_a_setting(base: Manifests, function: str) -> None:
    service = base.services[function]
    assert {*service.env, *service.references} <= SETTINGS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_role_and_a_key_of_its_own(base: Manifests, function: str) -> None:
    service = base.services[function]
    if function == "frontend":
        assert not {"UVOTE_DATABASE_URL", "UVOTE_SIGNING_KEY", "UVOTE_SECRET"} & {*service.env, *service.references}
    else:
        assert service.references["UVOTE_DATABASE_URL"] == f"uvote-database-{function}/url"
    document = next(d for d in documents() if d["kind"] == "Service" and d["metadata"]["name"] == function)
    secrets = {v["secret"]["secretName"] for v in document["spec"]["template"]["spec"]["volumes"] if "secret" in v}
    own = {"uvote-jwks", f"uvote-signing-{function}", f"uvote-secret-{function}"}
    assert secrets <= own
    assert ("UVOTE_SECRET" in service.env) == (function in {"voter", "result"})


def test_those_that_send_events_send_them_to_the_broker_that_stands_there(base: Manifests) -> None:
    (broker,) = base.brokers.values()
    ingress = "http://broker-ingress.knative-eventing.svc.cluster.local"
    sinks = {name: service.env["K_SINK"] for name, service in base.services.items() if "K_SINK" in service.env}
    assert sinks == dict.fromkeys(OWNERS.values(), f"{ingress}/{broker.namespace}/{broker.name}")


def test_every_owner_takes_the_three_things_of_the_others(base: Manifests) -> None:
    taken = {(trigger.subscriber, trigger.filters[0]["exact"]["type"]) for trigger in base.triggers}
    assert taken == {
        (f"{function}/events", f"org.uvote.{thing}.changed.v1")
        for function in OWNERS.values()
        for thing, owner in OWNERS.items()
        if owner != function
    }
    assert len(taken) == len(base.triggers)


@triggers
def test_no_event_ends_nowhere(trigger: Trigger) -> None:
    # A Trigger's delivery replaces its Broker's, so that its own must name the sink.
    assert trigger.delivery is not None
    assert trigger.delivery.dead_letters == "election/dead-letters"
    assert trigger.delivery.retry > 0


async def test_subscribers_and_the_dead_letter_sink_are_there_in_the_code(base: Manifests, world: World) -> None:
    wanted = {trigger.subscriber for trigger in base.triggers} | {"election/dead-letters"}
    for destination in wanted:
        function, _, path = destination.partition("/")
        answer = await world.client(function).post(f"/{path}", json={})
        # It is there, and this was no event.
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_event")


@pytest.mark.parametrize("thing", OWNERS)
async def test_what_an_owner_really_sends_finds_the_three_others(base: Manifests, world: World, thing: str) -> None:
    election, owner = uuid4(), OWNERS[thing]
    admin = await asyncpg.connect(world.database.admin_url)
    try:
        row = f"insert into {owner}.exchange (election, version, state) values ($1, 1, '{{}}')"
        await admin.execute(row, election)
    finally:
        await admin.close()
    await world.apps[owner].state.exchange.send(election)
    (sent,) = world.events
    attributes = cloudevent.parse(*sent).attributes()
    takers = [trigger.subscriber for trigger in base.triggers if passes(trigger.filters, attributes)]
    assert sorted(takers) == sorted(f"{function}/events" for function in OWNERS.values() if function != owner)


def test_the_clock_is_told_what_its_command_asks_for() -> None:
    clock = next(document for document in documents() if document["kind"] == "CronJob")
    (container,) = clock["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["python", "-m", "knative.cli", "tick"]
    urls = {f"UVOTE_{function.upper()}_URL" for function in OWNERS.values()}
    assert {entry["name"] for entry in container["env"]} == {"UVOTE_CLOCK_DATABASE_URL", *urls}
    assert clock["spec"]["concurrencyPolicy"] == "Forbid"


def test_addresses_inside_the_cluster_name_services_that_stand_there(base: Manifests) -> None:
    for service in base.services.values():
        for name, value in service.env.items():
            if name.startswith("UVOTE_") and name.endswith("_URL"):
                function = name.removeprefix("UVOTE_").removesuffix("_URL").lower()
                assert httpx.URL(value) == httpx.URL(f"http://{function}.uvote.svc.cluster.local")
                assert function in base.services


def test_every_manifest_is_part_of_the_base() -> None:
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(path.name for path in BASE.glob("*.yaml") if path.name != "kustomization.yaml")
