"""The one place that asks what time it is; tests put another clock in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _read_system() -> datetime:
    return datetime.now(UTC)


_read: Callable[[], datetime] = _read_system


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _read()


def set(read: Callable[[], datetime] | None = None) -> None:
    """Ask `read` from now on (it gives aware times); None: the system's clock again."""
    global _read
    _read = read or _read_system


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """The clock stands at this aware moment until the `with` ends. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    before = _read
    set(lambda: at.astimezone(UTC))
    try:
        yield
    finally:
        set(before)
