"""Takes updates in: durable first, confirmed after, then into their person's line.

`getUpdates` with an offset deletes everything below it on receipt, so the offset moves only once a batch is committed. The offset
itself is never stored: what is not confirmed comes again and is recognised by its id (ids may jump down, so a mark of the
highest one would be wrong).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from database.records import RawUpdate
from database.store import Store, StoreUnavailable
from handlers.arrivals import Arrival, chat_of, read_arrival, read_body
from handlers.errors import describe
from handlers.flood import Flood
from handlers.greeting import TokenRefused
from handlers.transport import ApiError, Telegram, Unreachable
from utils import clock
from utils.outages import Outage, backoff

logger = logging.getLogger("waymark.intake")

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
LONG_POLL = 50  # seconds, the most that Telegram holds one
LATE = 15.0  # seconds beyond it after which an answer is given up
PAGE = 1000
CROWDED = 10_000  # updates under way; above it nothing new is fetched
REFUSED_AFTER = 300.0  # seconds of 401 or 404 after which the token is taken for revoked


@dataclass(slots=True)
class Letter:
    """One raw update on its way in; `arrival` is None for one that can't be read."""

    raw: RawUpdate
    arrival: Arrival | None
    reason: str = ""


class Intake:
    """`dispatch` puts an arrival into its line; `outstanding` tells how many are under way."""

    def __init__(
        self, telegram: Telegram, store: Store, flood: Flood, dispatch: Callable[[Arrival], None], outstanding: Callable[[], int]
    ) -> None:
        self._telegram, self._store, self._flood = telegram, store, flood
        self._dispatch, self._outstanding = dispatch, outstanding
        self._order = 0
        self._offset: int | None = None
        self._refused_since = 0.0
        self._telegram_away = Outage("Telegram", logger)
        self._store_away = Outage("The database", logger)
        self.last_poll = 0.0  # epoch seconds of the last one that was answered
        self.poisoned = 0

    async def restart(self) -> int:
        """Put what the last process left into the lines, in its order; gives how many. Raises StoreUnavailable."""
        after, count = -1, 0
        while waiting := await self._store.list_updates(PAGE, after):
            for raw in waiting:
                await self._room()
                await self._dispatch_stored(raw)
            after, count = waiting[-1].order, count + len(waiting)
        self._order = max(self._order, after)
        return count

    async def _dispatch_stored(self, raw: RawUpdate) -> None:
        try:
            self._dispatch(read_body(raw.body, clock.now().timestamp()))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            await self._bury(raw, describe(error))

    async def poll(self) -> None:
        """For ever. Raises TokenRefused."""
        attempt = 0
        while True:
            await self._room()
            try:
                await self.take_in(await self._fetch())
                attempt = 0
                continue
            except Unreachable as error:
                self._telegram_away.report(error)
                wait = backoff(attempt, 10.0)
            except ApiError as error:
                wait = await self._refused(error, attempt)
            attempt += 1
            await asyncio.sleep(wait)

    async def _fetch(self) -> Sequence[dict[str, Any]]:
        params: dict[str, Any] = {"timeout": LONG_POLL, "limit": 100, "allowed_updates": ALLOWED}
        if self._offset is not None:
            params["offset"] = self._offset
        batch: Sequence[dict[str, Any]] = await self._telegram.call("getUpdates", params, timeout=LONG_POLL + LATE)
        self.last_poll = clock.now().timestamp()
        self._refused_since = 0.0
        self._telegram_away.over()
        return batch

    async def _refused(self, error: ApiError, attempt: int) -> float:
        """Seconds to wait. Raises TokenRefused when it can't come back."""
        if error.code == 429:
            return error.retry_after
        if error.code in (401, 404):
            now = clock.now().timestamp()
            self._refused_since = self._refused_since or now
            if now - self._refused_since > REFUSED_AFTER:
                raise TokenRefused(str(error)) from error
        if error.code == 409 and "webhook" in error.description.lower():
            logger.warning("a webhook stands in the way of polling; it is removed, nothing pending is dropped")
            await self._telegram.call("deleteWebhook", {"drop_pending_updates": False})
            return 0.0
        self._telegram_away.report(error)
        return backoff(attempt + 3, 5.0)

    async def take_in(self, batch: Sequence[dict[str, Any]]) -> None:
        """One commit for the batch, then the offset, then the lines. Waits for a database that is away."""
        letters = self._read(batch)
        if letters:
            new = await self._store_letters([letter.raw for letter in letters])
            for letter in letters:
                if letter.raw.update_id in new:
                    await self._pass_on(letter)
        ids = [raw["update_id"] for raw in batch if isinstance(raw.get("update_id"), int)]
        if ids:
            self._offset = max(ids) + 1

    def _read(self, batch: Sequence[dict[str, Any]]) -> list[Letter]:
        received = clock.now().timestamp()
        self._order = max(self._order, int(received * 1_000_000))
        letters: dict[int, Letter] = {}
        self._flood.begin_batch()
        for raw in batch:
            update_id = raw.get("update_id")
            if not isinstance(update_id, int) or update_id in letters:
                continue
            arrival, reason = _read(raw, received)
            if arrival is not None and arrival.person is not None and self._flood.refuses(arrival):
                continue
            self._order += 1
            person = arrival.person if arrival else chat_of(raw)
            letters[update_id] = Letter(RawUpdate(update_id, person, self._order, orjson.dumps(raw)), arrival, reason)
        return list(letters.values())

    async def _store_letters(self, raws: list[RawUpdate]) -> set[int]:
        """The ids that wait now and did not before; a try that failed may have kept some of them."""
        attempt = 0
        while True:
            try:
                new = await self._store.save_updates(raws)
                if attempt:
                    waiting = await self._store.list_updates(len(raws), raws[0].order - 1)
                    new = new | {raw.update_id for raw in waiting}
                self._store_away.over()
                return new
            except StoreUnavailable as error:
                self._store_away.report(error)
                await asyncio.sleep(backoff(attempt))
                attempt += 1

    async def _pass_on(self, letter: Letter) -> None:
        if letter.arrival is not None:
            self._dispatch(letter.arrival)
        else:
            await self._bury(letter.raw, letter.reason)

    async def _bury(self, raw: RawUpdate, reason: str) -> None:
        """One that can't be read is kept for the operator, and stops nobody."""
        self.poisoned += 1
        logger.error("update %d can't be read and is put aside: %s", raw.update_id, reason)
        try:
            await self._store.save_dead(raw.update_id, reason, clock.now().isoformat())
        except StoreUnavailable as error:  # it stays in the inbox and is met again at the next start
            self._store_away.report(error)

    async def _room(self) -> None:
        while self._outstanding() > CROWDED:  # noqa: ASYNC110 (a twentieth of a second more matters to nobody)
            await asyncio.sleep(0.05)


def _read(raw: dict[str, Any], received: float) -> tuple[Arrival | None, str]:
    try:
        return read_arrival(raw, received), ""
    except (KeyError, TypeError, AttributeError) as error:
        return None, describe(error)
