"""The manifests of `knative/base` as values: the local platform runs the very files that Knative is given."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from knative.local.filters import check_filters
from knative.mistake import Mistake

BASE = Path(__file__).resolve().parent.parent / "base"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How often and how long an event is retried, and where it goes at last. Pauses in seconds."""

    retry: int = 0
    policy: str = "exponential"
    delay: float = 0.2
    timeout: float = 30.0
    dead_letters: str | None = None
    """`service/path` of the dead-letter sink."""

    def pause(self, failures: int) -> float:
        """Seconds before the try after so many failures; linear begins with none, as Knative's own code does."""
        return self.delay * (failures - 1 if self.policy == "linear" else 2 ** (failures - 1))


@dataclass(frozen=True, slots=True)
class Service:
    """One function as Knative runs it."""

    name: str
    env: Mapping[str, str]
    """Plain values; what comes from a Secret or ConfigMap is in `references`."""
    references: Mapping[str, str]
    concurrency: int
    max_scale: int


@dataclass(frozen=True, slots=True)
class Broker:
    namespace: str
    name: str
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Trigger:
    name: str
    broker: str
    filters: tuple[Mapping[str, Any], ...]
    subscriber: str
    """`service/path`."""
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Manifests:
    services: Mapping[str, Service] = field(default_factory=dict)
    brokers: Mapping[str, Broker] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()


def read(folder: Path = BASE) -> Manifests:
    """Everything in a folder of manifests; raises Mistake for what cannot be understood or would be refused."""
    documents = [
        document
        for path in sorted(folder.glob("*.yaml"))
        if path.name != "kustomization.yaml"
        for document in yaml.safe_load_all(path.read_text())
        if document
    ]
    of = {kind: [d for d in documents if d.get("kind") == kind] for kind in ("Service", "Broker", "Trigger")}
    try:
        return Manifests(
            services={d["metadata"]["name"]: _service(d) for d in of["Service"]},
            brokers={d["metadata"]["name"]: _broker(d) for d in of["Broker"]},
            triggers=tuple(_trigger(d) for d in of["Trigger"]),
        )
    except (KeyError, TypeError, IndexError) as error:
        raise Mistake(f"A manifest in {folder} lacks {error}.") from error


def _service(document: dict[str, Any]) -> Service:
    template = document["spec"]["template"]
    container = template["spec"]["containers"][0]
    annotations = template["metadata"].get("annotations", {})
    plain, references = {}, {}
    for entry in container.get("env", []):
        if "value" in entry:
            plain[entry["name"]] = entry["value"]
        else:
            source = next(iter(entry["valueFrom"].values()))
            references[entry["name"]] = f"{source['name']}/{source['key']}"
    return Service(
        name=document["metadata"]["name"],
        env=plain,
        references=references,
        concurrency=template["spec"].get("containerConcurrency", 0),
        max_scale=int(annotations.get("autoscaling.knative.dev/max-scale", "0")),
    )


def _broker(document: dict[str, Any]) -> Broker:
    given = document["spec"].get("delivery")
    # What config-br-defaults gives a Broker that says nothing.
    delivery = _delivery(given) if given else Delivery(retry=10)
    return Broker(document["metadata"]["namespace"], document["metadata"]["name"], delivery)


def _trigger(document: dict[str, Any]) -> Trigger:
    spec, name = document["spec"], document["metadata"]["name"]
    filters = tuple(spec.get("filters", ()))
    if not filters and "filter" in spec:
        filters = ({"attributes": spec["filter"].get("attributes", {})},)
    check_filters(name, filters)
    return Trigger(
        name=name,
        broker=spec["broker"],
        filters=filters,
        subscriber=_destination(spec["subscriber"]),
        delivery=_delivery(spec["delivery"]) if spec.get("delivery") else None,
    )


def _delivery(given: dict[str, Any]) -> Delivery:
    policy = given.get("backoffPolicy", "exponential")
    if policy not in {"linear", "exponential"}:
        raise Mistake(f"backoffPolicy {policy!r} is neither linear nor exponential.")
    unknown = set(given) - {"retry", "backoffPolicy", "backoffDelay", "timeout", "deadLetterSink"}
    if unknown:
        raise Mistake(f"delivery has fields that are not taken: {', '.join(sorted(unknown))}.")
    return Delivery(
        retry=int(given.get("retry", 0)),
        policy=policy,
        delay=_seconds(given.get("backoffDelay", "PT0.2S")),
        timeout=_seconds(given.get("timeout", "PT30S")),
        dead_letters=_destination(given["deadLetterSink"]) if "deadLetterSink" in given else None,
    )


def _destination(given: dict[str, Any]) -> str:
    return f"{given['ref']['name']}/{str(given.get('uri', '/')).lstrip('/')}"


def _seconds(duration: str) -> float:
    found = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", str(duration))
    if not found or not any(found.groups()):
        raise Mistake(f"{duration!r} is not a duration of ISO 8601, such as PT0.5S.")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
