"""The verbs of people and their runs on SQLite, and their jobs: each function is one, and the writing ones run in a transaction."""

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from database.documents import (
    earliest_due,
    from_json,
    person_from_document,
    sent_from_document,
    sent_to_document,
    to_utf8,
)
from database.records import Person, Sent, Wake
from database.runs import Page, iterate_runs
from database.sqlite.jobs import Jobs
from utils import clock
from utils.performance import monitor_performance

PAGE_RUNS = 500  # runs that iterate_runs reads at once

# Documents come as UTF-8 and are cast to what they are: a str would be encoded once more by the driver, at every turn.
_PERSON = "SELECT id, revision, document, sent, wake FROM users"

LIST_UNSENT = f"{_PERSON} WHERE outbox_max > sent_sequence AND id > ? ORDER BY id LIMIT ?"
LIST_DUE = f"{_PERSON} WHERE due <= ? ORDER BY due, id LIMIT ?"
LIST_WAKES = "SELECT id, wake FROM users WHERE wake <= ? ORDER BY wake, id LIMIT ?"
LIST_OPEN = f"{_PERSON} WHERE open_programme IS NOT NULL AND id > ? AND heard >= ? ORDER BY id LIMIT ?"
LIST_OPEN_RUNS = "SELECT id, document FROM users WHERE open_programme IS NOT NULL AND id > ? ORDER BY id LIMIT ?"
COUNT = """
    SELECT (SELECT value FROM tally WHERE name = 'users') AS people,
           (SELECT value FROM tally WHERE name = 'open_runs') AS open_runs,
           (SELECT value FROM tally WHERE name = 'runs') AS runs,
           (SELECT count(*) FROM inbox) AS waiting,
           (SELECT count(*) FROM dead) AS dead,
           (SELECT count(*) FROM users WHERE blocked = 1) AS blocked
"""


def find_person(db: sqlite3.Connection, person: int) -> Person | None:
    row = db.execute(f"{_PERSON} WHERE id = ?", (person,)).fetchone()
    return None if row is None else _make_person(row)


def save_sent(db: sqlite3.Connection, sent: Mapping[int, Sent]) -> None:
    query = "UPDATE users SET sent_sequence = ?, due = ?, sent = CAST(? AS TEXT) WHERE id = ? AND sent_sequence <= ?"
    db.executemany(query, [(*sent_columns(each), person, each.sequence) for person, each in sent.items()])


def list_unsent(db: sqlite3.Connection, after: int, limit: int) -> list[Person]:
    return [_make_person(row) for row in db.execute(LIST_UNSENT, (after, limit))]


def list_due(db: sqlite3.Connection, until: float, limit: int) -> list[Person]:
    return [_make_person(row) for row in db.execute(LIST_DUE, (until, limit))]


def list_open(db: sqlite3.Connection, after: int, limit: int, heard_since: str) -> list[Person]:
    return [_make_person(row) for row in db.execute(LIST_OPEN, (after, hour_of(heard_since), limit))]


def list_wakes(db: sqlite3.Connection, until: float, limit: int) -> list[Wake]:
    return [Wake(person, at) for person, at in db.execute(LIST_WAKES, (until, limit))]


def claim_wake(db: sqlite3.Connection, wake: Wake, until: float) -> bool:
    return db.execute("UPDATE users SET wake = ? WHERE id = ? AND wake = ?", (until, wake.person, wake.at)).rowcount == 1


def wake_people(db: sqlite3.Connection, at: float, after: int, limit: int) -> int | None:
    ((last,),) = db.execute("SELECT max(id) FROM (SELECT id FROM users WHERE id > ? ORDER BY id LIMIT ?)", (after, limit))
    db.execute("UPDATE users SET wake = ? WHERE id > ? AND id <= ? AND (wake IS NULL OR wake > ?)", (at, after, last, at))
    return None if last is None else int(last)


def delete_person(db: sqlite3.Connection, person: int, at: float) -> None:
    """Of their updates the bare ids stay, as with applied ones, so that a late redelivery does not bring them back."""
    for table in ("inbox", "dead"):
        db.execute(f"INSERT OR IGNORE INTO applied (update_id, at) SELECT update_id, ? FROM {table} WHERE person = ?", (at, person))
        db.execute(f"DELETE FROM {table} WHERE person = ?", (person,))
    db.execute("DELETE FROM runs WHERE person = ?", (person,))
    db.execute("DELETE FROM users WHERE id = ?", (person,))
    db.execute("INSERT INTO deletions (at) VALUES (?)", (at,))


