"""Scenarios against UVote as processes, in short: everything is reconciled, and what is wrong fails the run."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from load.organiser import told
from load.outcomes import Outcome
from load.prepare import prepare
from load.reconcile import judge, read
from load.replay import vote
from load.scenarios import SCENARIOS
from tests.system import System

pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.timeout(120)]
ROOT = Path(__file__).resolve().parent.parent.parent
BUSY = ("--p95", "20000", "--rate", "0.1")
"""Gates about time, on a machine that others use as well."""


async def load(system: System, folder: Path, scenario: str, *words: str) -> tuple[int, dict[str, Any], str]:
    """The command's exit code, its report and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "knative.cli", "load", scenario, *words, *BUSY,
        "--host", system.platform.machine.public_url, "--email", system.email, "--report", str(folder),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "UVOTE_PASSWORD": system.password},
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    assert process.returncode is not None
    report = folder / "report.json"
    return process.returncode, json.loads(report.read_text()) if report.exists() else {}, said


def found(report: dict[str, Any], what: str) -> int:
    return int(next(line["found"] for line in report["reconciliation"] if line["what"] == what))


async def test_a_short_polling_day_is_reconciled_to_the_paper(system: System, tmp_path: Path) -> None:
    words = ("--users", "100", "--seconds", "6", "--think", "0.1")
    code, report, said = await load(system, tmp_path, "polling-day", *words)

    assert code == 0, said
    assert report["ends"].keys() == {"receipt"}
    cast = report["ends"]["receipt"]
    assert cast >= 100
    assert found(report, "receipts on the board") == found(report, "papers counted, contest 2") == cast
    assert {"straight", "changes", "looks", "double"} == report["manners"].keys()
    assert max(users for _, users in report["there"]) >= 100
    assert {"landing", "paper", "review", "cast", "receipt", "desk: turnout", "result"} <= report["figures"][
        "names"
    ].keys()
    assert not (tmp_path / "prepared.json").exists(), "voting links are left behind"
    assert "<svg" in (tmp_path / "report.html").read_text()


async def test_in_the_race_to_the_box_what_was_accepted_is_counted(system: System, tmp_path: Path) -> None:
    code, report, said = await load(system, tmp_path, "closing-race", "--users", "100")

    assert code == 0, said
    ends = report["ends"]
    assert ends.keys() == {"receipt", "closed", "too late"}
    assert ends["too late"] == 5
    assert ends["receipt"] + ends["closed"] == 100
    assert found(report, "receipts on the board") == ends["receipt"]


async def test_every_double_click_is_one_paper(system: System, tmp_path: Path) -> None:
    code, report, said = await load(system, tmp_path, "double-click", "--users", "100")

    assert code == 0, said
    assert report["ends"] == {"receipt": 100}
    assert report["figures"]["names"]["cast"]["requests"] == 300
    assert found(report, "papers in the box when it was sealed") == 100


async def test_a_host_elsewhere_is_refused_before_anything_is_asked(system: System, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "knative.cli", "load", "polling-day", "--host", "https://vote.example.org",
        "--email", "ada@example.org", "--report", str(tmp_path),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, "UVOTE_PASSWORD": "secret"},
    )  # fmt: skip
    _, err = await process.communicate()
    assert process.returncode == 2
    assert b"--i-own-this-host" in err
    assert b"Traceback" not in err


def report_below(folder: Path) -> dict[str, Any]:
    """The only report in the folders of a folder."""
    (found,) = folder.glob("*/report.json")
    report: dict[str, Any] = json.loads(found.read_text())
    return report


async def locust(system: System, folder: Path, *words: str) -> tuple[int, str]:
    """Locust as somebody starts it by hand, in short: the exit code, and what was said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "locust", "-f", "load/double_click.py", "--headless", "--loglevel", "WARNING", *words,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "UVOTE_EMAIL": system.email, "UVOTE_PASSWORD": system.password, "TMPDIR": str(folder)},
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    assert process.returncode is not None
    return process.returncode, said


async def test_locust_alone_prepares_and_judges_and_workers_share_the_voters(system: System, tmp_path: Path) -> None:
    words = ("--host", system.platform.machine.public_url, "--voters", "24", "--processes", "2")
    code, said = await locust(system, tmp_path, *words)

    assert code == 0, said
    assert "double-click: passed" in said
    report = report_below(tmp_path)
    assert report["ends"] == {"receipt": 24}
    assert report["figures"]["names"]["cast"]["requests"] == 72
    assert report["figures"]["names"]["desk: log in"]["requests"] == 1


async def test_locust_alone_loads_no_other_machine(system: System, tmp_path: Path) -> None:
    code, said = await locust(system, tmp_path, "--host", "https://vote.example.org", "--voters", "3")

    assert code == 2
    assert "--i-own-this-host" in said
    assert "Traceback" not in said


LOST = "delete from ballot.spent where box = $1 and receipt = (select min(receipt) from ballot.spent where box = $1)"
MARKED = "update voter.voters set voted = true where election = $1 and email = 'voter5@load.example'"


@pytest.mark.parametrize(
    ("tampering", "named"),
    [(LOST, "receipts that clients hold and the board lacks"), (MARKED, "voters with a mark and no receipt")],
)
async def test_a_lost_receipt_or_a_mark_too_many_is_found_out(
    tampering: str, named: str, system: System, tmp_path: Path
) -> None:
    """Five of six voters cast, it is counted and agrees; then somebody tampers with the database."""
    public = system.platform.machine.public_url
    made = await prepare(public, system.email, system.password, SCENARIOS["double-click"], tmp_path, users=6)
    async with system.organiser() as desk:
        digest = told(await desk.client.get(f"/api/ballot/boxes/{made['election']}"), "The box")["digest"]
        voters = []
        for number, link in enumerate(made["links"][:5]):
            marks = {"c1": ["o1"], "c2": ["o2", "o1"]}
            receipt = await vote(desk.client, made["election"], digest, link.rpartition("/")[2], marks)
            voters.append(Outcome(number, "straight", "receipt", [receipt], accepted=1, sent=1, definite=1))
        assert judge(voters, await read(desk, made["election"])).holds

        admin = await asyncpg.connect(system.platform.machine.database_url)
        try:
            assert await admin.execute(tampering, UUID(made["election"])) in {"DELETE 1", "UPDATE 1"}
        finally:
            await admin.close()
        verdict = judge(voters, await read(desk, made["election"]))
    assert not verdict.holds
    assert any(line.what.startswith(named) for line in verdict.lines if not line.holds)
