"""Autoscaling as it happens: what Knative wants, what is there, how busy it is, each second; a table, CSV, a picture.

Asked through kubectl, which an operator has, whose login it is, and which needs no package of ours. What stands in no
object (concurrency, its target, panic) is read off the autoscaler's own metrics through the API server, under the names
before Knative 1.19 or those since; where they are off, these columns stay empty. An in-memory Broker shows no backlog:
what waits is told by the exporter, where it is deployed.
"""

import csv
import io
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from knative.api_server import Ask, reading
from knative.mistake import Mistake

SCALERS = "/apis/autoscaling.internal.knative.dev/v1alpha1/namespaces/{}/podautoscalers"
PODS = "/api/v1/namespaces/{}/pods"
NAMES = {
    "autoscaler_stable_request_concurrency": "concurrency",
    "kn_revision_concurrency_stable": "concurrency",
    "autoscaler_target_concurrency_per_pod": "target",
    "kn_revision_concurrency_target": "target",
    "autoscaler_panic_mode": "panic",
    "kn_revision_panic_mode": "panic",
}
"""Metrics of the autoscaler, before Knative 1.19 and since."""
BACKLOG = ("uvote_state_untaken_seconds", "uvote_dead_letters")


@dataclass(frozen=True, slots=True)
class Row:
    """One revision in one second. None: not known."""

    second: float
    service: str
    revision: str
    desired: int
    ready: int
    pods: int
    """That exist, coming and going ones too."""
    concurrency: float | None = None
    target: float | None = None
    """What one pod shall be given."""
    panic: bool | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the Broker and the exchange owe, as far as it shows."""

    untaken_seconds: float | None = None
    dead_letters: float | None = None


def rows(
    second: float, scalers: Iterable[Mapping[str, Any]], pods: Iterable[Mapping[str, Any]], autoscaler: str = ""
) -> list[Row]:
    """The revisions that receive requests, or have pods; from PodAutoscalers, pods, and the autoscaler's metrics."""
    measured = _measured(autoscaler)
    ready: dict[str, int] = {}
    there: dict[str, int] = {}
    for pod in pods:
        revision = pod["metadata"]["labels"]["serving.knative.dev/revision"]
        if pod["status"].get("phase") in {"Pending", "Running"}:
            there[revision] = there.get(revision, 0) + 1
            going = "deletionTimestamp" in pod["metadata"]
            conditions = {c["type"]: c["status"] for c in pod["status"].get("conditions", ())}
            ready[revision] = ready.get(revision, 0) + (conditions.get("Ready") == "True" and not going)
    found = []
    for scaler in scalers:
        name, service = scaler["metadata"]["name"], scaler["metadata"]["labels"]["serving.knative.dev/service"]
        if scaler["spec"].get("reachability") != "Unreachable" or there.get(name):
            of = measured.get((scaler["metadata"]["namespace"], name), {})
            panic = bool(of["panic"]) if "panic" in of else None
            desired = max(0, scaler.get("status", {}).get("desiredScale") or 0)
            found.append(
                Row(
                    round(second, 1), service, name, desired, ready.get(name, 0), there.get(name, 0),
                    of.get("concurrency"), of.get("target"), panic,
                )
            )  # fmt: skip
    return sorted(found, key=lambda row: (row.service, row.revision))


def waiting(exporter: str) -> Waiting:
    """From the exporter's page; all unknown where it is empty."""
    from prometheus_client.parser import text_string_to_metric_families

    found: dict[str, list[float]] = {}
    for family in text_string_to_metric_families(exporter):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.value)
    return Waiting(*(max(found[name]) if name in found else None for name in BACKLOG))


def woken(taken: Sequence[Row]) -> dict[str, int]:
    """Revision → how often it was wanted after it had not been."""
    before: dict[str, int] = {}
    times: dict[str, int] = {}
    for row in taken:
        times.setdefault(row.revision, 0)
        times[row.revision] += before.get(row.revision, row.desired) == 0 and row.desired > 0
        before[row.revision] = row.desired
    return times


