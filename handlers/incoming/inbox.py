"""Updates and their way into the lines: durable before they are confirmed, each put into its line once, wherever it is met again.

An update of somebody who is in memory is made durable by its own turn (`fast_path.py`). Any other waits in the store from its
commit to the end of its turn. *Under way* is an update that was put into a line and is not done yet. Why none is lost and none is
put into its line twice, by number:

1. The caller that stores an update puts it into its line, and the store tells one caller alone that an id was new.
2. A commit that failed may have gone through. Its ids are doubtful: when one comes again, the store is asked whether it waits.
3. A look into the store passes over what is under way or being stored, and what came to be so since the look began.
4. An update under way is never put into a line again. Only an update with a higher id than all before it may do without the store,
   which knows the ids of three days. (After an idle week ids may begin anew far below; then the mark follows.)
5. If one slips through all the same (a crash between a turn and its mark), the turn knows it by its id.
"""

import asyncio
import logging
from collections.abc import Container, Sequence

from database.records import RawUpdate
from database.store import Store, StoreError, StoreUnavailable
from handlers.api.errors import describe
from handlers.incoming.arrivals import Arrival, read_body
from handlers.incoming.fast_path import FastPath, PendingUpdate
from handlers.incoming.lines import Lines
from utils import clock
from utils.outages import Outage

logger = logging.getLogger("waymark.inbox")

PAGE_ROWS = 1000
AT_ONCE = 25  # turns begun in one round of the event loop
FAR_BELOW = 1_000_000  # ids of updates; webhooks may bring them in another order, but not by so much
CROWDED = 10_000  # updates under way; above it nothing new is taken in
LOOK_SECONDS = 30.0  # between two looks into the store


