"""A step of `breakpoint` is told by what was sent in it, and is the last one when it was not served well."""

import pytest

from load.figures import Used
from load.scenarios import SCENARIOS, plan
from load.steps import BY, LASTS, Step, ended, step, table

BEGAN = 5000.0


def rows(number: int, slow: int = 0, failed: int = 0) -> list[list[object]]:
    """A thousand requests of a step, every second of them a cast; a cast that failed counts none."""
    return [
        [BEGAN + number * LASTS + n * LASTS / 1000, "cast" if n % 2 else "paper", 1500.0 if n < slow else 20.0,
         503 if n < failed else 201, "503" if n < failed else ""]
        for n in range(1000)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("slow", "failed", "holds"), [(0, 0, True), (50, 0, True), (51, 0, False), (0, 1, True), (0, 2, False)]
)
def test_a_step_holds_up_to_a_p95_of_a_second_and_one_failure_in_a_thousand(
    slow: int, failed: int, holds: bool
) -> None:
    assert step(1, 9000, BEGAN, rows(1, slow, failed)).holds is holds


def test_a_step_is_judged_by_its_own_requests_alone() -> None:
    around = [*rows(0, slow=900, failed=900), *rows(1), *rows(2, slow=900, failed=900)]
    assert step(1, 9000, BEGAN, around) == Step(2 * BY, BEGAN + LASTS, 20.0, 0.0, 500 / LASTS, True)


def test_a_step_in_which_nothing_was_asked_does_not_hold() -> None:
    assert not step(3, 9000, BEGAN, rows(1)).holds


def test_no_more_voters_are_told_than_may_come() -> None:
    assert step(1, BY + 7, BEGAN, rows(1)).voters == BY + 7


def test_the_table_tells_the_processors_of_each_step() -> None:
    sampled = [
        Used(BEGAN + n, name, n * (0.5 if n < LASTS else 2.0), 0.0, 0, 1)
        for n in range(60)
        for name in ("machine", "x")
    ]
    steps = [step(number, 9000, BEGAN, rows(number)) for number in (0, 1)]
    assert [row["processors"] for row in table(steps, sampled)] == [0.5, 2.0]


def test_while_voters_go_home_there_are_no_further_steps() -> None:
    short = plan(SCENARIOS["breakpoint"], BEGAN, seconds=70)
    assert [ended(seconds, short) for seconds in (0, 29.9, 30, 60, 89.9, 200)] == [0, 0, 1, 2, 2, 2]
