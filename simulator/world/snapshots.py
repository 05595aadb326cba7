"""A world on disk: one JSON file, and beside it a folder with the bytes of every file, named by their sha256."""

import os
from pathlib import Path
from typing import Any

import orjson

from simulator.world.chats import Chat, Person
from simulator.world.files import StoredFile
from simulator.world.state import State
from simulator.world.updates import Update

VERSION = 1


def write_snapshot(world: State, path: Path) -> None:
    """Write the world to `path`; what stood there stays whole until the new one is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = _blob_folder(path)
    folder.mkdir(exist_ok=True)
    for digest, data in world.files.blobs.items():
        if not (folder / digest).exists():
            _replace(folder / digest, data)
    _replace(path, orjson.dumps(_describe(world), option=orjson.OPT_NON_STR_KEYS))


def read_snapshot(world: State, path: Path) -> None:
    """Put the saved state in the place of the world's own. Raises FileNotFoundError, ValueError for another version."""
    saved = orjson.loads(path.read_bytes())
    if saved["version"] != VERSION:
        raise ValueError(f"{path} was written by another version")
    world.people = {one["id"]: Person(**one) for one in saved["people"]}
    world.chats = {one["id"]: _read_chat(world, one) for one in saved["chats"]}
    for name in ("next_message", "next_person", "commands", "profile"):
        setattr(world, name, saved[name])
    world.menu_buttons = {int(chat): button for chat, button in saved["menu_buttons"].items()}
    world.queries.next_id = saved["next_query"]
    world.queries.open.clear()
    world.queries.open.update((query_id, (chat, asked)) for query_id, chat, asked in saved["queries"])
    _read_files(world, saved["files"], _blob_folder(path))
    _read_updates(world, saved)


def _describe(world: State) -> dict[str, Any]:
    files = {file.path: file for file in world.files.by_path.values()}
    return {
        "version": VERSION,
        "people": [person.describe() for person in world.people.values()],
        "chats": [_describe_chat(chat) for chat in world.chats.values()],
        "next_message": world.next_message,
        "next_person": world.next_person,
        "commands": world.commands,
        "profile": world.profile,
        "menu_buttons": world.menu_buttons,
        "next_query": world.queries.next_id,
        "queries": [[query_id, *known] for query_id, known in world.queries.open.items()],
        "files": [_describe_file(file) for file in files.values()],
        "next_update": world.updates.next_id,
        "allowed_updates": world.updates.allowed,
        "updates": [[one.id, one.kind, one.lane, one.expires, orjson.Fragment(one.body)] for one in world.updates.waiting()],
        "webhook": world.webhook.describe(),
    }


def _describe_chat(chat: Chat) -> dict[str, Any]:
    return {name: getattr(chat, name) for name in ("id", "card", "messages", "actions", "toasts", "members", "moved_to")}


def _describe_file(file: StoredFile) -> dict[str, Any]:
    return {name: getattr(file, name) for name in ("kind", "digest", "size", "mime_type", "path", "content")}


def _read_chat(world: State, saved: dict[str, Any]) -> Chat:
    notes = {name: saved[name] for name in ("actions", "toasts", "members")}
    chat = Chat(saved["id"], saved["card"], world.keep, **notes, moved_to=saved.get("moved_to", 0))
    for message in saved["messages"]:
        chat.add(message)
    return chat


def _read_files(world: State, saved: list[dict[str, Any]], folder: Path) -> None:
    world.files.clear()
    for one in saved:
        file = world.files.register(StoredFile(**one))
        if file.digest not in world.files.blobs:
            world.files.blobs[file.digest] = (folder / file.digest).read_bytes()


def _read_updates(world: State, saved: dict[str, Any]) -> None:
    world.updates.clear()
    world.updates.next_id = saved["next_update"]
    world.updates.allowed = tuple(saved["allowed_updates"])
    world.webhook.restore(saved["webhook"])
    for update_id, kind, lane, expires, body in saved["updates"]:
        world.updates.put_back(Update(update_id, kind, lane, expires, orjson.dumps(body)))


def _blob_folder(path: Path) -> Path:
    return path.with_name(path.name + ".files")


def _replace(path: Path, data: bytes) -> None:
    """Write aside, force to disk, then rename."""
    aside = path.with_name(path.name + ".new")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
