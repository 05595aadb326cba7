"""The tables of the SQLite file, written so that an operator can read them with the `sqlite3` shell, and how a file is opened."""

import errno
import logging
import os
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from database.records import SCHEMA_VERSION
from database.store import SchemaTooNew, StoreError, StoreUnavailable
from utils.private_files import make_private, make_private_folder

logger = logging.getLogger("waymark.database")

BUSY_SECONDS = 5.0  # how long a statement waits for another process before it fails

for plain in (bytes, bool, type(None)):  # else the driver asks each such value for a way to adapt it: four times the work
    sqlite3.register_adapter(plain, lambda value: value)

# Counting rows walks them all, which takes seconds when there are millions; only coming and going changes these figures.
TALLY = (
    """CREATE TABLE IF NOT EXISTS tally (
  name TEXT PRIMARY KEY,             -- of the table, or open_runs
  value INTEGER NOT NULL             -- its rows, or people with an open run
) WITHOUT ROWID""",
    "INSERT OR IGNORE INTO tally SELECT 'users', count(*) FROM users",
    "INSERT OR IGNORE INTO tally SELECT 'runs', count(*) FROM runs",
    *(
        f"CREATE TRIGGER IF NOT EXISTS {table}_{word} AFTER {word} ON {table} "
        f"BEGIN UPDATE tally SET value = value {change} WHERE name = '{table}'; END"
        for table in ("users", "runs")
        for word, change in (("insert", "+ 1"), ("delete", "- 1"))
    ),
)
TALLY_OPEN = (
    "INSERT OR IGNORE INTO tally SELECT 'open_runs', count(*) FROM users WHERE open_programme IS NOT NULL",
    *(
        f"CREATE TRIGGER IF NOT EXISTS users_open_{word} AFTER {event} ON users WHEN {when} "
        f"BEGIN UPDATE tally SET value = value {change} WHERE name = 'open_runs'; END"
        for word, event, when, change in (
            ("insert", "INSERT", "new.open_programme IS NOT NULL", "+ 1"),
            ("delete", "DELETE", "old.open_programme IS NOT NULL", "- 1"),
            (
                "update",
                "UPDATE OF open_programme",
                "(old.open_programme IS NULL) <> (new.open_programme IS NULL)",
                "+ CASE WHEN new.open_programme IS NULL THEN -1 ELSE 1 END",
            ),
        )
    ),
)

