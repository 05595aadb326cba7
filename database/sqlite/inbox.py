"""What SQLite is asked about updates, content, files and marks. Each function is one job; the writing ones run in a transaction."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from database.documents import from_json, to_json
from database.records import DeadUpdate, RawUpdate

MANY = 10  # ids from which on one statement for all costs less than one for each: it takes some time to begin
AT_ONCE = 5000  # applied ids forgotten in one transaction, so that a turn does not wait long behind it
MARK = "mark:"  # before the names in the table `meta`, so that none meets the schema's version

SAVE_UPDATE = """
    INSERT INTO inbox (update_id, person, ord, body) SELECT ?1, ?2, ?3, ?4
    WHERE NOT EXISTS (SELECT 1 FROM applied WHERE update_id = ?1) AND NOT EXISTS (SELECT 1 FROM dead WHERE update_id = ?1)
    ON CONFLICT DO NOTHING
"""
SAVE_DEAD = """
    INSERT INTO dead (update_id, person, ord, at, reason, body)
    SELECT update_id, person, ord, ?, ?, body FROM inbox WHERE update_id = ?
"""


def save_updates(db: sqlite3.Connection, updates: Sequence[RawUpdate]) -> set[int]:
    new = set()
    for update in updates:
        if db.execute(SAVE_UPDATE, (update.update_id, update.person, update.order, update.body)).rowcount == 1:
            new.add(update.update_id)
    return new


def list_updates(db: sqlite3.Connection, limit: int, after: int) -> list[RawUpdate]:
    query = "SELECT update_id, person, ord, body FROM inbox WHERE ord > ? ORDER BY ord, update_id LIMIT ?"
    return [RawUpdate(*row) for row in db.execute(query, (after, limit))]


def save_applied(db: sqlite3.Connection, update_ids: Sequence[int], at: float) -> None:
    if len(update_ids) < MANY:
        db.executemany("DELETE FROM inbox WHERE update_id = ?", [(update_id,) for update_id in update_ids])
        db.executemany("INSERT OR IGNORE INTO applied (update_id, at) VALUES (?, ?)", [(update_id, at) for update_id in update_ids])
    else:
        ids = to_json(list(update_ids))
        if db.execute("SELECT 1 FROM inbox LIMIT 1").fetchone():  # mostly nothing waits there: their own turns made all durable
            db.execute("DELETE FROM inbox WHERE update_id IN (SELECT value FROM json_each(?))", (ids,))
        db.execute("INSERT OR IGNORE INTO applied (update_id, at) SELECT value, ? FROM json_each(?)", (at, ids))


def save_dead(db: sqlite3.Connection, update_id: int, reason: str, at: str) -> None:
    db.execute(SAVE_DEAD, (at, reason, update_id))
    db.execute("DELETE FROM inbox WHERE update_id = ?", (update_id,))


def list_dead(db: sqlite3.Connection, limit: int) -> list[DeadUpdate]:
    query = "SELECT update_id, person, body, reason, at FROM dead ORDER BY at, ord LIMIT ?"
    return [DeadUpdate(*row) for row in db.execute(query, (limit,))]


def revive_dead(db: sqlite3.Connection, update_ids: Sequence[int]) -> int:
    """They keep their order among each other."""
    end = db.execute("SELECT coalesce(max(ord), 0) FROM inbox").fetchone()[0]
    marks = ", ".join("?" * len(update_ids))
    rows = db.execute(
        f"SELECT update_id, person, ord, body FROM dead WHERE update_id IN ({marks}) ORDER BY ord", update_ids
    ).fetchall()
    end = max([end, *(row[2] for row in rows)])
    for place, (update_id, person, _, body) in enumerate(rows, end + 1):
        db.execute("INSERT INTO inbox (update_id, person, ord, body) VALUES (?, ?, ?, ?)", (update_id, person, place, body))
        db.execute("DELETE FROM dead WHERE update_id = ?", (update_id,))
    return len(rows)


def delete_applied(db: sqlite3.Connection, before: float) -> int:
    """At most AT_ONCE of them."""
    query = "DELETE FROM applied WHERE update_id IN (SELECT update_id FROM applied WHERE at < ? LIMIT ?)"
    return db.execute(query, (before, AT_ONCE)).rowcount


def save_content(db: sqlite3.Connection, digest: str, programme: str, source: str) -> None:
    """`source`: JSON text."""
    db.execute(
        "INSERT INTO content (digest, programme, source) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (digest, programme, source)
    )


def find_content(db: sqlite3.Connection, digest: str) -> dict[str, Any] | None:
    row = db.execute("SELECT source FROM content WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else from_json(row[0])


def find_file_id(db: sqlite3.Connection, digest: str) -> str | None:
    row = db.execute("SELECT file_id FROM files WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else row[0]


def save_file_id(db: sqlite3.Connection, digest: str, file_id: str) -> None:
    db.execute("INSERT OR REPLACE INTO files (digest, file_id) VALUES (?, ?)", (digest, file_id))


def delete_file_id(db: sqlite3.Connection, digest: str) -> None:
    db.execute("DELETE FROM files WHERE digest = ?", (digest,))


def find_mark(db: sqlite3.Connection, name: str) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (MARK + name,)).fetchone()
    return None if row is None else row[0]


def save_mark(db: sqlite3.Connection, name: str, value: str) -> None:
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (MARK + name, value))
