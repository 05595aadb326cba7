"""The two commands that write many documents in one round trip.

As commands, not through the driver's `bulk_write` and `insert_many`, whose objects for each document cost more than the documents.
"""

from collections.abc import Sequence
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.errors import ConnectionFailure, WriteConcernError

DUPLICATE = 11000  # MongoDB's code for a key that is there already
Failures = dict[int, int]  # place among what was sent -> MongoDB's code


async def insert(db: Any, collection: str, documents: Sequence[Any], tries: int = 1) -> Failures:
    """Each by itself: one that fails stops no other."""
    return _failures(await _write(db, "insert", collection, tries, documents=list(documents)))


async def update(db: Any, collection: str, statements: Sequence[Any], tries: int = 1) -> tuple[int, Failures]:
    """How many statements found their document, and which failed. A statement is {"q": filter, "u": change}, of one document."""
    reply = await _write(db, "update", collection, tries, updates=list(statements))
    return reply["n"], _failures(reply)


async def insert_new(db: Any, collection: str, documents: Sequence[RawBSONDocument | dict[str, Any]]) -> set[int]:
    """The places of those whose `_id` was not there yet. Raises PartlyWritten for any other failure."""
    if not documents:
        return set()
    failures = await insert(db, collection, documents)
    if others := {code for code in failures.values() if code != DUPLICATE}:
        raise PartlyWritten(sorted(others))
    return set(range(len(documents))) - failures.keys()


class PartlyWritten(ConnectionFailure):
    """Some documents of a batch were refused; trying the batch again finds out about each."""

    def __init__(self, codes: Sequence[int]) -> None:
        super().__init__(f"only a part of the batch was kept (codes {list(codes)})")


async def _write(db: Any, command: str, collection: str, tries: int, **documents: Any) -> dict[str, Any]:
    """`tries` above 1 only where doing it again does no harm: an answer that was lost does not tell whether it was done."""
    options = {"ordered": False, "writeConcern": db.write_concern.document, **documents}
    for left in reversed(range(tries)):
        try:
            reply: dict[str, Any] = await db.command(command, collection, **options)
            break
        except ConnectionFailure:
            if not left:
                raise
    if failure := reply.get("writeConcernError"):
        raise WriteConcernError(failure.get("errmsg", "not confirmed"), failure.get("code"))
    return reply


def _failures(reply: dict[str, Any]) -> Failures:
    return {each["index"]: each["code"] for each in reply.get("writeErrors", ())}
