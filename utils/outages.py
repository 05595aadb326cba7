"""Something outside is away: say so at once, then once a minute, and say when it is back."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

TELL_SECONDS = 60.0  # between two lines of the log

T = TypeVar("T")


class Outage:
    """One thing that can be away (the database, Telegram). `signs` are the errors that say that it is."""

    def __init__(self, what: str, logger: logging.Logger, *signs: type[Exception]) -> None:
        self._what, self._logger, self._signs = what, logger, signs
        self.since = self._said = 0.0  # monotonic time when it went away; 0.0 while all is well
        self._told = False

    def report(self, why: object) -> None:
        """A call has just failed."""
        now = time.monotonic()
        if not self.since:
            self.since = now
        if not self._said or now - self._said >= TELL_SECONDS:
            self._said, self._told = now, True
            self._logger.warning("%s is away (%s); waiting for it", self._what, why)

    def over(self) -> None:
        """A call has just worked. One that comes and goes is told of once a minute too."""
        if not self.since:
            return
        if self._told:
            self._logger.warning("%s is back after %.1f s", self._what, time.monotonic() - self.since)
        self.since, self._told = 0.0, False

    async def wait(self, why: object, attempt: int, longest: float = 5.0) -> None:
        """Try number `attempt` (from 0) has failed: report it, and wait before the next one, at most `longest` seconds."""
        self.report(why)
        await asyncio.sleep(backoff(attempt, longest))

    async def insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work`. It is begun again for as long as it raises one of the `signs`; raises whatever else it raises."""
        attempt = 0
        while True:
            try:
                result = await work()
            except self._signs as error:
                await self.wait(error, attempt)
                attempt += 1
            else:
                self.over()
                return result


def backoff(attempt: int, longest: float = 5.0) -> float:
    """Seconds before try number `attempt` (from 0): 0.1, 0.2, 0.4 … up to `longest`."""
    return float(min(longest, 0.1 * 2 ** min(attempt, 16)))
