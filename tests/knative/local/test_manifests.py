"""The local platform reads what Knative would read, and says in a sentence what it would not."""

from pathlib import Path

import pytest

from knative.local.manifests import Delivery, read
from knative.mistake import Mistake

BROKER = """
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {name: events, namespace: here}
"""
TRIGGER = """
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: one, namespace: here}
spec:
  broker: events
  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: ballot}, uri: /events}
"""
SERVICE = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: ballot, namespace: here}
spec:
  template:
    metadata: {annotations: {autoscaling.knative.dev/max-scale: "8"}}
    spec:
      containerConcurrency: 50
      containers:
        - image: dev.local/uvote:1
          env:
            - {name: UVOTE_FUNCTION, value: ballot}
            - {name: UVOTE_DATABASE_URL, valueFrom: {secretKeyRef: {name: database, key: url}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "broker.yaml").write_text(BROKER)
    return tmp_path


def delivery(folder: Path, text: str) -> Delivery:
    (folder / "broker.yaml").write_text(f"{BROKER}spec: {{delivery: {{{text}}}}}")
    return read(folder).brokers["events"].delivery


def mistake(folder: Path) -> str:
    with pytest.raises(Mistake) as refusal:
        read(folder)
    return str(refusal.value)


def test_a_service_is_read_with_what_runs_it(folder: Path) -> None:
    # A Service of Kubernetes' own, a ConfigMap and a kustomization stand beside it.
    beside = "---\napiVersion: v1\nkind: Service\nmetadata: {name: postgres}\n---\n---\napiVersion: v1\nkind: ConfigMap"
    (folder / "ballot.yaml").write_text(SERVICE + beside)
    (folder / "kustomization.yaml").write_text("resources: [ballot.yaml]")
    services = read(folder).services
    assert list(services) == ["ballot"]
    ballot = services["ballot"]
    assert ballot.env == {"UVOTE_FUNCTION": "ballot"}
    assert ballot.references == {"UVOTE_DATABASE_URL": "database/url"}
    assert (ballot.concurrency, ballot.max_scale) == (50, 8)


def test_a_trigger_names_a_service_with_a_path_or_a_whole_address(folder: Path) -> None:
    whole = TRIGGER.partition("  subscriber")[0] + "  subscriber: {uri: http://127.0.0.1:9/x}\n"
    bare = TRIGGER.replace(", uri: /events", "")
    (folder / "triggers.yaml").write_text("---".join([TRIGGER, whole, bare]))
    assert [trigger.subscriber for trigger in read(folder).triggers] == [
        "ballot/events",
        "http://127.0.0.1:9/x",
        "ballot/",
    ]


def test_the_new_filters_count_and_the_old_one_only_without_them(folder: Path) -> None:
    old = "  filter: {attributes: {type: a}}\n"
    new = "  filters: [{exact: {type: b}}]\n"
    (folder / "triggers.yaml").write_text("---".join([TRIGGER, TRIGGER + old, TRIGGER + old + new]))
    assert [trigger.filters for trigger in read(folder).triggers] == [
        (),
        ({"attributes": {"type": "a"}},),
        ({"exact": {"type": "b"}},),
    ]


def test_a_triggers_delivery_is_read_apart_from_its_brokers(folder: Path) -> None:
    (folder / "triggers.yaml").write_text("---".join([TRIGGER, TRIGGER + "  delivery: {retry: 1}\n"]))
    assert [trigger.delivery for trigger in read(folder).triggers] == [None, Delivery(retry=1)]


def test_a_broker_that_says_nothing_has_knatives_default_delivery(folder: Path) -> None:
    default = read(folder).brokers["events"].delivery
    assert (default.retry, default.policy, default.dead_letters) == (10, "exponential", None)
    # 0.2 s doubling ten times: 204.6 s of waiting in all.
    assert sum(default.pause(failures) for failures in range(1, 11)) == pytest.approx(204.6)


def test_linear_pauses_begin_with_none_and_exponential_ones_double(folder: Path) -> None:
    linear = delivery(folder, "retry: 4, backoffPolicy: linear, backoffDelay: PT1S")
    assert [linear.pause(failures) for failures in range(1, 6)] == [0, 1, 2, 3, 4]
    doubling = delivery(folder, "retry: 4, backoffPolicy: exponential, backoffDelay: PT0.5S")
    assert [doubling.pause(failures) for failures in range(1, 6)] == [0.5, 1, 2, 4, 8]


@pytest.mark.parametrize("text", ["retry: 3", "retry: 3, backoffPolicy: linear", "retry: 3, backoffDelay: PT9S"])
def test_without_both_a_policy_and_a_delay_there_are_no_pauses(folder: Path, text: str) -> None:
    assert [delivery(folder, text).pause(failures) for failures in (1, 2, 3)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT0.2S", 0.2), ("PT90S", 90), ("PT1M30S", 90), ("PT1H", 3600), ("PT2M", 120)]
)
def test_durations_are_those_of_iso_8601(folder: Path, text: str, seconds: float) -> None:
    assert delivery(folder, f"timeout: {text}").timeout == seconds


@pytest.mark.parametrize(
    "text",
    [
        "backoffDelay: 200ms, backoffPolicy: linear",
        "backoffDelay: PT, backoffPolicy: linear",
        "backoffDelay: 5, backoffPolicy: linear",
        "backoffPolicy: quadratic",
        "retry: -1",
        "retry: often",
        "timeout: PT0S",
        "retryAfterMax: PT5S",
        "format: json",
        "deadLetterSink: {}",
        "deadLetterSink: {uri: /dead}",
        "deadLetterSink: {ref: {name: election}, uri: 'http://127.0.0.1/dead'}",
        "deadLetterSink: {ref: {kind: Service}}",
        "deadLetterSink: election",
    ],
)
def test_a_delivery_that_knative_would_refuse_is_refused_with_the_files_name(folder: Path, text: str) -> None:
    (folder / "broker.yaml").write_text(f"{BROKER}spec: {{delivery: {{{text}}}}}")
    assert mistake(folder).startswith("broker.yaml: ")


@pytest.mark.parametrize(
    ("old", "new", "about"),
    [
        ("  broker: events\n", "", "'broker'"),
        ("broker: events", "broker: other", "no Broker other"),
        ("  subscriber:", "  somebody:", "'subscriber'"),
        ("{name: one, namespace: here}", "{namespace: here}", "'name'"),
        ("{name: one, namespace: here}", "[one]", "form"),
        ("broker: events", "broker: events\n  filters: [{}]", "Trigger one"),
        ("broker: events", "broker: events\n  filter: {attributes: {}}", "Trigger one"),
        ("broker: events", "broker: events\n  filter: {}", "Trigger one"),
        ("apiVersion: eventing.knative.dev/v1\n", "", "'apiVersion'"),
        ("spec:", "spec: {", "not YAML"),
        (TRIGGER, "- a list", "no manifest"),
    ],
)
def test_a_trigger_that_knative_would_refuse_or_never_serve_is_refused(
    folder: Path, old: str, new: str, about: str
) -> None:
    assert TRIGGER.count(old) == 1
    (folder / "triggers.yaml").write_text(TRIGGER.replace(old, new))
    assert about in mistake(folder)