# The big column stands last in each row, so that reading the small ones does not walk its overflow pages; `wake` and `heard` came
# later, and are only ever looked for through their indexes. (DROP COLUMN stumbles over commas in the comments of the last ones.)
TABLES = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY,            -- Telegram's id of the person
  revision INTEGER NOT NULL,         -- one higher with every turn
  outbox_max INTEGER NOT NULL,       -- highest number in the outbox, 0: empty
  sent_sequence INTEGER NOT NULL,    -- highest number that went out
  due REAL,                          -- earliest wait, epoch seconds
  blocked INTEGER NOT NULL,          -- 1: blocked the bot
  open_programme TEXT,               -- of the open run, NULL: none is open
  sent TEXT NOT NULL,                -- JSON: what went out
  document TEXT NOT NULL,            -- JSON: all the rest
  wake REAL DEFAULT 0,               -- when to look at the person though nothing came in: epoch seconds; 0: at once
  heard TEXT NOT NULL DEFAULT ''     -- the hour in which they last said something (or the moment): ISO 8601 in UTC
);
CREATE INDEX IF NOT EXISTS users_unsent ON users (id) WHERE outbox_max > sent_sequence;
CREATE INDEX IF NOT EXISTS users_due ON users (due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS users_wake ON users (wake) WHERE wake IS NOT NULL;
CREATE INDEX IF NOT EXISTS users_blocked ON users (id) WHERE blocked = 1;
CREATE INDEX IF NOT EXISTS users_open ON users (id, heard) WHERE open_programme IS NOT NULL;

CREATE TABLE IF NOT EXISTS runs (
  person INTEGER NOT NULL,
  number INTEGER NOT NULL,           -- counts the person's runs
  programme TEXT NOT NULL,
  document TEXT NOT NULL,            -- JSON
  PRIMARY KEY (person, number)
);

CREATE TABLE IF NOT EXISTS inbox (
  update_id INTEGER PRIMARY KEY,
  person INTEGER,
  ord INTEGER NOT NULL,              -- order of arrival
  body BLOB NOT NULL                 -- JSON as Telegram sent it
);
CREATE INDEX IF NOT EXISTS inbox_ord ON inbox (ord);
CREATE INDEX IF NOT EXISTS inbox_person ON inbox (person);

CREATE TABLE IF NOT EXISTS applied (
  update_id INTEGER PRIMARY KEY,
  at REAL NOT NULL                   -- epoch seconds
);
CREATE INDEX IF NOT EXISTS applied_at ON applied (at);

CREATE TABLE IF NOT EXISTS dead (
  update_id INTEGER PRIMARY KEY,
  person INTEGER,
  ord INTEGER NOT NULL,
  at TEXT NOT NULL,
  reason TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS dead_person ON dead (person);

CREATE TABLE IF NOT EXISTS content (digest TEXT PRIMARY KEY, programme TEXT NOT NULL, source TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS files (digest TEXT PRIMARY KEY, file_id TEXT NOT NULL);

-- Somebody was deleted whose bytes may still lie in free parts of the file (see sqlite_wipe.py). Says nothing about who it was.
CREATE TABLE IF NOT EXISTS deletions (number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL);

{"; ".join((*TALLY, *TALLY_OPEN))};
"""

# Steps from each older version to the next. The default makes `wake` 0 in every row without rewriting any, so that each
# person is looked at once and gets their own moment.
STEPS = {
    1: (
        "ALTER TABLE users ADD COLUMN wake REAL DEFAULT 0",
        "CREATE INDEX users_wake ON users (wake) WHERE wake IS NOT NULL",
    ),
    2: (
        "ALTER TABLE users ADD COLUMN heard TEXT NOT NULL DEFAULT ''",
        "UPDATE users SET heard = coalesce(json_extract(document, '$.seen_at'), '')",
        "DROP INDEX users_open",
        "CREATE INDEX users_open ON users (id, heard) WHERE open_programme IS NOT NULL",
        *TALLY,
    ),
    3: TALLY_OPEN,
    4: (),  # MongoDB's
}


def open_connections(path: Path, readers: int) -> tuple[sqlite3.Connection, list[sqlite3.Connection]]:
    """One that writes, some that can't; checks the file first, then makes or upgrades it. Blocks: not for the event loop's thread.

    Raises SchemaTooNew; StoreError for what will not mend itself (a folder, another program's file); StoreUnavailable for the rest.
    """
    if path.is_dir():
        raise StoreError(f"{path} is a folder; the database needs the name of a file")
    with ExitStack() as opened:
        try:
            _prepare_file(path)
            writing, *reading = [opened.enter_context(closing(connect(path))) for _ in range(1 + readers)]
            _prepare(writing, path)
            for db in reading:
                db.execute("PRAGMA query_only = ON")
        except PermissionError as error:
            raise StoreError(f"{error.filename} can't be used: {error.strerror}") from error
        except (OSError, sqlite3.OperationalError) as error:
            raise StoreUnavailable(f"can't open {path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path} is no SQLite database, or a broken one: {error}") from error
        opened.pop_all()  # they stay open
    return writing, reading


def _prepare_file(path: Path) -> None:
    """The file for its owner alone (SQLite gives its companions the same rights); a new one is told of. Raises OSError."""
    make_private_folder(path.parent)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "the folder may not be written", str(path.parent))
    if not path.exists():
        logger.info("%s is a new database", path)
    path.touch(mode=0o600)
    make_private(path, *(path.with_name(path.name + end) for end in ("-wal", "-shm")))


def connect(path: Path) -> sqlite3.Connection:
    """Transactions are begun by hand (isolation_level None); each connection serves one thread, not the one that made it."""
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256)


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    version = _read_version(db, path)
    if version is not None and version > SCHEMA_VERSION:
        raise SchemaTooNew(f"{path} has schema version {version}, this program knows {SCHEMA_VERSION}: use a newer program")
    if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise StoreError(f"{path} lies on a file system that can't hold a write-ahead log; put it on a local disk")
    db.executescript("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864;")
    # A thousand people who are active stay in the cache (8 MB), and their pages are written back once for many turns of theirs.
    db.executescript("PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000;")
    if version is None:
        db.executescript(
            f"BEGIN IMMEDIATE; {TABLES} INSERT OR IGNORE INTO meta VALUES ('schema_version', '{SCHEMA_VERSION}'); COMMIT"
        )
    elif version < SCHEMA_VERSION:
        _upgrade(db, path)


def _upgrade(db: sqlite3.Connection, path: Path) -> None:
    """All in one transaction; the version is read again inside it, because another process may have been quicker."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for version in range(_read_version(db, path) or SCHEMA_VERSION, SCHEMA_VERSION):
            for statement in STEPS[version]:
                db.execute(statement)
            db.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (str(version + 1),))
    except BaseException:
        db.rollback()  # nothing to do where SQLite has given up the transaction by itself
        raise
    db.execute("COMMIT")


def _read_version(db: sqlite3.Connection, path: Path) -> int | None:
    """None for an empty file."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    row = db.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() if "meta" in tables else None
    if row is None:
        raise StoreError(f"{path} is the SQLite database of another program")
    return int(row[0])
