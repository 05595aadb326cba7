"""The minute of a local date at which a person's first reminder is due, and the moment that this is."""

from datetime import date, datetime, tzinfo
from functools import lru_cache
from hashlib import blake2b

from flow.programme import Hours, Programme
from flow.times.local_time import MINUTES, after_quiet, has_day, iso_date, moment_of, plain_midnight


def reminder_minute(programme: Programme, person: int, day: date) -> int:
    """Minutes since midnight of the first reminder on a local date. Raises ValueError for a programme that does not remind.

    Of `between` it is drawn once per person and date: the same whenever it is asked, by whatever process.
    """
    if programme.hours is None:
        raise ValueError(f"{programme.name} does not remind")
    return _minute_on(programme.hours, person, day)


@lru_cache(4096)  # one and the same is asked for several times when a reminder is planned and sent
def first_moment(hours: Hours, person: int, zone: tzinfo, day: date) -> tuple[datetime, datetime | None]:
    """When a date's first reminder is due, and when quiet hours let it go out, None: the calendar there lacks that date."""
    minute, midnight = _minute_on(hours, person, day), plain_midnight(day, zone)
    if midnight is not None and minute not in hours.night:  # nearly always
        moment = midnight + MINUTES[minute]
        return moment, moment
    moment = moment_of(day, minute, zone)
    return moment, after_quiet(moment, hours.quiet, zone) if has_day(day, zone) else None


def _minute_on(hours: Hours, person: int, day: date) -> int:
    minutes = hours.minutes
    return minutes[_draw(person, hours.programme, day) % len(minutes)] if len(minutes) > 1 else minutes[0]


def _draw(person: int, programme: str, day: date) -> int:
    return int.from_bytes(blake2b(f"{person}/{programme}/{iso_date(day)}".encode(), digest_size=8).digest())
