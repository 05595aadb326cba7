"""How the bytes of deleted people leave the SQLite file.

`secure_delete` overwrites a deleted row, and the checkpoint empties the write-ahead log. That is not all: when SQLite balances its
tree, copies of moved rows may stay in the free part of their old page. (A search of the file's bytes found some after 3 of 100
deletions.) Only VACUUM, which writes the file anew, takes those. It costs 5 to 10 ms a megabyte in which nobody can write, and only
the first quarter of it can be broken off. So a small file is rewritten at once. A large one is rewritten when nobody has written
for as long as that will take: it will probably stay quiet, and gigabytes are not copied again and again.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from database.sqlite.schema import BUSY_SECONDS
from database.sqlite.threads import Writer

SMALL_BYTES = 16_000_000  # rewritten at once, in less than a tenth of a second
QUIET_SECONDS = 5.0  # without a write, after which a large file may be rewritten
BYTES_A_SECOND = 100_000_000  # a second in which it is
BUSY_MS = 100  # how long writers may stand still for readers of other processes

logger = logging.getLogger("waymark.database")


def has_deletions(db: sqlite3.Connection) -> bool:
    """Whether there is anything to wipe, perhaps from before a crash."""
    return db.execute("SELECT 1 FROM deletions LIMIT 1").fetchone() is not None


def size_of(db: sqlite3.Connection) -> int:
    """Bytes of the file."""
    pages, size = db.execute("PRAGMA page_count").fetchone()[0], db.execute("PRAGMA page_size").fetchone()[0]
    return int(pages * size)


def wipe(db: sqlite3.Connection) -> bool:
    """Whether no byte of anybody deleted is left; if not, somebody else was in the way."""
    try:
        if has_deletions(db):
            db.execute("VACUUM")
            if db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                return False  # another process reads in the log
            db.execute("DELETE FROM deletions")
    except sqlite3.OperationalError as error:  # interrupted, locked, or no room for the copy
        level = logging.DEBUG if str(error) == "interrupted" else logging.WARNING
        logger.log(level, "what was deleted is not wiped from the file yet: %s", error)
        return False
    return True


async def wipe_if_small(writer: Writer) -> bool:
    def job(db: sqlite3.Connection) -> bool:
        with _short_waits(db):
            return not has_deletions(db) or (size_of(db) <= SMALL_BYTES and wipe(db))

    return await writer.submit(job, alone=True)


async def wipe_if_quiet(writer: Writer) -> bool:
    """Of any size. A job that is submitted while the copy is made ends it."""
    quiet = time.monotonic() - writer.last_commit

    def job(db: sqlite3.Connection) -> bool:
        if quiet < size_of(db) / BYTES_A_SECOND:
            return False
        with _short_waits(db), writer.giving_way():
            return wipe(db)

    return quiet >= QUIET_SECONDS and await writer.submit(job, alone=True)


@contextmanager
def _short_waits(db: sqlite3.Connection) -> Iterator[None]:
    db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    try:
        yield
    finally:
        db.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
