"""Something outside is away: say so at once, then once a minute, and say when it is back."""

import logging
import time

EVERY = 60.0  # seconds between two lines


class Outage:
    """One thing that can be away (the database, Telegram). Also gives the time to wait before the next try."""

    def __init__(self, what: str, logger: logging.Logger) -> None:
        self._what, self._logger = what, logger
        self.since = self._said = 0.0  # monotonic time when it went away; 0.0 while all is well
        self._told = False

    def report(self, why: object) -> None:
        """A call has just failed."""
        now = time.monotonic()
        if not self.since:
            self.since = now
        if not self._said or now - self._said >= EVERY:
            self._said, self._told = now, True
            self._logger.warning("%s is away (%s); waiting for it", self._what, why)

    def over(self) -> None:
        """A call has just worked. One that comes and goes is told of once a minute too."""
        if not self.since:
            return
        if self._told:
            self._logger.warning("%s is back after %.1f s", self._what, time.monotonic() - self.since)
        self.since, self._told = 0.0, False


def backoff(attempt: int, longest: float = 5.0) -> float:
    """Seconds before try number `attempt` (from 0): 0.1, 0.2, 0.4 … up to `longest`."""
    return float(min(longest, 0.1 * 2 ** min(attempt, 16)))
