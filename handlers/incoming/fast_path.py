"""Turns that make their update durable by themselves: nothing is stored for them beforehand.

An update of somebody whose document lies in memory and who has nothing waiting goes straight into its line: the write of its turn
holds its id, so once the turn has ended it is as durable as one that was stored first, for one write and one commit less. Only then
is it confirmed to Telegram. Why that loses nothing and counts nothing twice, by number:

1. `wait` gives back whatever did not end well in time, and the caller stores that before anything is confirmed.
2. A turn that goes on meanwhile and a late store of its update may come in either order: the turn's write takes the update out of
   the inbox and marks its id as applied, and what is marked is not stored.
3. After a crash Telegram brings the update again. Of somebody who is not in memory it is stored first, where the marks of all that
   was applied are; whoever is in memory is there as their document, which knows the ids of the last ones.
4. What comes behind such an update and is stored takes it along into the same commit (`ahead_of`). Alone in the store, it would be
   handled at the next start before Telegram brings the one that came first.

One slow person does not hold up the batch: when no turn of it has ended for PATIENCE, the rest is stored. And whose last turn took
longer than TOO_LONG is stored first, until one of theirs is quick again: nobody waits for them twice.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import orjson

from database.records import RawUpdate
from handlers.incoming.arrivals import Arrival

PATIENCE = 0.02  # seconds; commits share a disk with whatever else the machine does
TOO_LONG = 0.1  # seconds
MOST_SLOW = 1000  # people who are remembered as slow


@dataclass(slots=True)
class Letter:
    """One raw update on its way in: its JSON, as text or still as it was read; `arrival` is None for one that can't be read."""

    update_id: int
    person: int | None
    order: int
    body: bytes | dict[str, object]
    arrival: Arrival | None
    reason: str = ""

    def raw(self) -> RawUpdate:
        """As it is stored."""
        body = self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)
        return RawUpdate(self.update_id, self.person, self.order, body)


class Batch:
    """Updates whose turns were begun together; `letters` (by update id) are those that are still waited for.

    `asyncio.wait` with a time-out would cost whoever comes alone a fiftieth of a step."""

    __slots__ = ("_ended", "_left", "_loop", "_timer", "letters")

    def __init__(self, letters: dict[int, Letter]) -> None:
        self.letters = letters
        self._left = len(letters)
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self) -> None:
        """Until all have ended, or none has within PATIENCE."""
        if not self.letters:
            return
        self._timer = self._loop.call_later(PATIENCE, self._look)
        try:
            await self._ended
        finally:
            self._timer.cancel()

    def end(self) -> None:
        """Nothing is waited for any more."""
        if not self._ended.done():
            self._ended.set_result(None)

    def _look(self) -> None:
        if self._left == len(self.letters):
            self.end()
            return
        self._left = len(self.letters)
        self._timer = self._loop.call_later(PATIENCE, self._look)


class Prompt:
    """Who may go first, and what became of it. `is_ready` tells whether a person is in memory with nothing waiting."""

    def __init__(self, is_ready: Callable[[int], bool]) -> None:
        self._is_ready = is_ready
        self._under_way: dict[int, tuple[Letter, Batch]] = {}  # by update id
        self._lines: dict[int, Letter] = {}  # the latest of each line
        self._slow: dict[int, None] = {}  # people whose last turn took long, the latest last

    def choose(self, letters: Iterable[Letter]) -> Batch | None:
        """Those that need not be stored first, at most one a person; None when there are none."""
        chosen: dict[int, Letter] = {}
        seen: set[int] = set()
        for letter in letters:
            arrival = letter.arrival
            if arrival is None or arrival.person is None or arrival.line in seen:
                continue
            seen.add(arrival.line)
            if arrival.line not in self._slow and self._is_ready(arrival.line):
                chosen[letter.update_id] = letter
        if not chosen:
            return None
        batch = Batch(chosen)
        for letter in chosen.values():
            assert letter.person is not None, "looked at above"
            self._under_way[letter.update_id] = letter, batch
            self._lines[letter.person] = letter
        return batch

    def find(self, update_id: int) -> Letter | None:
        """The letter of an update that went first and is under way."""
        found = self._under_way.get(update_id)
        return found[0] if found else None

    def ahead_of(self, letters: Iterable[Letter]) -> list[Letter]:
        """What went first and is under way in the lines of these."""
        ahead = {letter.person: self._lines[letter.person] for letter in letters if letter.person in self._lines}
        return list(ahead.values())

    def done(self, arrival: Arrival) -> None:
        """Its turn has ended, well if the arrival is durable."""
        if arrival.begun:
            self._note_pace(arrival.line, time.monotonic() - arrival.begun)
        letter, batch = self._under_way.pop(arrival.update_id, (None, None))
        if letter is None or batch is None:
            return
        if self._lines.get(arrival.line) is letter:
            del self._lines[arrival.line]
        if not arrival.is_durable or batch.letters.pop(arrival.update_id, None) is None:
            return
        if not batch.letters:
            batch.end()

    async def wait(self, batch: Batch) -> list[Letter]:
        """Until all have ended well, or none has within PATIENCE; gives those that have not."""
        await batch.wait()
        late = list(batch.letters.values())
        batch.letters.clear()
        return late

    def _note_pace(self, person: int, seconds: float) -> None:
        """Of the turn itself: what waits in a line behind others is no slower than they are."""
        if self._slow:
            self._slow.pop(person, None)
        if seconds < TOO_LONG:
            return
        self._slow[person] = None
        while len(self._slow) > MOST_SLOW:
            del self._slow[next(iter(self._slow))]
