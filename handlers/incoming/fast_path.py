"""The fast path: no inbox row is written when the turn's own write records the update id.

A person whose document lies in memory and who has nothing waiting needs no inbox: their update goes straight into its line. The
write of its turn holds its id. So once the turn has ended it is as durable as a stored one, for one write and one commit less. Only
then is it confirmed to Telegram. Why that loses nothing and counts nothing twice, by number:

1. `wait` gives back whatever did not end well in time, and the caller stores that before anything is confirmed.
2. A late store of an update and the end of its turn may come in either order. The turn's write takes the update out of the inbox
   and marks its id as applied; a marked id is not stored.
3. After a crash Telegram brings the update again. For a person who is not in memory it is stored first, beside the marks of
   everything applied. A person in memory is there as their document, which knows the ids of the last ones.
4. An update behind it that is stored takes it along into the same commit (`ahead_of`). Alone in the store, it would be handled at
   the next start before Telegram brings the one that came first.

One slow person does not hold up the batch: when no turn of it has ended for WAIT_SECONDS, the rest is stored. After a turn longer
than SLOW_SECONDS, a person's updates are stored first until a turn of theirs is quick again: nobody waits for them twice.
"""

import asyncio
import time
from collections.abc import Container, Iterable
from dataclasses import dataclass

import orjson

from database.records import RawUpdate
from handlers.incoming.arrivals import Arrival
from handlers.incoming.lines import Lines

WAIT_SECONDS = 0.02  # commits share a disk with whatever else the machine does
SLOW_SECONDS = 0.1
MOST_SLOW = 1000  # people who are remembered as slow


@dataclass(slots=True)
class PendingUpdate:
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
    """Updates whose turns were begun together; `updates` (by update id) are those that are still waited for.

    `asyncio.wait` with a time-out would cost whoever comes alone a fiftieth of a step."""

    __slots__ = ("_ended", "_left", "_loop", "_timer", "updates")

    def __init__(self, updates: dict[int, PendingUpdate]) -> None:
        self.updates = updates
        self._left = len(updates)
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self) -> None:
        """Until all have ended, or none has within WAIT_SECONDS."""
        if not self.updates:
            return
        self._timer = self._loop.call_later(WAIT_SECONDS, self._look)
        try:
            await self._ended
        finally:
            self._timer.cancel()

    def end(self) -> None:
        """Nothing is waited for any more."""
        if not self._ended.done():
            self._ended.set_result(None)

    def _look(self) -> None:
        if self._left == len(self.updates):
            self.end()
            return
        self._left = len(self.updates)
        self._timer = self._loop.call_later(WAIT_SECONDS, self._look)


class FastPath:
    """Which updates take it, and what became of them: those of people who are `in_memory` and have nothing waiting in `lines`."""

    def __init__(self, lines: Lines, in_memory: Container[int]) -> None:
        self._lines, self._in_memory = lines, in_memory
        self._under_way: dict[int, tuple[PendingUpdate, Batch]] = {}  # by update id
        self._latest: dict[int, PendingUpdate] = {}  # the latest of each person
        self._slow: dict[int, None] = {}  # people whose last turn took long, the latest last

    def choose(self, updates: Iterable[PendingUpdate]) -> Batch | None:
        """Those that need not be stored first, at most one a person; None when there are none."""
        chosen: dict[int, PendingUpdate] = {}
        seen: set[int] = set()
        for update in updates:
            arrival = update.arrival
            if arrival is None or arrival.person is None or arrival.line in seen:
                continue
            seen.add(arrival.line)
            if arrival.line not in self._slow and arrival.line in self._in_memory and not self._lines.waiting(arrival.line):
                chosen[update.update_id] = update
        if not chosen:
            return None
        batch = Batch(chosen)
        for update in chosen.values():
            assert update.person is not None, "looked at above"
            self._under_way[update.update_id] = update, batch
            self._latest[update.person] = update
        return batch

    def find(self, update_id: int) -> PendingUpdate | None:
        """The update of an update that went first and is under way."""
        found = self._under_way.get(update_id)
        return found[0] if found else None

    def ahead_of(self, updates: Iterable[PendingUpdate]) -> list[PendingUpdate]:
        """Updates on the fast path that are under way in the lines of these."""
        ahead = {update.person: self._latest[update.person] for update in updates if update.person in self._latest}
        return list(ahead.values())

    def done(self, arrival: Arrival) -> None:
        """Its turn has ended, well if the arrival is durable."""
        if arrival.begun:
            self._note_pace(arrival.line, time.monotonic() - arrival.begun)
        update, batch = self._under_way.pop(arrival.update_id, (None, None))
        if update is None or batch is None:
            return
        if self._latest.get(arrival.line) is update:
            del self._latest[arrival.line]
        if not arrival.is_durable or batch.updates.pop(arrival.update_id, None) is None:
            return
        if not batch.updates:
            batch.end()

    async def wait(self, batch: Batch) -> list[PendingUpdate]:
        """Until all have ended well, or none has within WAIT_SECONDS; gives those that have not."""
        await batch.wait()
        late = list(batch.updates.values())
        batch.updates.clear()
        return late

    def _note_pace(self, person: int, seconds: float) -> None:
        """Of the turn itself: what waits in a line behind others is no slower than they are."""
        if self._slow:
            self._slow.pop(person, None)
        if seconds < SLOW_SECONDS:
            return
        self._slow[person] = None
        while len(self._slow) > MOST_SLOW:
            del self._slow[next(iter(self._slow))]
