"""Where points stand: round ticks, days in order, a curve that does not lie."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.chart_scale import format_value, make_scale, merge_days, place_points, smooth


@pytest.mark.parametrize(
    ("values", "low", "high", "ticks"),
    [
        ([3, 9], 1, 10, (1, 4, 7, 10)),
        ([3], 0, 10, (0, 2, 4, 6, 8, 10)),
        ([3], 1, 5, (1, 2, 3, 4, 5)),
        ([], 1, 7, (1, 3, 5, 7)),
        ([3], 0, 100, (0, 20, 40, 60, 80, 100)),
        ([21, 87], None, None, (20, 40, 60, 80, 100)),
        ([], None, None, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        ([5, 5], None, None, (4, 4.5, 5, 5.5, 6)),
        ([12], 0, 10, (0, 5, 10, 15)),
        ([1], 0, 1.5, (0, 0.5, 1, 1.5)),
    ],
)
def test_ticks(values, low, high, ticks):
    """Both ends of a given scale where whole steps allow it, else round numbers; wider when a value lies outside."""
    scale = make_scale(values, low, high)
    assert scale.ticks == pytest.approx(ticks)


NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))


@given(st.lists(NUMBERS, max_size=20), st.none() | NUMBERS, st.none() | NUMBERS)
def test_every_value_lies_on_the_scale(values, low, high):
    """Between bottom and top, and so do two to a dozen ticks, rising."""
    scale = make_scale(values, low, high)
    for value in values:
        assert -1e-6 <= scale.share(value) <= 1 + 1e-6
    assert 2 <= len(scale.ticks) <= 12
    assert list(scale.ticks) == sorted(set(scale.ticks))
    assert all(-1e-6 <= scale.share(tick) <= 1 + 1e-6 for tick in scale.ticks)


@pytest.mark.parametrize(
    ("lines", "merged"),
    [
        ([["1", "2", "3"], ["1", "2", "3"]], "123"),
        ([["1", "3"], ["2", "3"]], "123"),
        ([["1", "2", "3", "4"], ["2", "4"]], "1234"),
        ([["1", "2"], ["2", "3"]], "123"),
        ([["1", "1", "2"]], "12"),
        ([["1", "2", "3"], ["3", "1"]], "123"),
        ([[], []], ""),
    ],
)
def test_days_of_several_lines_make_one_axis(lines, merged):
    """Each once, in an order that fits every line where there is one."""
    assert "".join(merge_days(lines)) == merged


def test_points_of_one_day_stand_side_by_side():
    """Around the day, in their order, never as far as the next day."""
    placed = place_points([("mon", 1.0), ("tue", 2.0), ("tue", 3.0), ("wed", 4.0)], ["mon", "tue", "wed"])
    assert placed == [(0.0, 1.0), (0.875, 2.0), (1.125, 3.0), (2.0, 4.0)]


@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(-100, 100)), min_size=1, max_size=12))
def test_the_curve_never_leaves_the_range_of_its_neighbours(steps):
    """It goes through every point, and shows no peak that nobody answered."""
    points, x = [], 0.0
    for width, value in steps:
        x += width
        points.append((x, value))
    curve = smooth(points)
    for x, y in points:
        assert min(math.dist((x, y), place) for place in curve) < 1e-6
    for (left, before), (right, after) in pairwise(points):
        for a, b in curve:
            if left <= a <= right:
                assert min(before, after) - 1e-6 <= b <= max(before, after) + 1e-6


@pytest.mark.parametrize(
    ("value", "text"),
    [(7.0, "7"), (7.5, "7.5"), (7.25, "7.25"), (6.999, "7"), (-0.001, "0"), (-3, "-3"), (12e9, "1.2e+10"), (100, "100")],
)
def test_values_have_no_needless_zeros(value, text):
    """At most two decimals."""
    assert format_value(value) == text
