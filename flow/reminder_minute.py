"""The minute of a local date at which a person's first reminder is due."""

from datetime import date
from functools import lru_cache
from hashlib import blake2b

from flow.local_time import DAY, Quiet, minute_of, quiet_minutes
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
    return minutes[_draw(person, programme.name, day) % len(minutes)]


@lru_cache(4096)  # one and the same is asked for several times when a reminder is planned and sent
def _draw(person: int, programme: str, day: date) -> int:
    return int.from_bytes(blake2b(f"{person}/{programme}/{day}".encode(), digest_size=8).digest())


@lru_cache(256)
def _window(between: tuple[str, str], quiet: Quiet | None) -> tuple[int, ...]:
    begin, end = minute_of(between[0]), minute_of(between[1])
    minutes = tuple(minute for minute in range(DAY) if (minute - begin) % DAY <= (end - begin) % DAY)
    return tuple(minute for minute in minutes if quiet is None or minute not in quiet_minutes(quiet)) or minutes
