"""The driver's client with the options we promise, and a count of what its connection pool does."""

import asyncio
import inspect
import threading
from collections.abc import Mapping
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError
from pymongo.monitoring import ConnectionPoolListener
from pymongo.uri_parser import parse_uri

from database.records import PoolStats

OPTIONS: dict[str, Any] = {
    "maxPoolSize": 50,
    "minPoolSize": 10,
    "maxIdleTimeMS": 30_000,
    "waitQueueTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "serverSelectionTimeoutMS": 5_000,
    "socketTimeoutMS": 30_000,
    "retryWrites": True,
    "w": "majority",
    "journal": True,
    "appname": "waymark",
}
DRIVERS = ("motor", "pymongo")


def check_address(url: str, driver: str) -> None:
    """Raises ValueError for an unknown driver or an address that can't be read. Asks no name server: `+srv` is not looked into."""
    if driver not in DRIVERS:
        raise ValueError(f"the MongoDB driver {driver!r} is unknown: use {' or '.join(DRIVERS)}")
    if url.startswith("mongodb://"):
        try:
            parse_uri(url)
        except (PyMongoError, ValueError):
            # Neither the words nor the cause go on: they may hold a part of the password.
            raise ValueError("the address of MongoDB can't be read; user and password must be percent-encoded") from None


async def make_client(url: str, driver: str, pool: Mapping[str, int], listener: ConnectionPoolListener) -> Any:
    """A client, connecting when first used. Options in `pool` go before OPTIONS, both before those in the address."""
    options = {**OPTIONS, **pool, "event_listeners": [listener]}
    if driver == "pymongo":
        return AsyncMongoClient(url, **options)
    # In a thread, because motor asks the name server for a +srv address while it is made.
    return await asyncio.to_thread(_make_motor, url, {**options, "io_loop": asyncio.get_running_loop()})


def _make_motor(url: str, options: dict[str, Any]) -> Any:
    from motor.motor_asyncio import AsyncIOMotorClient  # here: who uses the other driver does not pay for it

    return AsyncIOMotorClient(url, **options)


async def close_client(client: Any) -> None:
    """PyMongo's `close` is to be awaited; motor's is a plain function that speaks with the server before it returns."""
    if inspect.iscoroutinefunction(client.close):
        await client.close()
    else:
        await asyncio.to_thread(client.close)


class PoolCounter(ConnectionPoolListener):
    """Counts the driver's pool events. Motor's come from its worker threads, so all is counted under one lock, on plain numbers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._checked_out = self._waiting = self._created = self._closed = self._peak = 0

    def stats(self) -> PoolStats:
        with self._lock:
            size = self._created - self._closed
            return PoolStats(self._checked_out, self._waiting, self._created, self._closed, self._peak, size)

    def connection_check_out_started(self, event: object) -> None:
        with self._lock:
            self._waiting += 1

    def connection_check_out_failed(self, event: object) -> None:
        with self._lock:
            self._waiting -= 1

    def connection_checked_out(self, event: object) -> None:
        with self._lock:
            self._waiting -= 1
            self._checked_out += 1
            self._peak = max(self._peak, self._checked_out)

    def connection_checked_in(self, event: object) -> None:
        with self._lock:
            self._checked_out -= 1

    def connection_created(self, event: object) -> None:
        with self._lock:
            self._created += 1

    def connection_closed(self, event: object) -> None:
        with self._lock:
            self._closed += 1

    def connection_ready(self, event: object) -> None:
        """Created was counted already."""

    def pool_created(self, event: object) -> None:
        """Pools are not counted, connections are."""

    def pool_ready(self, event: object) -> None:
        """As `pool_created`."""

    def pool_cleared(self, event: object) -> None:
        """Its connections close one by one, each with an event."""

    def pool_closed(self, event: object) -> None:
        """As `pool_cleared`."""
