"""A pretend MongoDB in memory: `python bench/pretend_mongo.py` prints its address and serves until its input is closed.

It speaks MongoDB's protocol and keeps documents for as long as it lives. It has the operators that the bots of the bench use and
nothing else: no indexes, no journal, no errors on purpose. It answers at once, so that what is measured is the bot. It says what it
can't do, and the bench fails. That our store is right is shown by its own suite, on servers that know MongoDB's rules.
"""

import asyncio
import itertools
import struct
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import bson
import uvloop

Document = dict[str, Any]
HEADER = struct.Struct("<iiii")  # length, id, id of what is answered, kind
OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
HELLO = {
    "helloOk": True,
    "ismaster": True,
    "isWritablePrimary": True,
    "maxBsonObjectSize": 16_777_216,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
    "logicalSessionTimeoutMinutes": 30,
    "connectionId": 1,
    "minWireVersion": 0,
    "maxWireVersion": 21,
    "readOnly": False,
}
MISSING = object()
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda found, wanted: found > wanted,
    "$gte": lambda found, wanted: found >= wanted,
    "$lt": lambda found, wanted: found < wanted,
    "$lte": lambda found, wanted: found <= wanted,
    "$in": lambda found, wanted: found in wanted,
}


class Data:
    """(database, collection) -> `_id` -> document, and the commands on them."""

    def __init__(self) -> None:
        self.collections: dict[tuple[str, str], dict[Any, Document]] = defaultdict(dict)

    def answer(self, command: Document) -> Document:
        """The reply to a command. Raises NotImplementedError."""
        name = next(iter(command))
        method = getattr(self, f"do_{name.lower()}", None)
        if method is None:
            raise NotImplementedError(f"no command {name}")
        table = self.collections[command["$db"], str(command[name])] if isinstance(command[name], str) else {}
        return {**method(table, command), "ok": 1.0}

    def do_hello(self, table: Document, command: Document) -> Document:
        return HELLO

    do_ismaster = do_hello

    def do_ping(self, table: Document, command: Document) -> Document:
        return {}

    do_endsessions = do_createindexes = do_killcursors = do_ping

    def do_dropdatabase(self, table: Document, command: Document) -> Document:
        for key in [key for key in self.collections if key[0] == command["$db"]]:
            del self.collections[key]
        return {}

    def do_insert(self, table: Document, command: Document) -> Document:
        errors = []
        for index, document in enumerate(command["documents"]):
            if document["_id"] in table:
                errors.append({"index": index, "code": 11000, "errmsg": "E11000 duplicate key error"})
            else:
                table[document["_id"]] = document
        return {"n": len(command["documents"]) - len(errors), **({"writeErrors": errors} if errors else {})}

    def do_find(self, table: Document, command: Document) -> Document:
        found = list(select(table, command.get("filter", {})))
        for key, direction in reversed(command.get("sort", {}).items()):
            found.sort(key=lambda document: document.get(key), reverse=direction < 0)
        found = found[: command.get("limit") or None]
        return {"cursor": {"id": 0, "ns": f"{command['$db']}.{command['find']}", "firstBatch": found}}

    def do_count(self, table: Document, command: Document) -> Document:
        return {"n": sum(1 for _ in select(table, command.get("query", {})))}

    def do_aggregate(self, table: Document, command: Document) -> Document:
        """Of `count_documents` alone."""
        count = sum(1 for _ in select(table, command["pipeline"][0]["$match"]))
        return {"cursor": {"id": 0, "ns": f"{command['$db']}.{command['aggregate']}", "firstBatch": [{"_id": 1, "n": count}]}}

    def do_update(self, table: Document, command: Document) -> Document:
        matched, upserted = 0, []
        for index, each in enumerate(command["updates"]):
            found = list(itertools.islice(select(table, each["q"]), None if each.get("multi") else 1))
            for document in found:
                change(table, document, each["u"], False)
            if not found and each.get("upsert"):
                upserted.append({"index": index, "_id": upsert(table, each["q"], each["u"])["_id"]})
            matched += len(found)
        return {"n": matched + len(upserted), "nModified": matched, **({"upserted": upserted} if upserted else {})}

    def do_findandmodify(self, table: Document, command: Document) -> Document:
        found = next(select(table, command["query"]), None)
        if found is not None and command.get("remove"):
            return {"value": table.pop(found["_id"])}
        before = None if found is None else dict(found)
        if found is not None:
            found = change(table, found, command["update"], False)
        elif command.get("upsert"):
            found = upsert(table, command["query"], command["update"])
        return {"value": found if command.get("new") else before, "lastErrorObject": {"updatedExisting": before is not None}}

    def do_delete(self, table: Document, command: Document) -> Document:
        count = 0
        for each in command["deletes"]:
            for document in list(itertools.islice(select(table, each["q"]), each["limit"] or None)):
                del table[document["_id"]]
                count += 1
        return {"n": count}


