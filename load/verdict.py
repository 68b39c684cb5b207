"""After a run: reconcile, hold the figures against the gates, write the report; the exit code says whether it passed.

    python -m load.verdict FOLDER

0 passed, 1 failed, 2 there was nothing to judge. The voting links are removed.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from load import folder as files
from load import machine
from load.figures import Used, figures
from load.gates import Gate, achieved, gates, only_failed
from load.organiser import Organiser, Refused
from load.outcomes import Outcome
from load.reconcile import Verdict, judge, read
from load.report import Report, as_json, page
from load.scenarios import SCENARIOS, Gates, Plan
from load.steps import Step


def verdict(
    folder: Path, facts: Mapping[str, str] | None = None, limits: Mapping[str, Any] | None = None
) -> tuple[Report, Path]:
    """Judge what is in a folder. `facts` stand in the report; `limits` replace gates of the scenario by name.

    Raises Refused where the system does not come to an end, FileNotFoundError where nothing ran.
    """
    prepared = json.loads((folder / files.PREPARED).read_text())
    plan = Plan(**prepared["plan"])
    scenario = SCENARIOS[plan.scenario]
    rows = _lines(folder / files.REQUESTS, list)
    voters = _lines(folder / files.VOTERS, Outcome.from_json)
    sampled = _lines(folder / files.SAMPLES, lambda said: Used(**said)) if (folder / files.SAMPLES).exists() else []
    ran = json.loads((folder / files.RAN).read_text())
    held: Verdict | None = None
    trouble = ""
    try:
        held = asyncio.run(_reconciled(prepared, voters))
    except (Refused, httpx.HTTPError) as error:
        trouble = str(error) or type(error).__name__
    finally:
        with suppress(FileNotFoundError):
            (folder / files.PREPARED).unlink()
    found = figures(rows, plan.half)
    used = [one for one in sampled if one.second >= found.began]
    kept: Gates = replace(scenario.gates, **(limits or {}))
    judged = gates(scenario, plan, kept, found, voters, used, held)
    if trouble:
        judged.append(Gate("the system answered for the reconciliation", trouble, "an answer", False))
    report = Report(
        scenario=scenario,
        plan=plan,
        host=prepared["host"],
        figures=found,
        gates=judged,
        verdict=held,
        voters=voters,
        used=used,
        steps=[Step(**one) for one in ran["steps"]],
        there=[(at, users) for at, users in ran["there"]],
        achieved=achieved(scenario, voters, plan),
        facts={**machine.facts(), **(facts or {})},
        pods=(folder / files.PODS).read_text() if (folder / files.PODS).exists() else "",
    )
    (folder / files.REPORT).write_text(json.dumps(as_json(report), indent=1))
    (folder / files.PAGE).write_text(page(report))
    return report, folder / files.PAGE


async def _reconciled(prepared: Mapping[str, Any], voters: list[Outcome]) -> Verdict:
    async with httpx.AsyncClient(base_url=prepared["host"], trust_env=False, timeout=120) as client:
        desk = Organiser(client, prepared["email"], prepared["password"])
        return judge(voters, await read(desk, prepared["election"]))


def _lines(path: Path, read_one: Callable[[Any], Any]) -> list[Any]:
    return [read_one(json.loads(line)) for line in path.read_text().splitlines()]


def told(report: Report, page_at: Path) -> str:
    """The outcome in some lines for a terminal."""
    failed = only_failed(report.gates)
    said = [f"{report.scenario.name}: {'failed' if failed else 'passed'}, {report.figures.requests:,} requests"]
    said += [f"  not kept: {what}: {how}" for what, how in failed.items()]
    if report.verdict:
        said += [f"  differs: {one.what}: {one.found}" for one in report.verdict.lines if not one.holds]
        said += [f"  undecided: voter {n}{', marked' if m else ''}" for n, m in report.verdict.undecided.items()]
    return "\n".join([*said, f"  report: {page_at}"])


def main() -> int:
    """The command; see above."""
    folder = Path(sys.argv[1])
    try:
        report, page_at = verdict(folder)
    except FileNotFoundError as missing:
        sys.stderr.write(f"load: nothing ran in {folder}: {missing.filename} is missing.\n")
        return 2
    sys.stdout.write(told(report, page_at) + "\n")
    return 1 if only_failed(report.gates) else 0


if __name__ == "__main__":
    sys.exit(main())
