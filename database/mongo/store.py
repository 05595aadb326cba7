"""The store on a MongoDB server, through motor or PyMongo's own async client.

What must be atomic lies in one document; what takes several is written so that doing it again finishes it (`open` does). People
whose turns come together share their round trips (mongo_groups.py), and what can wait is written later (mongo_later.py): on average
a turn costs much less than a round trip of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from pymongo.errors import ConfigurationError, DuplicateKeyError

from database.documents import settle, stored
from database.mongo import inbox, people, turns
from database.mongo.deferred_writes import Later
from database.mongo.documents import from_bson, pack, to_bson
from database.mongo.errors import translate, verb
from database.mongo.groups import Group
from database.mongo.pool import PoolCounter, check_address, close_client, make_client
from database.records import SCHEMA_VERSION, DeadUpdate, Person, PoolStats, RawUpdate, Sent, Wake
from database.runs import Page, iterate_runs
from database.store import SchemaTooNew, StoreUnavailable
from utils import clock

PAGE = 500  # runs read at once by iterate_runs
MARK = "mark:"  # before the names in the collection `meta`, so that none meets the schema's version
INDEXES = {
    "users": (["unsent", "_id"], ["open", "_id", "seen_at"], ["due_at", "_id"], ["wake_at", "_id"], ["blocked"], ["closed.number"]),
    "runs": (["person"],),
    "inbox": (["ord", "_id"], ["person"], ["at"], ["dead_at", "ord"]),
}


def make_mongo_store(url: str, database: str, driver: str, pool: Mapping[str, int]) -> "MongoStore":
    """Not opened yet. Raises ValueError for an unknown driver or a broken address."""
    check_address(url, driver)
    counter = PoolCounter()

    async def connect() -> Any:
        try:
            return await make_client(url, driver, pool, counter)
        except ConfigurationError as error:
            if url.startswith("mongodb+srv://"):  # also what a name server that does not answer looks like
                raise StoreUnavailable(f"MongoDB's address can't be looked up: {error}") from error
            raise translate(error) from error

    return MongoStore(connect, database, counter)


class MongoStore:
    """The `Store` in the database of that name. `connect` makes a new client of either driver for each open()."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], database: str, counter: PoolCounter) -> None:
        self._connect = connect
        self._database = database
        self._counter = counter
        self._client: Any = None
        self._opened: Any = None
        self._finds: Group[people.Wanted] = Group(lambda batch: people.find_people(self._db, batch))
        self._inserts: Group[turns.Turn] = Group(lambda batch: turns.insert_people(self._db, batch))
        self._updates: Group[turns.Turn] = Group(lambda batch: turns.update_people(self._db, batch))
        self._notes: Group[turns.Note] = Group(lambda batch: turns.save_notes(self._db, batch))
        self._under_way: dict[int, asyncio.Future[None]] = {}  # the latest turn of a person that is being written
        self._marks: Later[int] = Later(lambda ids: inbox.save_applied(self._db, ids, _now()), "applied updates")
        self._moves: Later[people.Ended] = Later(lambda moves: people.move_runs(self._db, moves), "ended runs")

    @verb("open")
    async def open(self) -> None:
        if self._opened is not None:
            return
        self._client = await self._connect()
        try:
            db = self._client[self._database]
            await _prepare(db)
        except BaseException:
            await close_client(self._client)
            raise
        self._opened = db

    @verb("close")
    async def close(self) -> None:
        if self._opened is None:
            return
        try:
            for group in (self._finds, self._inserts, self._updates, self._notes):
                await group.close()
            for later in (self._marks, self._moves):
                await later.close()
        finally:
            self._opened = None
            await close_client(self._client)

    @property
    def _db(self) -> Any:
        if self._opened is None:
            raise StoreUnavailable("the database is not open")
        return self._opened

    @verb("ping")
    async def ping(self) -> None:
        await self._db.command("ping")

    @verb("save_updates")
    async def save_updates(self, updates: Sequence[RawUpdate]) -> set[int]:
        return await inbox.save_updates(self._db, updates)

    @verb("list_updates")
    async def list_updates(self, limit: int = 1000, after: int = -1) -> list[RawUpdate]:
        await self._marks.flush()
        return await inbox.list_updates(self._db, limit, after)

    @verb("save_applied")
    async def save_applied(self, update_ids: Sequence[int], at: float) -> None:
        await inbox.save_applied(self._db, update_ids, at)

    @verb("save_dead")
    async def save_dead(self, update_id: int, reason: str, at: str) -> None:
        await inbox.save_dead(self._db, update_id, reason, at)

    @verb("list_dead")
    async def list_dead(self, limit: int = 100) -> list[DeadUpdate]:
        return await inbox.list_dead(self._db, limit)

    @verb("revive_dead")
    async def revive_dead(self, update_ids: Sequence[int]) -> int:
        return await inbox.revive_dead(self._db, update_ids)

    @verb("delete_applied")
    async def delete_applied(self, before: float) -> int:
        return await inbox.delete_applied(self._db, before)

    @verb("find_person")
    async def find_person(self, person: int) -> Person | None:
        wanted = people.Wanted(person)
        await self._finds.submit(wanted)
        for each in wanted.ended:
            self._moves.add(person, each)
        return wanted.found

    @verb("save_person")
    async def save_person(self, person: Person, applied: int | None = None, before: Person | None = None) -> Person:
        await self._marks.make_room(person.id)
        saved = settle(person)
        turn = turns.make_turn(stored(before, person), saved, [pack(run) for run in person.closed])
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
        await asyncio.gather(*(self._notes.submit(turns.Note(person, each)) for person, each in sent.items()))

    @verb("list_unsent")
    async def list_unsent(self, after: int = -1, limit: int = 1000) -> list[Person]:
        return await people.list_unsent(self._db, after, limit)

    @verb("list_due")
    async def list_due(self, until: float, limit: int = 100) -> list[Person]:
        return await people.list_due(self._db, until, limit)

    @verb("list_open")
    async def list_open(self, after: int = -1, limit: int = 1000, heard_since: str = "") -> list[Person]:
        return await people.list_open(self._db, after, limit, heard_since)

    @verb("list_wakes")
    async def list_wakes(self, until: float, limit: int = 100) -> list[Wake]:
        return await people.list_wakes(self._db, until, limit)

    @verb("claim_wake")
    async def claim_wake(self, wake: Wake, until: float) -> bool:
        return await people.claim_wake(self._db, wake, until)

    @verb("wake_people")
    async def wake_people(self, at: float, after: int, limit: int) -> int | None:
        return await people.wake_people(self._db, at, after, limit)

    @verb("delete_person")
    async def delete_person(self, person: int) -> None:
        await self._moves.flush()  # nothing of theirs may come after,
        await self._marks.flush()  # and their document knows no update any more
        await people.delete_person(self._db, person, _now())

    @verb("list_runs")
    async def list_runs(self, person: int) -> list[dict[str, Any]]:
        return await people.list_runs(self._db, person)

    def iterate_runs(self, programme: str | None = None) -> AsyncIterator[dict[str, Any]]:
        return iterate_runs(self._list_open_runs, self._list_ended_runs, programme, self._list_moving_runs)

    @verb("iterate_runs")
    async def _list_open_runs(self, after: int) -> Page:
        return await people.list_open_runs(self._db, after, PAGE)

    @verb("iterate_runs")
    async def _list_moving_runs(self) -> Page:
        return await people.list_moving_runs(self._db)

    @verb("iterate_runs")
    async def _list_ended_runs(self, after: tuple[int, int] | None) -> Page:
        return await people.list_ended_runs(self._db, after, PAGE)

    @verb("count")
    async def count(self) -> dict[str, int]:
        await self._marks.flush()
        await self._moves.flush()
        db = self._db
        return {
            "people": await db.users.estimated_document_count(),
            "open_runs": await db.users.count_documents({"open": True}),
            "runs": await db.runs.estimated_document_count(),
            "waiting": await db.inbox.count_documents(inbox.WAITS),
            "dead": await db.inbox.count_documents(inbox.DEAD),
            "blocked": await db.users.count_documents({"blocked": True}),
        }

    @verb("save_content")
    async def save_content(self, digest: str, programme: str, source: Mapping[str, Any]) -> None:
        try:
            await self._db.content.insert_one({"_id": digest, "programme": programme, "source": to_bson(source)})
        except DuplicateKeyError:
            return  # the same digest is the same content

    @verb("find_content")
    async def find_content(self, digest: str) -> dict[str, Any] | None:
        found = await self._db.content.find_one({"_id": digest})
        return None if found is None else from_bson(found["source"])

    @verb("find_file_id")
    async def find_file_id(self, digest: str) -> str | None:
        found = await self._db.files.find_one({"_id": digest})
        return None if found is None else found["file_id"]

    @verb("save_file_id")
    async def save_file_id(self, digest: str, file_id: str) -> None:
        await self._db.files.update_one({"_id": digest}, {"$set": {"file_id": file_id}}, upsert=True)

    @verb("delete_file_id")
    async def delete_file_id(self, digest: str) -> None:
        await self._db.files.delete_one({"_id": digest})

    @verb("find_mark")
    async def find_mark(self, name: str) -> str | None:
        found = await self._db.meta.find_one({"_id": MARK + name})
        return None if found is None else found["value"]

    @verb("save_mark")
    async def save_mark(self, name: str, value: str) -> None:
        await self._db.meta.update_one({"_id": MARK + name}, {"$set": {"value": value}}, upsert=True)

    def pool_stats(self) -> PoolStats | None:
        return self._counter.stats()


async def _prepare(db: Any) -> None:
    """The version is looked at before anything is written."""
    schema = await db.meta.find_one({"_id": "schema"})
    if schema is not None and schema["version"] > SCHEMA_VERSION:
        raise SchemaTooNew(f"the database has schema version {schema['version']}, this program knows {SCHEMA_VERSION}")
    for collection, indexes in INDEXES.items():
        for keys in indexes:
            await db[collection].create_index([(key, 1) for key in keys])
    if schema is not None and schema["version"] < SCHEMA_VERSION:
        await _upgrade(db, schema["version"])
    await db.meta.update_one({"_id": "schema"}, {"$setOnInsert": {"version": SCHEMA_VERSION}}, upsert=True)
    await people.finish_deletions(db, _now())
    await people.finish_moves(db)


async def _upgrade(db: Any, version: int) -> None:
    """Every step may be done twice, by a process that crashed or by two at once; the version is written when all are done."""
    if version < 2:
        await people.wake_everybody(db)
    if version < 5:
        await people.part_answers(db)
    await db.meta.update_one({"_id": "schema", "version": version}, {"$set": {"version": SCHEMA_VERSION}})


def _now() -> float:
    return clock.now().timestamp()
