"""One person's burst: what is above the bound is refused before any work, with a few friendly words, and counted."""

from collections.abc import Callable
from typing import Any

from handlers.arrivals import Arrival
from handlers.sentences import sentence

MOST_WAITING = 20  # updates of one person that may wait
WORDS = 3  # friendly words a burst
FORGET = 60.0  # seconds after which a burst is over for good


class Flood:
    """`waiting` tells how many updates of a line are not done; `act` sends best effort."""

    def __init__(self, waiting: Callable[[int], int], act: Callable[[str, dict[str, Any]], None]) -> None:
        self._waiting, self._act = waiting, act
        self._in_batch: dict[int, int] = {}
        self._said: dict[int, tuple[int, float]] = {}  # person -> words said, time of the last one
        self.refused = 0

    def begin_batch(self) -> None:
        """What was taken in before counts among the waiting now."""
        self._in_batch.clear()

    def refuses(self, arrival: Arrival) -> bool:
        """Whether this update is one too many; says so, at most WORDS times a burst and once in two seconds."""
        taken = self._in_batch.get(arrival.line, 0)
        if self._waiting(arrival.line) + taken < MOST_WAITING:
            self._in_batch[arrival.line] = taken + 1
            return False
        self.refused += 1
        self._say(arrival.line, arrival.received)
        return True

    def _say(self, person: int, now: float) -> None:
        said, last = self._said.get(person, (0, 0.0))
        if now - last > FORGET:
            said = 0
        if said < WORDS and now - last > 2.0:
            self._said[person] = (said + 1, now)
            self._act("sendMessage", {"chat_id": person, "text": sentence("slow_down")})
        if len(self._said) > 1000:
            self._said = {who: (count, at) for who, (count, at) in self._said.items() if now - at <= FORGET}