class Inbox:
    """`in_memory` knows whose document lies in memory; their updates may take the fast path."""

    def __init__(self, store: Store, lines: Lines, in_memory: Container[int] = ()) -> None:
        self._store, self._lines = store, lines
        self._fast_path = FastPath(lines, in_memory)
        self._under_way: set[int] = set()
        self._storing: set[int] = set()
        self._doubtful: set[int] = set()
        self._known: set[int] = set()  # ids that the look under way passes over
        self._order = 0
        self._highest = 0  # id of an update
        self._away = Outage("The database", logger, StoreUnavailable)
        self.poisoned = 0

    @property
    def is_crowded(self) -> bool:
        """Whether intake should pause."""
        return self._lines.outstanding > CROWDED

    async def room(self) -> None:
        """Wait while it is crowded."""
        while self.is_crowded:  # noqa: ASYNC110 (a twentieth of a second more matters to nobody)
            await asyncio.sleep(0.05)

    def next_order(self, received: float) -> int:
        """The place of an update that came at that moment (epoch seconds): behind every other."""
        self._order = max(self._order + 1, int(received * 1_000_000))
        return self._order

    def done(self, arrival: Arrival) -> None:
        """Its turn has ended."""
        self._under_way.discard(arrival.update_id)
        self._fast_path.done(arrival)

    async def keep(self, updates: Sequence[PendingUpdate], patience: float | None = None) -> None:
        """Into the lines; when this returns, each is durable. Waits for a database that is away; with `patience` (seconds) raises
        StoreUnavailable."""
        batch = self._fast_path.choose(update for update in updates if update.update_id > self._highest)
        if batch is None:
            await self._store_first(updates, patience)
            return
        begun = dict(batch.updates)
        self._highest = max(self._highest, *begun)
        for number, update in enumerate(begun.values(), 1):
            self._begin(update)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)  # nobody else waits for a hundred turns in a row
        if len(begun) < len(updates):
            await asyncio.sleep(0)  # the turns first, so that their writes and this one share a commit
            await self._store_first([update for update in updates if update.update_id not in begun], patience)
        if late := await self._fast_path.wait(batch):
            await self._commit(late, patience)

    async def store_now(self, update_id: int) -> None:
        """Store an update that is under way, if it went first. Raises StoreUnavailable."""
        if update := self._fast_path.find(update_id):
            await self._store.save_updates([update.raw()])

    async def _store_first(self, updates: Sequence[PendingUpdate], patience: float | None) -> None:
        ids = {update.update_id for update in updates}
        self._storing |= ids
        self._known |= ids
        try:
            new = await self._commit([*self._fast_path.ahead_of(updates), *updates], patience)
            self._note_highest(new & ids)
            for number, update in enumerate(updates, 1):
                if update.update_id in new:
                    await self._pass_on(update)
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
        finally:
            self._storing -= ids

    async def take_up(self) -> int:
        """Put what waits and is not under way into the lines, in its order; gives how many. Raises StoreUnavailable."""
        self._known = self._under_way | self._storing
        after, count = -1, 0
        while waiting := await self._store.list_updates(PAGE_ROWS, after):
            for raw in waiting:
                if raw.update_id not in self._known:
                    await self.room()
                    await self._pass_on(_read_stored(raw))
                    count += 1
            after = waiting[-1].order
        self._order = max(self._order, after)
        return count

    async def watch(self) -> None:
        """For ever: what came back into the store meanwhile, such as what an operator wants to be tried again."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if count := await self.take_up():
                    logger.info("taken up from the inbox: %d updates", count)
                self._away.over()
            except StoreUnavailable as error:
                self._away.report(error)
            except StoreError as error:  # the next look may have more luck
                logger.error("the inbox can't be looked at: %s", error)

    async def _commit(self, updates: Sequence[PendingUpdate], patience: float | None) -> set[int]:
        """The ids that are to be put into their lines, unless they are under way."""
        raws = [update.raw() for update in updates]
        if patience is None:
            return await self._away.insist(lambda: self._try(raws))
        try:
            async with asyncio.timeout(patience):
                new = await self._try(raws)
        except (StoreUnavailable, TimeoutError) as error:
            why = error if isinstance(error, StoreUnavailable) else StoreUnavailable(f"no answer within {patience:.0f} s")
            self._away.report(why)
            raise why from error
        self._away.over()
        return new

    async def _try(self, raws: Sequence[RawUpdate]) -> set[int]:
        """Until it has come to a good end, their ids are doubtful."""
        ids = {raw.update_id for raw in raws}
        try:
            new = await self._save(raws)
        except (StoreUnavailable, asyncio.CancelledError):
            self._doubtful |= ids
            raise
        self._doubtful -= ids
        return new

    async def _save(self, raws: Sequence[RawUpdate]) -> set[int]:
        new = await self._store.save_updates(raws)
        kept = (self._doubtful & {raw.update_id for raw in raws}) - new
        return new | (kept & await self._list_waiting()) if kept else new

    async def _list_waiting(self) -> set[int]:
        """The ids of all that waits in the store."""
        ids: set[int] = set()
        after = -1
        while waiting := await self._store.list_updates(PAGE_ROWS, after):
            ids.update(raw.update_id for raw in waiting)
            after = waiting[-1].order
        return ids

    def _note_highest(self, new: set[int]) -> None:
        highest = max(new, default=self._highest)
        if highest > self._highest or highest < self._highest - FAR_BELOW:
            self._highest = highest

    async def _pass_on(self, update: PendingUpdate) -> None:
        if update.arrival is None:
            await self._bury(update.update_id, update.reason)
        elif update.update_id not in self._under_way:
            self._begin(update)

    def _begin(self, update: PendingUpdate) -> None:
        assert update.arrival is not None, "only what could be read is begun"
        self._under_way.add(update.update_id)
        self._known.add(update.update_id)
        self._lines.put(update.arrival)

    async def _bury(self, update_id: int, reason: str) -> None:
        """One that can't be read is kept for the operator, and stops nobody."""
        self.poisoned += 1
        logger.error("update %d can't be read and is put aside: %s", update_id, reason)
        try:
            await self._store.save_dead(update_id, reason, clock.now().isoformat())
        except StoreUnavailable as error:  # it stays in the inbox and is met again at the next look
            self._away.report(error)


def _read_stored(raw: RawUpdate) -> PendingUpdate:
    arrival, reason = None, ""
    try:
        arrival = read_body(raw.body, clock.now().timestamp())
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = describe(error)
    return PendingUpdate(raw.update_id, raw.person, raw.order, raw.body, arrival, reason)
