"""Figures are those of the requests, no more and no less."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from load import thinking
from load.figures import Used, busiest, figures, share, slope
from load.percentile import percentile
from load.scenarios import SCENARIOS, plan

TOOK = st.lists(st.floats(0, 1e5, allow_nan=False), min_size=1, max_size=60)


@given(TOOK, st.floats(1, 100))
def test_a_percentile_was_measured_and_that_many_are_not_above_it(values: list[float], part: float) -> None:
    found = percentile(values, part)
    assert found in values
    assert sum(1 for one in values if one <= found) >= len(values) * part / 100 - 1e-9
    assert sum(1 for one in values if one < found) < len(values) * part / 100 + 1e-9


def test_a_percentile_of_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 95)


@given(TOOK)
def test_every_request_stands_in_one_name_and_one_second(took: list[float]) -> None:
    rows = [[100.0 + n / 7, "ab"[n % 2], ms, 200, "no" if n % 5 == 0 else ""] for n, ms in enumerate(took)]
    found = figures(rows)
    assert sum(one.requests for one in found.names.values()) == found.requests == len(took)
    assert sum(one.requests for one in found.over_time) == len(took)
    assert sum(one.failed for one in found.over_time) == sum(found.errors.values()) == found.failed
    assert found.failed == len(range(0, len(took), 5))


def test_a_request_counts_in_the_second_it_was_answered_in() -> None:
    found = figures([[100.0, "a", 2500.0, 200, ""], [100.5, "a", 100.0, 200, ""]])
    assert [(one.second, one.requests) for one in found.over_time] == [(0, 1), (2, 1)]


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_the_slope_of_a_line_is_its_own(a: float, b: float) -> None:
    assert math.isclose(slope([(float(x), a * x + b) for x in range(9)]), a, abs_tol=1e-6)


def test_a_name_tells_by_how_much_its_answers_got_slower_in_a_minute() -> None:
    rows = [[1e9 + n, name, 20.0 + grows * n, 200, ""] for n in range(90) for name, grows in (("a", 0.0), ("b", 0.5))]
    assert {name: round(one.slope, 6) for name, one in figures(rows).names.items()} == {"a": 0.0, "b": 30.0}


def test_a_share_is_the_processor_time_between_two_samples() -> None:
    used = [Used(float(n), "ballot", 10.0 + n / 4, 1e6, 3, 1) for n in range(9)]
    assert share(used, "ballot") == 0.25
    assert share(used, "nobody") == 0.0


def test_the_busiest_seconds_are_found_in_a_run_that_was_quiet_else() -> None:
    so_far = [0.1 * n + (max(0, min(n, 46) - 40)) * 1.5 for n in range(90)]
    used = [Used(1000.0 + n, "machine", cpu, 1e6, 3, 1) for n, cpu in enumerate(so_far)]
    assert round(busiest(used, "machine"), 6) == 1.6
    assert round(share(used, "machine"), 2) == 0.2
    assert round(busiest(used[38:41], "machine"), 6) == 0.1
    assert busiest(used, "nobody") == 0.0


def test_people_think_as_long_as_is_stated() -> None:
    from random import Random

    chance = Random(7)
    for page, (median, spread) in thinking.PAUSES.items():
        some = [thinking.pause(page, chance) for _ in range(4000)]
        assert math.isclose(percentile(some, 50), median, rel_tol=0.06)
        assert math.isclose(sum(some) / len(some), median * math.exp(spread**2 / 2), rel_tol=0.06)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
@pytest.mark.parametrize("users", [1, 100, 1000, 20_000])
def test_a_plan_ends_and_every_moment_is_within_it(scenario, users) -> None:  # type: ignore[no-untyped-def]
    planned = plan(scenario, 1000.0, users=users)
    assert planned.opens_at < planned.closes_at
    assert planned.longest < 7200
    if not scenario.seats:
        moments = [planned.arrives(n) for n in range(planned.voters)]
        assert min(moments) > 1000
        assert max(moments) < 1000 + planned.longest
        on_time = range(planned.voters - planned.late)
        casts = [planned.casts(n) for n in on_time if planned.cast_from]
        assert all(planned.arrives(n) < planned.casts(n) for n in on_time if casts)
        assert all(planned.arrives(n) > planned.closes_at for n in range(on_time.stop, planned.voters))


def test_in_the_last_minute_all_cast_within_a_second_and_a_minute_remains() -> None:
    planned = plan(SCENARIOS["last-minute"], 0.0)
    casts = [planned.casts(n) for n in range(1000)]
    assert (len(casts), max(casts) - min(casts) < 1.0, planned.closes_at - min(casts)) == (1000, True, 60.0)


def test_the_race_is_run_on_both_sides_of_the_closing() -> None:
    planned = plan(SCENARIOS["closing-race"], 0.0)
    early = sum(1 for n in range(1000) if planned.casts(n) < planned.closes_at)
    assert early == 500


def test_the_roll_is_longer_than_those_who_can_come() -> None:
    planned = plan(SCENARIOS["polling-day"], 0.0, users=1000)
    assert planned.voters >= 1000 + 1000 * (60 + 120) / thinking.MEAN
