"""Records as MongoDB documents: plain values as BSON takes them, and any text as a key.

Keys that others choose (names of flows, steps, settings) may hold a dot or begin with `$`, which MongoDB, its tools and its likes
treat as paths and operators. They are percent-encoded just there, so they stay readable in a shell: `day.1` is `day%2E1`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from bson.int64 import Int64

from database.documents import (
    LONGEST_INTEGER,
    earliest_due,
    last_number,
    person_from_document,
    person_to_document,
    repair,
    sent_from_document,
    sent_to_document,
)
from database.records import Person, Sent

EMPTY_KEY = "%"  # stands for "": no other key is encoded to a bare percent sign
_UNSAFE = re.compile(r"[.%\x00]|^\$")


def turn_fields(person: Person) -> dict[str, Any]:
    """What a turn writes. `unsent` may stay true a while after all went out, never the other way round: see `save_sent`."""
    return {
        **to_bson(person_to_document(person)),
        "wake_at": person.wake_at,
        "outbox_max": last_number(person.outbox),
        "unsent": bool(person.outbox),
        "open": person.run is not None,
        "blocked": person.blocked_at is not None,
    }


def sent_fields(sent: Sent) -> dict[str, Any]:
    return {"sent": to_bson(sent_to_document(sent)), "due_at": earliest_due(sent)}


def make_person(found: Mapping[str, Any]) -> Person:
    document = from_bson(found)
    sent = sent_from_document(document["sent"])
    return person_from_document(document["_id"], document["revision"], document, sent, document.get("wake_at"))


def make_run(found: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """(person, run) of a document of the runs collection."""
    run = from_bson({key: value for key, value in found.items() if key != "_id"})
    return run.pop("person"), run


def to_bson(value: Any) -> Any:
    """A copy that BSON can hold: keys encoded, lone surrogates replaced, integers over 64 bits as text."""
    if isinstance(value, str):
        return repair(value)
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
