"""The write that comes with every turn: many people's at once, each guarded by the revision of its person."""

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from database.documents import last_number, person_to_document, settle, stored, to_json, to_utf8
from database.records import Person
from database.sqlite.inbox import save_applied
from database.sqlite.jobs import Jobs
from database.sqlite.people import hour_of, sent_columns
from database.store import RevisionConflict, StoreUnavailable
from utils import clock
from utils.performance import monitor_performance

# Documents come as UTF-8 and are cast to what they are: a str would be encoded once more by the driver, at every turn.
INSERT_PERSON = """
    INSERT INTO users (blocked, open_programme, heard, outbox_max, document, wake, sent_sequence, due, sent, id, revision)
    VALUES (?, ?, ?, ?, CAST(? AS TEXT), ?, ?, ?, CAST(? AS TEXT), ?, ? + 1) ON CONFLICT DO NOTHING
"""
_TURN = """revision = revision + 1, outbox_max = ?, document = CAST(? AS TEXT), wake = ?,
                     sent_sequence = ?, due = ?, sent = CAST(? AS TEXT)
    WHERE id = ? AND revision = ?
"""
UPDATE_PERSON = f"UPDATE users SET {_TURN}"
# SQLite writes an index anew, and asks a trigger, for every column that is named, even for what is there already.
UPDATE_RARE = f"UPDATE users SET blocked = ?, open_programme = ?, heard = ?, {_TURN}"


class Turn(NamedTuple):
    """One person's: `revision` is the expected one (0: nobody is there yet), `row` the parameters of `statement`, `applied` the
    update that is settled."""

    person: int
    revision: int
    statement: str
    row: tuple[Any, ...]
    runs: list[tuple[Any, ...]]
    applied: int | None


def _rare_columns(person: Person) -> tuple[Any, ...]:
    """`blocked`, `open_programme` and `heard` of the table: what most turns leave as it is. Nothing but turns writes them."""
    programme = None if person.run is None else person.run.get("programme", "")
    return int(person.blocked_at is not None), programme, hour_of(person.seen_at)


def make_turn(person: Person, saved: Person, applied: int | None, before: Person | None) -> Turn:
    """`saved`: the person as stored afterwards; `before`: as stored now, where that is known. Made before the write lock is taken,
    so that encoding keeps nobody waiting."""
    document = to_utf8(person_to_document(saved))
    row = last_number(saved.outbox), document, saved.wake_at, *sent_columns(saved.sent), saved.id, person.revision
    rare = _rare_columns(saved)
    if before is not None and _rare_columns(before) == rare:
        statement = UPDATE_PERSON
    else:
        statement, row = UPDATE_RARE if person.revision else INSERT_PERSON, (*rare, *row)
    runs = [(saved.id, run["number"], run.get("programme", ""), to_json(run)) for run in person.closed]
    return Turn(saved.id, person.revision, statement, row, runs, applied)


def save_turns(db: sqlite3.Connection, turns: Sequence[Turn]) -> list[RevisionConflict | None]:
    """Gives what stood in the way of each; then nothing of it was written."""
    conflicts = [_save_turn(db, turn) for turn in turns]
    written = [turn.applied for turn, conflict in zip(turns, conflicts, strict=True) if conflict is None]
    save_applied(db, [applied for applied in written if applied is not None], clock.seconds())
    return conflicts


def _save_turn(db: sqlite3.Connection, turn: Turn) -> RevisionConflict | None:
    done = db.execute(turn.statement, turn.row)
    if done.rowcount != 1:
        return RevisionConflict(turn.person, turn.revision)
    if turn.runs:
        db.executemany(
            "INSERT INTO runs (person, number, programme, document) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", turn.runs
        )
    return None


class TurnVerbs(Jobs):
    """The verb keeps the promise that `Store` states."""

    @monitor_performance("database.save_person")
    async def save_person(self, person: Person, applied: int | None = None, before: Person | None = None) -> Person:
        if self._writer is None:
            raise StoreUnavailable("the database is not open")
        saved = settle(person)
        await self._writer.submit_item(save_turns, make_turn(person, saved, applied, stored(before, person)))
        return saved
