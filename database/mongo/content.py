"""The verbs of content, files and marks on MongoDB."""

from collections.abc import Mapping
from typing import Any

from pymongo.errors import DuplicateKeyError

from database.mongo.documents import from_bson, to_bson
from database.mongo.errors import verb
from database.mongo.opened import Opened

MARK = "mark:"  # before the names in the collection `meta`, so that none meets the schema's version


class ContentVerbs(Opened):
    """Each verb keeps the promise that `Store` states."""

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
