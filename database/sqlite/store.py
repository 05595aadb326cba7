"""The embedded store: one SQLite file.

Python's own sqlite3 on one writing and two reading threads. aiosqlite hops to its thread for every single statement and gives each
caller a commit, so an fsync, of its own. Here a whole turn is one job, and jobs that wait together share one commit. Measured: 5 to
10 times the throughput under load, and nobody waits longer for it.

One thread reads single people for turns, the other lists, so that an export does not stand in the way of a turn. A reader sees
everything whose write was acknowledged before it asked.
"""

import asyncio
from pathlib import Path

from database.records import PoolStats
from database.sqlite.content import ContentVerbs
from database.sqlite.inbox import InboxVerbs
from database.sqlite.people import PeopleVerbs
from database.sqlite.schema import open_connections
from database.sqlite.threads import Reader, Writer
from database.sqlite.turns import TurnVerbs
from utils.performance import monitor_performance


class SqliteStore(InboxVerbs, PeopleVerbs, TurnVerbs, ContentVerbs):
    """The `Store` on the file `path`, whose folder is made when it is missing."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    @property
    def commits(self) -> int:
        """Commits since open()."""
        return self._writer.commits if self._writer else 0

    @monitor_performance("database.open")
    async def open(self) -> None:
        if self._writer is not None:
            return
        writing, (finding, listing) = await asyncio.to_thread(open_connections, self._path, readers=2)
        self._writer = Writer("sqlite-writer", writing)
        self._finder = Reader("sqlite-finder", finding)
        self._lister = Reader("sqlite-lister", listing)
        await self._wipe()

    @monitor_performance("database.close")
    async def close(self) -> None:
        if self._writer is None or self._finder is None or self._lister is None:
            return
        if self._wiping:
            self._wiping.cancel()
        await asyncio.gather(self._finder.close(), self._lister.close())
        await self._writer.close()  # last: the last connection of a file folds the write-ahead log into it
        self._writer = self._finder = self._lister = None

    def pool_stats(self) -> PoolStats | None:
        return None
