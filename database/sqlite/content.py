"""The verbs of content, files and marks on SQLite, and their jobs: the writing ones run in a transaction."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from database.documents import from_json, to_json
from database.sqlite.jobs import Jobs
from utils import clock
from utils.performance import monitor_performance

MARK = "mark:"  # before the names in the table `meta`, so that none meets the schema's version
PING = "ping"  # the mark that shows that the file can be written


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


class ContentVerbs(Jobs):
    """Each verb keeps the promise that `Store` states."""

    @monitor_performance("database.ping")
    async def ping(self) -> None:
        await self._write(save_mark, PING, clock.now().isoformat())

    @monitor_performance("database.save_content")
    async def save_content(self, digest: str, programme: str, source: Mapping[str, Any]) -> None:
        await self._write(save_content, digest, programme, to_json(source))

    @monitor_performance("database.find_content")
    async def find_content(self, digest: str) -> dict[str, Any] | None:
        return await self._read_list(find_content, digest)

    @monitor_performance("database.find_file_id")
    async def find_file_id(self, digest: str) -> str | None:
        return await self._submit(self._finder, find_file_id, digest)

    @monitor_performance("database.save_file_id")
    async def save_file_id(self, digest: str, file_id: str) -> None:
        await self._write(save_file_id, digest, file_id)

    @monitor_performance("database.delete_file_id")
    async def delete_file_id(self, digest: str) -> None:
        await self._write(delete_file_id, digest)

    @monitor_performance("database.find_mark")
    async def find_mark(self, name: str) -> str | None:
        return await self._read_list(find_mark, name)

    @monitor_performance("database.save_mark")
    async def save_mark(self, name: str, value: str) -> None:
        await self._write(save_mark, name, value)
