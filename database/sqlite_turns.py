"""The write that comes with every turn: many people's at once, each guarded by the revision of its person."""

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from database.documents import last_number, person_to_document, to_json, to_utf8
from database.records import Person
from database.sqlite_inbox import save_applied
from database.sqlite_people import sent_columns
from database.store import RevisionConflict
from utils import clock

# Documents come as UTF-8 and are cast to what they are: a str would be encoded once more by the driver, at every turn.
INSERT_PERSON = """
    INSERT INTO users (revision, outbox_max, blocked, open_programme, document, wake, heard, sent_sequence, due, sent, id)
    VALUES (1, ?, ?, ?, CAST(? AS TEXT), ?, ?, ?, ?, CAST(? AS TEXT), ?) ON CONFLICT DO NOTHING
"""
UPDATE_PERSON = """
    UPDATE users SET revision = revision + 1, outbox_max = ?, blocked = ?, open_programme = ?, document = CAST(? AS TEXT),
                     wake = ?, heard = ?, sent_sequence = ?, due = ?, sent = CAST(? AS TEXT)
    WHERE id = ? AND revision = ?
"""


class Turn(NamedTuple):
    """One person's: `revision` is the expected one (0: nobody is there yet), `row` the parameters of the statement, `applied` the
    update that is settled."""

    person: int
    revision: int
    row: tuple[Any, ...]
    runs: list[tuple[Any, ...]]
    applied: int | None


def make_turn(person: Person, saved: Person, applied: int | None) -> Turn:
    """`saved`: the person as stored afterwards. Made before the write lock is taken, so that encoding keeps nobody waiting."""
    programme = None if saved.run is None else saved.run.get("programme", "")
    document = to_utf8(person_to_document(saved))
    row = (
        last_number(saved.outbox),
        saved.blocked_at is not None,
        programme,
        document,
        saved.wake_at,
        saved.seen_at,
        *sent_columns(saved.sent),
        saved.id,
    )
    runs = [(saved.id, run["number"], run.get("programme", ""), to_json(run)) for run in person.closed]
    return Turn(saved.id, person.revision, row, runs, applied)


def save_turns(db: sqlite3.Connection, turns: Sequence[Turn]) -> list[RevisionConflict | None]:
    """Gives what stood in the way of each; then nothing of it was written."""
    conflicts = [_save_turn(db, turn) for turn in turns]
    written = [turn.applied for turn, conflict in zip(turns, conflicts, strict=True) if conflict is None]
    save_applied(db, [applied for applied in written if applied is not None], clock.seconds())
    return conflicts


def _save_turn(db: sqlite3.Connection, turn: Turn) -> RevisionConflict | None:
    statement, row = (UPDATE_PERSON, (*turn.row, turn.revision)) if turn.revision else (INSERT_PERSON, turn.row)
    done = db.execute(statement, row)
    if done.rowcount != 1:
        return RevisionConflict(turn.person, turn.revision)
    if turn.runs:
        db.executemany(
            "INSERT INTO runs (person, number, programme, document) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", turn.runs
        )
    return None
