"""One person's burst: few words in answer, little work, and nobody else notices.

What is above MOST_WAITING is refused before any work, with a few friendly words, and counted.

What is accepted is handled as ever and in order: an answer counts, a press is answered. But twenty wrong answers in a row would
bring twenty times the same complaint. So while more than CROWD updates of the person wait behind the one being handled, what the
bot says of its own (complaints, refusals, its pages; never the programme's steps, nor that a flow has ended) is noted with its
time, and what was noted within the last AGAIN seconds is not said again. The notes lie in the person's document, written together
with what is said: a turn that is tried again decides the same.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from handlers.arrivals import Arrival
from handlers.sentences import sentence

MOST_WAITING = 20  # updates of one person that may wait
WORDS = 3  # friendly words a burst
FORGET = 60.0  # seconds after which a burst is over for good
CROWD = 3  # updates waiting behind the one being handled
AGAIN = 2.0  # seconds until the same is said again, to somebody and of a flood
SAID = "said"  # in a person's settings: what was said in a burst -> epoch seconds


class Flood:
    """`waiting` tells how many updates of a line are not done; `act` sends best effort."""

    def __init__(self, waiting: Callable[[int], int], act: Callable[[str, dict[str, Any]], None]) -> None:
        self._waiting, self._act = waiting, act
        self._in_batch: dict[int, int] = {}
        self._said: dict[int, tuple[int, float]] = {}  # person -> words said, time of the last one; the latest stand last
        self.refused = 0

    def __len__(self) -> int:
        return len(self._in_batch) + len(self._said)

    def begin_batch(self, now: float) -> None:
        """What was taken in before counts among the waiting now; bursts that are over are forgotten (`now`: epoch seconds)."""
        self._in_batch.clear()
        while self._said and now - next(iter(self._said.values()))[1] > FORGET:
            del self._said[next(iter(self._said))]

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
        if said < WORDS and now - last > AGAIN:
            self._said.pop(person, None)
            self._said[person] = (said + 1, now)
            self._act("sendMessage", {"chat_id": person, "text": sentence("slow_down")})


def note_saying(settings: Mapping[str, Any], what: str, waiting: int, now: datetime) -> dict[str, Any] | None:
    """The person's settings once `what` is said; None: it was said a moment ago in a burst, and is not to be said again.

    `waiting` counts the person's updates that are not done, the one being handled too.
    """
    moment = now.timestamp()
    said = {name: at for name, at in settings.get(SAID, {}).items() if 0 <= moment - at < AGAIN}
    if what in said:
        return None
    if waiting > CROWD + 1:
        said[what] = moment
    rest = {name: value for name, value in settings.items() if name != SAID}
    return {**rest, SAID: said} if said else rest
