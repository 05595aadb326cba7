"""The store on a MongoDB server, through motor or PyMongo's own async client.

Everything atomic lies in one document. A write to several is such that doing it again finishes it (`open` does). People whose turns
come together share their round trips (groups.py), and some writes wait (deferred_writes.py). So a turn costs much less than a round
trip of its own.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pymongo.errors import ConfigurationError

from database.mongo import inbox, people, turns
from database.mongo.content import ContentVerbs
from database.mongo.deferred_writes import DeferredWrites
from database.mongo.errors import translate, verb
from database.mongo.groups import Group
from database.mongo.inbox import InboxVerbs
from database.mongo.opened import Ended, now
from database.mongo.people import PeopleVerbs
from database.mongo.pool import PoolCounter, check_address, close_client, make_client
from database.mongo.turns import TurnVerbs
from database.records import SCHEMA_VERSION, PoolStats
from database.store import SchemaTooNew, StoreUnavailable

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


class MongoStore(InboxVerbs, PeopleVerbs, TurnVerbs, ContentVerbs):
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
        self._under_way = {}
        self._marks: DeferredWrites[int] = DeferredWrites(lambda ids: inbox.save_applied(self._db, ids, now()), "applied updates")
        self._moves: DeferredWrites[Ended] = DeferredWrites(lambda moves: people.move_runs(self._db, moves), "ended runs")

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

    @verb("ping")
    async def ping(self) -> None:
        await self._db.command("ping")

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
    await people.finish_deletions(db, now())
    await people.finish_moves(db)


async def _upgrade(db: Any, version: int) -> None:
    """Every step may be done twice, by a process that crashed or by two at once; the version is written when all are done."""
    if version < 2:
        await people.wake_everybody(db)
    if version < 5:
        await people.part_answers(db)
    await db.meta.update_one({"_id": "schema", "version": version}, {"$set": {"version": SCHEMA_VERSION}})
