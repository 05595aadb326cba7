"""What SQLite is asked about people and their runs. Each function is one job; the writing ones run in a transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
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
