"""A disk that is really full under the bot as a process of its own: it says so, loses nothing, and goes on when there is room.

Once as the file system tells it (a small one in memory, where this machine lets us make one), once as the operating system forbids
the process to make any file larger.
"""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from simulator.chaos.store import limit_files
from tests.chat import Chat
from tests.process import Bot, asked, free_port, make_crowd, open_bot, until

PEOPLE = 12
DISK = 4  # MiB
REASON = ["store: StoreFull"]


@dataclass
class Disk:
    """A database's place. `fill` leaves no room for a process, `empty` makes room again."""

    place: Path
    fill: Callable[[int], None]
    empty: Callable[[int], None]


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Path]:
    """A file system of DISK MiB; skipped where nobody may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(place)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"a file system can't be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(params=["small disk", "limited process"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    if request.param == "limited process":
        return Disk(tmp_path, lambda pid: limit_files(pid, True), lambda pid: limit_files(pid, False))
    place: Path = request.getfixturevalue("mount")
    return Disk(place, lambda _pid: _fill(place / "ballast"), lambda _pid: (place / "ballast").unlink())


def _fill(ballast: Path) -> None:
    """To the last byte."""
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with open_bot(tmp_path) as opened:
        yield opened


async def ask_health(port: int) -> tuple[int, list[str]]:
    """Status and reasons."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as response:
        return response.status, (await response.json())["reasons"]


async def test_a_full_disk_loses_nothing_and_all_goes_on_when_there_is_room(bot: Bot, disk: Disk) -> None:
    port, database = free_port(), f"sqlite:///{disk.place / 'bot.db'}"
    process = await bot.start(DATABASE_URL=database, WEB_PORT=str(port))
    assert process.stderr is not None
    said: list[str] = []

    async def listen(stream: asyncio.StreamReader) -> None:
        async for line in stream:
            said.append(line.decode())

    listening = asyncio.create_task(listen(process.stderr))
    chats = make_crowd(bot.world, PEOPLE)
    for chat in chats:
        await chat.see("First?")
    disk.fill(process.pid)
    for chat in chats:
        chat.press("Yes")
    late = Chat(bot.world, bot.world.add_person("Late").id)
    late.send("/start")
    await until(lambda: any("is away" in line for line in said), "a line about the full disk")
    assert await ask_health(port) == (503, REASON)
    await asyncio.sleep(3)
    assert await ask_health(port) == (503, REASON)
    away = [line for line in said if "is away" in line]
    assert 1 <= len(away) <= 3 and all("no room on the disk" in line for line in away), said
    assert len(said) < 12 and "Traceback" not in "".join(said), said
    disk.empty(process.pid)
    await late.see("First?")
    for chat in chats:
        await chat.see("Second?")
        chat.send(f"word of {chat.person}")
    for chat in chats:
        await chat.see("That was")
    assert (await ask_health(port))[0] == 200
    assert all(asked(chat)[:2] == ["First?", "Second?"] for chat in chats)
    process.terminate()
    assert await process.wait() == 0
    await listening
    status, out, _ = await bot.run("export", "--format", "jsonl", DATABASE_URL=database)
    rows = [json.loads(line) for line in out.splitlines()]
    kept = {(row["person"], row["step"]): row["value"] for row in rows}
    assert status == 0 and len(rows) == 2 * PEOPLE
    assert all(kept[chat.person, "two"] == f"word of {chat.person}" and (chat.person, "one") in kept for chat in chats)
