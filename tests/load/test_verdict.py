"""What a run left behind is judged from its folder alone."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from load import folder as files
from load import pictures
from load.figures import Used
from load.scenarios import SCENARIOS, plan
from load.verdict import verdict


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """A run of thirty seconds, for which samples began five minutes before the first request; nobody answers now."""
    planned = plan(SCENARIOS["double-click"], 1000.0, users=3)
    prepared = {"plan": planned.as_json(), "host": "http://127.0.0.1:1", "email": "", "password": "", "election": "e"}
    idle = [Used(700.0 + n, "machine", 100.0, 5e7, 9, 1) for n in range(300)]
    busy = [Used(1000.0 + n, "machine", 100.0 + n, 5e7, 9, 1) for n in range(31)]
    (tmp_path / files.PREPARED).write_text(json.dumps(prepared))
    (tmp_path / files.RAN).write_text(json.dumps({"steps": [], "there": []}))
    (tmp_path / files.VOTERS).write_text("")
    _lines(tmp_path / files.REQUESTS, [[1000.0 + n, "landing", 20.0, 200, ""] for n in range(30)])
    _lines(tmp_path / files.SAMPLES, [asdict(one) for one in idle + busy])
    return tmp_path


def _lines(path: Path, rows: list[object]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_what_was_used_before_the_first_request_is_not_the_runs(ran: Path) -> None:
    verdict(ran)
    (machine,) = json.loads((ran / files.REPORT).read_text())["used"]
    assert (machine["processors"], machine["busiest"]) == (1.0, 1.0)
    (drawn,) = re.findall(r'aria-label="Processors in use over time".*?</svg>', (ran / files.PAGE).read_text(), re.S)
    (line,) = [path for path in re.findall(r"<path[^>]+>", drawn) if "line machine" in path]
    places = [float(x) for x in re.findall(r"[ML](-?[\d.]+),", line)]
    assert len(places) == 30
    assert min(places) > pictures.LEFT


def test_a_system_that_is_gone_fails_the_run_and_the_links_are_removed_all_the_same(ran: Path) -> None:
    report, page = verdict(ran)
    failed = {gate.what for gate in report.gates if not gate.holds}
    assert failed >= {"reconciliation", "the system answered for the reconciliation"}
    assert "It was not done." in page.read_text()
    assert not (ran / files.PREPARED).exists()
