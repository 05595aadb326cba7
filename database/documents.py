"""Records as plain documents and documents as JSON text: what both back ends share. No database in here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import orjson

from database.records import Person, Sent
from database.update_ids import join_ids

LONGEST_INTEGER = 63  # bits besides the sign: what BSON, SQLite and orjson can hold

_APART = ("id", "revision", "closed", "sent", "wake_at")  # stored beside the document, each by its own rules
_FIELDS = tuple(field.name for field in fields(Person) if field.name not in _APART)
_SURROGATES = re.compile("[\ud800-\udfff]")


def person_to_document(person: Person, before: Person | None = None) -> dict[str, Any]:
    """The part of a person that a turn writes: without the fields stored apart (`_APART`) and those that are the very same in
    `before`. Shallow: nothing is copied."""
    if before is not None:
        ours, known = person.__dict__, before.__dict__
        return {name: ours[name] for name in _FIELDS if ours[name] is not known[name]}
    document = dict(person.__dict__)
    for name in _APART:
        del document[name]
    return document


def person_from_document(
    person: int, revision: int, document: Mapping[str, Any], sent: Sent, wake_at: float | None = None
) -> Person:
    """The person that `person_to_document` wrote. A missing field gets its default, an unknown one is passed over."""
    known = {name: document[name] for name in _FIELDS if name in document}
    known["updates"] = join_ids(known.get("updates", ""))
    known["outbox"] = tuple(known.get("outbox", ()))
    return Person(id=person, revision=revision, sent=sent, wake_at=wake_at, **known)


def sent_to_document(sent: Sent) -> dict[str, Any]:
    """Shallow, as `person_to_document`."""
    return {"sequence": sent.sequence, "messages": sent.messages, "not_before": sent.not_before, "due": list(sent.due)}


def sent_from_document(document: Mapping[str, Any]) -> Sent:
    """The part that `sent_to_document` wrote; missing keys get their default."""
    get = document.get
    return Sent(get("sequence", 0), get("messages", {}), get("not_before", 0.0), tuple(get("due", ())))


def settle(person: Person) -> Person:
    """The record as it is once saved: revision one higher, ended runs moved away, messages that went out dropped."""
    outbox, sent = person.outbox, person.sent.sequence
    if outbox and outbox[0]["n"] <= sent:
        outbox = tuple([entry for entry in outbox if entry["n"] > sent])
    return person.changed(revision=person.revision + 1, closed=(), outbox=outbox)


def stored(before: Person | None, person: Person) -> Person | None:
    """`before`, if that is what the write of `person` is to replace; None where that is not known, or nobody is there yet."""
    return before if before is not None and before.revision == person.revision > 0 else None


def last_number(outbox: Sequence[Mapping[str, Any]]) -> int:
    """The highest number in an outbox, which stands in the order of its numbers; 0 when it is empty."""
    return outbox[-1]["n"] if outbox else 0


def earliest_due(sent: Sent) -> float | None:
    """Epoch seconds of the first wait."""
    return min([wait["at"] for wait in sent.due]) if sent.due else None


def to_json(value: Any) -> str:
    """JSON text; see `to_utf8`."""
    return to_utf8(value).decode()


def to_utf8(value: Any) -> bytes:
    """JSON in UTF-8. Values that JSON can't say are cleaned as `clean` does. Raises TypeError for anything that is no plain
    data."""
    try:
        return orjson.dumps(value)
    except TypeError:  # the rare case pays for the walk, not every turn
        return orjson.dumps(clean(value))


def from_json(text: str | bytes) -> Any:
    return orjson.loads(text)


def clean(value: Any) -> Any:
    """A copy that every store can keep: lone surrogates become U+FFFD, too big integers and all keys text, any mapping a dict."""
    if isinstance(value, str):
        return repair(value)
    if isinstance(value, Mapping):
        return {repair(str(key)): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if isinstance(value, int) and value.bit_length() > LONGEST_INTEGER:
        return str(value)
    return value


def repair(text: str) -> str:
    """Half a surrogate pair is no character and has no UTF-8; U+FFFD is what stands for such."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
