"""A person's wall clock: which moment a time of day is on a date, and quiet hours. Pure; zones come in as `tzinfo`.

Times of day are minutes since midnight. A time that the clock jumps over (daylight saving begins) stands for the first moment after
the jump. One that it shows twice (daylight saving ends) stands for the first of the two.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

DAY = 24 * 60  # minutes
ONE_DAY = timedelta(days=1)
HALF_A_DAY = timedelta(hours=12)
DIGITS = tuple(f"{number:02}" for number in range(60))
MINUTES = tuple(timedelta(minutes=minute) for minute in range(DAY))

Quiet = tuple[str, str]  # ("22:00", "08:00"): from the first time until just before the second; both alike: never


iso_date = lru_cache(4096)(date.isoformat)  # people share dates
read_date = lru_cache(4096)(date.fromisoformat)


def iso_moment(moment: datetime) -> str:
    """An aware moment as ISO 8601 in UTC, as `isoformat` gives it; a turn asks for the same one several times."""
    global _iso_of
    known = _iso_of  # looked at once: another thread may ask at the same time
    if known[0] is not moment:
        known = _iso_of = moment, _iso_utc(moment if moment.tzinfo is UTC else moment.astimezone(UTC))
    return known[1]


def _iso_utc(moment: datetime) -> str:
    """Put together from what is remembered: a fifth quicker than `isoformat`, without microseconds more than twice."""
    second = f"{DIGITS[moment.hour]}:{DIGITS[moment.minute]}:{DIGITS[moment.second]}"
    return f"{iso_date(moment.date())}T{second}{f'.{moment.microsecond:06}' if moment.microsecond else ''}+00:00"


def iso_seconds(seconds: float) -> str:
    """Epoch seconds as ISO 8601 in UTC, to a microsecond: half the time that a datetime and its `isoformat` take."""
    whole = int(seconds)
    microsecond = int((seconds - whole) * 1e6)
    return f"{_iso_second(whole)}.{microsecond:06}+00:00" if microsecond else f"{_iso_second(whole)}+00:00"


@lru_cache(4096)  # people share seconds, too
def _iso_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]


_iso_of: tuple[datetime | None, str] = None, ""


@lru_cache(1024)
def minute_of(clock: str) -> int:
    """Minutes since midnight of `HH:MM`."""
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def moment_of(day: date, minute: int, zone: tzinfo) -> datetime:
    """The first moment (UTC) at which the clock in `zone` shows that minute of that day, or has jumped over it."""
    midnight = plain_midnight(day, zone)
    return _odd_moment(day, minute, zone) if midnight is None else midnight + MINUTES[minute]


@lru_cache(4096)  # people share zones; the rules of a loaded zone never change
def plain_midnight(day: date, zone: tzinfo) -> datetime | None:
    """When that day begins there (UTC); None for a day on which the clock is set forward or back, or that is not there at all."""
    begin, noon, end = _wall_times(day)
    offset = zone.utcoffset(begin)
    if offset is None or not offset == zone.utcoffset(noon) == zone.utcoffset(end):
        return None
    return begin - offset


@lru_cache(4096)
def _wall_times(day: date) -> tuple[datetime, datetime, datetime]:
    """Its begin, noon and end (the second one, where there are two) as any clock shows them; which clock, only a zone knows."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return begin, begin + HALF_A_DAY, (begin + ONE_DAY).replace(fold=1)


def _odd_moment(day: date, minute: int, zone: tzinfo) -> datetime:
    wall = datetime.combine(day, _time(minute), zone)
    before, after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    if before == after or before is None or after is None or before > after:  # plain, or shown twice
        return wall.astimezone(UTC)
    naive = wall.replace(tzinfo=UTC)
    return _jump(naive - after, naive - before, zone)


def has_day(day: date, zone: tzinfo) -> bool:
    """Whether that date is on the calendar there: Samoa had no 30 December 2011."""
    return plain_midnight(day, zone) is not None or moment_of(day, 0, zone).astimezone(zone).date() == day


def is_quiet(moment: datetime, quiet: Quiet | None, zone: tzinfo) -> bool:
    """Whether the clock in `zone` shows quiet hours then."""
    if quiet is None:
        return False
    return clock_minute(moment.astimezone(zone)) in quiet_minutes(quiet)


def before_quiet(moment: datetime, quiet: Quiet | None, zone: tzinfo) -> datetime | None:
    """When the next quiet hours begin there (UTC); None where there are none."""
    if quiet is None or quiet[0] == quiet[1]:
        return None
    today = moment.astimezone(zone).date()
    begins = (moment_of(today + days * ONE_DAY, minute_of(quiet[0]), zone) for days in (0, 1, 2))
    return next((one for one in begins if one > moment), None)


def clock_minute(local: datetime) -> int:
    """Minutes since midnight that a clock shows."""
    return local.hour * 60 + local.minute


@lru_cache(256)
def quiet_minutes(quiet: Quiet) -> frozenset[int]:
    """The times of day that lie in quiet hours, which may go over midnight."""
    begin, end = minute_of(quiet[0]), minute_of(quiet[1])
    return frozenset(range(begin, end) if begin <= end else (*range(begin, DAY), *range(end)))


def after_quiet(moment: datetime, quiet: Quiet | None, zone: tzinfo) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in."""
    if quiet is None:
        return moment
    minutes = quiet_minutes(quiet)
    while (shown := clock_minute(local := moment.astimezone(zone))) in minutes:
        end = minute_of(quiet[1])
        day = local.date() if shown < end else local.date() + ONE_DAY
        ending = moment_of(day, end, zone)
        if plain_midnight(day, zone) is not None:
            return ending
        if ending <= moment:  # the clock was set back in this night: the end comes once more
            ending = datetime.combine(day, _time(end), zone).replace(fold=1).astimezone(UTC)
        moment = ending
    return moment


@lru_cache(DAY)
def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _jump(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The first second at which the clock was set forward; before `low` it was not yet, at `high` it is."""
    old = low.astimezone(zone).utcoffset()
    while (span := int((high - low).total_seconds())) > 1:
        middle = low + timedelta(seconds=span // 2)
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high
