"""How long the oldest unsent message waits, found out by looking at the lanes now and then.

Lanes keep no times, since nearly all of them live for some milliseconds; a look every few seconds is exact enough for a monitor.
"""

from collections import deque
from collections.abc import Callable, Iterable

from handlers.outgoing.outbox import Waiting

Mark = tuple[int, float]  # the highest number that a lane had been given, and when that was seen first


class Backlog:
    """`lanes` gives every lane that has something to send. Times are epoch seconds."""

    def __init__(self, lanes: Callable[[], Iterable[Waiting]]) -> None:
        self._lanes = lanes
        self._marks: dict[int, deque[Mark]] = {}

    def look(self, now: float) -> float:
        """Seconds for which the oldest unsent message has waited; while Telegram wants silence in its chat no time passes."""
        before, self._marks, oldest = self._marks, {}, now
        for lane in self._lanes():
            marks = self._marks[lane.person] = before.get(lane.person, deque())
            while marks and marks[0][0] <= lane.sent:
                marks.popleft()
            if not marks or marks[-1][0] < lane.given:
                marks.append((lane.given, now))
            oldest = min(oldest, max(marks[0][1], lane.held_until))
        return now - oldest
