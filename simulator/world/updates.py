"""The queue of updates for the bot, with getUpdates' rules (tdlib/telegram-bot-api, Client::do_get_updates)."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

import orjson

CAPACITY = 100_000  # the server refuses more pending updates
_FAR_PAST_TAIL = 10  # an offset further past the tail than this falls back to the head (tddb TQueue)
# Without allowed_updates a bot gets everything but these (core.telegram.org/bots/api#getupdates).
_ONLY_ON_DEMAND = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class PollEnded(Exception):
    """A waiting getUpdates was ended by another request; the text is the description of its 409."""


class Update(NamedTuple):
    """A queued update. `body` is its complete JSON; `lane` orders webhook deliveries; `expires` in the clock's seconds."""

    id: int
    kind: str
    lane: int
    expires: float
    body: bytes


class Arrival(NamedTuple):
    """An update before it has an id; `payload` is the JSON of its object. Without a kind it will be nothing but an id."""

    kind: str
    lane: int
    expires: float
    payload: bytes


class Updates:
    """Pending updates in order. Bodies are serialised when queued: later edits of a message don't reach back into them."""

    def __init__(self, clock: Callable[[], float], first_id: int) -> None:
        self.next_id = first_id
        self.allowed: tuple[str, ...] = ()
        self.recent: deque[Update] = deque(maxlen=20)
        self.listener: Callable[[Update], None] | None = None
        self.meddle: Callable[[Arrival], bool] | None = None  # True: it will come to the queue by another way
        self.expired: Callable[[Update], None] | None = None  # told of what the bot never fetched
        self._clock = clock
        self._pending: OrderedDict[int, Update] = OrderedDict()
        self._poll: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def waiting(self) -> tuple[Update, ...]:
        """All pending updates, oldest first."""
        return tuple(self._pending.values())

    def add(self, kind: str, payload: dict[str, Any], lane: int, lifetime: float) -> None:
        """Queue an update, unless the bot did not ask for its kind or the queue is full."""
        wanted = kind in self.allowed if self.allowed else kind not in _ONLY_ON_DEMAND
        if not wanted or len(self._pending) >= CAPACITY:
            return
        arrival = Arrival(kind, lane, self._clock() + lifetime, orjson.dumps(payload))
        if self.meddle is None or not self.meddle(arrival):
            self.queue(arrival)

    def queue(self, arrival: Arrival) -> None:
        """Give it the next id and its place behind all others."""
        kind, lane, expires, payload = arrival
        fields = b',"%s":%s' % (kind.encode(), payload) if kind else b""
        self.put_back(Update(self.next_id, kind, lane, expires, b'{"update_id":%d%s}' % (self.next_id, fields)))
        self.next_id += 1

    def put_back(self, update: Update) -> None:
        """Append a ready update (a new one, or one from a saved world) and tell whoever waits."""
        self._pending[update.id] = update
        if self.listener is not None:
            self.listener(update)
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def remove(self, update_id: int) -> None:
        """An update has been delivered."""
        update = self._pending.pop(update_id, None)
        if update is not None:
            self.recent.append(update)

    def clear(self) -> None:
        self._pending.clear()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[bytes]:
        """The bodies that getUpdates answers with. Raises PollEnded when another poll or a webhook takes over.

        Everything below a positive `offset` is gone on receipt; a negative one keeps only that many of the newest.
        """
        self._forget(offset)
        self.end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        found = self._first(limit)
        if found or seconds <= 0:
            return found
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            return []
        finally:
            if self._poll is poll:
                self._poll = None
        return self._first(limit)

    def end_poll(self, reason: str) -> None:
        """End a waiting getUpdates, if there is one, with 409."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(PollEnded(f"Conflict: {reason}"))
        self._poll = None

    def _forget(self, offset: int) -> None:
        if offset < 0:
            surplus = len(self._pending) + offset
            for update_id in list(islice(self._pending, max(surplus, 0))):
                self.remove(update_id)
        elif 0 < offset <= self.next_id + _FAR_PAST_TAIL:
            while self._pending and next(iter(self._pending)) < offset:
                self.remove(next(iter(self._pending)))

    def _first(self, limit: int) -> list[bytes]:
        now = self._clock()
        old = [update for update in islice(self._pending.values(), limit) if update.expires <= now]
        for update in old:
            del self._pending[update.id]
            if self.expired is not None:
                self.expired(update)
        if old:
            return self._first(limit)
        return [update.body for update in islice(self._pending.values(), limit)]
