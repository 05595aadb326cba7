"""The minute of a local date at which a person's first reminder is due."""

from datetime import date
from functools import lru_cache
from hashlib import blake2b

from flow.local_time import DAY, Quiet, is_quiet_minute, minute_of
from flow.programme import Programme


def reminder_minute(programme: Programme, person: int, day: date) -> int:
    """Minutes since midnight of the first reminder on a local date. Raises ValueError for a programme that does not remind.

    Of `between` it is drawn once per person and date: the same whenever it is asked, by whatever process. Quiet minutes are left
    out where there are others; a window over midnight is both its ends of the same date.
    """
    if programme.remind is None:
        raise ValueError(f"{programme.name} does not remind")
    at = programme.remind.at
    if isinstance(at, str):
        return minute_of(at)
    minutes = _window(at.between, programme.remind.quiet)
    drawn = blake2b(f"{person}/{programme.name}/{day}".encode(), digest_size=8).digest()
    return minutes[int.from_bytes(drawn) % len(minutes)]


@lru_cache(256)
def _window(between: tuple[str, str], quiet: Quiet | None) -> tuple[int, ...]:
    begin, end = minute_of(between[0]), minute_of(between[1])
    minutes = tuple(minute for minute in range(DAY) if (minute - begin) % DAY <= (end - begin) % DAY)
    return tuple(minute for minute in minutes if quiet is None or not is_quiet_minute(minute, quiet)) or minutes
