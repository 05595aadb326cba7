"""The database goes away and comes back under a real process: a server that is stopped, and SQLite by `--store-faults`."""

import asyncio
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from database.connect import make_store
from simulator.load.newcomers import be_at_rest, read_memory
from tests.process import BOT, PATIENCE, TROUBLED_BOT, Bot, asked, end, free_port, make_crowd, until
from trials.faulty_store import LOOK_SECONDS

BACK = 30.0  # seconds after its return within which everybody is to be answered
FLAT = 20  # MB that the memory may grow while it is away
PARTS = 12  # of the bot may each say once that they wait for the database, and a slow call that was under way; then once a minute


class Server:
    """A MongoDB-compatible server as a process of its own, with its data in a folder."""

    def __init__(self, place: Path) -> None:
        self._place, self._port = place, free_port()
        self._process: Process | None = None
        self.settings = {"MONGO_URI": f"mongodb://127.0.0.1:{self._port}", "MONGO_SERVER_SELECTION_MS": "1000"}
        self.command: tuple[str, ...] = (sys.executable, BOT)
        self.address = self.settings["MONGO_URI"]

    async def come(self) -> None:
        """Begin, or begin again with what it had."""
        command = [sys.executable, "-m", "secantus", "--port", str(self._port), "--storage-path", str(self._place / "mongo")]
        self._process = await asyncio.create_subprocess_exec(
            *command, "--standalone", cwd=self._place, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        await until(self._listens, "the database's server")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    async def go(self) -> None:
        """End the process."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


class Switch:
    """SQLite, and a file that says whether it is away."""

    def __init__(self, place: Path) -> None:
        self._file = place / "faults.json"
        self.settings: dict[str, str] = {}
        self.command = (sys.executable, TROUBLED_BOT, "--store-faults", str(self._file))
        self.address = f"sqlite:///{place / 'data' / 'waymark.db'}"

    async def come(self) -> None:
        """All is well."""
        await asyncio.to_thread(self._file.write_text, "{}")

    async def go(self) -> None:
        """Nothing is carried out."""
        await asyncio.to_thread(self._file.write_text, '{"away": true}')
        await asyncio.sleep(20 * LOOK_SECONDS)


@pytest.fixture(params=[Server, Switch])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server | Switch]:
    made: Server | Switch = request.param(tmp_path)
    await made.come()
    yield made
    await made.go()


async def test_a_database_that_is_away_loses_nothing_and_costs_nothing(
    bot: Bot, database: Server | Switch, size: Callable[[int, int], int]
) -> None:
    people, seconds = size(20, 100), size(2, 60)
    chats = make_crowd(bot.world, people)
    process = await bot.start(command=database.command, **database.settings)
    await until(lambda: all(asked(chat) == ["First?"] for chat in chats), "the first question for everybody")
    async with asyncio.timeout(PATIENCE):
        await be_at_rest(process)  # what was sent is noted, too
    before = read_memory(process)

    await database.go()
    gone = stamp()
    for chat in chats:
        chat.press("Yes")
    newcomers = make_crowd(bot.world, people // 10)
    for _ in range(seconds):
        await asyncio.sleep(1.0)
    grown, back = read_memory(process) - before, stamp()
    assert all(asked(chat) == ["First?"] for chat in chats) and not any(chat.messages for chat in newcomers)

    await database.come()
    begun = time.monotonic()
    await until(lambda: all("Second?" in asked(chat) for chat in chats), "the second question for everybody")
    await until(lambda: all(chat.messages for chat in newcomers), "the first question for newcomers")
    took = time.monotonic() - begun
    status, _, said = await end(process, signal.SIGTERM)
    lines = [line for line in said.splitlines() if gone <= line[: len(gone)] <= back]
    trial = f"{type(database).__name__}: away for {seconds} s, {people + len(newcomers)} people"
    print(f"{trial}: {len(lines)} log lines, {grown:+.1f} MB; all were answered {took:.1f} s after its return")
    assert status == 0 and "ERROR" not in said
    assert took < BACK
    assert len(lines) <= max(seconds, PARTS), said
    assert grown < FLAT
    assert all(asked(chat) == ["First?", "Second?"] for chat in chats)
    assert await answers_in(database.address, [chat.person for chat in chats]) == [["Yes"]] * people


def stamp() -> str:
    """Now, as the log writes it."""
    return datetime.now().strftime("%Y-%m-%d %H:%M:%S")


async def answers_in(address: str, people: list[int]) -> list[list[Any]]:
    """Every answer that is kept of each, in order."""
    store = make_store(address, mongo_db="waymark")
    await store.open()
    try:
        records = [await store.find_person(person) for person in people]
        return [[answer["value"] for answer in record.run["answers"]] if record and record.run else [] for record in records]
    finally:
        await store.close()
