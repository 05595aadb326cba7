"""How long operations take, how many run at once, and who is slow: `@monitor_performance("name")` and `performance_monitor`.

Safe from several threads, and without a lock for a call that ends well and in time, because
1. such a call only appends to lists and pops from them, each one step of the interpreter (`+=` on an attribute is not): one element
   for each call in flight, one for each duration that is not in its bucket yet;
2. whatever else is counted (errors, slow calls, peaks, the buckets) is changed and read under one lock, held for a handful of
   operations on plain data, without logging or waiting; what is appended while durations go into their buckets goes the next time;
3. `reset` puts a new, empty tally in place in one assignment. A call ends in the tally in which it began, so no number in flight
   falls below zero.
"""

import functools
import hashlib
import inspect
import logging
import secrets
import threading
import time
from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any, ParamSpec, TypedDict, TypeVar

from utils.histogram import Histogram

MAX_OPERATIONS = 200  # names beyond share OTHER, so that a name made from data can't fill the memory
OTHER = "other"
UNSORTED = 512  # durations that may wait until they are counted together
SLOW_LINES_PER_SECOND = 5  # of one operation; the rest is counted and told with the next line

P = ParamSpec("P")
T = TypeVar("T")
logger = logging.getLogger("waymark.performance")
_salt = secrets.token_bytes(16)


class OperationStats(TypedDict):
    """One operation; times in seconds, percentiles to within 1 %. `count` includes `errors`, but not `cancelled`."""

    count: int
    errors: int
    cancelled: int
    slow: int
    mean: float
    min: float
    max: float
    p50: float
    p95: float
    p99: float


class InFlight(TypedDict):
    """Calls running now, and the most there ever were at once."""

    in_flight: int
    peak: int


class ConcurrencyStats(InFlight):
    """The same over all operations (nested ones count each) and per operation."""

    operations: dict[str, InFlight]


def set_salt(salt: str) -> None:
    """Make pseudonyms comparable between processes that share a salt; without it each process draws its own."""
    global _salt
    _salt = hashlib.blake2b(salt.encode(), digest_size=16).digest()


def pseudonym(person: int) -> str:
    """Eight hex digits that stand for a person in logs: stable within a log, and no way back without the salt."""
    return hashlib.blake2b(str(person).encode(), key=_salt, digest_size=4).hexdigest()


class _Operation:
    __slots__ = (
        "_histogram",
        "cancelled",
        "durations",
        "errors",
        "in_flight",
        "lines",
        "peak",
        "second",
        "slow",
        "suppressed",
    )

    def __init__(self) -> None:
        self._histogram = Histogram()
        self.durations: list[float] = []  # that are not in the histogram yet
        self.in_flight: list[None] = []  # one for each call
        self.errors = self.slow = self.cancelled = self.peak = 0
        self.second = self.lines = self.suppressed = 0  # of the slow log: the second it is in, its lines, those left out

    @property
    def histogram(self) -> Histogram:
        """With all that was counted."""
        self.sort()
        return self._histogram

    def sort(self) -> None:
        """Put what was counted last into its buckets."""
        counted = self.durations[:]
        del self.durations[: len(counted)]
        self._histogram.add_all(counted)

    def may_log(self, now: int) -> int | None:
        """How many lines were left out before this one, or None when this one is to be left out too."""
        if now != self.second:
            self.second, self.lines = now, 0
        if self.lines >= SLOW_LINES_PER_SECOND:
            self.suppressed += 1
            return None
        self.lines += 1
        suppressed, self.suppressed = self.suppressed, 0
        return suppressed

    def stats(self) -> OperationStats:
        times = self.histogram
        p50, p95, p99 = times.percentiles(0.50, 0.95, 0.99)
        return {
            "count": times.count,
            "errors": self.errors,
            "cancelled": self.cancelled,
            "slow": self.slow,
            "mean": times.mean,
            "min": times.minimum if times.count else 0.0,
            "max": times.maximum,
            "p50": p50,
            "p95": p95,
            "p99": p99,
        }


class _Tally:
    """All that is counted between two resets."""

    __slots__ = ("in_flight", "operations", "peak")

    def __init__(self) -> None:
        self.operations: dict[str, _Operation] = {}
        self.in_flight: list[None] = []
        self.peak = 0

    def operation(self, name: str) -> _Operation:
        found = self.operations.get(name)
        if found is None:
            if len(self.operations) >= MAX_OPERATIONS and name != OTHER:
                return self.operation(OTHER)
            found = self.operations[name] = _Operation()
        return found

    def note_peak(self, operation: _Operation) -> None:
        """One more is in flight than ever."""
        operation.peak = max(operation.peak, len(operation.in_flight))
        self.peak = max(self.peak, len(self.in_flight))


