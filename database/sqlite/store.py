"""The embedded store: one SQLite file.

Python's own sqlite3 on one writing and two reading threads, not aiosqlite: that hops to its thread for every single statement and
gives each caller a commit, so an fsync, of its own. Here a whole turn is one job, and the jobs that wait together share one commit:
measured 5 to 10 times the throughput under load, and nobody waits longer for it.

One thread reads single people for turns, the other lists, so that an export does not stand in the way of a turn. A reader sees
everything whose write was acknowledged before it asked.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from database.documents import settle, stored, to_json
from database.records import DeadUpdate, Person, PoolStats, RawUpdate, Sent, Wake
from database.runs import Page, iterate_runs
from database.sqlite import inbox, people
from database.sqlite.schema import open_connections
from database.sqlite.threads import Reader, Writer
from database.sqlite.turns import make_turn, save_turns
from database.sqlite.wipe import wipe_if_quiet, wipe_if_small
from database.store import StoreUnavailable
from utils import clock
from utils.performance import monitor_performance

PING = "ping"  # the mark that shows that the file can be written
PAGE = 500  # runs read at once by iterate_runs
WIPE_AGAIN = 5.0  # seconds until it is tried again

P = ParamSpec("P")
T = TypeVar("T")
Job = Callable[Concatenate[sqlite3.Connection, P], T]


class SqliteStore:
    """The `Store` on the file `path`, whose folder is made when it is missing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Writer | None = None
        self._finder: Reader | None = None
        self._lister: Reader | None = None
        self._wiping: asyncio.Task[None] | None = None

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

    @monitor_performance("database.ping")
    async def ping(self) -> None:
        await self._write(inbox.save_mark, PING, clock.now().isoformat())

    @monitor_performance("database.save_updates")
    async def save_updates(self, updates: Sequence[RawUpdate]) -> set[int]:
        return await self._write(inbox.save_updates, updates)

    @monitor_performance("database.list_updates")
    async def list_updates(self, limit: int = 1000, after: int = -1) -> list[RawUpdate]:
        return await self._read_list(inbox.list_updates, limit, after)

    @monitor_performance("database.save_applied")
    async def save_applied(self, update_ids: Sequence[int], at: float) -> None:
        await self._write(inbox.save_applied, update_ids, at)

    @monitor_performance("database.save_dead")
    async def save_dead(self, update_id: int, reason: str, at: str) -> None:
        await self._write(inbox.save_dead, update_id, reason, at)

    @monitor_performance("database.list_dead")
    async def list_dead(self, limit: int = 100) -> list[DeadUpdate]:
        return await self._read_list(inbox.list_dead, limit)

    @monitor_performance("database.revive_dead")
    async def revive_dead(self, update_ids: Sequence[int]) -> int:
        return await self._write(inbox.revive_dead, update_ids)

    @monitor_performance("database.delete_applied")
    async def delete_applied(self, before: float) -> int:
        total = 0
        while deleted := await self._write(inbox.delete_applied, before):
            total += deleted
        return total

    @monitor_performance("database.find_person")
    async def find_person(self, person: int) -> Person | None:
        return await self._submit(self._finder, people.find_person, person)

    @monitor_performance("database.save_person")
    async def save_person(self, person: Person, applied: int | None = None, before: Person | None = None) -> Person:
        if self._writer is None:
            raise StoreUnavailable("the database is not open")
        saved = settle(person)
        await self._writer.submit_item(save_turns, make_turn(person, saved, applied, stored(before, person)))
        return saved

    @monitor_performance("database.save_sent")
    async def save_sent(self, sent: Mapping[int, Sent]) -> None:
        await self._write(people.save_sent, sent)

    @monitor_performance("database.list_unsent")
    async def list_unsent(self, after: int = -1, limit: int = 1000) -> list[Person]:
        return await self._read_list(people.list_unsent, after, limit)

    @monitor_performance("database.list_due")
    async def list_due(self, until: float, limit: int = 100) -> list[Person]:
        return await self._read_list(people.list_due, until, limit)

    @monitor_performance("database.list_open")
    async def list_open(self, after: int = -1, limit: int = 1000, heard_since: str = "") -> list[Person]:
        return await self._read_list(people.list_open, after, limit, heard_since)

    @monitor_performance("database.list_wakes")
    async def list_wakes(self, until: float, limit: int = 100) -> list[Wake]:
        return await self._read_list(people.list_wakes, until, limit)

    @monitor_performance("database.claim_wake")
    async def claim_wake(self, wake: Wake, until: float) -> bool:
        return await self._write(people.claim_wake, wake, until)

    @monitor_performance("database.wake_people")
    async def wake_people(self, at: float, after: int, limit: int) -> int | None:
        return await self._write(people.wake_people, at, after, limit)

    @monitor_performance("database.delete_person")
    async def delete_person(self, person: int) -> None:
        await self._write(people.delete_person, person, clock.now().timestamp())
        await self._wipe()

    @monitor_performance("database.list_runs")
    async def list_runs(self, person: int) -> list[dict[str, Any]]:
        return await self._read_list(people.list_runs, person)

    def iterate_runs(self, programme: str | None = None) -> AsyncIterator[dict[str, Any]]:
        return iterate_runs(self._list_open_runs, self._list_ended_runs, programme)

    @monitor_performance("database.iterate_runs")
    async def _list_open_runs(self, after: int) -> Page:
        return await self._read_list(people.list_open_runs, after, PAGE)

    @monitor_performance("database.iterate_runs")
    async def _list_ended_runs(self, after: tuple[int, int] | None) -> Page:
        return await self._read_list(people.list_ended_runs, after or (-1, -1), PAGE)

    @monitor_performance("database.count")
    async def count(self) -> dict[str, int]:
        return await self._read_list(people.count)

    @monitor_performance("database.save_content")
    async def save_content(self, digest: str, programme: str, source: Mapping[str, Any]) -> None:
        await self._write(inbox.save_content, digest, programme, to_json(source))

    @monitor_performance("database.find_content")
    async def find_content(self, digest: str) -> dict[str, Any] | None:
        return await self._read_list(inbox.find_content, digest)

    @monitor_performance("database.find_file_id")
    async def find_file_id(self, digest: str) -> str | None:
        return await self._submit(self._finder, inbox.find_file_id, digest)

    @monitor_performance("database.save_file_id")
    async def save_file_id(self, digest: str, file_id: str) -> None:
        await self._write(inbox.save_file_id, digest, file_id)

    @monitor_performance("database.delete_file_id")
    async def delete_file_id(self, digest: str) -> None:
        await self._write(inbox.delete_file_id, digest)

    @monitor_performance("database.find_mark")
    async def find_mark(self, name: str) -> str | None:
        return await self._read_list(inbox.find_mark, name)

    @monitor_performance("database.save_mark")
    async def save_mark(self, name: str, value: str) -> None:
        await self._write(inbox.save_mark, name, value)

    def pool_stats(self) -> PoolStats | None:
        return None

    def _write(self, job: Job[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self._submit(self._writer, job, *args, **kwargs)

    def _read_list(self, job: Job[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self._submit(self._lister, job, *args, **kwargs)

    def _submit(self, thread: Reader | None, job: Job[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        if thread is None:
            raise StoreUnavailable("the database is not open")
        return thread.submit(lambda db: job(db, *args, **kwargs))

    async def _wipe(self) -> None:
        """Nothing of a deleted person stays in the file: at once if it is small, else in a quiet moment (see sqlite_wipe.py)."""
        if self._writer and not await wipe_if_small(self._writer) and (self._wiping is None or self._wiping.done()):
            self._wiping = asyncio.create_task(_wipe_later(self._writer))


async def _wipe_later(writer: Writer) -> None:
    """Until it is done or the store is closed; what is left then is wiped after the next open()."""
    while not await wipe_if_quiet(writer):  # noqa: ASYNC110 - nothing tells when the others will be quiet
        await asyncio.sleep(WIPE_AGAIN)
