"""The verbs of people and their runs on MongoDB, and their commands. No multi-document transactions, for standalone servers."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument

from database.mongo.commands import insert_new, update
from database.mongo.documents import from_bson, make_person, make_run, open_run, pack, part_run
from database.mongo.errors import verb
from database.mongo.groups import Group
from database.mongo.opened import Ended, Opened, now
from database.records import Person, Wake
from database.runs import Page, iterate_runs

PAGE_RUNS = 500  # runs that iterate_runs reads at once


@dataclass(slots=True)
class Wanted:
    """Somebody to be read, and afterwards who was found; `ended` are runs that a crash or a failure has left in the document."""

    key: int
    found: Person | None = None
    ended: list[Ended] = field(default_factory=list)
    size: int = 20  # bytes, about


async def find_people(db: Any, wanted: Sequence[Wanted]) -> list[Exception | None]:
    """A document that can't be read fails its own reader alone."""
    by_id, failures = {one.key: one for one in wanted}, dict[int, Exception]()
    async for document in db.users.find({"_id": {"$in": list(by_id)}}).batch_size(len(by_id) + 1):
        one = by_id[document["_id"]]
        try:
            one.found, one.ended = make_person(document), _ended(document)
        except Exception as error:  # noqa: BLE001 (whatever is wrong with it is told to whoever asked for it)
            failures[one.key] = error
    return [failures.get(one.key) for one in wanted]


def _ended(found: dict[str, Any]) -> list[Ended]:
    return [(int(found["_id"]), from_bson(run)) for run in found.get("closed", [])]


async def move_runs(db: Any, moves: Sequence[Ended]) -> None:
    """From the people's documents to the runs collection. Doing it twice changes nothing."""
    if not moves:
        return
    await insert_new(db, "runs", [pack({"_id": f"{person}:{run['number']}", "person": person, **run}) for person, run in moves])
    numbers: dict[int, list[int]] = defaultdict(list)
    for person, run in moves:
        numbers[person].append(run["number"])
    await update(db, "users", [_take_out(person, moved) for person, moved in numbers.items()])


def _take_out(person: int, numbers: list[int]) -> RawBSONDocument:
    change = {"$pull": {"closed": {"number": {"$in": numbers}}}}
    return RawBSONDocument(bson.encode({"q": {"_id": person}, "u": change}))


async def finish_moves(db: Any) -> None:
    """Finish moving ended runs after a crash between a turn and that move."""
    await move_runs(db, await list_moving_runs(db))


async def list_moving_runs(db: Any) -> list[Ended]:
    """Those in people's documents: of the last moment, or left by a crash. Index-backed."""
    found = db.users.find({"closed.number": {"$gte": 0}}, {"closed": 1})
    return [ended async for document in found for ended in _ended(document)]


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


async def list_open(db: Any, after: int, limit: int, heard_since: str) -> list[Person]:
    found = db.users.find({"open": True, "_id": {"$gt": after}, "seen_at": {"$gte": heard_since}}).sort("_id", 1).limit(limit)
    return [make_person(document) async for document in found]


async def list_wakes(db: Any, until: float, limit: int) -> list[Wake]:
    found = db.users.find({"wake_at": {"$lte": until}}, {"wake_at": 1}).sort([("wake_at", 1), ("_id", 1)]).limit(limit)
    return [Wake(int(document["_id"]), document["wake_at"]) async for document in found]


async def claim_wake(db: Any, wake: Wake, until: float) -> bool:
    done = await db.users.update_one({"_id": wake.person, "wake_at": wake.at}, {"$set": {"wake_at": until}})
    return bool(done.matched_count)


async def wake_people(db: Any, at: float, after: int, limit: int) -> int | None:
    ids = [found["_id"] async for found in db.users.find({"_id": {"$gt": after}}, {"_id": 1}).sort("_id", 1).limit(limit)]
    if not ids:
        return None
    later = {"$or": [{"wake_at": None}, {"wake_at": {"$gt": at}}]}
    await db.users.update_many({"_id": {"$gt": after, "$lte": ids[-1]}, **later}, {"$set": {"wake_at": at}})
    return int(ids[-1])


