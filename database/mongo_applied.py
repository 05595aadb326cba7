"""Marks of applied updates, collected for a moment and written together: a turn then costs one round trip, not two.

Until a mark is written, the person's own document knows the update; after a crash in that moment `list_updates` gives the update
once more, and the turn recognises it.
"""

import asyncio
import logging
from typing import Any

from pymongo.errors import PyMongoError

from database.mongo_inbox import save_applied
from utils import clock

COLLECT = 0.05  # seconds
AGAIN = 1.0  # seconds after a failure
logger = logging.getLogger("waymark.database")


class AppliedMarks:
    """`add` is free; `flush` writes what was added."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self._ids: set[int] = set()
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def add(self, update_id: int) -> None:
        self._ids.add(update_id)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush_soon())

    async def flush(self) -> None:
        """Everything added before is written when this returns. After an error it is still here, for the next time."""
        async with self._lock:
            taken, self._ids = self._ids, set()
            try:
                await save_applied(self._db, sorted(taken), clock.now().timestamp())
            except BaseException:
                self._ids |= taken
                raise

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()

    async def _flush_soon(self) -> None:
        await asyncio.sleep(COLLECT)
        while self._ids:
            try:
                await self.flush()
            except PyMongoError as error:
                logger.warning("applied updates could not be marked, trying again: %s", type(error).__name__)
                await asyncio.sleep(AGAIN)
