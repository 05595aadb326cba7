"""A chaos run moment by moment, to look into a broken promise."""

import time
from datetime import datetime
from operator import itemgetter
from pathlib import Path

from simulator.world.chats import Event

# (kind of event, whether it is the bot's) -> what the person does about it
_VERBS = {
    ("message", False): "types",
    ("message", True): "reads",
    ("edited", False): "changes into",
    ("edited", True): "sees changed into",
}


class Diary:
    """Each deed and event with its moment by the clock on the wall, as in the bot's log, so that the two can be read together."""

    def __init__(self) -> None:
        self._lines: list[tuple[float, str, str]] = []
        self._offset = time.time() - time.perf_counter()

    def note(self, who: int | str, words: str, moment: float | None = None) -> None:
        """A person by id, or the bot, telegram or the database; `moment` of the monotonic clock, by default now."""
        self._lines.append((time.perf_counter() if moment is None else moment, str(who), words))

    def hear(self, event: Event) -> None:
        """Takes the world's events: every message that is written, shown or changed."""
        if event.kind in ("message", "edited"):
            words = event.data.get("text") or event.data.get("caption") or ""
            self.note(event.person_id, f"{_VERBS[event.kind, event.data['from']['is_bot']]} {words!r}")

    def write(self, path: Path) -> None:
        """A line each, in the order of time."""
        with path.open("w", encoding="utf-8") as file:
            for moment, who, words in sorted(self._lines, key=itemgetter(0)):
                file.write(f"{datetime.fromtimestamp(moment + self._offset):%H:%M:%S.%f} {who} {words}\n")