def list_runs(db: sqlite3.Connection, person: int) -> list[dict[str, Any]]:
    return [from_json(text) for (text,) in db.execute("SELECT document FROM runs WHERE person = ? ORDER BY number", (person,))]


def list_open_runs(db: sqlite3.Connection, after: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """(person, run) of people with an id above `after`."""
    return [(person, from_json(text)["run"]) for person, text in db.execute(LIST_OPEN_RUNS, (after, limit))]


def list_ended_runs(db: sqlite3.Connection, after: Sequence[int], limit: int) -> list[tuple[int, dict[str, Any]]]:
    """(person, run) with (person, number) above `after`."""
    query = "SELECT person, document FROM runs WHERE (person, number) > (?, ?) ORDER BY person, number LIMIT ?"
    return [(person, from_json(text)) for person, text in db.execute(query, (*after, limit))]


def count(db: sqlite3.Connection) -> dict[str, int]:
    cursor = db.execute(COUNT)
    return dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))


def _make_person(row: tuple[int, int, str, str, float | None]) -> Person:
    person, revision, document, sent, wake = row
    return person_from_document(person, revision, from_json(document), sent_from_document(from_json(sent)), wake)


def hour_of(moment: str) -> str:
    """An ISO 8601 moment as the column `heard` has it: to the hour, so that not every turn must write its index."""
    return moment[:13]


def sent_columns(sent: Sent) -> tuple[Any, ...]:
    """`sent_sequence`, `due` and `sent` of the table."""
    return sent.sequence, earliest_due(sent), to_utf8(sent_to_document(sent))


class PeopleVerbs(Jobs):
    """Each verb keeps the promise that `Store` states."""

    @monitor_performance("database.find_person")
    async def find_person(self, person: int) -> Person | None:
        return await self._submit(self._finder, find_person, person)

    @monitor_performance("database.save_sent")
    async def save_sent(self, sent: Mapping[int, Sent]) -> None:
        await self._write(save_sent, sent)

    @monitor_performance("database.list_unsent")
    async def list_unsent(self, after: int = -1, limit: int = 1000) -> list[Person]:
        return await self._read_list(list_unsent, after, limit)

    @monitor_performance("database.list_due")
    async def list_due(self, until: float, limit: int = 100) -> list[Person]:
        return await self._read_list(list_due, until, limit)

    @monitor_performance("database.list_open")
    async def list_open(self, after: int = -1, limit: int = 1000, heard_since: str = "") -> list[Person]:
        return await self._read_list(list_open, after, limit, heard_since)

    @monitor_performance("database.list_wakes")
    async def list_wakes(self, until: float, limit: int = 100) -> list[Wake]:
        return await self._read_list(list_wakes, until, limit)

    @monitor_performance("database.claim_wake")
    async def claim_wake(self, wake: Wake, until: float) -> bool:
        return await self._write(claim_wake, wake, until)

    @monitor_performance("database.wake_people")
    async def wake_people(self, at: float, after: int, limit: int) -> int | None:
        return await self._write(wake_people, at, after, limit)

    @monitor_performance("database.delete_person")
    async def delete_person(self, person: int) -> None:
        await self._write(delete_person, person, clock.now().timestamp())
        await self._wipe()

    @monitor_performance("database.list_runs")
    async def list_runs(self, person: int) -> list[dict[str, Any]]:
        return await self._read_list(list_runs, person)

    def iterate_runs(self, programme: str | None = None) -> AsyncIterator[dict[str, Any]]:
        return iterate_runs(self._list_open_runs, self._list_ended_runs, programme)

    @monitor_performance("database.iterate_runs")
    async def _list_open_runs(self, after: int) -> Page:
        return await self._read_list(list_open_runs, after, PAGE_RUNS)

    @monitor_performance("database.iterate_runs")
    async def _list_ended_runs(self, after: tuple[int, int] | None) -> Page:
        return await self._read_list(list_ended_runs, after or (-1, -1), PAGE_RUNS)

    @monitor_performance("database.count")
    async def count(self) -> dict[str, int]:
        return await self._read_list(count)
