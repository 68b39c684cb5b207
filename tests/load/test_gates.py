"""Each gate fails by itself, and says what it found."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from load.figures import Figures, Used, figures
from load.gates import Gate, achieved, gates, only_failed
from load.outcomes import Outcome
from load.reconcile import Held, Verdict, judge
from load.scenarios import SCENARIOS, Plan, Scenario, plan

NOW = 1_800_000_000.0


def voters(scenario: Scenario, many: int = 10, **more: Any) -> list[Outcome]:
    said = {"sent": 1, "accepted": 1, "definite": 1, "planned": 40.0, "took": 41.0, **more}
    return [Outcome(n, "straight", "receipt", [f"R{n}"], **said) for n in range(many)]


def agreeing(of: Sequence[Outcome]) -> Verdict:
    papers = len(of)
    return judge(of, Held([one.receipts[0] for one in of], papers, range(papers), papers, 0, (papers,)))


def rows(names: Sequence[str] = ("landing", "paper", "cast"), each: int = 30, ms: float = 20.0) -> list[Any]:
    return [[NOW + n / 10, name, ms, 200, ""] for name in names for n in range(each)]


def judged(name: str = "polling-day", **changes: Any) -> dict[str, str]:
    """The gates that failed for a good run with these changes."""
    scenario = SCENARIOS[name]
    of = changes.get("voters", voters(scenario))
    planned: Plan = changes.get("plan", replace(plan(scenario, NOW, users=10), voters=10, late=0))
    found: Figures = changes.get("figures", figures(rows(), planned.half))
    limits = replace(scenario.gates, **changes.get("limits", {}))
    verdict: Verdict | None = changes["verdict"] if "verdict" in changes else agreeing(of)
    every: list[Gate] = gates(scenario, planned, limits, found, of, changes.get("used", ()), verdict)
    return dict(only_failed(every))


def test_a_good_run_passes_every_gate() -> None:
    assert judged() == {}


def test_papers_that_differ_fail_however_fast_it_was() -> None:
    of = voters(SCENARIOS["polling-day"])
    wrong = judge(of, Held([], 10, range(10), 10, 0, (10,)))
    assert "reconciliation" in judged(verdict=wrong)


def test_no_reconciliation_fails() -> None:
    assert judged(verdict=None) == {"reconciliation": "not done"}


def test_too_few_requests_prove_nothing() -> None:
    assert judged(figures=figures(rows(each=16))) == {"requests": "48"}
    assert "failed requests" in judged(figures=figures([]))


def test_one_failed_request_fails_a_run_that_allows_none() -> None:
    some = rows()
    some[3][4] = "503 One moment, please"
    assert judged(figures=figures(some)) == {"failed requests": "1 (1.11%)"}
    assert judged(figures=figures(some), limits={"failures": 0.02}) == {}


def test_one_slow_name_fails_though_the_others_are_fast() -> None:
    some = rows(("landing", "paper")) + rows(("cast",), each=28) + rows(("cast",), each=2, ms=1001.0)
    assert judged(figures=figures(some)) == {"p95 of cast": "1001 ms"}
    assert judged(figures=figures(some), limits={"p95": 1500.0}) == {}


def test_a_stalled_server_does_not_look_fast() -> None:
    """Few requests, each answered quickly enough for p95, but people waited half of the time."""
    waiting = voters(SCENARIOS["polling-day"], took=80.0)
    assert judged(voters=waiting) == {"achieved of what was offered": "0.500"}


def test_a_moment_that_was_missed_was_not_offered_what_was_planned() -> None:
    last = SCENARIOS["last-minute"]
    late = [*voters(last, 8), *voters(last, 2, moment_late=1.5)]
    for number, one in enumerate(late):
        one.number, one.receipts = number, [f"R{number}"]
    planned = replace(plan(last, NOW, users=10), late=0, voters=10)
    assert achieved(last, late, planned) == 0.8
    assert judged("last-minute", voters=late, plan=planned) == {"achieved of what was offered": "0.800"}


def test_voters_who_never_came_were_not_served() -> None:
    last = SCENARIOS["last-minute"]
    planned = replace(plan(last, NOW, users=10), late=0, voters=20)
    assert achieved(last, voters(last), planned) == 0.5


@pytest.mark.parametrize("end", ["cut off", "closed", "refused: 409 That did not work", "stuck: 404 “Nothing”"])
def test_an_end_that_was_not_planned_fails(end: str) -> None:
    of = voters(SCENARIOS["polling-day"])
    of[3].end = end
    assert judged(voters=of) == {"voters with another end than planned": "1 of 10"}


def test_closed_is_an_end_where_the_box_closes() -> None:
    of = voters(SCENARIOS["closing-race"])
    of[3].end, of[3].receipts, of[3].accepted = "closed", [], 0
    papers = [one.receipts[0] for one in of if one.receipts]
    verdict = judge(of, Held(papers, 9, {0, 1, 2, 4, 5, 6, 7, 8, 9}, 9, 0, (9,)))
    assert judged("closing-race", voters=of, verdict=verdict) == {}


def test_a_soak_whose_memory_grows_fails() -> None:
    def used(growth: float) -> list[Used]:
        return [Used(n, "ballot", n / 10, 60e6 + growth * n, 20, 1) for n in range(300)]

    of = voters(SCENARIOS["soak"])
    assert judged("soak", voters=of, used=used(0)) == {}
    assert judged("soak", voters=of, used=used(0.5e6)) == {"memory of ballot": "135 → 185 MB"}


def test_a_soak_whose_answers_grow_slower_fails() -> None:
    of = voters(SCENARIOS["soak"])
    slower = [
        [NOW + n, name, 20.0 + grows * n, 200, ""] for n in range(120) for name, grows in (("cast", 0), ("paper", 2))
    ]
    assert judged("soak", voters=of, figures=figures(slower, 60)) == {"median of paper": "79 → 199 ms"}
    assert judged("soak", voters=of, figures=figures(slower[:120], 30)) == {}


def test_voters_who_notice_the_staff_fail() -> None:
    quick = rows(("landing", "paper")) + rows(("cast",))
    slow = [[at, name, 20.0 if at < NOW + 1.5 else 90.0, status, wrong] for at, name, _, status, wrong in quick]
    assert judged("staff-login", figures=figures(quick, 1.5)) == {}
    failed = judged("staff-login", figures=figures(slow, 1.5))
    assert failed == {"median cast while staff log in": "20 → 90 ms"}
