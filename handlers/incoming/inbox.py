"""Updates and their way into the lines: durable before they are confirmed, each put into its line once, wherever it is met again.

An update of somebody who is in memory is made durable by its own turn (`prompt.py`). Any other waits in the store from its commit
to the end of its turn; *under way* is what was put into a line and is not done yet. Why none is lost and none is put into its line
twice, by number:

1. Whoever stores an update puts it into its line, and the store tells one caller alone that an id was new.
2. A commit that failed may have gone through. Its ids are doubtful: when one comes again, the store is asked whether it waits.
3. A look into the store passes over what is under way or being stored, and what came to be so since the look began.
4. What is under way is never put into a line again, and only an update with a higher id than all before it may do without the
   store, which knows the ids of three days. (After an idle week ids may begin anew far below; then the mark follows.)
5. Whatever slips through all the same (a crash between a turn and its mark) is known to the turn by its id.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from database.records import RawUpdate
from database.store import Store, StoreError, StoreUnavailable
from handlers.api.errors import describe
from handlers.incoming.arrivals import Arrival, read_body
from handlers.incoming.fast_path import Letter, Prompt
from utils import clock
from utils.outages import Outage, backoff

logger = logging.getLogger("waymark.inbox")

PAGE = 1000
AT_ONCE = 25  # turns begun in one round of the event loop
FAR_BELOW = 1_000_000  # ids of updates; webhooks may bring them in another order, but not by so much
CROWDED = 10_000  # updates under way; above it nothing new is taken in
LOOK = 30.0  # seconds between two looks into the store


class Inbox:
    """`dispatch` puts an arrival into its line; `outstanding` tells how many are under way; `is_ready` whether a person is in
    memory with nothing waiting."""

    def __init__(
        self,
        store: Store,
        dispatch: Callable[[Arrival], None],
        outstanding: Callable[[], int],
        is_ready: Callable[[int], bool] = lambda person: False,
    ) -> None:
        self._store, self._dispatch, self._outstanding = store, dispatch, outstanding
        self._prompt = Prompt(is_ready)
        self._under_way: set[int] = set()
        self._storing: set[int] = set()
        self._doubtful: set[int] = set()
        self._known: set[int] = set()  # what the look that is under way passes over
        self._order = 0
        self._highest = 0  # id of an update
        self._away = Outage("The database", logger)
        self.poisoned = 0

    @property
    def is_crowded(self) -> bool:
        """Whether what comes now had better come later."""
        return self._outstanding() > CROWDED

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
        self._prompt.done(arrival)

    async def keep(self, letters: Sequence[Letter], patience: float | None = None) -> None:
        """Into the lines; when this returns, each is durable. Waits for a database that is away; with `patience` (seconds) raises
        StoreUnavailable."""
        batch = self._prompt.choose(letter for letter in letters if letter.update_id > self._highest)
        if batch is None:
            await self._store_first(letters, patience)
            return
        begun = dict(batch.letters)
        self._highest = max(self._highest, *begun)
        for number, letter in enumerate(begun.values(), 1):
            self._begin(letter)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)  # nobody else waits for a hundred turns in a row
        if len(begun) < len(letters):
            await asyncio.sleep(0)  # the turns first, so that their writes and this one share a commit
            await self._store_first([letter for letter in letters if letter.update_id not in begun], patience)
        if late := await self._prompt.wait(batch):
            await self._commit(late, patience)

    async def store_now(self, update_id: int) -> None:
        """Store an update that is under way, if it went first. Raises StoreUnavailable."""
        if letter := self._prompt.find(update_id):
            await self._store.save_updates([letter.raw()])

    async def _store_first(self, letters: Sequence[Letter], patience: float | None) -> None:
        ids = {letter.update_id for letter in letters}
        self._storing |= ids
        self._known |= ids
        try:
            new = await self._commit([*self._prompt.ahead_of(letters), *letters], patience)
            self._note_highest(new & ids)
            for number, letter in enumerate(letters, 1):
                if letter.update_id in new:
                    await self._pass_on(letter)
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
        finally:
            self._storing -= ids

    async def take_up(self) -> int:
        """Put what waits and is not under way into the lines, in its order; gives how many. Raises StoreUnavailable."""
        self._known = self._under_way | self._storing
        after, count = -1, 0
        while waiting := await self._store.list_updates(PAGE, after):
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
            await asyncio.sleep(LOOK)
            try:
                if count := await self.take_up():
                    logger.info("taken up from the inbox: %d updates", count)
                self._away.over()
            except StoreUnavailable as error:
                self._away.report(error)
            except StoreError as error:  # the next look may have more luck
                logger.error("the inbox can't be looked at: %s", error)

    async def _commit(self, letters: Sequence[Letter], patience: float | None) -> set[int]:
        """The ids that are to be put into their lines, unless they are under way."""
        raws, ids = [letter.raw() for letter in letters], {letter.update_id for letter in letters}
        attempt = 0
        while True:
            try:
                async with asyncio.timeout(patience):
                    new = await self._save(raws)
                self._away.over()
                self._doubtful -= ids
                return new
            except (StoreUnavailable, TimeoutError) as error:
                self._doubtful |= ids
                why = error if isinstance(error, StoreUnavailable) else StoreUnavailable(f"no answer within {patience:.0f} s")
                self._away.report(why)
                if patience is not None:
                    raise why from error
            await asyncio.sleep(backoff(attempt))
            attempt += 1

    async def _save(self, raws: Sequence[RawUpdate]) -> set[int]:
        new = await self._store.save_updates(raws)
        kept = (self._doubtful & {raw.update_id for raw in raws}) - new
        return new | (kept & await self._list_waiting()) if kept else new

    async def _list_waiting(self) -> set[int]:
        """The ids of all that waits in the store."""
        ids: set[int] = set()
        after = -1
        while waiting := await self._store.list_updates(PAGE, after):
            ids.update(raw.update_id for raw in waiting)
            after = waiting[-1].order
        return ids

    def _note_highest(self, new: set[int]) -> None:
        highest = max(new, default=self._highest)
        if highest > self._highest or highest < self._highest - FAR_BELOW:
            self._highest = highest

    async def _pass_on(self, letter: Letter) -> None:
        if letter.arrival is None:
            await self._bury(letter.update_id, letter.reason)
        elif letter.update_id not in self._under_way:
            self._begin(letter)

    def _begin(self, letter: Letter) -> None:
        assert letter.arrival is not None, "only what could be read is begun"
        self._under_way.add(letter.update_id)
        self._known.add(letter.update_id)
        self._dispatch(letter.arrival)

    async def _bury(self, update_id: int, reason: str) -> None:
        """One that can't be read is kept for the operator, and stops nobody."""
        self.poisoned += 1
        logger.error("update %d can't be read and is put aside: %s", update_id, reason)
        try:
            await self._store.save_dead(update_id, reason, clock.now().isoformat())
        except StoreUnavailable as error:  # it stays in the inbox and is met again at the next look
            self._away.report(error)


def _read_stored(raw: RawUpdate) -> Letter:
    arrival, reason = None, ""
    try:
        arrival = read_body(raw.body, clock.now().timestamp())
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = describe(error)
    return Letter(raw.update_id, raw.person, raw.order, raw.body, arrival, reason)
