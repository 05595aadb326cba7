"""Waits that begin when a message has gone out: a countdown in that message, and a word to the person's line when it is over.

Every wait lies in the store with the moment it is due. Memory holds only the next minute's. So a restart loses nothing and a
far-away wait costs nothing.
"""

import asyncio
import logging
from typing import Any

from database.store import Store, StoreUnavailable
from handlers.api.answers import ApiError, Unreachable
from handlers.incoming.lines import Lines
from handlers.outgoing.sending import Sender
from handlers.rendering.messages import Item, with_line
from handlers.rendering.sentences import sentence
from utils import clock
from utils.outages import Outage

logger = logging.getLogger("waymark.timers")

AHEAD_SECONDS = 60.0  # that are held in memory
SWEEP_SECONDS = 30.0  # between two looks into the store

Key = tuple[int, str]  # person, question key


class Timers:
    """A wait that is over elapses in the person's line."""

    def __init__(self, store: Store, sender: Sender, lines: Lines) -> None:
        self._store, self._sender, self._lines = store, sender, lines
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._editing: dict[Key, asyncio.Lock] = {}
        self._away = Outage("The database", logger)

    def __len__(self) -> int:
        return len(self._running)

    def begin(self, person: int, due: dict[str, Any], message_id: int) -> None:
        """A wait as it stands in `Sent.due`; one that is far away is left to the sweep."""
        key = (person, due["token"])
        if key not in self._running and due["at"] - clock.now().timestamp() <= AHEAD_SECONDS + SWEEP_SECONDS:
            task = asyncio.get_running_loop().create_task(self._run(person, due, message_id))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))

    async def end(self, person: int, question_key: str) -> None:
        """No countdown any more; returns when none of its edits is under way."""
        task = self._running.get((person, question_key))
        if task is None:
            return
        lock = self._editing.get((person, question_key))
        if lock is not None:
            async with lock:
                task.cancel()
        else:
            task.cancel()

    async def sweep(self) -> None:
        """For ever: what becomes due within the next minute, also from before a restart."""
        while True:
            try:
                await self._look()
                self._away.over()
            except StoreUnavailable as error:
                self._away.report(error)
            await clock.sleep(SWEEP_SECONDS)

    async def _look(self) -> None:
        until = clock.now().timestamp() + AHEAD_SECONDS
        for record in await self._store.list_due(until, limit=10_000):
            for due in record.sent.due:
                known = record.sent.messages.get(due["token"])
                if due["at"] <= until:
                    self.begin(record.id, due, known[0] if known else 0)

    async def close(self) -> None:
        """Forget what is in memory; it lies in the store."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, person: int, due: dict[str, Any], message_id: int) -> None:
        while (left := due["at"] - clock.now().timestamp()) > 0:
            step = _step(left)
            await clock.sleep(min(left, step))
            left = round(due["at"] - clock.now().timestamp())
            if left > 0 and message_id:
                await self._show(person, due, message_id, left)
        self._lines.elapse(person, due["token"])

    def _beat(self, due: dict[str, Any], message_id: int, left: int) -> Item:
        words = sentence("seconds_left", due.get("language", ""), seconds=left)
        item = with_line(due["shown"], words)
        item["params"]["message_id"] = message_id
        if "reply_markup" in due["shown"]:
            item["params"]["reply_markup"] = due["shown"]["reply_markup"]
        return item

    async def _show(self, person: int, due: dict[str, Any], message_id: int, left: int) -> None:
        """The seconds that are left, below the words; not repeated when it fails: the next one comes soon."""
        key = (person, due["token"])
        lock = self._editing.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                await self._sender.begin(person, self._beat(due, message_id, left)).result()
        except (ApiError, Unreachable) as error:
            logger.debug("a countdown missed a beat: %s", error)
        finally:
            self._editing.pop(key, None)


def _step(left: float) -> float:
    """Seconds to the next edit. Telegram never holds back about one edit in five seconds a chat; every second at the end it
    would."""
    return 15.0 if left > 90 else 5.0 if left > 10 else 2.0
