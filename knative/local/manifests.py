"""The manifests of `knative/base` as values: the local platform runs the very files that Knative is given."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from knative.local.filters import check_attributes, check_filters
from knative.mistake import Mistake

BASE = Path(__file__).resolve().parent.parent / "base"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How often and how long an event is retried, and where it goes at last. Pauses in seconds."""

    retry: int = 0
    policy: str = "exponential"
    delay: float = 0.0
    timeout: float = 30.0
    dead_letters: str | None = None
    """`service/path` of the dead-letter sink, or a whole address."""

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
    """`service/path`, or a whole address."""
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Manifests:
    services: Mapping[str, Service] = field(default_factory=dict)
    brokers: Mapping[str, Broker] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()


def read(folder: Path = BASE) -> Manifests:
    """Everything in a folder of manifests; raises Mistake for what cannot be understood or would be refused."""
    services: dict[str, Service] = {}
    brokers: dict[str, Broker] = {}
    triggers: list[Trigger] = []
    for path, document in documents(folder):
        try:
            match understood(document):
                case Service() as service:
                    services[service.name] = service
                case Broker() as broker:
                    brokers[broker.name] = broker
                case Trigger() as trigger:
                    triggers.append(trigger)
        except Mistake as mistake:
            raise Mistake(f"{path.name}: {mistake}") from None
    for trigger in triggers:
        if trigger.broker not in brokers:
            raise Mistake(f"Trigger {trigger.name}: there is no Broker {trigger.broker}.")
    return Manifests(services, brokers, tuple(triggers))


def documents(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every document of a manifest or of those in a folder; raises Mistake for what is none."""
    for path in [folder] if folder.is_file() else sorted(folder.glob("*.yaml")):
        if path.name == "kustomization.yaml":
            continue
        try:
            found = list(yaml.safe_load_all(path.read_text()))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise Mistake(f"{path.name} is not YAML.") from error
        for document in found:
            if document is None:
                continue
            if not isinstance(document, dict):
                raise Mistake(f"{path.name} holds something that is no manifest.")
            yield path, document


def understood(document: dict[str, Any]) -> Service | Broker | Trigger | None:
    """A document as a value, None where it is of another kind; raises Mistake for one that would be refused."""
    kind = document.get("kind")
    try:
        match str(document["apiVersion"]).partition("/")[0], kind:
            case "serving.knative.dev", "Service":
                return _service(document)
            case "eventing.knative.dev", "Broker":
                return _broker(document)
            case "eventing.knative.dev", "Trigger":
                return _trigger(document)
    except KeyError as error:
        raise Mistake(f"a {kind} lacks {error}.") from error
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise Mistake(f"a {kind} does not have the form of one.") from error
    return None


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
    given = (document.get("spec") or {}).get("delivery")
    # What config-br-defaults gives a Broker that says nothing.
    delivery = _delivery(given) if given else Delivery(retry=10, delay=0.2)
    return Broker(document["metadata"]["namespace"], document["metadata"]["name"], delivery)


def _trigger(document: dict[str, Any]) -> Trigger:
    spec, name = document["spec"], document["metadata"]["name"]
    filters = spec.get("filters", [])
    check_filters(name, filters)
    if not filters and "filter" in spec:  # the old one counts only where the new ones say nothing
        filters = [{"attributes": (spec["filter"] or {}).get("attributes")}]
        check_attributes(name, filters[0]["attributes"])
    return Trigger(
        name=name,
        broker=spec["broker"],
        filters=tuple(filters),
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
    retry, timeout = int(given.get("retry", 0)), _seconds(given.get("timeout", "PT30S"))
    if retry < 0 or timeout == 0:
        raise Mistake("delivery takes no negative retry and no timeout of nothing.")
    return Delivery(
        retry=retry,
        policy=policy,
        # Knative waits only where both the policy and the delay are said.
        delay=_seconds(given["backoffDelay"]) if {"backoffDelay", "backoffPolicy"} <= set(given) else 0.0,
        timeout=timeout,
        dead_letters=_destination(given["deadLetterSink"]) if "deadLetterSink" in given else None,
    )


def _destination(given: dict[str, Any]) -> str:
    uri = str(given.get("uri", "/"))
    if ("ref" in given) == ("://" in uri):
        raise Mistake(f"A destination is a ref with a path, or a whole address alone; {uri!r} is neither.")
    return f"{given['ref']['name']}/{uri.lstrip('/')}" if "ref" in given else uri


def _seconds(duration: str) -> float:
    found = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", str(duration))
    if not found or not any(found.groups()):
        raise Mistake(f"{duration!r} is not a duration of ISO 8601, such as PT0.5S.")
    if re.search(r"\.\d\d", str(duration)):
        raise Mistake(f"{duration!r} is finer than a tenth of a second, and Knative cuts the rest off.")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