class PerformanceMonitor:
    """`threshold`: seconds above which an operation is slow: counted as such and logged, without anything it was called with."""

    def __init__(self, threshold: float = 1.0) -> None:
        self.threshold = threshold
        self._lock = threading.Lock()
        self._tally = _Tally()

    def record(self, operation: str, seconds: float, error: bool = False, person: int | None = None) -> None:
        """Count one finished call that was timed elsewhere; `person` (Telegram id) appears in a slow line, as a pseudonym."""
        found = self._tally.operations.get(operation) or self._make(self._tally, operation)
        found.durations.append(seconds)
        if error or seconds > self.threshold or len(found.durations) >= UNSORTED:
            suppressed = self._look_at(found, seconds, error)
            if suppressed is not None:
                _log_slow(operation, seconds, person, suppressed)

    def get_stats(self) -> dict[str, OperationStats]:
        """Every operation that ended at least once since the last reset, by name."""
        with self._lock:
            operations = sorted(self._tally.operations.items())
            return {name: found.stats() for name, found in operations if found.histogram.count or found.cancelled}

    def get_concurrency_stats(self) -> ConcurrencyStats:
        """The calls running now under the decorator and the most at once, over all and per operation."""
        with self._lock:
            tally = self._tally
            operations: dict[str, InFlight] = {
                name: {"in_flight": len(found.in_flight), "peak": found.peak}
                for name, found in sorted(tally.operations.items())
                if found.peak
            }
            return {"in_flight": len(tally.in_flight), "peak": tally.peak, "operations": operations}

    def reset(self) -> None:
        """Forget everything; calls in flight end uncounted."""
        self._tally = _Tally()

    def _make(self, tally: _Tally, name: str) -> _Operation:
        with self._lock:
            return tally.operation(name)

    def _note_peak(self, tally: _Tally, operation: _Operation) -> None:
        with self._lock:
            tally.note_peak(operation)

    def _look_at(self, operation: _Operation, seconds: float, error: bool) -> int | None:
        """At a call just counted; gives None, or for a slow one that is to be logged how many others were not."""
        with self._lock:
            if len(operation.durations) >= UNSORTED:
                operation.sort()
            if error:
                operation.errors += 1
            if not seconds > self.threshold:
                return None
            operation.slow += 1
            if error:  # the caller says what is away, once; a line for each call would fill the log meanwhile
                return None
            return operation.may_log(int(time.monotonic()))

    def _count_failed(self, operation: _Operation, seconds: float, error: BaseException) -> None:
        """An error, or the cancelling of the call."""
        if isinstance(error, Exception):
            operation.durations.append(seconds)
            self._look_at(operation, seconds, True)
            return
        with self._lock:
            operation.cancelled += 1


performance_monitor = PerformanceMonitor()


def monitor_performance(operation: str) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Time an async function as `operation`. An exception counts as an error and goes on.

    A cancelled call counts as `cancelled` alone, neither slow nor an error. It tells how long somebody was willing to wait, not how
    long the operation takes. The person of a slow line is the argument named `person` (an int, or an object with an `id`), else the
    `person` of the first argument that has one. Raises TypeError when decorating what is no async function.
    """

    def decorate(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"@monitor_performance({operation!r}) wants an async function, not {function!r}")
        names = list(inspect.signature(function).parameters)
        position = names.index("person") if "person" in names else -1

        @functools.wraps(function)
        async def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            monitor, tally = performance_monitor, performance_monitor._tally
            found = tally.operations.get(operation) or monitor._make(tally, operation)
            flight, whole_flight = found.in_flight, tally.in_flight
            flight.append(None)
            whole_flight.append(None)
            if len(flight) > found.peak or len(whole_flight) > tally.peak:
                monitor._note_peak(tally, found)
            begun = perf_counter()
            try:
                result = await function(*args, **kwargs)
            except BaseException as error:
                flight.pop()
                whole_flight.pop()
                monitor._count_failed(found, perf_counter() - begun, error)
                raise
            seconds = perf_counter() - begun
            flight.pop()
            whole_flight.pop()
            durations = found.durations
            durations.append(seconds)
            if seconds > monitor.threshold or len(durations) >= UNSORTED:
                suppressed = monitor._look_at(found, seconds, False)
                if suppressed is not None:
                    _log_slow(operation, seconds, _find_person(position, args, kwargs), suppressed)
            return result

        return measured

    return decorate


def _find_person(position: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    """Looked up only for a slow call. `position`: where the parameter `person` stands, -1 if there is none."""
    named = kwargs.get("person", args[position] if 0 <= position < len(args) else None)
    for candidate in (named, getattr(named, "id", None), *(getattr(value, "person", None) for value in (*args, *kwargs.values()))):
        if isinstance(candidate, int):
            return candidate
    return None


def _log_slow(operation: str, seconds: float, person: int | None, suppressed: int) -> None:
    who = "" if person is None else f" (person {pseudonym(person)})"
    more = f"; {suppressed} more were not logged" if suppressed else ""
    logger.warning("Slow operation detected: %s took %.2f s%s%s", operation, seconds, who, more)
