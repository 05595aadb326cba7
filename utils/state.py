"""One lock and one cached value a person, kept only as long as they are of use.

Why this is safe. Everything here runs on one event loop, and between two `await`s nothing else runs there. So:
1. A person's slot is found or made, and its user counted, without an `await` between: two who come at the same time get the
   same slot, hence the same lock.
2. A slot leaves the busy ones only when its last user (holder or waiter) is gone, again without an `await` between the count
   and the leaving: nobody is ever left with a lock that others no longer see.
3. `asyncio.Lock` wakes its waiters in the order of their coming, and whoever comes while others wait joins behind them, even in
   the moment between one's release and the next one's waking: first come, first served.
4. Whoever is cancelled while waiting leaves the lock's queue (if they had just been woken, the lock wakes the next one) and is
   counted out in `finally`; whoever is cancelled while holding lets go by the lock's own `async with`.
5. Only values at rest are evicted: what somebody holds or waits for is not among them. An evicted value is read anew from the
   store, so that eviction costs time, never data.
6. Locks live in slots and slots only while busy: a million people who have gone leave at most `capacity` values and no lock.
"""

import asyncio
from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class Slot(Generic[V]):
    """What a holder gets: set `value` to keep it for the next one, None to keep nothing."""

    __slots__ = ("_dropped", "_lock", "_users", "value")

    def __init__(self, value: V | None) -> None:
        self.value = value
        self._lock = asyncio.Lock()
        self._users = 0
        self._dropped = False


class StateStore(Generic[V]):
    """Keeps at most `capacity` values (people in use count, but are never dropped); those longest at rest go first."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._busy: dict[int, Slot[V]] = {}
        self._resting: OrderedDict[int, V] = OrderedDict()

    def hold(self, person: int) -> "Hold[V]":
        """`async with states.hold(person) as slot`: alone with this person's slot, after those who came before. Not reentrant."""
        return Hold(self, person)

    def drop(self, person: int) -> None:
        """Forget the value: at once, and also what whoever holds it now leaves behind. The lock and its queue stay."""
        self._resting.pop(person, None)
        slot = self._busy.get(person)
        if slot is not None:
            slot.value = None
            slot._dropped = slot._lock.locked()

    def _enter(self, person: int) -> Slot[V]:
        slot = self._busy.get(person)
        if slot is None:
            slot = self._busy[person] = Slot(self._resting.pop(person, None))
        slot._users += 1
        return slot

    def _leave(self, person: int, slot: Slot[V]) -> None:
        slot._users -= 1
        if slot._users:
            return
        del self._busy[person]
        if slot.value is not None:
            self._resting[person] = slot.value
            while self._resting and len(self._busy) + len(self._resting) > self._capacity:
                self._resting.popitem(last=False)

    @property
    def locked(self) -> int:
        """How many people are held or waited for now."""
        return len(self._busy)

    def __len__(self) -> int:
        return len(self._busy) + len(self._resting)

    def __contains__(self, person: int) -> bool:
        """Whether a value of theirs is kept and at rest."""
        return person in self._resting


class Hold(Generic[V]):
    """What `hold` gives; a class, because a generator costs a turn three times as much."""

    __slots__ = ("_person", "_slot", "_states")

    def __init__(self, states: StateStore[V], person: int) -> None:
        self._states, self._person = states, person

    async def __aenter__(self) -> Slot[V]:
        slot = self._slot = self._states._enter(self._person)
        try:
            await slot._lock.acquire()
        except BaseException:  # cancelled while waiting
            self._states._leave(self._person, slot)
            raise
        return slot

    async def __aexit__(self, *_: object) -> None:
        slot = self._slot
        if slot._dropped:
            slot.value, slot._dropped = None, False
        slot._lock.release()
        self._states._leave(self._person, slot)
