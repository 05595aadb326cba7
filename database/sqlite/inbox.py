"""The verbs of the inbox on SQLite, and their jobs: each function is one, and the writing ones run in a transaction."""

import sqlite3
from collections.abc import Sequence

from database.documents import to_json
from database.records import DeadUpdate, RawUpdate
from database.sqlite.jobs import Jobs
from utils.performance import monitor_performance

MANY = 10  # ids from which on one statement for all costs less than one for each: it takes some time to begin
AT_ONCE = 5000  # applied ids forgotten in one transaction, so that a turn does not wait long behind it

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


class InboxVerbs(Jobs):
    """Each verb keeps the promise that `Store` states."""

    @monitor_performance("database.save_updates")
    async def save_updates(self, updates: Sequence[RawUpdate]) -> set[int]:
        return await self._write(save_updates, updates)

    @monitor_performance("database.list_updates")
    async def list_updates(self, limit: int = 1000, after: int = -1) -> list[RawUpdate]:
        return await self._read_list(list_updates, limit, after)

    @monitor_performance("database.save_applied")
    async def save_applied(self, update_ids: Sequence[int], at: float) -> None:
        await self._write(save_applied, update_ids, at)

    @monitor_performance("database.save_dead")
    async def save_dead(self, update_id: int, reason: str, at: str) -> None:
        await self._write(save_dead, update_id, reason, at)

    @monitor_performance("database.list_dead")
    async def list_dead(self, limit: int = 100) -> list[DeadUpdate]:
        return await self._read_list(list_dead, limit)

    @monitor_performance("database.revive_dead")
    async def revive_dead(self, update_ids: Sequence[int]) -> int:
        return await self._write(revive_dead, update_ids)

    @monitor_performance("database.delete_applied")
    async def delete_applied(self, before: float) -> int:
        total = 0
        while deleted := await self._write(delete_applied, before):
            total += deleted
        return total
