"""Any percentile to within 1 %, in bounded memory."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.histogram import Histogram

FRACTIONS = (0.0, 0.5, 0.9, 0.95, 0.99, 1.0)


def filled(values):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


@given(st.lists(st.floats(1e-6, 3600), min_size=1, max_size=200))
def test_percentiles_are_within_one_percent_of_the_nearest_rank(values):
    """For whatever durations from a microsecond to an hour."""
    found = filled(values).percentiles(*FRACTIONS)
    ordered = sorted(values)
    for fraction, percentile in zip(FRACTIONS, found, strict=True):
        exact = ordered[max(1, math.ceil(fraction * len(values))) - 1]
        assert percentile == pytest.approx(exact, rel=0.01)


def test_count_mean_and_ends_are_exact():
    """They are not taken from the buckets."""
    histogram = filled([0.5, 0.1, 0.3])
    assert (histogram.count, histogram.minimum, histogram.maximum) == (3, 0.1, 0.5)
    assert histogram.mean == pytest.approx(0.3)


def test_nothing_counted_gives_zeros():
    """No division by zero before the first duration."""
    assert Histogram().percentiles(0.5, 0.99) == [0.0, 0.0]
    assert Histogram().mean == 0.0


@pytest.mark.parametrize("value", [-1.0, 0.0, math.nan, 1e-12])
def test_what_is_no_duration_counts_as_hardly_any(value):
    """A clock that jumps back can't spoil the statistics."""
    histogram = filled([value])
    assert histogram.count == 1
    assert 0.0 <= histogram.percentiles(0.5)[0] <= 1e-6


def test_more_than_an_hour_is_the_last_bucket():
    """Even infinity."""
    histogram = filled([7200.0, math.inf])
    assert histogram.percentiles(0.5)[0] == 7200.0
    assert histogram.maximum == math.inf


def test_memory_is_bounded():
    """A hundred thousand different durations share at most 1,113 buckets."""
    dice = random.Random(1)
    histogram = filled(10 ** dice.uniform(-9, 6) for _ in range(100_000))
    assert histogram.count == 100_000
    assert len(histogram._buckets) <= 1_113
