"""The one clock."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from utils import clock

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))


def test_now_is_aware_and_in_utc():
    """And it is the system's time."""
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().tzinfo is UTC


def test_a_frozen_clock_stands_and_goes_on_after():
    """Also when they are nested, and after an exception."""
    with clock.frozen(NOON):
        assert clock.now() == NOON
        assert clock.now().tzinfo is UTC
        with pytest.raises(KeyError), clock.frozen(NOON + timedelta(days=1)):
            assert clock.now() == NOON + timedelta(days=1)
            raise KeyError
        assert clock.now() == NOON
    assert clock.now() > NOON + timedelta(days=2)


def test_a_frozen_time_needs_a_zone():
    """A naive time would be read in the zone of the machine."""
    with pytest.raises(ValueError, match="no time zone"), clock.frozen(datetime(2026, 3, 1)):
        pass


def test_set_and_back():
    """A test may put any clock in; None is the system's again."""
    clock.set(lambda: NOON)
    try:
        assert clock.now() is NOON
    finally:
        clock.set()
    assert clock.now() > NOON + timedelta(days=2)


def test_seconds_are_those_of_now():
    """The system's, or those of whatever clock was put in."""
    before = clock.now().timestamp()
    assert before - 0.001 <= clock.seconds() <= clock.now().timestamp() + 0.001
    with clock.frozen(NOON):
        assert clock.seconds() == NOON.timestamp()
