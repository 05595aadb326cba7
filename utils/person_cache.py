"""One lock and one cached value a person, kept only as long as they are of use.

Why this is safe. Everything here runs on one event loop, and between two `await`s nothing else runs there. So:
1. A person's slot is found or made, and joined, without an `await` between. So two callers at the same time get the same slot, and
   one of them holds it.
2. A holder that lets go hands the slot to the first waiter before anything is awaited. The slot leaves the busy ones only when
   nobody waits: nobody is ever left with a slot that others no longer see.
3. A caller that finds the slot held, or handed on to a waiter that has not woken yet, joins behind the others: first come, first
   served.
4. A waiter that is cancelled is passed over; if the slot was handed to it at that very moment, it hands it on. A holder that is
   cancelled lets go by the `async with`.
5. Only values at rest are evicted: what somebody holds or waits for is not among them. An evicted value is read anew from the
   store, so that eviction costs time, never data.
6. Queues live in slots and slots only while busy: a million people who have gone leave at most `capacity` values and no slot.
7. Only values at rest are folded, each without an `await` between the look whether it still rests and its being put aside.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")
FOLDED_AT_ONCE = 16  # values between two looks at what else is to be done


class Slot(Generic[V]):
    """A holder's slot: set `value` to keep it for the next one, None to keep nothing."""

    __slots__ = ("_dropped", "_waiting", "value")

    def __init__(self, value: V | None) -> None:
        self.value = value
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._dropped = False


class PersonCache(Generic[V]):
    """Keeps at most `capacity` values (people in use count, but are never dropped); those longest at rest go first."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._busy: dict[int, Slot[V]] = {}
        self._resting: OrderedDict[int, V] = OrderedDict()
        self._folded: OrderedDict[int, V] = OrderedDict()  # at rest for longer than those

    def hold(self, person: int) -> "Hold[V]":
        """`async with cache.hold(person) as slot`: alone with this person's slot, after those who came before. Not reentrant."""
        return Hold(self, person)

    def drop(self, person: int) -> None:
        """Forget the value: at once, and also what whoever holds it now leaves behind. The lock and its queue stay."""
        self._resting.pop(person, None)
        self._folded.pop(person, None)
        slot = self._busy.get(person)
        if slot is not None:
            slot.value = None
            slot._dropped = True

    async def fold(self, fold: Callable[[int, V], bool]) -> None:
        """Let `fold` make each person's value at rest smaller; one that it gives False for may be asked for again the next time.

        The next holder gets the value as `fold` left it.
        """
        for number, person in enumerate(list(self._resting)):
            value = self._resting.get(person)
            if value is not None and fold(person, value):
                self._folded[person] = self._resting.pop(person)
            if number % FOLDED_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _wait(self, person: int, slot: Slot[V]) -> None:
        turn = asyncio.get_running_loop().create_future()
        slot._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # it was handed to us at the very moment
                self._leave(person, slot)
            raise
        slot._dropped = False  # that was the one before

    def _leave(self, person: int, slot: Slot[V]) -> None:
        """The next one's turn."""
        if slot._dropped:
            slot.value, slot._dropped = None, False
        while slot._waiting:
            turn = slot._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._busy[person]
        if slot.value is not None:
            self._resting[person] = slot.value
            while len(self) > self._capacity and (longest := self._folded or self._resting):
                longest.popitem(last=False)

    @property
    def locked(self) -> int:
        """How many people are held or waited for now."""
        return len(self._busy)

    def __len__(self) -> int:
        return len(self._busy) + len(self._resting) + len(self._folded)

    def __contains__(self, person: object) -> bool:
        """Whether a value of theirs is kept and at rest."""
        return person in self._resting or person in self._folded


class Hold(Generic[V]):
    """The result of `hold`; a class, because a generator costs a turn three times as much."""

    __slots__ = ("_cache", "_person", "_slot")

    def __init__(self, cache: PersonCache[V], person: int) -> None:
        self._cache, self._person = cache, person

    async def __aenter__(self) -> Slot[V]:
        cache, person = self._cache, self._person
        slot = cache._busy.get(person)
        if slot is None:
            value = cache._resting.pop(person, None)
            if value is None and cache._folded:
                value = cache._folded.pop(person, None)
            slot = cache._busy[person] = Slot(value)
        else:
            await cache._wait(person, slot)
        self._slot = slot
        return slot

    async def __aexit__(self, *_: object) -> None:
        self._cache._leave(self._person, self._slot)
