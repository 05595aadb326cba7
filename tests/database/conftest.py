"""One suite for every back end: `backend` makes store objects on the same data, `store` is one of them, opened."""

import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from secantus import SecantusDBServer

from database.connect import make_store
from database.mongo.pool import PoolCounter
from database.mongo.store import MongoStore
from database.records import Person, RawUpdate
from tests.database.mock_mongo import MockClient

MONGO_TEST_URI = os.environ.get("MONGO_TEST_URI", "")
BACKENDS = ["sqlite", "mongomock", "secantus-motor", "secantus-pymongo"]
if MONGO_TEST_URI:
    BACKENDS += ["mongodb-motor", "mongodb-pymongo"]
mongo_only = pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "sqlite"], indirect=True)
wire_only = pytest.mark.parametrize("backend", [name for name in BACKENDS if name not in ("sqlite", "mongomock")], indirect=True)
POOL = {"minPoolSize": 0, "maxPoolSize": 20}  # enough for the tests, and quick to open and to close


@dataclass
class Backend:
    """`make()` gives another store object on the same data, not opened. `name` as in BACKENDS."""

    name: str
    make: Callable[[], Any]

    @property
    def is_wire(self) -> bool:
        return self.name.startswith(("secantus", "mongodb"))


@pytest.fixture(scope="session")
def secantus() -> Iterator[str]:
    server = SecantusDBServer(storage_path=":memory:", port=0)
    server.start()
    yield server.uri
    server.stop()


@pytest.fixture(params=BACKENDS)
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    name = request.param
    database = f"waymark_test_{uuid.uuid4().hex[:12]}"
    if name == "sqlite":
        yield Backend(name, lambda: make_store(f"sqlite:///{tmp_path}/data/waymark.db", mongo_db=database))
    elif name == "mongomock":
        client = MockClient()

        async def connect() -> Any:
            return client

        yield Backend(name, lambda: MongoStore(connect, database, PoolCounter()))
    else:
        kind, driver = name.split("-")
        url = request.getfixturevalue("secantus") if kind == "secantus" else MONGO_TEST_URI
        yield Backend(name, lambda: make_store(url, mongo_db=database, mongo_driver=driver, pool=POOL))
        await _drop(url, database)


async def _drop(url: str, database: str) -> None:
    async with AsyncMongoClient(url) as client:
        await client.drop_database(database)


@pytest.fixture
async def store(backend: Backend) -> AsyncIterator[Any]:
    store = backend.make()
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Any]:
    store = make_store(f"sqlite:///{tmp_path}/waymark.db", mongo_db="")
    await store.open()
    yield store
    await store.close()


def make_run(number: int = 1, programme: str = "calm", status: str = "open", **more: Any) -> dict[str, Any]:
    return {"number": number, "programme": programme, "flow": "day-1", "status": status, "answers": [], **more}


def make_person(person: int = 7, **more: Any) -> Person:
    return Person(person, **{"created_at": "2026-01-01T00:00:00+00:00", "first_name": "Mona", "language": "en", **more})


def make_update(update_id: int, person: int | None = 7, order: int | None = None, body: bytes = b'{"update_id": 1}') -> RawUpdate:
    return RawUpdate(update_id, person, update_id if order is None else order, body)
