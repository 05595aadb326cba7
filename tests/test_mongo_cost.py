"""What a step costs in commands to MongoDB, counted by the driver's own listener: it can't flake, and shows on any machine."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo.monitoring import CommandListener

from authoring.load import load_programmes
from bot import read_programmes
from database.mongo import deferred_writes as mongo_later
from database.mongo.pool import PoolCounter, make_client
from database.mongo.store import MongoStore
from handlers.service import Service
from tests.crowd import NEVER, PROGRAMMES, UPDATES, Crowd, crowd_at_work
from utils.settings import load_settings

POOL = {"minPoolSize": 0, "maxPoolSize": 20}


class CommandCounter(PoolCounter, CommandListener):
    """Counts what is asked of the server, by the command's name and what it is about."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: Counter[str] = Counter()

    def started(self, event: Any) -> None:
        self.commands[f"{event.command_name} {event.command.get(event.command_name)}"] += 1

    def succeeded(self, event: Any) -> None:
        """Counted when it began."""

    def failed(self, event: Any) -> None:
        """As `succeeded`."""


@pytest.fixture(scope="module")
def pretended() -> Iterator[str]:
    """The address of the bench's own server, which answers at once."""
    command = [sys.executable, str(PROGRAMMES.parent / "pretend_mongo.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin and server.stdout, "both are pipes"
        yield server.stdout.readline().strip()
        server.stdin.close()


@pytest.fixture(params=["motor", "pymongo"])
async def counted(
    request: pytest.FixtureRequest, pretended: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Crowd, CommandCounter]]:
    """The bot at work on MongoDB, and what it asks of it from then on."""
    monkeypatch.setattr(mongo_later, "COLLECT_SECONDS", NEVER)  # not counted here, see the test
    counter = CommandCounter()
    store = MongoStore(lambda: make_client(pretended, request.param, POOL, counter), f"cost_{request.param}", counter)
    settings = await asyncio.to_thread(load_settings, {"BOT_TOKEN": "1:token", "DATA_DIR": str(tmp_path)}, None)
    programmes = await asyncio.to_thread(load_programmes, PROGRAMMES)
    async with crowd_at_work(
        Service(settings, store, programmes.programmes, partial(read_programmes, PROGRAMMES)), monkeypatch
    ) as crowd:
        counter.commands.clear()
        yield crowd, counter


async def test_a_turn_costs_less_than_a_round_trip(counted: tuple[Crowd, CommandCounter]) -> None:
    """Nobody is read again, and all that a turn writes goes along with other people's. The marks of applied updates and the ended
    runs are not counted: they are written every quarter of a second, however many they are."""
    crowd, counter = counted
    await crowd.walk()
    commands = {name: count for name, count in counter.commands.items() if name != "ping 1"}
    print(f"{sum(commands.values()) / UPDATES:.3f} commands a turn: {commands}")
    assert list(commands) == ["update users"]
    assert commands["update users"] <= UPDATES / 2
