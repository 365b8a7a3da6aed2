"""Ratios, spreads and goals: the arithmetic that every benchmark shares."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndsc.bench.chart import margin, svg
from ndsc.bench.measure import Better, Measurement, Spread, percentile, turn_by_turn


def _measured(ratio: float, better: Better, goal: float = 2.0) -> Measurement:
    return Measurement(name="search-p95", ratio=ratio, goal=goal, better=better, detail="two sides")


@pytest.mark.parametrize(
    ("ratio", "better", "met"),
    [
        (1.9, Better.LOWER, True),
        (2.0, Better.LOWER, True),
        (2.1, Better.LOWER, False),
        (2.1, Better.HIGHER, True),
        (1.9, Better.HIGHER, False),
    ],
)
def test_a_goal_is_a_bound_on_the_side_that_it_names(ratio: float, better: Better, met: bool) -> None:
    assert _measured(ratio, better).met is met


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 0.95) == 95
    assert percentile(values, 0.5) == 50
    assert percentile(values, 1) == 100
    assert percentile([7.0], 0.95) == 7.0


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(statistics.StatisticsError):
        percentile([], 0.5)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.floats(0.01, 1))
def test_a_percentile_leaves_no_more_above_it_than_it_says(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value > found for value in values) <= (1 - int(share * 10_000) / 10_000) * len(values) + 1e-9


def test_a_spread_is_read_as_median_lowest_and_highest() -> None:
    assert Spread.of([3.0, 1.0, 2.0]).text("ms", 1) == "2.0 (1.0 to 3.0) ms"


def test_sides_take_turns_and_neither_always_goes_first() -> None:
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return float(len(order))

    mine, other = turn_by_turn(lambda: side("A"), lambda: side("B"), 4)
    assert "".join(order) == "ABBAABBA"
    assert (mine, other) == ([1.0, 4.0, 5.0, 8.0], [2.0, 3.0, 6.0, 7.0])


def test_a_margin_is_over_one_when_the_goal_is_reached_whichever_way_it_lies() -> None:
    assert margin(_measured(1.0, Better.LOWER)) == 2.0
    assert margin(_measured(4.0, Better.LOWER)) == 0.5
    assert margin(_measured(4.0, Better.HIGHER)) == 2.0


def test_the_chart_is_drawn_without_anything_from_elsewhere() -> None:
    drawn = svg([_measured(1.5, Better.LOWER), _measured(1.5, Better.HIGHER)])
    assert drawn.startswith("<svg")
    assert "search-p95" in drawn
    assert "goal missed" in drawn
    assert "href=" not in drawn
    assert "@import" not in drawn
