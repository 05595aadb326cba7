"""A wall clock that jumps: which moment a time of day is, and where quiet hours end."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow.times.local_time import after_quiet, has_day, is_quiet, iso_moment, iso_seconds, minute_of, moment_of

ZONES = sorted(available_timezones())


@pytest.mark.parametrize(
    ("zone", "day", "clock", "expected", "why"),
    [
        ("Europe/Berlin", "2026-03-28", "02:30", "2026-03-28T01:30", "a plain day"),
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00", "jumped over: the first minute after is 03:00, not 03:30"),
        ("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29T01:00", "the first minute that is jumped over"),
        ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T01:00", "the first minute that is there again"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30", "shown twice: the first of the two"),
        ("Europe/Berlin", "2026-10-25", "03:00", "2026-10-25T02:00", "after the hour that comes twice"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30", "a jump of half an hour: 02:30 follows 01:59"),
        ("America/Nuuk", "2026-03-28", "23:30", "2026-03-29T01:00", "the jump ends at midnight: the first minute is tomorrow's"),
        ("Africa/Cairo", "2026-04-24", "00:00", "2026-04-23T22:00", "midnight itself is jumped over: the day begins at 01:00"),
        ("Asia/Beirut", "2026-03-29", "00:15", "2026-03-28T22:00", "the same with a quarter past"),
        ("America/Havana", "2026-11-01", "00:30", "2026-11-01T04:30", "midnight comes twice: the first one"),
        ("Asia/Kathmandu", "2026-01-01", "19:00", "2026-01-01T13:15", "five hours and three quarters"),
        ("Pacific/Apia", "2011-12-30", "19:00", "2011-12-30T10:00", "a day that never was: the moment after it"),
        ("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30", "Ramadan's rule sets the clock back: the first"),
        ("UTC", "2028-02-29", "12:00", "2028-02-29T12:00", "a leap day"),
    ],
)
def test_moment(zone, day, clock, expected, why):
    """The table of moments (UTC), each line with its reason."""
    found = moment_of(date.fromisoformat(day), minute_of(clock), ZoneInfo(zone))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC), why


@pytest.mark.parametrize(
    ("zone", "moment", "quiet", "expected", "why"),
    [
        ("UTC", "2026-01-01T21:59", ("22:00", "08:00"), "2026-01-01T21:59", "not quiet yet"),
        ("UTC", "2026-01-01T22:00", ("22:00", "08:00"), "2026-01-02T08:00", "the first quiet minute"),
        ("UTC", "2026-01-02T07:59", ("22:00", "08:00"), "2026-01-02T08:00", "the last one"),
        ("UTC", "2026-01-02T08:00", ("22:00", "08:00"), "2026-01-02T08:00", "the end is not quiet"),
        ("UTC", "2026-01-02T13:30", ("13:00", "15:00"), "2026-01-02T15:00", "within a day"),
        ("UTC", "2026-01-02T13:30", ("13:00", "13:00"), "2026-01-02T13:30", "from a time to the same: never"),
        ("UTC", "2026-01-02T13:30", None, "2026-01-02T13:30", "no quiet hours"),
        ("Europe/Berlin", "2026-03-29T00:30", ("22:00", "02:30"), "2026-03-29T01:00", "their end is jumped over"),
        ("Europe/Berlin", "2026-10-24T23:00", ("22:00", "02:30"), "2026-10-25T00:30", "their end comes twice: the first"),
        (
            "Europe/Berlin",
            "2026-10-25T01:10",
            ("22:00", "02:30"),
            "2026-10-25T01:30",
            "but quiet again when the clock is back",
        ),
        ("Pacific/Apia", "2011-12-30T09:30", ("22:00", "08:00"), "2011-12-30T18:00", "over a day that never was"),
    ],
)
def test_after_quiet(zone, moment, quiet, expected, why):
    """The table of quiet hours' ends (UTC), each line with its reason."""
    found = after_quiet(datetime.fromisoformat(moment).replace(tzinfo=UTC), quiet, ZoneInfo(zone))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC), why


def test_days_that_never_were():
    """Samoa and Tokelau crossed the date line; nobody else lost that day, and a day that begins late is one."""
    assert not has_day(date(2011, 12, 30), ZoneInfo("Pacific/Apia"))
    assert not has_day(date(2011, 12, 30), ZoneInfo("Pacific/Fakaofo"))
    assert has_day(date(2011, 12, 31), ZoneInfo("Pacific/Apia"))
    assert has_day(date(2011, 12, 30), ZoneInfo("Pacific/Auckland"))
    assert has_day(date(2026, 4, 24), ZoneInfo("Africa/Cairo"))
    assert has_day(date(2026, 3, 28), ZoneInfo("America/Nuuk"))


def test_a_zone_without_rules():
    """Any tzinfo will do."""
    assert moment_of(date(2026, 1, 1), 60, timezone(timedelta(hours=-3))) == datetime(2026, 1, 1, 4, tzinfo=UTC)


zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(1972, 1, 1), date(2037, 1, 1))
moments = st.datetimes(datetime(1972, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))
clocks = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")


@given(zone=zones, day=days, minute=st.integers(0, 1439))
def test_a_moment_is_the_first_at_that_time_or_later(zone, day, minute):
    """A second before, the clock there had not come so far on that date."""
    wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60)
    found = moment_of(day, minute, zone)
    assert found.astimezone(zone).replace(tzinfo=None) >= wall
    assert (found - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None) < wall


@given(zone=zones, moment=moments, quiet=st.tuples(clocks, clocks))
def test_what_is_put_off_is_never_quiet_and_never_longer_than_needed(zone, moment, quiet):
    """The end of quiet hours is outside of them, and the second before it is not."""
    found = after_quiet(moment, quiet, zone)
    assert found >= moment
    assert not is_quiet(found, quiet, zone)
    if found > moment:
        assert is_quiet(moment, quiet, zone)
        assert is_quiet(found - timedelta(seconds=1), quiet, zone)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.sampled_from([UTC, ZoneInfo("Asia/Kathmandu")]))
def test_moments_as_iso_8601(naive, zone):
    """Whatever the zone, in UTC; from epoch seconds to the microsecond that a float can hold."""
    moment = naive.replace(tzinfo=zone)
    second = moment.replace(microsecond=0)
    assert iso_moment(moment) == iso_moment(moment) == moment.astimezone(UTC).isoformat()
    assert iso_moment(second) == second.astimezone(UTC).isoformat()
    written = iso_seconds(moment.timestamp())
    assert iso_seconds(int(moment.timestamp())) == moment.astimezone(UTC).replace(microsecond=0).isoformat()
    assert abs(datetime.fromisoformat(written) - moment) <= timedelta(microseconds=2)
