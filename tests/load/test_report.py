"""The report is one file that loads nothing, says what failed, and cannot be made to run anything."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from load import pictures
from load.figures import Used, figures
from load.gates import gates
from load.outcomes import Outcome
from load.reconcile import Held, judge
from load.report import Report, as_json, page
from load.scenarios import SCENARIOS, plan
from load.steps import Step

EVIL = "<script>alert(1)</script>"


def report(**changes: Any) -> Report:
    scenario = SCENARIOS["polling-day"]
    planned = replace(plan(scenario, 1000.0, users=5), voters=6, late=0)
    voters = [
        Outcome(n, "straight", "receipt", [f"R{n}"], accepted=1, sent=1, planned=40, took=41, late=0.002)
        for n in range(5)
    ]
    voters.append(Outcome(5, "straight", "undecided", sent=1))
    rows: Sequence[Any] = [[1000 + n / 9, "cast", 20.0 + n, 201, ""] for n in range(60)]
    rows = [*rows, [1003.0, "cast", 900.0, 503, f"503 {EVIL}"]]
    verdict = judge(voters, Held([f"R{n}" for n in range(4)], 5, range(5), 5, 0, (5, 5)))
    found = figures(rows)
    used = [Used(1000 + n, name, n * 0.3, 5e7, 9, 1) for n in range(8) for name in ("machine", "generator", "ballot")]
    made = Report(
        scenario=scenario,
        plan=planned,
        host="http://127.0.0.1:1",
        figures=found,
        gates=gates(scenario, planned, scenario.gates, found, voters, used, verdict),
        verdict=verdict,
        voters=voters,
        used=used,
        steps=[Step(500, 1000.0, 12.0, 0.0, 6.0, True)],
        there=[(1000.0, 1), (1005.0, 5)],
        achieved=0.97,
        facts={"machine": EVIL, "when": "2027-01-01"},
    )
    return replace(made, **changes)


class Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "action", "data"}
        ]
        assert not [name for name, _ in attrs if name.startswith("on")]


def read(html: str) -> Read:
    found = Read()
    found.feed(html)
    return found


def test_the_report_loads_nothing_and_runs_nothing() -> None:
    html = page(report(pods="<svg xmlns='http://www.w3.org/2000/svg'><style>text { fill: red }</style></svg>"))
    found = read(html)
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(found.tags)
    assert found.addresses
    assert all(address.startswith("data:image/svg+xml;base64,") for address in found.addresses)
    assert not re.search(r"@import|url\(", html)
    assert html.count("<style") == 1


def test_the_report_names_what_failed_and_who_is_undecided() -> None:
    html = page(report())
    assert "failed</span>" in html
    assert "receipts that clients hold and the board lacks" in html
    assert "voter 5 (not marked)" in html
    assert "503 &lt;script&gt;" in html
    assert EVIL not in html


def test_the_report_has_a_picture_of_each_thing_over_time() -> None:
    labels = re.findall(r'aria-label="([^"]+)"', page(report()))
    assert labels == [
        "People who were there over time",
        "Milliseconds of the answers over time",
        "Requests answered a second over time",
        "Processors in use over time",
        "Memory over time",
    ]


def test_the_figures_are_in_the_json_as_well() -> None:
    said = json.loads(json.dumps(as_json(report())))
    assert (said["passed"], said["scenario"], said["undecided"]) == (False, "polling-day", {"5": False})
    assert said["figures"]["names"]["cast"]["requests"] == 61
    assert {one["what"] for one in said["reconciliation"] if not one["holds"]} >= {"spent passes"}
    for average in ("processors", "busiest"):
        assert {one["name"]: one[average] for one in said["used"]} == {"generator": 0.3, "ballot": 0.3, "machine": 0.3}


def test_nothing_that_happened_still_makes_a_report() -> None:
    empty = report(figures=figures([]), voters=[], used=[], there=[], verdict=None, gates=[], steps=[])
    assert "It was not done." in page(empty)
    assert as_json(empty)["reconciliation"] is None


def test_an_axis_ends_at_a_round_number_and_no_peak_is_thinned_away() -> None:
    assert [pictures.nice(most) for most in (0, 0.3, 1, 1.9, 7, 1000, 1001)] == [1, 0.4, 1, 2, 8, 1000, 2000]
    points = [(float(n), 1.0) for n in range(5000)]
    points[1234] = (1234.0, 99.0)
    thinned = pictures.thinned(points)
    assert len(thinned) <= pictures.MOST_POINTS
    assert (1234.0, 99.0) in thinned


def test_layers_stand_on_each_other() -> None:
    layers = {"a": [(0.0, 1.0), (1.0, 2.0)], "b": [(0.0, 3.0), (1.0, 1.0)]}
    assert pictures.stacked(layers) == {"b": [(0.0, 4.0), (1.0, 3.0)], "a": [(0.0, 1.0), (1.0, 2.0)]}


def test_a_layer_that_is_not_there_for_a_while_takes_nothing_from_those_above_it() -> None:
    layers = {"a": [(0.0, 1.0), (2.0, 2.0)], "b": [(1.0, 3.0), (2.0, 1.0)]}
    assert pictures.stacked(layers) == {
        "b": [(0.0, 1.0), (1.0, 3.0), (2.0, 3.0)],
        "a": [(0.0, 1.0), (1.0, 0.0), (2.0, 2.0)],
    }


def test_where_voters_came_by_steps_the_limit_stands_first() -> None:
    held, fell = Step(500, 1000.0, 12.0, 0.0, 6.0, True), Step(1000, 1060.0, 1200.0, 0.0, 9.0, False)
    assert "<b>500</b>voters at once, the limit" in page(report(steps=[held, fell]))
    assert "the limit" not in page(report(steps=[held]))