async def wake_everybody(db: Any) -> None:
    """People from before there were wakes are looked at once and get their own moment."""
    await db.users.update_many({"wake_at": {"$exists": False}}, {"$set": {"wake_at": 0.0}})


async def part_answers(db: Any) -> None:
    """Of runs that were open before answers stood beside their run."""
    async for found in db.users.find({"run.answers": {"$exists": True}}, {"run": 1, "revision": 1}):
        guard = {"_id": found["_id"], "revision": found["revision"]}
        await db.users.update_one(guard, {"$set": part_run(found["run"])})


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
    runs: dict[int, dict[str, Any]] = {}
    for run in from_bson((holder or {}).get("closed", [])):
        runs.setdefault(run["number"], run)  # one that is closed twice is kept as it was first
    async for document in db.runs.find({"person": person}):
        _, run = make_run(document)
        runs[run["number"]] = run
    return [runs[number] for number in sorted(runs)]


async def list_open_runs(db: Any, after: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """(person, run) of people with an id above `after`."""
    found = db.users.find({"open": True, "_id": {"$gt": after}}, {"run": 1, "run_answers": 1})
    return [(document["_id"], open_run(from_bson(document))) async for document in found.sort("_id", 1).limit(limit)]


async def list_ended_runs(db: Any, after: tuple[int, int] | None, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """(person, run) after that of (person, number), in the order of the keys' text."""
    key = f"{after[0]}:{after[1]}" if after else ""
    found = db.runs.find({"_id": {"$gt": key}}).sort("_id", 1).limit(limit)
    return [make_run(document) async for document in found]


class PeopleVerbs(Opened):
    """Each verb keeps the promise that `Store` states."""

    _finds: Group[Wanted]

    @verb("find_person")
    async def find_person(self, person: int) -> Person | None:
        wanted = Wanted(person)
        await self._finds.submit(wanted)
        for each in wanted.ended:
            self._moves.add(person, each)
        return wanted.found

    @verb("list_unsent")
    async def list_unsent(self, after: int = -1, limit: int = 1000) -> list[Person]:
        return await list_unsent(self._db, after, limit)

    @verb("list_due")
    async def list_due(self, until: float, limit: int = 100) -> list[Person]:
        return await list_due(self._db, until, limit)

    @verb("list_open")
    async def list_open(self, after: int = -1, limit: int = 1000, heard_since: str = "") -> list[Person]:
        return await list_open(self._db, after, limit, heard_since)

    @verb("list_wakes")
    async def list_wakes(self, until: float, limit: int = 100) -> list[Wake]:
        return await list_wakes(self._db, until, limit)

    @verb("claim_wake")
    async def claim_wake(self, wake: Wake, until: float) -> bool:
        return await claim_wake(self._db, wake, until)

    @verb("wake_people")
    async def wake_people(self, at: float, after: int, limit: int) -> int | None:
        return await wake_people(self._db, at, after, limit)

    @verb("delete_person")
    async def delete_person(self, person: int) -> None:
        await self._moves.flush()  # nothing of theirs may come after,
        await self._marks.flush()  # and their document knows no update any more
        await delete_person(self._db, person, now())

    @verb("list_runs")
    async def list_runs(self, person: int) -> list[dict[str, Any]]:
        return await list_runs(self._db, person)

    def iterate_runs(self, programme: str | None = None) -> AsyncIterator[dict[str, Any]]:
        return iterate_runs(self._list_open_runs, self._list_ended_runs, programme, self._list_moving_runs)

    @verb("iterate_runs")
    async def _list_open_runs(self, after: int) -> Page:
        return await list_open_runs(self._db, after, PAGE_RUNS)

    @verb("iterate_runs")
    async def _list_ended_runs(self, after: tuple[int, int] | None) -> Page:
        return await list_ended_runs(self._db, after, PAGE_RUNS)

    @verb("iterate_runs")
    async def _list_moving_runs(self) -> Page:
        return await list_moving_runs(self._db)
