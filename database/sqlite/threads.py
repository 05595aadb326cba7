"""Threads that each own one SQLite connection and do the jobs put to them.

Safe, because
1. a connection is used by its own thread alone from the thread's start to its end;
2. jobs travel through a `queue.SimpleQueue`, answers through `call_soon_threadsafe`: no other state is shared;
   what is submitted in one round of the event loop travels together, so that the thread is woken once, and when the loop has less
   to do: the two would otherwise take the interpreter from one another after every statement;
3. `submit` and `close` are called in the event loop only, so that nothing can be submitted behind the end mark.
"""

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from database.store import StoreError, StoreFull, StoreUnavailable

LOOK_SECONDS = 0.002  # between two looks whether a thread has ended
MOST_AT_ONCE = 500  # jobs of one commit, about: more would make the first wait for the last without saving much
STEPS_BETWEEN_LOOKS = 1000  # of SQLite's machine: some microseconds

_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)

T = TypeVar("T")
Item = TypeVar("Item")
Job = Callable[[sqlite3.Connection], T]
GroupJob = Callable[[sqlite3.Connection, Sequence[Item]], Sequence[Exception | None]]  # the outcome of each item
# How a job is done: outside of any transaction, with others, once for all items that stand together.
ALONE, SHARED, GROUPED = range(3)
_Entry = tuple["asyncio.Future[Any]", Callable[..., Any], int, Any]  # the last: the item of a GroupJob
_Outcome = tuple["asyncio.Future[Any]", Any, Exception | None]

logger = logging.getLogger("waymark.database")


class Reader:
    """Does jobs one after the other, takes all that wait, and wakes the event loop once for them."""

    def __init__(self, name: str, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[list[_Entry] | None] = queue.SimpleQueue()
        self._round: list[_Entry] = []
        self._closing = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job[T], alone: bool = False) -> "asyncio.Future[T]":
        """The job's result; raises what it raises. `alone`: outside of any transaction, after what else waits.

        A caller that is cancelled gives up the answer, not the job.
        """
        return self._submit(job, ALONE if alone else SHARED, None)

    def _submit(self, job: Callable[..., Any], how: int, item: Any) -> "asyncio.Future[Any]":
        if self._closing:
            raise StoreUnavailable("the database is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        if not self._round:
            self._loop.call_soon(self._hand_over)
        self._round.append((future, job, how, item))
        return future

    def _hand_over(self) -> None:
        jobs, self._round = self._round, []
        if jobs:
            self._jobs.put(jobs)

    async def close(self) -> None:
        """Do what was submitted, then close the connection."""
        if not self._closing:
            self._closing = True
            self._hand_over()
            self._jobs.put(None)
        while self._thread.is_alive():  # noqa: ASYNC110 (no thread waits for it: one that waits for a lock can be left behind)
            await asyncio.sleep(LOOK_SECONDS)

    def _work(self) -> None:
        while batch := self._take():
            for outcomes in self._run(batch):
                self._tell(outcomes)
        self._connection.close()

    def _tell(self, outcomes: list[_Outcome]) -> None:
        try:
            self._loop.call_soon_threadsafe(_settle, outcomes)
        except RuntimeError:  # the loop was closed without closing the store: nobody is left to be told
            logger.warning("the event loop ended before %d database calls were answered", len(outcomes))

    def _take(self) -> list[_Entry]:
        """All that waits, at least one; empty at the end."""
        jobs = self._jobs.get()
        batch: list[_Entry] = []
        while jobs is not None:
            batch += jobs
            if len(batch) >= MOST_AT_ONCE:
                return batch
            try:
                jobs = self._jobs.get_nowait()
            except queue.Empty:
                return batch
        if batch:
            self._jobs.put(None)  # the end mark was taken along with the last jobs: it comes again
        return batch

    def _run(self, batch: list[_Entry]) -> Iterator[list[_Outcome]]:
        yield [self._attempt(future, job) for future, job, _, _ in batch]

    def _attempt(self, future: "asyncio.Future[Any]", job: Job[Any]) -> _Outcome:
        try:
            return future, job(self._connection), None
        except Exception as error:  # noqa: BLE001 - whatever a job raises is its caller's, the thread goes on
            return future, None, translate(error)


class Writer(Reader):
    """Jobs that wait together share a transaction and so a commit (one fsync); `commits` counts them. Items of a GroupJob that
    stand one behind the other are done by one call of it.

    When one of them fails, all is undone and each is done again by itself. A failure is rare; savepoints would cost every job two
    statements more. A revision conflict is no failure: it is told of its item, which has written nothing.
    """

    commits = 0
    last_commit = 0.0  # monotonic time

    def submit_item(self, job: GroupJob[Item], item: Item) -> "asyncio.Future[None]":
        """Raises what the job says of the item; what it raises, when the item is done by itself."""
        return self._submit(job, GROUPED, item)

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """For long statements of a job: they fail with `interrupted` when anything else is submitted, or close() is called."""
        self._connection.set_progress_handler(lambda: not self._jobs.empty(), STEPS_BETWEEN_LOOKS)
        try:
            yield
        finally:
            self._connection.set_progress_handler(None, 0)

    def _run(self, batch: list[_Entry]) -> Iterator[list[_Outcome]]:
        """The shared ones are told before the others begin, which may take long."""
        shared = [entry for entry in batch if entry[2] != ALONE]
        if shared:
            yield self._commit(shared)
        for future, job, how, _ in batch:
            if how == ALONE:
                yield [self._attempt(future, job)]

    def _commit(self, batch: list[_Entry]) -> list[_Outcome]:
        """All in one transaction; when one of several fails, each by itself, so that it costs the others nothing but time."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [outcome for job, entries in groupby(batch, itemgetter(1)) for outcome in self._share(job, list(entries))]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever a job raises is its caller's, the thread goes on
            self._abandon()
            if len(batch) == 1:
                return [(batch[0][0], None, translate(error))]
            return [outcome for entry in batch for outcome in self._commit([entry])]
        self.commits += 1
        self.last_commit = time.monotonic()
        return outcomes

    def _share(self, job: Callable[..., Any], entries: list[_Entry]) -> list[_Outcome]:
        """Entries of the same job."""
        future, _, how, _ = entries[0]
        if how == GROUPED:
            errors = job(self._connection, [item for _, _, _, item in entries])
            return [(entry[0], None, error) for entry, error in zip(entries, errors, strict=True)]
        return [(future, job(self._connection), None)]

    def _abandon(self) -> None:
        try:
            self._connection.rollback()
        except sqlite3.Error:
            logger.exception("a transaction could not be rolled back")


def translate(error: Exception) -> Exception:
    """SQLite's errors as the store's; anything else as it is. Locked, disk full and I/O errors may pass, a broken file does not."""
    if not isinstance(error, sqlite3.DatabaseError):
        return error
    if _is_full(error):
        failure: StoreError = StoreFull(f"SQLite: no room on the disk ({error})")
    else:
        failure = (StoreUnavailable if isinstance(error, sqlite3.OperationalError) else StoreError)(f"SQLite: {error}")
    failure.__cause__ = error
    return failure


def _is_full(error: sqlite3.DatabaseError) -> bool:
    """No room on the disk, or no right to make a file any larger: what SQLite calls an I/O error of writing then."""
    return getattr(error, "sqlite_errorcode", None) in _FULL


def _settle(outcomes: list[_Outcome]) -> None:
    for future, value, error in outcomes:
        if future.done():  # cancelled meanwhile
            continue
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)