def select(table: Document, wanted: Document) -> Iterable[Any]:
    """An iterator over the documents that fit; a lookup where `_id` is given."""
    ids = wanted.get("_id", MISSING)
    if ids is MISSING:
        candidates: Iterable[Document] = list(table.values())
    elif isinstance(ids, dict):
        candidates = [table[one] for one in ids["$in"] if one in table] if "$in" in ids else list(table.values())
    else:
        candidates = [table[ids]] if ids in table else []
    return (document for document in candidates if all(fits(document, key, value) for key, value in wanted.items()))


def fits(document: Document, path: str, wanted: Any) -> bool:
    """Whether the document has what one line of a filter asks for."""
    found = list(values_at(document, path.split(".")))
    if not isinstance(wanted, dict) or not any(key.startswith("$") for key in wanted):
        return wanted in found or (wanted is None and not found)
    return all(holds(found, operator, value) for operator, value in wanted.items())


def holds(found: list[Any], operator: str, value: Any) -> bool:
    """As MongoDB: values of another type are no match, and any of an array will do."""
    if operator == "$exists":
        return bool(found) == bool(value)
    if operator not in COMPARE:
        raise NotImplementedError(f"no operator {operator}")
    alike = found if operator == "$in" else [one for one in found if is_alike(one, value)]
    return any(COMPARE[operator](one, value) for one in alike)


def is_alike(one: Any, other: Any) -> bool:
    """Whether MongoDB compares the two."""
    numbers = (int, float)
    return isinstance(one, numbers) if isinstance(other, numbers) else type(one) is type(other)


def values_at(value: Any, path: list[str]) -> Iterable[Any]:
    """The value there; of an array, of each of its items."""
    if not path:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from values_at(item, path)
    elif isinstance(value, dict) and path[0] in value:
        yield from values_at(value[path[0]], path[1:])


def upsert(table: Document, wanted: Document, update: Document) -> Document:
    """A new document of what the filter asks for and the update says."""
    document = {key: value for key, value in wanted.items() if not isinstance(value, dict)}
    document.setdefault("_id", bson.ObjectId())
    table[document["_id"]] = document
    return change(table, document, update, True)


def change(table: Document, document: Document, update: Document, is_new: bool) -> Document:
    """Carried out on the document itself, or in its place."""
    if not next(iter(update), "").startswith("$"):
        table[document["_id"]] = document = {"_id": document["_id"], **update}
        return document
    for operator, fields in update.items():
        for path, value in fields.items():
            *folders, name = path.split(".")
            place = document
            for folder in folders:
                place = place.setdefault(folder, {})
            apply(operator, place, name, value, is_new)
    return document


def apply(operator: str, place: Document, name: str, value: Any, is_new: bool) -> None:
    """One operator on one field."""
    if operator == "$set" or (operator == "$setOnInsert" and is_new):
        place[name] = value
    elif operator == "$unset":
        place.pop(name, None)
    elif operator == "$inc":
        place[name] = place.get(name, 0) + value
    elif operator == "$push":
        place.setdefault(name, []).extend(value["$each"] if isinstance(value, dict) and "$each" in value else [value])
    elif operator == "$pull":
        place[name] = [item for item in place.get(name, []) if not all(fits(item, *line) for line in value.items())]
    elif operator != "$setOnInsert":
        raise NotImplementedError(f"no operator {operator}")


class Connection(asyncio.Protocol):
    """One client's."""

    def __init__(self, data: Data) -> None:
        self._data, self._received = data, b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while len(self._received) >= 16:
            length, number, _, kind = HEADER.unpack_from(self._received)
            if len(self._received) < length:
                return
            message, self._received = self._received[16:length], self._received[length:]
            self._transport.write(self._answer(number, kind, message))

    def _answer(self, number: int, kind: int, message: bytes) -> bytes:
        command = read_query(message) if kind == OP_QUERY else read_message(message)
        try:
            reply = bson.encode(self._data.answer(command))
        except NotImplementedError as error:
            print(error, file=sys.stderr)
            reply = bson.encode({"ok": 0.0, "code": 59, "codeName": "CommandNotFound", "errmsg": str(error)})
        body = struct.pack("<iqii", 8, 0, 0, 1) + reply if kind == OP_QUERY else struct.pack("<iB", 0, 0) + reply
        return HEADER.pack(16 + len(body), 0, number, OP_REPLY if kind == OP_QUERY else OP_MSG) + body


def read_query(message: bytes) -> Document:
    """The old form, in which drivers greet."""
    end = message.index(b"\0", 4)
    document: Document = bson.decode(message[end + 9 :])
    return {**document, "$db": message[4:end].decode().partition(".")[0]}


def read_message(message: bytes) -> Document:
    """A body, and lists of documents beside it."""
    command: Document = {}
    place = 4
    while place < len(message):
        kind, size = struct.unpack_from("<Bi", message, place)
        section = message[place + 1 : place + 1 + size]
        if kind == 0:
            command = bson.decode(section) | command
        else:
            end = section.index(b"\0", 4)
            command[section[4:end].decode()] = bson.decode_all(section[end + 1 :])
        place += 1 + size
    return {next(key for key in command if key not in ("documents", "updates", "deletes")): None, **command}


async def main() -> None:
    """Until standard input is closed."""
    data, loop = Data(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(data), "127.0.0.1", 0)
    print(f"mongodb://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main())
