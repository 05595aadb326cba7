"""Updates that no reader, or no database, can take: they are put aside by themselves, and everybody else is answered."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from handlers.api.lenient import Unreadable, keep_readable, read_leniently, read_single
from handlers.incoming.arrivals import chat_of, read_arrival
from simulator.world.updates import Update
from simulator.world.world import World
from tests.chat import TOKEN, Chat, RunningBot, run_bot, write_programme
from tests.process import free_port
from tests.web.conftest import SECRET
from web.webhook import SECRET_HEADER

STEPS = [{"type": "text", "name": "one", "label": "First?"}]
HUGE = 2**63
BODIES = {
    "a lone surrogate": b'{"update_id":%d,"message":{"message_id":1,"text":"secret \\ud83d"}}',
    "a number of 80 bits": b'{"update_id":%d,"message":{"message_id":1208925819614629174706176,"text":"secret"}}',
    "bytes that are no text": b'{"update_id":%d,"message":{"message_id":1,"text":"secret \xff\xfe"}}',
    "no JSON at all": b'{"update_id":%d,"message":{"message_id":1,,"text":"secret"}}',
    "nested too deeply": b'{"update_id":%d,"message":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a person of 63 bits": b'{"update_id":%d,"message":{"message_id":1,"date":1,"text":"/start","chat":{"id":9223372036854775808,'
    b'"type":"private"},"from":{"id":9223372036854775808,"first_name":"A"}}}',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=STEPS)


def put(world: World, body: bytes) -> int:
    """An update with that body waits at Telegram; its id."""
    number = world.updates.next_id
    world.updates.next_id += 1
    world.updates.put_back(Update(number, "message", 1, world.clock() + 3600, body % number))
    return number


async def dead_of(running: RunningBot) -> list[tuple[int, bytes]]:
    return [(letter.update_id, letter.body) for letter in await running.store.list_dead()]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_one_among_others_is_put_aside_and_stops_nobody(folder: Path, tmp_path: Path, body: bytes) -> None:
    world = World(TOKEN)
    before, after = (Chat(world, world.add_person("Mona").id) for _ in range(2))
    before.send("/start")
    number = put(world, body)
    after.send("/start")
    async with run_bot(folder, tmp_path, world) as running:
        async with asyncio.timeout(5):
            await before.see("First?")
            await after.see("First?")
        later = running.person()
        later.send("/start")
        await later.see("First?")
        await running.idle()
        (dead,) = await dead_of(running)
        assert dead[0] == number and dead[1]
        assert not world.updates.waiting()
        assert running.service.intake._limit > 1


async def test_the_same_by_webhook(folder: Path, tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "MODE": "webhook",
        "WEBHOOK_URL": "https://bot.example.org/telegram",
        "WEBHOOK_SECRET": SECRET,
        "WEB_PORT": str(port),
    }
    headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
    async with run_bot(folder, tmp_path, **settings) as running, aiohttp.ClientSession() as session:
        for number, body in enumerate(BODIES.values(), 1):
            status = 503
            while status == 503:  # until Telegram knows the address
                async with session.post(f"http://127.0.0.1:{port}/telegram", data=body % number, headers=headers) as answer:
                    status = answer.status
            assert status == 200, body
        await running.idle()
        assert [number for number, _ in await dead_of(running)] == list(range(1, len(BODIES) + 1))


async def test_an_update_without_an_id_that_can_be_used_is_asked_for_calmly(folder: Path, tmp_path: Path) -> None:
    world = World(TOKEN)
    world.updates.put_back(Update(7, "message", 1, world.clock() + 3600, b'{"update_id":"seven"}'))
    async with run_bot(folder, tmp_path, world):
        calls = world.calls["getupdates"]
        await asyncio.sleep(0.6)
        assert world.calls["getupdates"] - calls <= 5


def integers_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every integer."""
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, one in items for found in integers_in(one, (*path, key))]


PERSON = {"id": 5, "is_bot": False, "first_name": "Mona"}
CARD = {"id": 5, "type": "private"}
MESSAGE = {
    "message_id": 3,
    "date": 9,
    "edit_date": 9,
    "chat": CARD,
    "from": PERSON,
    "text": "abc",
    "entities": [{"type": "bold", "offset": 0, "length": 2}],
}
UPDATES: list[dict[str, Any]] = [
    {"update_id": 1, "message": MESSAGE},
    {"update_id": 1, "edited_message": MESSAGE},
    {"update_id": 1, "message": {**MESSAGE, "chat": {"id": -7, "type": "group"}}},
    {"update_id": 1, "callback_query": {"id": "1", "from": PERSON, "message": MESSAGE, "data": "m:", "chat_instance": "1"}},
    {
        "update_id": 1,
        "my_chat_member": {"chat": CARD, "from": PERSON, "date": 1, "new_chat_member": {"status": "kicked", "user": PERSON}},
    },
]
CASES = [(update, path) for update in UPDATES for path in integers_in(update)]


@pytest.mark.parametrize("value", [HUGE, -HUGE - 1, 2**64 - 1, 2**52, -(2**52)])
async def test_no_integer_of_an_update_stops_the_bot(folder: Path, tmp_path: Path, value: int) -> None:
    """Every integer of every kind of update in turn, beside a person who walks."""
    world = World(TOKEN)
    async with run_bot(folder, tmp_path, world) as running:
        for update, path in CASES:
            changed = orjson.loads(orjson.dumps(update))
            holder = changed
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = value
            number = world.updates.next_id
            world.updates.next_id += 1
            if path != ("update_id",):
                changed["update_id"] = number
            world.updates.put_back(Update(number, "message", 1, world.clock() + 3600, json.dumps(changed).encode()))
        chat = running.person()
        chat.send("/start")
        await chat.see("First?")
        assert not running.service.stop.is_set()


def test_what_is_readable_stays_as_it_is() -> None:
    good, bad = {"update_id": 1, "message": {"text": "ä 😀"}}, {"update_id": 2, "message": {"text": "\ud83d"}}
    assert keep_readable(good) is good
    kept = keep_readable(bad)
    assert isinstance(kept, Unreadable) and kept == {"update_id": 2} and b"\\ud83d" in kept.body
    body = b'{"ok":true,"result":[{"update_id":1},{"update_id":2,"message":{"text":"\\ud83d"}}]}'
    assert read_leniently(body)["result"] == [{"update_id": 1}, {"update_id": 2}]
    with pytest.raises(ValueError):
        read_leniently(b"<html>")


def test_one_of_which_only_the_id_can_be_read() -> None:
    assert read_single(b'{"ok":true,"result":[{"update_id": 5, broken') == {"update_id": 5}
    assert read_single(b"<html>") is None
    assert read_single(b'{"update_id":1},{"update_id":2}') is None


def test_ids_that_no_database_takes_are_refused() -> None:
    update = {"update_id": 1, "message": {**MESSAGE, "chat": {"id": 2**52, "type": "private"}}}
    with pytest.raises(ValueError, match="52 bits"):
        read_arrival(update)
    assert chat_of(update) is None
