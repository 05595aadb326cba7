"""How the verbs of the SQLite store reach its threads. A verb stands beside its SQL, in the file of what it is about."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from database.sqlite.threads import Reader, Writer
from database.sqlite.wipe import wipe_if_quiet, wipe_if_small
from database.store import StoreUnavailable

WIPE_AGAIN_SECONDS = 5.0  # until it is tried again

P = ParamSpec("P")
T = TypeVar("T")
Job = Callable[Concatenate[sqlite3.Connection, P], T]


class Jobs:
    """The three threads, while the store is open, and what the verbs put to them."""

    def __init__(self) -> None:
        self._writer: Writer | None = None
        self._finder: Reader | None = None
        self._lister: Reader | None = None
        self._wiping: asyncio.Task[None] | None = None

    def _write(self, job: Job[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self._submit(self._writer, job, *args, **kwargs)

    def _read_list(self, job: Job[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self._submit(self._lister, job, *args, **kwargs)

    def _submit(self, thread: Reader | None, job: Job[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        if thread is None:
            raise StoreUnavailable("the database is not open")
        return thread.submit(lambda db: job(db, *args, **kwargs))

    async def _wipe(self) -> None:
        """Nothing of a deleted person stays in the file: at once if it is small, else in a quiet moment (see wipe.py)."""
        if self._writer and not await wipe_if_small(self._writer) and (self._wiping is None or self._wiping.done()):
            self._wiping = asyncio.create_task(_wipe_later(self._writer))


async def _wipe_later(writer: Writer) -> None:
    """Until it is done or the store is closed; what is left then is wiped after the next open()."""
    while not await wipe_if_quiet(writer):  # noqa: ASYNC110 - nothing tells when the others will be quiet
        await asyncio.sleep(WIPE_AGAIN_SECONDS)
