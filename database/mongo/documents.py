"""Records as MongoDB documents: plain values as BSON takes them, and any text as a key.

Keys that others choose (names of flows, steps, settings) may hold a dot or begin with `$`. MongoDB and its tools treat those as
paths and operators. They are percent-encoded just there, so they stay readable in a shell: `day.1` is `day%2E1`.

People's answers and positions are BSON throughout, so that the database can be queried for them. The bot's own bookkeeping
(messages on their way) is JSON text inside: half the size, and a third of the cost of a turn's encoding.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from operator import is_
from typing import Any
from urllib.parse import unquote

import bson
from bson.errors import InvalidDocument
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument

from database.documents import (
    LONGEST_INTEGER,
    earliest_due,
    from_json,
    last_number,
    person_from_document,
    person_to_document,
    repair,
    sent_from_document,
    to_json,
)
from database.records import Person, Sent

EMPTY_KEY = "%"  # stands for "": no other key is encoded to a bare percent sign
_UNSAFE = re.compile(r"[.%\x00]|^\$")


def turn_fields(person: Person, before: Person | None = None) -> dict[str, Any]:
    """The part that a turn writes, not packed yet: without fields that are the very same in `before`, which the database holds.

    `unsent` may stay true a while after all went out, never the other way round.
    """
    document, outbox = person_to_document(person, before), person.outbox
    if "run" in document:
        document |= part_run(person.run)
    document["outbox"] = to_json(outbox)
    document["wake_at"] = person.wake_at
    document["outbox_max"] = last_number(outbox)
    document["unsent"] = bool(outbox)
    document["open"] = person.run is not None
    document["blocked"] = person.blocked_at is not None
    document |= sent_fields(person.sent)
    return document


def part_run(run: Mapping[str, Any] | None) -> dict[str, Any]:
    """The open run, and beside it its answers, where a turn puts new ones behind the others."""
    if run is None:
        return {"run": None, "run_answers": None}
    parted = dict(run)
    answers = parted.pop("answers", None)
    return {"run": parted, "run_answers": answers}


def added_answers(person: Person, before: Person | None) -> list[RawBSONDocument] | None:
    """The answers of the open run that the database does not have yet; None where they are not simply more than before."""
    run, known = person.run, before.run if before is not None else None
    if run is None or known is None or run["number"] != known["number"]:
        return None
    answers, old = run.get("answers"), known.get("answers")
    if answers is None or old is None or len(answers) < len(old) or not all(map(is_, old, answers)):
        return None
    return [pack(answer) for answer in answers[len(old) :]]


def sent_fields(sent: Sent) -> dict[str, Any]:
    due = to_json(sent.due)
    parts = {"sequence": sent.sequence, "messages": to_json(sent.messages), "not_before": sent.not_before, "due": due}
    return {"sent": parts, "due_at": earliest_due(sent)}


def make_person(found: Mapping[str, Any]) -> Person:
    document = from_bson(found)
    if document["run"] is not None:
        document["run"] = open_run(document)
    sent = {name: _unpack(value) for name, value in document["sent"].items()}
    document["outbox"] = _unpack(document["outbox"])
    if document.get("updates", "").startswith("["):  # as they were kept before
        document["updates"] = from_json(document["updates"])
    return person_from_document(document["_id"], document["revision"], document, sent_from_document(sent), document.get("wake_at"))


def open_run(document: Mapping[str, Any]) -> dict[str, Any]:
    """The open run of a person's document, whole again."""
    answers = document.get("run_answers")
    return document["run"] if answers is None else {**document["run"], "answers": answers}


def _unpack(value: Any) -> Any:
    return from_json(value) if isinstance(value, str) else value


def make_run(found: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """(person, run) of a document of the runs collection."""
    run = from_bson({key: value for key, value in found.items() if key != "_id"})
    return run.pop("person"), run


def pack(document: Mapping[str, Any]) -> RawBSONDocument:
    """The document as BSON that the driver hands on as it is. Raises InvalidDocument for what is no plain data.

    Encoded in C where every key is fit to be one and every value to be held; only what is not pays for the walk.
    """
    try:
        data = bson.encode(document, check_keys=True)
    except (InvalidDocument, OverflowError, UnicodeEncodeError):
        return RawBSONDocument(bson.encode(to_bson(document)))
    if b"%" in data:  # perhaps in a key, perhaps only a byte of a number
        data = bson.encode(to_bson(document))
    return RawBSONDocument(data)


def to_bson(value: Any) -> Any:
    """A copy that BSON can hold: keys encoded, lone surrogates replaced, integers over 64 bits as text."""
    if isinstance(value, str):
        return repair(value)
    if isinstance(value, RawBSONDocument):  # packed already
        return value
    if isinstance(value, Mapping):
        return {encode_key(key): to_bson(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_bson(item) for item in value]
    if isinstance(value, int) and value.bit_length() > LONGEST_INTEGER:
        return str(value)
    return value


def from_bson(value: Any) -> Any:
    """The reverse of `to_bson`, with plain types only."""
    if isinstance(value, dict):
        return {decode_key(key): from_bson(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_bson(item) for item in value]
    return int(value) if isinstance(value, Int64) else value


@lru_cache(4096)
def encode_key(key: str) -> str:
    key = repair(str(key))
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", key) or EMPTY_KEY


@lru_cache(4096)
def decode_key(key: str) -> str:
    return "" if key == EMPTY_KEY else unquote(key, errors="strict") if "%" in key else key
