"""What manifests and code must agree on: settings, connections, Secrets, events and who takes them."""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.routing import iter_route_contexts

from functions import FUNCTIONS
from knative.images import is_ours, job_name
from knative.lint.documents import Document, inside, listing, mapping, read
from knative.lint.eventing import SERVICE, values
from knative.lint.serving import RESERVED_VARIABLES
from knative.local.manifests import Trigger
from shared.contracts.states import OWNERS
from shared.settings import Settings

EXAMPLE = Path(__file__).resolve().parent.parent / "secrets.example.yaml"
SETTINGS: Mapping[str, str] = {field.metadata["name"]: str(field.default) for field in fields(Settings)}
COMMANDS = {"DATABASE_URL", "UVOTE_CLOCK_DATABASE_URL", "UVOTE_HOST"}
"""Variables that commands read, which are no settings of a function."""
CONNECTIONS = 200
"""What PostgreSQL is asked to allow (`max_connections`)."""
SPARE = 10
"""Connections for the clock, migrations, people, and those that PostgreSQL keeps for its administrator."""


def settings(document: Document) -> Iterator[str]:
    """A misspelt variable would leave its setting at the default."""
    for container in _ours(document):
        for entry in listing(container, "env"):
            if entry.get("name") not in {*SETTINGS, *COMMANDS, *RESERVED_VARIABLES}:
                yield f"{entry.get('name')} is no setting."


def connections(everything: list[Document]) -> Iterator[str]:
    """Counted twice, since two revisions live side by side while a new one is rolled out."""
    most = 0
    for document in everything:
        for container in _ours(document) if document.kind == SERVICE else ():
            env = {str(entry.get("name")): entry for entry in listing(container, "env")}
            if "UVOTE_DATABASE_URL" in env:
                pool = str(env.get("UVOTE_POOL_SIZE", {}).get("value", SETTINGS["UVOTE_POOL_SIZE"]))
                annotations = mapping(document.body, "spec", "template", "metadata", "annotations")
                pods = str(annotations.get("autoscaling.knative.dev/max-scale", "0"))
                if not pool.isdigit() or not pods.isdigit() or int(pods) == 0:
                    yield f"{document.name} has no bound: it needs a max-scale and a UVOTE_POOL_SIZE."
                else:
                    most += int(pods) * int(pool)
    if 2 * most + SPARE > CONNECTIONS:
        yield f"twice {most} connections and {SPARE} to spare are more than PostgreSQL's {CONNECTIONS}."


def secrets(document: Document, everything: list[Document]) -> Iterator[str]:
    """Each key that is taken stands in the example, so that whoever makes the Secrets forgets none."""
    known = {(d.body["kind"], d.name): _keys(d) for d in [*everything, *read([EXAMPLE])] if _holds(d)}
    for kind, name, key in sorted(_taken(document)):
        if (kind, name) not in known:
            yield f"the {kind} {name} is not in {EXAMPLE.name}."
        elif key and key not in known[kind, name]:
            yield f"the {kind} {name} has no key {key} in {EXAMPLE.name}."


def handlers(everything: list[Document]) -> Iterator[str]:
    """A Trigger delivers what an owner sends, to a function that takes it there, and not to the owner itself."""
    owners = {f"org.uvote.{thing}.changed.v1": function for thing, function in OWNERS.items()}
    for trigger in values(everything):
        if not isinstance(trigger, Trigger):
            continue
        function, _, path = trigger.subscriber.partition("/")
        if function in FUNCTIONS and f"/{path}" not in _posts(function):
            yield f"Trigger {trigger.name}: {function} takes nothing at /{path}."
        for one in trigger.filters:
            kind = inside(one, "exact", "type")
            if kind not in owners:
                yield f"Trigger {trigger.name}: nobody sends {kind or 'what it waits for'}."
            elif owners[kind] == function:
                yield f"Trigger {trigger.name}: {function} would be told its own events."


@cache
def _posts(function: str) -> set[str]:
    """Where a function takes POST requests."""
    app = importlib.import_module(f"functions.{function}.app").app
    routes = iter_route_contexts(app.routes)
    return {str(route.path) for route in routes if "POST" in (getattr(route, "methods", None) or ())}


def migrations(document: Document) -> Iterator[str]:
    """A Job's template cannot change: under its old name the migrations of a new release would never be applied."""
    for container in _ours(document) if document.kind == "batch/Job" else ():
        if (name := job_name(str(container.get("image")))) != document.name:
            yield f"the Job of this image is called {name}."


def _ours(document: Document) -> list[Mapping[str, Any]]:
    """The containers that run our image."""
    return [container for container in document.containers if is_ours(container.get("image"))]


def _holds(document: Document) -> bool:
    return document.kind in {"Secret", "ConfigMap"}


def _keys(document: Document) -> set[str]:
    return {*mapping(document.body, "data"), *mapping(document.body, "stringData")}


def _taken(document: Document) -> set[tuple[str, str, str]]:
    """Kind, name and key of everything a pod takes; a mounted Secret once more without a key."""
    taken: set[tuple[str, str, str]] = set()
    for container in document.containers:
        env = listing(container, "env")
        for entry in env:
            for source, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                if reference := mapping(entry, "valueFrom", source):
                    taken.add((kind, str(reference.get("name")), str(reference.get("key"))))
        for mount in listing(container, "volumeMounts"):
            for volume in listing(document.pod, "volumes"):
                if "secret" in volume and volume.get("name") == mount.get("name"):
                    name, folder = str(inside(volume, "secret", "secretName")), f"{mount.get('mountPath')}/"
                    files = [str(entry.get("value", "")) for entry in env]
                    taken |= {("Secret", name, f.removeprefix(folder)) for f in files if f.startswith(folder)}
                    taken.add(("Secret", name, ""))
    return taken
