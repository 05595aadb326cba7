"""Sent messages are noted in the store for people whose next turn does not do it: everybody who rests, in one write now and
then."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import takewhile

from handlers.outgoing.delivery import Delivery
from handlers.outgoing.lanes import Lane

LINGER_SECONDS = 0.5  # a person who presses at once is back by then; after a crash, what was sent so lately is sent again
GATHER_SECONDS = 0.05  # between two such writes


class Notes:
    """`lanes` are the outbox's, which takes people out of `resting` when a turn of theirs writes it along. `noted` hears of each
    lane that was written down and neither rests nor works."""

    def __init__(self, delivery: Delivery, lanes: Mapping[int, Lane], noted: Callable[[Lane], None]) -> None:
        self._delivery, self._lanes, self._noted = delivery, lanes, noted
        self.resting: dict[int, float] = {}  # person with all sent and not noted -> when to note it (loop time); in this order
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self.under_way: set[asyncio.Task[None]] = set()

    def rest(self, lane: Lane) -> None:
        """All was sent, not all is noted; after LINGER_SECONDS it will be."""
        self.resting[lane.person] = self._loop.time() + LINGER_SECONDS
        if self._timer is None:
            self._timer = self._loop.call_later(LINGER_SECONDS, self._note_rested)

    def note_all(self) -> None:
        """Note everything sent now, without lingering."""
        if self.resting:
            self._note([self._lanes[person] for person in self.resting])

    def stop(self) -> None:
        """Note all, and nothing by the clock any more."""
        if self._timer is not None:
            self._timer.cancel()
        self.note_all()

    def _note_rested(self) -> None:
        """One timer for all, since most are back before it is over."""
        self._timer, now = None, self._loop.time()
        self._note([self._lanes[person] for person, _ in takewhile(lambda rest: rest[1] <= now, self.resting.items())])
        if self.resting:
            at = next(iter(self.resting.values()))
            self._timer = self._loop.call_at(max(at, now + GATHER_SECONDS), self._note_rested)

    def _note(self, lanes: list[Lane]) -> None:
        for lane in lanes:
            del self.resting[lane.person]
        task = self._loop.create_task(self._save(lanes))
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def _save(self, lanes: list[Lane]) -> None:
        await self._delivery.save(*[lane for lane in lanes if lane.unsaved])
        for lane in lanes:
            if lane.task is None and lane.person not in self.resting:
                self._noted(lane)
