"""`python -m tests.cluster.report` writes knative/REPORT.md from what the cluster tests measured last."""

import json
import shutil
from pathlib import Path
from statistics import median
from typing import Any

from functions import FUNCTIONS
from tests.cluster.figures import FOLDER

REPORT = Path(__file__).resolve().parent.parent.parent / "knative" / "REPORT.md"
PICTURES = REPORT.parent.parent / "docs" / "cluster"
SCENARIOS = ("opening-bell", "polling-day", "last-minute", "closing-race", "double-click")
FAULTS = {
    "rollout": "a new release rolled out, its migrations first",
    "postgresql": "PostgreSQL's process killed",
    "containerd": "containerd killed and started again",
}


def main() -> None:
    """Write the report, and put the watch's files beside it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for file in (*FOLDER.glob("*.csv"), *FOLDER.glob("*.svg")):
        shutil.copy(file, PICTURES / file.name)
    parts = [
        part() for part in (head, apply, cold_starts, cold_vote, asleep, replay, crowds, jobs, faults, others, verdicts)
    ]
    REPORT.write_text("\n\n".join(part for part in parts if part) + "\n")


def head() -> str:
    on = figures("cluster")
    where = (
        f"Kubernetes {on['kubernetes']}, Knative {on['knative']}, overlay `kind-small`. {on['machine']} " if on else ""
    )
    return (
        "# On a real cluster\n\nWritten by `python -m tests.cluster.report` from what `./uvote test --cluster` measured; "
        f"not edited by hand.\n\nOne node. {where}"
        "The tests, the cluster and what they measure share the machine. Its network enforces no NetworkPolicies."
    )


def apply() -> str:
    found = figures("apply")
    return found and (
        "## From nothing\n\n"
        f"`kubectl apply -k knative/overlays/kind-small` to six functions ready and migrated: {found['seconds']} s. "
        "Applied again, no generation changes and `kubectl diff` finds nothing."
    )


def cold_starts() -> str:
    found = figures("cold-starts")
    if not found:
        return ""
    rounds, go = found.pop("rounds"), found["hello-go"]["whole"]
    rows = [
        [
            name,
            f"{row['whole']:.2f} ({row['least']:.2f}–{row['most']:.2f})",
            _seconds(row["pod"]),
            _seconds(row["process"]),
            f"{row['whole'] / go:.2f}",
        ]
        for name, row in found.items()
    ]
    return (
        f"## Cold starts\n\nA request that finds no pod, to its answer; medians of {rounds} (spread), in seconds. "
        "`until the process`: scheduler, kubelet, sandbox; `from there`: the program's start, probes, and the way of "
        "the request. Knative 1.22 wakes 0.4 to 0.5 s faster than the 1.15 here, whoever is woken.\n\n"
        + table(["", "whole", "until the process", "from there", "times hello-go (aim 1.15)"], rows)
    )


def cold_vote() -> str:
    found, floor = figures("cold-vote"), figures("cold-floor")
    if not found:
        return ""
    apart = max(found["seconds between the pods of voter and ballot (whole seconds)"])
    return (
        "## A vote while everything is at zero\n\nLanding page, paper, review, receipt, one after the other without "
        f"thinking, {found['tries']} tries, each from zero: first byte after {spread(found['first byte'])} s, receipt after "
        f"{spread(found['finished vote'])} s (aim: 4 s). It wakes four functions: `frontend`, and then `voter`, `ballot` and "
        f"`election` together (the pods of `voter` and `ballot` were made {apart:.0f} s apart at most, in Kubernetes's whole "
        "seconds)."
        + (
            f" Four pods of hello-go, woken as these are, one and then three at once, took {spread(floor)} s: that is the "
            "platform's own part."
            if floor
            else ""
        )
    )


def asleep() -> str:
    found = figures("asleep")
    if not found:
        return ""
    awake, without = found["processors with the clock"], found["processors without"]
    return (
        f"## Asleep\n\n{found['seconds']} s with the clock running each minute, one election open and one scheduled, {found['looks']} "
        f"looks: functions that woke: {', '.join(found['functions that woke']) or 'none'}. `docs/cluster/asleep.csv`. The whole "
        f"machine, the cluster and the one who looks included, used {awake:.3f} processors with the clock and {without:.3f} "
        f"while it was suspended: {60 * (awake - without):.1f} processor-seconds for each minute's look."
    )


def replay() -> str:
    found = figures("replay")
    return found and (
        f"## A real ward\n\n{found['papers']:,} papers of Falkirk South 2021 through {found['through']}: {found['seconds']} s, "
        f"{found['casts a second']} casts a second, winners and every stage as published. Most pods at once: "
        + ", ".join(f"`{name}` {most}" for name, most in sorted(found["most pods"].items()))
        + f"; all at zero {found['seconds to zero after']} s after.\n\n![Pods and requests](../docs/cluster/replay.svg)"
    )


def crowds() -> str:
    rows = []
    for name in SCENARIOS:
        if found := figures(f"load-{name}"):
            p50, p95, most = found["milliseconds"]["cast"]
            used, pods = found["processors"], found["pods"]
            verdict = "; ".join(found["gates failed"]) or "passed"
            verdict += ", no pod before" if found["slept"] else ""
            functions = sum(used.get(one, 0.0) for one in FUNCTIONS)
            rows.append(
                [f"`{name}`", found["voters"], f"{found['requests']:,}", found["failed"], _ends(found["ends"]),
                 f"{found['first answer']:.1f}", f"{p50:,.0f} / {p95:,.0f} / {most:,.0f}",
                 "reconciled" if found["reconciled"] else "NOT reconciled",
                 verdict, sum(pods.values()), f"{used.get('machine', 0):.2f}", f"{found['busiest'].get('machine', 0):.2f}",
                 f"{functions:.2f}",
                 f"{used.get('queue-proxy', 0) + used.get('activator', 0) + used.get('gateway', 0):.2f}",
                 f"{used.get('PostgreSQL', 0):.2f}", f"{used.get('generator', 0):.2f}"]
            )  # fmt: skip
    return rows and (
        "## A thousand voters\n\n`uvote load SCENARIO --on-cluster` through the gateway, at most two pods a function. First answer: "
        "seconds to the first page; the cast in milliseconds (median / 95 of 100 / longest); pods: of all functions at most; "
        "then processors in use on average, of the two there are: all, all in the busiest five seconds, the functions, what "
        "Knative puts before them (queue-proxies, activator, gateway), PostgreSQL, the generator.\n\n"
        + table(
            [
                "scenario",
                "voters",
                "requests",
                "failed",
                "voters ended with",
                "first answer",
                "cast",
                "papers",
                "gates",
                "pods",
                "all",
                "busiest",
                "functions",
                "Knative",
                "PostgreSQL",
                "generator",
            ],
            rows,
        )
    )  # type: ignore[return-value]


def jobs() -> str:
    found = figures("jobs")
    return found and (
        "## Distributed, as Jobs\n\n`load/job.yaml` with a master and "
        f"{found['workers']} workers in the cluster (less than it asks for: one node has not the processors): `polling-day` with "
        f"{found['voters']} voters at once, {found['requests']:,} requests, {found['failed']} failed; {_ends(found['ends'])}; the "
        f"cast in milliseconds {' / '.join(f'{ms:,.0f}' for ms in found['cast'])}; gates: "
        f"{'; '.join(found['gates failed']) or 'passed'}. The verdict stood in the master's log, the report was fetched."
    )


def faults() -> str:
    rows = []
    for name, words in FAULTS.items():
        if found := figures(f"fault-{name}"):
            again = ", ".join(f"{n} × {what}" for what, n in sorted(found["tried again"].items())) or "none"
            rows.append(
                [words, found["cast"], found["papers counted"], found["missing"], found["undecided"], again,
                 found["longest wait"]]
            )  # fmt: skip
    return rows and (
        "## While voters cast, 50 a second offered\n\nEvery voter tries again until there is a definite answer. Lost: receipts "
        "given that are not on the board; undecided: voters without an answer in the end.\n\n"
        + table(
            ["", "receipts", "counted", "lost", "undecided", "tried again after", "longest wait, s"],
            rows,
        )
    )  # type: ignore[return-value]


def others() -> str:
    letters, logs, metrics = figures("dead-letters"), figures("logs"), figures("metrics")
    said = []
    if letters:
        kept = letters["kept while result was away"]
        said.append(f"`result` away until retries ended: {kept} dead letters; back, the election finished by itself.")
    if logs:
        (searched,) = (value for key, value in logs.items() if key != "found")
        said.append(
            f"Two voting links, used in every way: searched for in {searched:,} characters of all pods' logs, none."
        )
    if metrics:
        targets = ", ".join(f"{job} {up}" for job, up in sorted(metrics["targets"].items()))
        fired = [name for name, state in metrics["alerts"].items() if state == "firing"]
        answered = metrics["questions"] - len(metrics["silent"])
        said.append(
            "A Prometheus with `knative/components/observability/prometheus.yaml`, told of the pods by a file in place of "
            f"its own discovery: targets up: {targets}; {answered} of the dashboard's {metrics['questions']} questions "
            f"(names before 1.19) answered; of {len(metrics['alerts'])} alerts fired: {', '.join(fired) or 'none'} "
            "(other tests leave dead letters behind)."
        )
    return "\n".join(["## Events, logs and metrics", "", *(f"* {one}" for one in said)]) if said else ""


def verdicts() -> str:
    rows = figures("verdicts")
    if not rows:
        return ""
    other = [
        [row["rule"], f"`{row['change']}`", row["expected"], row["cluster"]]
        for row in rows
        if row["expected"] != row["cluster"]
    ]
    both = sum(row["expected"] == row["cluster"] == "refused" for row in rows)
    alone = sum(row["expected"] == row["cluster"] == "taken" for row in rows)
    return (
        f"## The lint and the cluster's admission\n\n{len(rows)} manifests, each breaking one rule of `uvote lint`: {both} are "
        f"refused by both, {alone} by the lint alone, as expected: Knative takes them without a word, or cannot know. "
        "Otherwise than expected (Knative before 1.17 refuses `privileged` whatever it says):\n\n"
        + table(["rule", "change", "expected", "here"], other)
        + "\n\nEach of them:\n\n"
        + table(
            ["rule", "change", "admission"],
            [[row["rule"], f"`{row['change'].replace('|', '/')}`", row["cluster"]] for row in rows],
        )
    )


def figures(name: str) -> Any:
    file = FOLDER / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else ""


def table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def spread(values: list[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def _ends(ends: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {end}" for end, n in ends.items())


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    main()
