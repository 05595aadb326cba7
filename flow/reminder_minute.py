"""The minute of a local date at which a person's first reminder is due."""

from datetime import date
from functools import lru_cache
from hashlib import blake2b

from flow.programme import Programme


def reminder_minute(programme: Programme, person: int, day: date) -> int:
    """Minutes since midnight of the first reminder on a local date. Raises ValueError for a programme that does not remind.

    Of `between` it is drawn once per person and date: the same whenever it is asked, by whatever process.
    """
    if programme.remind is None:
        raise ValueError(f"{programme.name} does not remind")
    minutes = programme.remind.hours.minutes
    return minutes[_draw(person, programme.name, day) % len(minutes)] if len(minutes) > 1 else minutes[0]


@lru_cache(4096)  # one and the same is asked for several times when a reminder is planned and sent
def _draw(person: int, programme: str, day: date) -> int:
    return int.from_bytes(blake2b(f"{person}/{programme}/{day}".encode(), digest_size=8).digest())
