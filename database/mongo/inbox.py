"""The verbs of the inbox on MongoDB, and their commands.

One document an update. It waits while it has `ord`, and is dead when it has `dead_at` besides, so that dying and coming back are
one step each without a transaction. Applied ones keep only `_id` and `at`.
"""

from collections.abc import Sequence
from typing import Any

from database.mongo.commands import insert_new
from database.mongo.errors import verb
from database.mongo.opened import Opened
from database.mongo.people import strip
from database.records import DeadUpdate, RawUpdate

WAITS: dict[str, Any] = {"ord": {"$gte": 0}, "dead_at": {"$exists": False}}
DEAD: dict[str, Any] = {"dead_at": {"$gt": ""}}


async def save_updates(db: Any, updates: Sequence[RawUpdate]) -> set[int]:
    found = [{"_id": each.update_id, "person": each.person, "ord": each.order, "body": each.body} for each in updates]
    return {updates[place].update_id for place in await insert_new(db, "inbox", found)}


async def list_updates(db: Any, limit: int, after: int) -> list[RawUpdate]:
    found = db.inbox.find({**WAITS, "ord": {"$gt": after}}).sort([("ord", 1), ("_id", 1)]).limit(limit)
    return [RawUpdate(int(each["_id"]), _plain(each["person"]), int(each["ord"]), each["body"]) async for each in found]


async def save_applied(db: Any, update_ids: Sequence[int], at: float) -> None:
    """One that never lay there is known from now on; one that was laid there between the first two steps is stripped by a third."""
    ids = set(update_ids)
    if not ids or (found := await _strip(db, ids, at)) == len(ids):
        return
    new = await insert_new(db, "inbox", [{"_id": update_id, "at": at} for update_id in ids])
    if found + len(new) < len(ids):
        await _strip(db, ids, at)


async def _strip(db: Any, update_ids: set[int], at: float) -> int:
    """How many of them are there."""
    done = await db.inbox.update_many({"_id": {"$in": list(update_ids)}}, strip(at))
    return int(done.matched_count)


async def save_dead(db: Any, update_id: int, reason: str, at: str) -> None:
    await db.inbox.update_one({"_id": update_id, **WAITS}, {"$set": {"dead_at": at, "reason": reason}})


async def list_dead(db: Any, limit: int) -> list[DeadUpdate]:
    found = db.inbox.find(DEAD).sort([("dead_at", 1), ("ord", 1)]).limit(limit)
    return [
        DeadUpdate(int(each["_id"]), _plain(each["person"]), each["body"], each["reason"], each["dead_at"]) async for each in found
    ]


async def revive_dead(db: Any, update_ids: Sequence[int]) -> int:
    """They keep their order among each other."""
    last = [each["ord"] async for each in db.inbox.find({"ord": {"$gte": 0}}, {"ord": 1}).sort("ord", -1).limit(1)]
    found = db.inbox.find({"_id": {"$in": list(update_ids)}, **DEAD}, {"ord": 1}).sort("ord", 1)
    revived = 0
    for place, each in enumerate([each async for each in found], sum(last) + 1):
        change = {"$set": {"ord": place}, "$unset": {"dead_at": "", "reason": ""}}
        revived += (await db.inbox.update_one({"_id": each["_id"], **DEAD}, change)).matched_count
    return revived


async def delete_applied(db: Any, before: float) -> int:
    deleted: int = (await db.inbox.delete_many({"at": {"$lt": before}})).deleted_count
    return deleted


def _plain(number: int | None) -> int | None:
    """Without the driver's own integer type."""
    return None if number is None else int(number)


class InboxVerbs(Opened):
    """Each verb keeps the promise that `Store` states."""

    @verb("save_updates")
    async def save_updates(self, updates: Sequence[RawUpdate]) -> set[int]:
        return await save_updates(self._db, updates)

    @verb("list_updates")
    async def list_updates(self, limit: int = 1000, after: int = -1) -> list[RawUpdate]:
        await self._marks.flush()
        return await list_updates(self._db, limit, after)

    @verb("save_applied")
    async def save_applied(self, update_ids: Sequence[int], at: float) -> None:
        await save_applied(self._db, update_ids, at)

    @verb("save_dead")
    async def save_dead(self, update_id: int, reason: str, at: str) -> None:
        await save_dead(self._db, update_id, reason, at)

    @verb("list_dead")
    async def list_dead(self, limit: int = 100) -> list[DeadUpdate]:
        return await list_dead(self._db, limit)

    @verb("revive_dead")
    async def revive_dead(self, update_ids: Sequence[int]) -> int:
        return await revive_dead(self._db, update_ids)

    @verb("delete_applied")
    async def delete_applied(self, before: float) -> int:
        return await delete_applied(self._db, before)

    @verb("count")
    async def count(self) -> dict[str, int]:
        await self._marks.flush()
        await self._moves.flush()
        db = self._db
        return {
            "people": await db.users.estimated_document_count(),
            "open_runs": await db.users.count_documents({"open": True}),
            "runs": await db.runs.estimated_document_count(),
            "waiting": await db.inbox.count_documents(WAITS),
            "dead": await db.inbox.count_documents(DEAD),
            "blocked": await db.users.count_documents({"blocked": True}),
        }
