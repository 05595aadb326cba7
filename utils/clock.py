"""The one place that asks what time it is; tests and trials put another clock in.

Trials live through days in minutes. `follow` takes a file that says how far the told time is ahead of the machine's; it may change
at any moment. Everything that a person would call a time or a while is told time. Times that others count by clocks of their own
stay `real`: how long Telegram wants silence, how long ago it was asked.
"""

import asyncio
import mmap
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import time

LOOK_SECONDS = 0.2  # between two looks at a clock that may jump
_AHEAD = struct.Struct("<d")


_read_system = partial(datetime.now, UTC)
_read: Callable[[], datetime] = _read_system
_ahead: Callable[[], timedelta] | None = None


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _read()


def seconds() -> float:
    """This moment in epoch seconds: as `now().timestamp()` gives it in twenty times the time."""
    return time() if _read is _read_system else _read().timestamp()


def real() -> datetime:
    """This moment as the machine has it, whatever a trial tells; aware, in UTC."""
    return _read() if _ahead is None else _read() - _ahead()


async def sleep(seconds: float, unless: asyncio.Event | None = None) -> None:
    """Until that many seconds have passed, be it in truth or because the clock was put forward, or until `unless` is set."""
    if _read is _read_system:
        await _pause(seconds, unless)
        return
    loop = asyncio.get_running_loop()
    until, due = loop.time() + seconds, now() + timedelta(seconds=seconds)
    while (left := until - loop.time()) > 0 and now() < due and not (unless and unless.is_set()):
        await _pause(min(left, LOOK_SECONDS), unless)


async def _pause(seconds: float, unless: asyncio.Event | None) -> None:
    if unless is None:
        await asyncio.sleep(seconds)
        return
    try:
        async with asyncio.timeout(seconds):
            await unless.wait()
    except TimeoutError:
        return  # waited out


def set(read: Callable[[], datetime] | None = None) -> None:
    """Ask `read` from now on (it gives aware times); None: the system's clock again."""
    global _read, _ahead
    _read, _ahead = read or _read_system, None


def follow(path: Path) -> None:
    """Tell the machine's time and so many seconds more as the file holds at that moment: eight bytes, a little-endian double.

    It is mapped into memory, so whoever writes it must not make it shorter. Raises OSError, ValueError when it is no such file.
    """
    global _read, _ahead
    with path.open("rb") as file:
        kept = mmap.mmap(file.fileno(), _AHEAD.size, access=mmap.ACCESS_READ)

    def ahead() -> timedelta:
        return timedelta(seconds=_AHEAD.unpack_from(kept)[0])

    _read, _ahead = lambda: _read_system() + ahead(), ahead


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """The clock stands at this aware moment until the `with` ends. Raises ValueError for a time without a zone."""
    global _read, _ahead
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    before = _read, _ahead
    set(lambda: at.astimezone(UTC))
    try:
        yield
    finally:
        _read, _ahead = before
