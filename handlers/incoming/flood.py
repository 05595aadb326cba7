"""One person's burst: what is above MOST_WAITING is refused before any work, with a few friendly words, and counted."""

from collections.abc import Callable
from typing import Any

from handlers.incoming.arrivals import Arrival
from handlers.incoming.lines import Lines
from handlers.rendering.sentences import sentence

MOST_WAITING = 20  # updates of one person that may wait
WORDS = 3  # friendly words a burst
FORGET_SECONDS = 60.0  # after which a burst is over for good
AGAIN_SECONDS = 2.0  # until a flood is told of again


class Flood:
    """`act` sends best effort."""

    def __init__(self, lines: Lines, act: Callable[[str, dict[str, Any]], None]) -> None:
        self._lines, self._act = lines, act
        self._in_batch: dict[int, int] = {}
        self._said: dict[int, tuple[int, float]] = {}  # person -> words said, time of the last one; the latest stand last
        self.refused = 0

    def __len__(self) -> int:
        return len(self._in_batch) + len(self._said)

    def begin_batch(self, now: float) -> None:
        """Earlier updates count among the waiting from now on; bursts that are over are forgotten (`now`: epoch seconds)."""
        self._in_batch.clear()
        while self._said and now - next(iter(self._said.values()))[1] > FORGET_SECONDS:
            del self._said[next(iter(self._said))]

    def refuses(self, arrival: Arrival) -> bool:
        """Whether this update is one too many; says so, at most WORDS times a burst and once in two seconds."""
        taken = self._in_batch.get(arrival.line, 0)
        if self._lines.waiting(arrival.line) + taken < MOST_WAITING:
            self._in_batch[arrival.line] = taken + 1
            return False
        self.refused += 1
        self._say(arrival.line, arrival.received, arrival.language)
        return True

    def _say(self, person: int, now: float, language: str) -> None:
        said, last = self._said.get(person, (0, 0.0))
        if said < WORDS and now - last > AGAIN_SECONDS:
            self._said.pop(person, None)
            self._said[person] = (said + 1, now)
            self._act("sendMessage", {"chat_id": person, "text": sentence("slow_down", language)})
