"""Takes updates in: into their person's line, and confirmed once they are durable.

`getUpdates` with an offset deletes everything below it on receipt, so the offset moves only once all of a batch is durable. The
offset itself is never stored: an unconfirmed update comes again and is recognised by its id. (Ids may jump down, so a mark of the
highest one would be wrong.)
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from handlers.api.answers import ApiError, Garbled, TokenRefused, Unreachable
from handlers.api.errors import describe
from handlers.api.lenient import Unreadable, read_single
from handlers.api.transport import Telegram
from handlers.incoming.arrivals import LARGEST_ID, Arrival, chat_of, read_arrival, sent_since
from handlers.incoming.fast_path import PendingUpdate
from handlers.incoming.flood import Flood
from handlers.incoming.inbox import Inbox
from utils import clock
from utils.outages import Outage, backoff

logger = logging.getLogger("waymark.intake")

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
LONG_POLL_SECONDS = 20  # Telegram holds one for 50 at most, but one that hangs is to be given up within 30
BATCH = 100  # updates, the most that Telegram gives at once
LATE_SECONDS = 8.0  # beyond it after which an answer is given up
REFUSED_SECONDS = 300.0  # of 401 or 404 after which the token is taken for revoked


class Intake:
    """Polls, or takes what a webhook brings. `polled` is called after each poll, once its updates lie in the lines, with two
    moments (epoch seconds by the real clock): when it was answered, and until when everything sent is known (0: that can't be
    told)."""

    def __init__(self, telegram: Telegram, inbox: Inbox, flood: Flood, polled: Callable[[float, float], None]) -> None:
        self._telegram, self._inbox, self._flood, self._polled = telegram, inbox, flood, polled
        self._offset: int | None = None
        self._limit = BATCH
        self._refused_since = 0.0
        self._telegram_away = Outage("Telegram", logger)
        self.last_poll = 0.0  # epoch seconds of the last one that was answered, by the real clock

    async def poll(self) -> None:
        """For ever. Raises TokenRefused."""
        attempt = 0
        while True:
            await self._inbox.room()
            try:
                batch = await self._fetch()
                highest = await self.take_in(batch)
                if self._confirm(highest, len(batch)):
                    self._polled(self.last_poll, self._known_until(batch))
                    attempt = 0
                    continue
                wait = backoff(attempt, 10.0)
            except Garbled as error:
                wait = await self._isolate(error, attempt)
            except Unreachable as error:
                self._telegram_away.report(error)
                wait = backoff(attempt, 10.0)
            except ApiError as error:
                wait = await self._refused(error, attempt)
            attempt += 1
            await asyncio.sleep(wait)

    async def _isolate(self, error: Garbled, attempt: int) -> float:
        """Of an answer that nobody can read, the updates are fetched one by one, and the culprit is put aside; gives the seconds to
        wait. Afterwards the polls grow again."""
        alone, self._limit = self._limit == 1, 1
        culprit = read_single(error.body) if alone else None
        if culprit is not None:
            self._confirm(await self.take_in([culprit]), 1)
            return 0.0
        self._telegram_away.report(error)
        return backoff(attempt, 10.0) if alone else 0.0

    def _known_until(self, batch: Sequence[dict[str, Any]]) -> float:
        """They come in the order in which they were sent: behind a full batch more may wait, all of it newer."""
        if len(batch) < self._limit:
            return self.last_poll
        ahead = (clock.now() - clock.real()).total_seconds()  # of a trial
        return min(max(map(sent_since, batch)) - ahead, self.last_poll)

    async def _fetch(self) -> Sequence[dict[str, Any]]:
        params: dict[str, Any] = {"timeout": self._poll_seconds, "limit": self._limit, "allowed_updates": ALLOWED}
        if self._offset is not None:
            params["offset"] = self._offset
        batch: Sequence[dict[str, Any]] = await self._telegram.call("getUpdates", params, timeout=LONG_POLL_SECONDS + LATE_SECONDS)
        self.last_poll = clock.real().timestamp()
        self._refused_since = 0.0
        self._telegram_away.over()
        return batch

    @property
    def _poll_seconds(self) -> int:
        """To wait for something new; none after a silence, so that it is soon known to be over."""
        return LONG_POLL_SECONDS if self.last_poll and not self._telegram_away.since else 0

    async def _refused(self, error: ApiError, attempt: int) -> float:
        """Seconds to wait. Raises TokenRefused when it can't come back."""
        if error.code == 429:
            return error.retry_after
        if error.code in (401, 404):
            now = clock.real().timestamp()
            self._refused_since = self._refused_since or now
            if now - self._refused_since > REFUSED_SECONDS:
                raise TokenRefused(str(error)) from error
        if error.code == 409 and "webhook" in error.description.lower():
            return await self._remove_webhook(attempt)
        self._telegram_away.report(error)
        return backoff(attempt + 3, 5.0)

    async def _remove_webhook(self, attempt: int) -> float:
        """It stands in the way of polling; gives the seconds to wait before the next poll."""
        try:
            await self._telegram.call("deleteWebhook", {"drop_pending_updates": False})
        except (ApiError, Unreachable) as error:
            self._telegram_away.report(error)
            return backoff(attempt + 3, 5.0)
        logger.warning("a webhook was set for this token; it is removed, nothing that waits is dropped")
        return 0.0

    async def take_in(self, batch: Sequence[dict[str, Any]], patience: float | None = None) -> int | None:
        """The batch into its lines, and made durable; when this returns, Telegram may forget it. Gives the highest id, None where
        there is none that can be used.

        Waits for a database that is away; with `patience` (seconds) raises StoreUnavailable instead.
        """
        updates, highest = self._read(batch)
        if updates:
            await self._inbox.keep(updates, patience)
        return highest

    def _confirm(self, highest: int | None, count: int) -> bool:
        """The next poll lets Telegram forget `count` updates up to the `highest` id; False when none of them has one."""
        if highest is not None:
            self._offset = highest + 1
            if self._limit < BATCH:
                self._limit = min(BATCH, 2 * self._limit)
        elif count:
            logger.error("Telegram brings %d updates without an id that can be used; they come again and again", count)
        return highest is not None or not count

    def _read(self, batch: Sequence[dict[str, Any]]) -> tuple[list[PendingUpdate], int | None]:
        """What is to be kept of the batch, and the highest id of all."""
        highest = -LARGEST_ID
        received = clock.seconds()
        updates: dict[int, PendingUpdate] = {}
        self._flood.begin_batch(received)
        for raw in batch:
            try:
                update_id = raw["update_id"]
            except (TypeError, KeyError):
                continue
            if type(update_id) is not int or not -LARGEST_ID < update_id < LARGEST_ID or update_id in updates:
                continue
            if update_id > highest:
                highest = update_id
            arrival, reason = _read(raw, received)
            if arrival is not None and arrival.person is not None and self._flood.refuses(arrival):
                continue
            person = arrival.person if arrival else chat_of(raw)
            order = self._inbox.next_order(received)
            updates[update_id] = PendingUpdate(update_id, person, order, raw if arrival else _body_of(raw), arrival, reason)
        return list(updates.values()), highest if highest > -LARGEST_ID else None


def _body_of(raw: dict[str, Any]) -> bytes | dict[str, Any]:
    return raw.body if isinstance(raw, Unreadable) else raw


def _read(raw: dict[str, Any], received: float) -> tuple[Arrival | None, str]:
    try:
        if len(raw) == 1 and isinstance(raw, Unreadable):
            return None, "its JSON can't be stored: a lone surrogate, a number of more than 64 bits, or no JSON at all"
        return read_arrival(raw, received), ""
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return None, describe(error)
