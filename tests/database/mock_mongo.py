"""mongomock with the two commands that it lacks, `insert` and `update`, made of what it has."""

from typing import Any

import bson
from mongomock_motor import AsyncMongoMockClient
from pymongo.errors import DuplicateKeyError, WriteError

from database.mongo.commands import DUPLICATE


class MockClient:
    """As much of a client as the store asks for; closing it keeps the data."""

    def __init__(self) -> None:
        self._client: Any = AsyncMongoMockClient()

    def __getitem__(self, name: str) -> "MockDatabase":
        return MockDatabase(self._client[name])

    def close(self) -> None:
        """Nothing is connected."""


class MockDatabase:
    """Hands everything on but the two commands."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def __getitem__(self, name: str) -> Any:
        return self._database[name]

    async def command(self, command: str, collection: Any = 1, **options: Any) -> dict[str, Any]:
        """The server's reply, with `n` and `writeErrors`."""
        if command not in ("insert", "update"):
            result: dict[str, Any] = await self._database.command(command)
            return result
        items = [bson.decode(bson.encode(item)) for item in options["documents" if command == "insert" else "updates"]]
        reply: dict[str, Any] = {"ok": 1.0, "n": 0, "writeErrors": []}
        for index, item in enumerate(items):
            try:
                reply["n"] += await self._write(command, self._database[collection], item)
            except DuplicateKeyError:
                reply["writeErrors"].append({"index": index, "code": DUPLICATE, "errmsg": "E11000"})
            except WriteError as error:
                reply["writeErrors"].append({"index": index, "code": error.code or 2, "errmsg": "refused"})
        return reply

    async def _write(self, command: str, collection: Any, item: dict[str, Any]) -> int:
        if command == "insert":
            await collection.insert_one(item)
            return 1
        matched: int = (await collection.update_one(item["q"], item["u"])).matched_count
        return matched
