"""What Brokers, Triggers and sources may say: the webhook's rules, and filters that would let everything through."""

from collections.abc import Iterator

from knative.lint.documents import Document, inside, mapping
from knative.local.manifests import Broker, Trigger, understood
from knative.mistake import Mistake

BROKER, TRIGGER = "eventing.knative.dev/Broker", "eventing.knative.dev/Trigger"
POLICY, PING = "eventing.knative.dev/EventPolicy", "sources.knative.dev/PingSource"
SERVICE = "serving.knative.dev/Service"
OIDC = "oidc.yaml"
"""The file of those who have OIDC switched on; its features are refused elsewhere."""


def filters_and_delivery(document: Document) -> Iterator[str]:
    """What the local broker refuses to start with, for the same reasons."""
    if document.kind in {BROKER, TRIGGER}:
        try:
            understood(document.body)
        except Mistake as mistake:
            yield str(mistake)


def event_policies(document: Document) -> Iterator[str]:
    if document.kind == POLICY and document.file != OIDC:
        yield f"an EventPolicy is refused where OIDC is off; it belongs in {OIDC}."


def ping_schedules(document: Document) -> Iterator[str]:
    if document.kind == PING and len(str(inside(document.body, "spec", "schedule")).split()) not in {5, 6}:
        yield "a schedule has five fields, or six with seconds before them."


def triggers_lead_somewhere(document: Document, everything: list[Document]) -> Iterator[str]:
    """A Trigger without its Broker or its Service is taken, and waits for ever."""
    if document.kind != TRIGGER:
        return
    broker, service = inside(document.body, "spec", "broker"), _service(document, "subscriber")
    if broker and not _there(everything, BROKER, broker):
        yield f"there is no Broker {broker}."
    for name in filter(None, (service, _service(document, "delivery", "deadLetterSink"))):
        if not _there(everything, SERVICE, name):
            yield f"there is no Service {name}."


def dead_letters(document: Document, everything: list[Document]) -> Iterator[str]:
    """An event that cannot be delivered must end where people find it."""
    if document.kind == TRIGGER:
        own = mapping(document.body, "spec", "delivery")
        brokers = [d for d in everything if d.kind == BROKER and d.name == inside(document.body, "spec", "broker")]
        # A Trigger's delivery replaces its Broker's whole one.
        deliveries = [own] if own else [mapping(broker.body, "spec", "delivery") for broker in brokers]
        if not all("deadLetterSink" in delivery for delivery in deliveries):
            yield "what cannot be delivered is dropped: there is no deadLetterSink."


def values(everything: list[Document]) -> list[Broker | Trigger]:
    """The Brokers and Triggers that can be read."""
    found = []
    for document in everything:
        if document.kind in {BROKER, TRIGGER} and not list(filters_and_delivery(document)):
            found.append(understood(document.body))
    return [value for value in found if isinstance(value, Broker | Trigger)]


def _service(document: Document, *path: str) -> str | None:
    name = inside(document.body, "spec", *path, "ref", "name")
    return str(name) if name else None


def _there(everything: list[Document], kind: str, name: object) -> bool:
    return any(document.kind == kind and document.name == name for document in everything)


RULES = (filters_and_delivery, event_policies, ping_schedules)
RULES_TOGETHER = (triggers_lead_somewhere, dead_letters)
