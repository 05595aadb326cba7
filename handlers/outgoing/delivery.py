"""One item to Telegram until it is delivered or refused for good: retries, waiting when told to, falling back to plain words."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from database.store import Store, StoreUnavailable
from handlers.api.answers import ApiError, Unreachable
from handlers.api.refusals import Verdict, judge
from handlers.outgoing.lanes import Lane
from handlers.outgoing.sending import Sender, Unsendable
from handlers.rendering.messages import BEHIND, Item, apology_item, plain_item, shorter_item, typed_item
from utils import clock
from utils.outages import Outage

logger = logging.getLogger("waymark.delivery")

MANY_CHATS = 3  # so many chats told to wait within a second pause the whole bot
TOKEN_AWAY_SECONDS = 5.0  # between tries while Telegram does not know the bot
HEAD_START_SECONDS = 10.0  # after a pause of the whole bot within which replies go first
LOOK_SECONDS = 0.05  # between two looks whether they are out

_FORMS: tuple[Callable[[Item, str], Item | None], ...] = (
    lambda item, language: item,
    lambda item, language: plain_item(item),
    lambda item, language: shorter_item(item),
    apology_item,
    typed_item,
)


def _is_void(reminder: Item, seen_at: str) -> bool:
    """The person has come by themselves, or it is too late, or night by now."""
    if seen_at > reminder["reminder"]:
        return True
    if "until" not in reminder or clock.now() <= datetime.fromisoformat(reminder["until"]):
        return False
    logger.info("a reminder was held up for too long and does not go out any more")
    return True


class PersonGone(Exception):
    """The person can't be reached: they blocked the bot, or their account is no more."""


class Delivery:
    """The part that all lanes share: the pace of the whole bot and the way to Telegram and the store."""

    def __init__(self, store: Store, sender: Sender) -> None:
        self._store, self._sender = store, sender
        self._paused_until = 0.0
        self._held: set[int] = set()  # people whose reply had to wait and is not out yet
        self._told_to_wait: deque[tuple[float, int]] = deque(maxlen=64)
        self._telegram_away = Outage("Telegram", logger)
        self._store_away = Outage("The database", logger, StoreUnavailable)
        self.refused = 0

    async def deliver(self, lane: Lane, item: Item) -> Any:
        """Telegram's result. Refused for good, it is tried simpler and simpler: as plain words, with shorter labels, as an apology,
        without buttons. None when nothing could be shown.

        Raises PersonGone.
        """
        for make in _FORMS:
            if (form := make(item, lane.entry.record.language)) is not None:
                try:
                    return await self.call(lane, form)
                except (ApiError, Unsendable) as error:
                    self.refused += 1
                    logger.error("a message can't be sent as it is (question %s): %s", item.get("token", "none"), error)
        return None

    async def call(self, lane: Lane, item: Item, tries: int | None = None) -> Any:
        """Telegram's result, None for what is as good as done.

        Raises ApiError, Unsendable, PersonGone; Unreachable after `tries` (None: never).
        """
        attempt = 0
        try:
            while True:
                if lane.entry.sent.not_before or self._paused_until:
                    await self._wait_for_leave(lane, item)
                if "reminder" in item and _is_void(item, lane.entry.record.seen_at):
                    return None
                try:
                    result = await self._sender.send(lane.person, item)
                except ApiError as error:
                    if not await self._may_repeat(lane, error):
                        return None
                except Unreachable as error:
                    if error.maybe_done:
                        lane.unsure.add(item["n"])
                    attempt += 1
                    if attempt == tries:
                        self._telegram_away.report(error)
                        raise
                    await self._telegram_away.wait(error, attempt + 1, 30.0)
                except StoreUnavailable as error:  # a file's id, or what a file is made of
                    attempt += 1
                    await self._store_away.wait(error, attempt)
                else:
                    if self._telegram_away.since:
                        self._telegram_away.over()
                    return result
        finally:
            self._held.discard(lane.person)

    def held_until(self, lane: Lane) -> float:
        """Epoch seconds until which Telegram wants silence in this chat, or of the whole bot; 0: it never said so."""
        return max(lane.entry.sent.not_before, self._paused_until)

    async def save(self, *lanes: Lane) -> None:
        """Make the `entry.sent` of each durable, in one write; waits for a database that is away."""
        while lanes:
            lanes = await self._store_away.insist(lambda: self._save(lanes))  # noqa: B023 (called at once)

    async def _save(self, lanes: Sequence[Lane]) -> tuple[Lane, ...]:
        """Once; gives those who were sent something meanwhile. Raises StoreUnavailable."""
        notes = [(lane, lane.entry.sent, lane.entry.durable) for lane in lanes]
        await self._store.save_sent({lane.person: sent for lane, sent, _ in notes})
        return tuple([lane for lane, sent, before in notes if not lane.note(sent, before)])

    async def _may_repeat(self, lane: Lane, error: ApiError) -> bool:
        """True: try the same again; False: it is as good as done."""
        verdict = judge(error)
        if verdict is Verdict.DONE:
            return False
        if verdict is Verdict.GONE:
            raise PersonGone from error
        if verdict is Verdict.LATER:
            await self._hold(lane, error.retry_after)
            return True
        if verdict is Verdict.AWAY:
            self._telegram_away.report(error)
            await asyncio.sleep(TOKEN_AWAY_SECONDS)
            return True
        raise error

    async def _hold(self, lane: Lane, seconds: float) -> None:
        now = clock.real().timestamp()
        lane.entry.sent = lane.entry.sent.changed(not_before=now + seconds)
        self._told_to_wait.append((now, lane.person))
        if len({person for at, person in self._told_to_wait if at > now - 1.0}) >= MANY_CHATS:
            self._paused_until = max(self._paused_until, now + seconds)
            logger.warning("Telegram asks the whole bot to wait for %.0f s", seconds)
        else:
            logger.info("Telegram asks one chat to wait for %.0f s", seconds)
        await self.save(lane)

    async def _wait_for_leave(self, lane: Lane, item: Item) -> None:
        while left := self._seconds_to_wait(lane, item):
            if not item.get(BEHIND):
                self._held.add(lane.person)
            await asyncio.sleep(min(left, 60.0))  # in between the whole bot may be told to wait longer

    def _seconds_to_wait(self, lane: Lane, item: Item) -> float:
        until = self.held_until(lane)
        if not until:
            return 0.0
        now = clock.real().timestamp()
        if self._held and item.get(BEHIND) and now < self._paused_until + HEAD_START_SECONDS:
            return max(LOOK_SECONDS, until - now)
        return max(0.0, until - now)
