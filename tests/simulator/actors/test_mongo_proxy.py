"""Faults on MongoDB's wire, seen by the bot's own store over a real one (a MongoDB-compatible server in this process)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from secantus import SecantusDBServer

from database.connect import make_store
from database.store import StoreUnavailable
from simulator.actors.mongo_proxy import MongoProxy, read_command


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[None]:
    """As for all tests, but PyMongo looks for /.dockerenv each time it begins with a server."""
    with blockbuster_ctx(scanned_modules=["database", "utils"]) as blockbuster:
        blockbuster.functions["os.stat"].can_block_in("pymongo/pool_options.py", "get_container_env_info")
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    started = SecantusDBServer(storage_path=":memory:", port=0)
    started.start()
    yield started
    started.stop()


@pytest.fixture
async def proxy(server: Any) -> AsyncIterator[MongoProxy]:
    made = MongoProxy(server.uri)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(params=["motor", "pymongo"])
async def store(proxy: MongoProxy, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Writes are not tried again by the driver, so that a lost acknowledgement is seen."""
    pool = {"minPoolSize": 0, "serverSelectionTimeoutMS": 500, "connectTimeoutMS": 500, "retryWrites": False}
    made = make_store(proxy.uri, mongo_db="proxied", mongo_driver=request.param, pool=pool)
    await made.open()
    yield made
    await made.close()


async def test_what_goes_through_is_unchanged(store: Any, proxy: MongoProxy) -> None:
    await store.save_mark("a", "1" * 100_000)
    assert await store.find_mark("a") == "1" * 100_000
    assert not proxy.hits


async def test_a_lost_acknowledgement_is_a_write_that_was_done(store: Any, proxy: MongoProxy) -> None:
    proxy.cuts = 1.0
    with pytest.raises(StoreUnavailable):
        await store.save_mark("b", "1")
    proxy.cuts = 0.0
    assert proxy.hits["cuts"] == 1
    assert await again(store.find_mark, "b") == "1"


async def test_a_database_that_is_away_and_comes_back(store: Any, proxy: MongoProxy) -> None:
    await store.save_mark("c", "1")
    proxy.away = True
    with pytest.raises(StoreUnavailable):
        await store.save_mark("c", "2")
    proxy.away = False
    assert await again(store.find_mark, "c") == "1"


async def test_connections_that_are_cut_in_the_middle(store: Any, proxy: MongoProxy) -> None:
    proxy.seconds = 0.3
    asking = asyncio.create_task(store.save_mark("d", "1"))
    await asyncio.sleep(0.1)
    proxy.cut_connections()
    with pytest.raises(StoreUnavailable):
        await asking
    proxy.seconds = 0.0
    assert await again(store.find_mark, "d") in (None, "1")


async def again(call: Any, *args: Any) -> Any:
    """Until it works: the driver may hold connections that were cut."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await call(*args)
            except StoreUnavailable:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb+srv://host/",
        "mongodb://a:1,b:2/",
        "mongodb://a/?tls=true",
        "sqlite:///x",
        "mongodb://secret:word@a:1,b:2/?ssl=true",
    ],
)
def test_only_one_server_without_tls_can_be_proxied(uri: str) -> None:
    with pytest.raises(ValueError, match="one server") as caught:
        MongoProxy(uri)
    assert "secret" not in str(caught.value)


async def test_user_database_and_options_of_the_address_are_kept() -> None:
    proxy = MongoProxy("mongodb://u:p%40ss@10.0.0.1/admin?w=1")
    await proxy.start()
    try:
        head, _, tail = proxy.uri.partition("127.0.0.1:")
        assert head == "mongodb://u:p%40ss@" and tail.endswith("/admin?w=1&directConnection=true")
    finally:
        await proxy.stop()


@pytest.mark.parametrize(("kind", "body"), [(2013, b""), (2013, b"\0" * 4 + b"\1" + b"\0" * 20), (1, b"x" * 40)])
def test_what_is_no_command_has_no_name(kind: int, body: bytes) -> None:
    assert read_command(kind, body) == b""
