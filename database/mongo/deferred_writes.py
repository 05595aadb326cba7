"""Writes that need not be durable when a turn is, collected for a moment and sent together: marks of applied updates, ended runs.

Until it is written, the person's own document knows it: the last updates by their ids, ended runs in `closed`. So after a crash in
that moment nothing is lost and nothing done twice.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from pymongo.errors import PyMongoError

COLLECT_SECONDS = 0.25
AGAIN_SECONDS = 1.0  # after a failure
MOST_OF_ONE = 32  # items of one person: half of the ids of updates that their document remembers
T = TypeVar("T")
logger = logging.getLogger("waymark.database")


class DeferredWrites(Generic[T]):
    """`add` is free; `flush` writes what was added. `what` is the name of the items in the log."""

    def __init__(self, write: Callable[[list[T]], Awaitable[None]], what: str) -> None:
        self._write, self._what = write, what
        self._items: list[T] = []
        self._persons: Counter[int] = Counter()
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def add(self, person: int, item: T) -> None:
        self._items.append(item)
        self._persons[person] += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush_soon())

    async def make_room(self, person: int) -> None:
        """Before one more of this person: never more than their document remembers."""
        if self._persons[person] >= MOST_OF_ONE:
            await self.flush()

    async def flush(self) -> None:
        """Everything added before is written when this returns. After an error it is still here, for the next time."""
        async with self._lock:
            if not self._items:
                return
            (items, self._items), (persons, self._persons) = (self._items, []), (self._persons, Counter())
            try:
                await self._write(items)
            except BaseException:
                self._items = items + self._items
                self._persons += persons
                raise

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()

    async def _flush_soon(self) -> None:
        await asyncio.sleep(COLLECT_SECONDS)
        while self._items:
            try:
                await self.flush()
            except PyMongoError as error:
                logger.warning("%s could not be written, trying again: %s", self._what, type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