def as_csv(taken: Iterable[Row]) -> str:
    """A line a row, unknown fields empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([field.name for field in fields(Row)])
    for row in taken:
        writer.writerow(["" if value is None else int(value) if value is True else value for value in astuple(row)])
    return out.getvalue()


def _measured(text: str) -> dict[tuple[str, str], dict[str, float]]:
    """Namespace and revision → what the autoscaler measures."""
    from prometheus_client.parser import text_string_to_metric_families

    # Of some hundred kilobytes a second, most is about other things and would take twenty times as long to read.
    asked = "".join(f"{line}\n" for line in text.splitlines() if line.partition("{")[0] in NAMES)
    found: dict[tuple[str, str], dict[str, float]] = {}
    for family in text_string_to_metric_families(asked):
        for sample in family.samples:
            labels = sample.labels
            namespace = labels.get("namespace_name") or labels.get("k8s_namespace_name", "")
            revision = labels.get("revision_name") or labels.get("kn_revision_name", "")
            found.setdefault((namespace, revision), {})[NAMES[family.name]] = sample.value
    return found


class Cluster:
    """What is asked of a cluster. Raises Mistake, with kubectl's own words, where there is none."""

    def __init__(self, namespace: str, ask: Ask) -> None:
        self.namespace = namespace
        self.ask = ask
        self.autoscaler = self._pod("knative-serving", "app=autoscaler")
        self.exporter = self._pod(namespace, "uvote.org/part=exporter")

    def sample(self, second: float) -> tuple[list[Row], Waiting]:
        scalers = self._items(SCALERS.format(self.namespace))
        pods = self._items(PODS.format(self.namespace), "serving.knative.dev/revision")
        measured = self._page("knative-serving", self.autoscaler, 9090)
        return rows(second, scalers, pods, measured), waiting(self._page(self.namespace, self.exporter, 9095))

    def _items(self, path: str, label: str = "") -> list[dict[str, Any]]:
        # Version 0: as the API server has it in memory, which costs it next to nothing.
        found: list[dict[str, Any]] = json.loads(self.ask(f"{path}?resourceVersion=0&labelSelector={label}"))["items"]
        return found

    def _pod(self, namespace: str, label: str) -> str:
        items = self._items(PODS.format(namespace), label)
        return str(items[0]["metadata"]["name"]) if items else ""

    def _page(self, namespace: str, pod: str, port: int) -> str:
        # Who may list pods may not always go through the API server to one; then these columns are empty.
        with suppress(Mistake):
            return self.ask(f"{PODS.format(namespace)}/{pod}:{port}/proxy/metrics") if pod else ""
        return ""


@contextmanager
def watching(namespace: str, every: float, csv_file: Path, picture: Path) -> Iterator[list[Row]]:
    """The rows as they come, looked for beside the block each so many seconds, and kept at its end, however it ends."""
    with reading() as ask:
        cluster, taken, over = Cluster(namespace, ask), list[Row](), threading.Event()
        began = time.monotonic()

        def look() -> None:
            while not over.is_set():
                with suppress(Mistake):  # away for a moment: a gap
                    taken.extend(cluster.sample(time.monotonic() - began)[0])
                over.wait(every)

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield taken
        finally:
            over.set()
            watcher.join()
            _keep(taken, csv_file, picture)


def _keep(taken: Sequence[Row], csv_file: Path | None, picture: Path | None) -> None:
    if csv_file:
        csv_file.write_text(as_csv(taken))
    if picture:
        from knative.watch_picture import draw

        picture.write_text(draw(taken, woken(taken)))


def command(
    seconds: Annotated[float, typer.Option(min=1, help="How long; Ctrl-C ends it sooner.")] = 3600,
    namespace: Annotated[str, typer.Option(help="Where the functions are.")] = "uvote",
    csv_file: Annotated[Path | None, typer.Option("--csv", help="A line a revision and second.")] = None,
    picture: Annotated[Path | None, typer.Option(help="An SVG, drawn at the end.")] = None,
) -> None:
    """Watch the autoscaling of what kubectl talks to: wanted, ready, busy, each second."""
    taken: list[Row] = []
    began = time.monotonic()
    with suppress(KeyboardInterrupt), reading() as ask:
        cluster = Cluster(namespace, ask)
        try:
            with Live(console=Console(), refresh_per_second=4) as live:
                while (now := time.monotonic() - began) < seconds:
                    # A cluster that is away for a moment leaves a gap, and what was taken is kept.
                    with suppress(Mistake):
                        newest, owed = cluster.sample(now)
                        taken += newest
                        live.update(table(newest, woken(taken), owed))
                    time.sleep(max(0.0, now + 1 - (time.monotonic() - began)))
        finally:
            _keep(taken, csv_file, picture)


def table(newest: Sequence[Row], times: Mapping[str, int], owed: Waiting) -> Table:
    """What is shown while watching."""
    told = [f"untaken for {owed.untaken_seconds:.0f} s"] if owed.untaken_seconds is not None else []
    told += [f"dead letters {owed.dead_letters:.0f}"] if owed.dead_letters is not None else []
    shown = Table(title=f"UVote's autoscaling, second {newest[0].second:.0f}" if newest else "Nothing is there yet")
    shown.caption = " · ".join(told) or None
    for name in ("revision", "wanted", "ready", "pods", "busy", "target", "woken"):
        shown.add_column(name, justify="left" if name == "revision" else "right")
    for row in newest:
        busy = "" if row.concurrency is None else f"{row.concurrency:.1f}"
        target = "" if row.target is None else f"{row.target:.1f}"
        shown.add_row(
            f"{row.revision}{' (panic)' if row.panic else ''}",
            *map(str, (row.desired, row.ready, row.pods)),
            busy,
            target,
            str(times.get(row.revision, 0)),
        )
    return shown
