"""What MongoDB is asked about people and their runs. No multi-document transactions, so that a standalone server will do."""

import logging
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from database.documents import settle
from database.mongo_documents import from_bson, make_person, make_run, sent_fields, to_bson, turn_fields
from database.records import Person, Sent, Wake
from database.store import RevisionConflict

logger = logging.getLogger("waymark.database")


async def find_person(db: Any, person: int) -> Person | None:
    found = await db.users.find_one({"_id": person})
    return None if found is None else make_person(found)


async def save_person(db: Any, person: Person) -> Person:
    """Insert or guarded update, never an upsert with the revision in its filter: a mismatch would insert the person again."""
    saved = settle(person)
    ended = [to_bson(run) for run in person.closed]
    try:
        waiting = await (_update(db, saved, ended) if person.revision else _insert(db, saved, ended))
    except DuplicateKeyError:
        raise RevisionConflict(person.id, person.revision) from None
    if waiting:
        await _try_to_move(db, saved, waiting)
    return saved


async def _insert(db: Any, saved: Person, ended: list[dict[str, Any]]) -> list[dict[str, Any]]:
    document = {"_id": saved.id, "revision": 1, "closed": ended, **turn_fields(saved), **sent_fields(saved.sent)}
    await db.users.insert_one(document)
    return ended


async def _update(db: Any, saved: Person, ended: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Gives the ended runs that wait in the document, also those that a crash has left there."""
    change: dict[str, Any] = {"$set": {**turn_fields(saved), **sent_fields(saved.sent)}, "$inc": {"revision": 1}}
    if ended:
        change["$push"] = {"closed": {"$each": ended}}
    before = saved.revision - 1
    found = await db.users.find_one_and_update(
        {"_id": saved.id, "revision": before}, change, projection={"closed": 1}, return_document=ReturnDocument.AFTER
    )
    if found is None:
        raise RevisionConflict(saved.id, before)
    waiting: list[dict[str, Any]] = found.get("closed", [])
    return waiting


async def _try_to_move(db: Any, saved: Person, waiting: list[dict[str, Any]]) -> None:
    try:
        await move_runs(db, saved.id, saved.revision, waiting)
    except PyMongoError as error:  # the turn itself is saved; the next one, or the next start, moves them
        logger.warning("ended runs wait to be moved: %s", type(error).__name__)


async def move_runs(db: Any, person: int, revision: int, waiting: list[dict[str, Any]]) -> None:
    """From the person's document to the runs collection. Doing it twice changes nothing.

    Taken out of the document only while that is at `revision`: a turn that came between may have added others.
    """
    for run in waiting:
        key = {"_id": f"{person}:{run['number']}"}
        try:
            await db.runs.update_one(key, {"$setOnInsert": {"person": person, **run}}, upsert=True)
        except DuplicateKeyError:  # somebody else moves it in this moment
            continue
    await db.users.update_one({"_id": person, "revision": revision}, {"$set": {"closed": []}})


async def finish_moves(db: Any) -> None:
    """What a crash between a turn and the moving of its ended runs has left."""
    async for found in db.users.find({"closed.number": {"$gte": 0}}, {"revision": 1, "closed": 1}):
        await move_runs(db, found["_id"], found["revision"], found["closed"])


async def save_sent(db: Any, person: int, sent: Sent) -> None:
    """`unsent` falls only in one step with the look at `outbox_max`: a turn that adds a message meanwhile is not overlooked."""
    fields = sent_fields(sent)
    newer = {"_id": person, "sent.sequence": {"$lte": sent.sequence}}
    done = await db.users.update_one({**newer, "outbox_max": {"$lte": sent.sequence}}, {"$set": {**fields, "unsent": False}})
    if done.matched_count == 0:
        await db.users.update_one(newer, {"$set": fields})


async def list_unsent(db: Any, after: int, limit: int) -> list[Person]:
    found: list[Person] = []
    async for document in db.users.find({"unsent": True, "_id": {"$gt": after}}).sort("_id", 1):
        if document["outbox_max"] > document["sent"]["sequence"]:
            found.append(make_person(document))
        if len(found) >= limit:
            break
    return found


async def list_due(db: Any, until: float, limit: int) -> list[Person]:
    found = db.users.find({"due_at": {"$lte": until}}).sort([("due_at", 1), ("_id", 1)]).limit(limit)
    return [make_person(document) async for document in found]


async def list_open(db: Any, after: int, limit: int) -> list[Person]:
    found = db.users.find({"open": True, "_id": {"$gt": after}}).sort("_id", 1).limit(limit)
    return [make_person(document) async for document in found]


async def list_wakes(db: Any, until: float, limit: int) -> list[Wake]:
    found = db.users.find({"wake_at": {"$lte": until}}, {"wake_at": 1}).sort([("wake_at", 1), ("_id", 1)]).limit(limit)
    return [Wake(int(document["_id"]), document["wake_at"]) async for document in found]


async def claim_wake(db: Any, wake: Wake, until: float) -> bool:
    done = await db.users.update_one({"_id": wake.person, "wake_at": wake.at}, {"$set": {"wake_at": until}})
    return bool(done.matched_count)


async def wake_everybody(db: Any) -> None:
    """People from before there were wakes are looked at once and get their own moment."""
    await db.users.update_many({"wake_at": {"$exists": False}}, {"$set": {"wake_at": 0.0}})


async def delete_person(db: Any, person: int, at: float) -> None:
    """The mark in `deletions` comes first and goes last: `finish_deletions` finds it after a crash between."""
    await db.deletions.update_one({"_id": person}, {"$set": {"at": at}}, upsert=True)
    await _delete_rest(db, person, at)


async def finish_deletions(db: Any, at: float) -> None:
    for mark in [mark async for mark in db.deletions.find({})]:
        await _delete_rest(db, mark["_id"], at)


async def _delete_rest(db: Any, person: int, at: float) -> None:
    await db.inbox.update_many({"person": person}, strip(at))
    await db.runs.delete_many({"person": person})
    await db.users.delete_one({"_id": person})
    await db.deletions.delete_one({"_id": person})


def strip(at: float) -> dict[str, Any]:
    """The change that leaves of an update its id and when it was settled."""
    return {"$set": {"at": at}, "$unset": dict.fromkeys(("person", "ord", "body", "dead_at", "reason"), "")}


async def list_runs(db: Any, person: int) -> list[dict[str, Any]]:
    """Also those that still wait in the person's document; looked for there first, so that one on its way is not missed."""
    holder = await db.users.find_one({"_id": person}, {"closed": 1})
    runs = {run["number"]: run for run in from_bson((holder or {}).get("closed", []))}
    async for document in db.runs.find({"person": person}):
        _, run = make_run(document)
        runs[run["number"]] = run
    return [runs[number] for number in sorted(runs)]


async def list_open_runs(db: Any, after: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """(person, run) of people with an id above `after`."""
    found = db.users.find({"open": True, "_id": {"$gt": after}}, {"run": 1}).sort("_id", 1).limit(limit)
    return [(document["_id"], from_bson(document["run"])) async for document in found]


async def list_ended_runs(db: Any, after: tuple[int, int] | None, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """(person, run) after that of (person, number), in the order of the keys' text."""
    key = f"{after[0]}:{after[1]}" if after else ""
    found = db.runs.find({"_id": {"$gt": key}}).sort("_id", 1).limit(limit)
    return [make_run(document) async for document in found]
