"""The writes that come with every turn, many people's in one command: the guarded one of a person, the note of what went out.

How a lost race is told from a won one: the server says how many statements found their person at the expected revision. When these
are fewer than were sent, or a command whose answer was lost was sent again, the documents tell who wrote them last: each turn
leaves a number of its own in `write`. Somebody whose turn was written and overwritten since counts as a conflict: their document is
read again, and knows its updates.
"""

import asyncio
import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument

from database.documents import settle, stored
from database.mongo.commands import DUPLICATE, insert, update
from database.mongo.documents import added_answers, pack, sent_fields, turn_fields
from database.mongo.errors import refusal, verb
from database.mongo.groups import Group
from database.mongo.opened import Opened
from database.records import Person, Sent
from database.store import RevisionConflict

TRIES = 2  # of a command whose answer was lost
_numbers = itertools.count(secrets.randbits(62))  # also over processes hardly ever the same; written as text, see `pack`


@dataclass(frozen=True, slots=True)
class Turn:
    """`key` is the person; `revision` the one that the write expects; `write` this write's own number."""

    key: int
    revision: int
    write: str
    data: RawBSONDocument

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data.raw)


@dataclass(frozen=True, slots=True)
class Note:
    """Note the messages that went out to the person `key`."""

    key: int
    sent: Sent
    size = 2000  # bytes, about: the newest 16 messages


def make_turn(before: Person | None, saved: Person, ended: Sequence[RawBSONDocument]) -> Turn:
    """`saved`: the person as stored afterwards; `before`: as stored now, where that is known. Encoded here, so that what can't be
    kept fails its own turn alone."""
    person, revision, write = saved.id, saved.revision - 1, f"{next(_numbers):x}"
    fields = {**turn_fields(saved, before), "revision": saved.revision, "write": write}
    if not revision:
        return Turn(person, 0, write, pack({"_id": person, **fields, "closed": ended}))
    added = added_answers(saved, before)
    if added is not None:
        fields.pop("run_answers", None)
    change: dict[str, Any] = {"$set": pack(fields)}
    if pushed := {name: {"$each": rows} for name, rows in (("closed", ended), ("run_answers", added)) if rows}:
        change["$push"] = pushed
    return Turn(person, revision, write, _statement({"_id": person, "revision": revision}, change))


async def insert_people(db: Any, turns: Sequence[Turn]) -> list[Exception | None]:
    failures = await insert(db, "users", [turn.data for turn in turns], TRIES)
    return await _judge(db, turns, failures, DUPLICATE in failures.values())


async def update_people(db: Any, turns: Sequence[Turn]) -> list[Exception | None]:
    """Guarded, never an upsert with the revision in its filter: a mismatch would insert the person again."""
    found, failures = await update(db, "users", [turn.data for turn in turns], TRIES)
    return await _judge(db, turns, failures, found + len(failures) < len(turns))


async def _judge(db: Any, turns: Sequence[Turn], failures: dict[int, int], some_lost: bool) -> list[Exception | None]:
    written = await _list_written(db, turns) if some_lost else {turn.write for turn in turns}
    return [_outcome(turn, failures.get(place), written) for place, turn in enumerate(turns)]


def _outcome(turn: Turn, code: int | None, written: set[str]) -> Exception | None:
    if code is not None and code != DUPLICATE:
        return refusal(code)
    return None if turn.write in written else RevisionConflict(turn.key, turn.revision)


async def _list_written(db: Any, turns: Sequence[Turn]) -> set[str]:
    found = db.users.find({"_id": {"$in": [turn.key for turn in turns]}}, {"write": 1})
    return {document.get("write") async for document in found}


async def save_notes(db: Any, notes: Sequence[Note]) -> list[Exception | None]:
    """`unsent` falls only in one step with the look at `outbox_max`: a turn that adds a message meanwhile is not overlooked."""
    statements: list[RawBSONDocument] = []
    for note in notes:
        sequence, fields = note.sent.sequence, sent_fields(note.sent)
        newer = {"_id": note.key, "sent.sequence": {"$lte": sequence}}
        statements.append(_statement({**newer, "outbox_max": {"$lte": sequence}}, {"$set": {**fields, "unsent": False}}))
        statements.append(_statement({**newer, "outbox_max": {"$gt": sequence}}, {"$set": fields}))
    _, failures = await update(db, "users", statements, TRIES)
    codes = [failures.get(place, failures.get(place + 1)) for place in range(0, len(statements), 2)]
    return [None if code is None else refusal(code) for code in codes]


def _statement(guard: dict[str, Any], change: dict[str, Any]) -> RawBSONDocument:
    return RawBSONDocument(bson.encode({"q": guard, "u": change}))


class TurnVerbs(Opened):
    """Each verb keeps the promise that `Store` states."""

    _inserts: Group[Turn]
    _updates: Group[Turn]
    _notes: Group[Note]
    _under_way: dict[int, asyncio.Future[None]]  # the latest turn of a person that is being written

    @verb("save_person")
    async def save_person(self, person: Person, applied: int | None = None, before: Person | None = None) -> Person:
        await self._marks.make_room(person.id)
        saved = settle(person)
        turn = make_turn(stored(before, person), saved, [pack(run) for run in person.closed])
        written = self._under_way[person.id] = (self._updates if person.revision else self._inserts).submit(turn)
        try:
            await written
        finally:
            if self._under_way.get(person.id) is written:
                del self._under_way[person.id]
        for run in person.closed:
            self._moves.add(person.id, (person.id, run))
        if applied is not None:
            self._marks.add(person.id, applied)
        return saved

    @verb("save_sent")
    async def save_sent(self, sent: Mapping[int, Sent]) -> None:
        """Behind turns of theirs that were begun before: those hold what had been sent then, and may not come last."""
        if under_way := [turn for person in sent if (turn := self._under_way.get(person))]:
            await asyncio.wait(under_way)
        await asyncio.gather(*(self._notes.submit(Note(person, each)) for person, each in sent.items()))
