"""A step of `breakpoint` is told by what was sent in it, and is the last one when it was not served well."""

import pytest

from load.figures import Used
from load.scenarios import SCENARIOS, plan
from load.steps import ARRIVE, BY, JUDGED, LASTS, Step, ended, limit, step, table

BEGAN = 5000.0


def rows(number: int, slow: int = 0, failed: int = 0) -> list[list[object]]:
    """A thousand requests of a step's judged part, every second of them a cast; a cast that failed counts none."""
    began = BEGAN + number * LASTS + ARRIVE
    return [
        [began + n * JUDGED / 1000, "cast" if n % 2 else "paper", 1500.0 if n < slow else 20.0,
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
    assert step(1, 9000, BEGAN, around) == Step(2 * BY, BEGAN + LASTS + ARRIVE, 20.0, 0.0, 500 / JUDGED, True)


def test_how_its_voters_arrived_is_not_held_against_a_step() -> None:
    arriving = [[BEGAN + n * ARRIVE / 5000, "landing", 3000.0, 200, ""] for n in range(5000)]
    assert step(0, 9000, BEGAN, [*arriving, *rows(0)]) == step(0, 9000, BEGAN, rows(0))
    assert step(0, 9000, BEGAN, rows(0)).holds


def test_a_step_in_which_nothing_was_asked_does_not_hold() -> None:
    assert not step(3, 9000, BEGAN, rows(1)).holds


def test_no_more_voters_are_told_than_may_come() -> None:
    assert step(1, BY + 7, BEGAN, rows(1)).voters == BY + 7


def test_the_table_tells_the_processors_of_each_step_and_its_casts_for_each() -> None:
    def so_far(n: int) -> float:
        """Half of a processor in the first step, two in the second, four while the second one's voters arrive."""
        return 0.5 * min(n, LASTS) + 4.0 * min(max(0, n - LASTS), ARRIVE) + 2.0 * max(0, n - LASTS - ARRIVE)

    sampled = [Used(BEGAN + n, name, so_far(n), 0.0, 0, 1) for n in range(120) for name in ("machine", "x")]
    told = table([step(number, 9000, BEGAN, rows(number)) for number in (0, 1)], sampled)
    assert [(row["processors"], row["casts for each"]) for row in told] == [(0.5, 25.0), (2.0, 6.2)]


def test_the_limit_is_the_last_step_that_held_before_one_that_did_not() -> None:
    held, fell = [step(number, 9000, BEGAN, rows(number)) for number in (0, 1)], step(2, 9000, BEGAN, rows(2, slow=90))
    found = limit(table([*held, fell], []))
    assert found
    assert (found["voters"], found["casts"]) == (2 * BY, 500 / JUDGED)
    assert limit(table(held, [])) is None
    assert limit(table([fell], [])) is None
    assert limit(table([], [])) is None


def test_while_voters_go_home_there_are_no_further_steps() -> None:
    short = plan(SCENARIOS["breakpoint"], BEGAN, seconds=140)
    assert [ended(seconds, short) for seconds in (0, 59.9, 60, 120, 179.9, 400)] == [0, 0, 1, 2, 2, 2]
