"""Nothing of ours holds the event loop up: that the guard of all tests bites, and what is long is done in threads and in pieces."""

import asyncio
import os
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from blockbuster import BlockingError

from handlers.api.transport import Transport, Upload
from handlers.chat import attachments as making
from media import chart
from media.library import PIECE_BYTES, Library
from tests.chat import RunningBot, run_bot, write_programme

ROOT = Path(__file__).parents[1]
ROOMS = ("authoring", "handlers", "flow", "database", "media", "utils", "web")
VIDEO = 20_000_000  # bytes
CALLS = {
    "sleeping": "time.sleep(0.001)",
    "looking for a file": "os.stat('.')",
    "listing a folder": "os.listdir('.')",
    "reading a file": "io.open(os.devnull).read()",
    "writing a file": "io.open(os.devnull, 'w').write('x')",
    "a question to a server": "socket.create_connection(('127.0.0.1', 9))",
    "waiting for a thread": "lock.acquire()",
    "a statement": "sqlite3.connect(':memory:').execute('select 1')",
}


def write_in(room: str, call: str) -> Callable[[], None]:
    """A function with that call in it, as if it stood in a file of that folder."""
    names: dict[str, Any] = {}
    lines = "import io, os, socket, sqlite3, threading, time\nlock = threading.Lock()\nlock.acquire()\n"
    exec(compile(f"{lines}def blocks():\n    {call}\n", str(ROOT / room / "invented.py"), "exec"), names)
    function: Callable[[], None] = names["blocks"]
    return function


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("room", ROOMS)
async def test_a_call_that_blocks_fails_the_test(room: str, call: str) -> None:
    """Whatever it is and wherever it stands."""
    blocks = await asyncio.to_thread(write_in, room, call)
    with pytest.raises(BlockingError):
        blocks()


async def test_the_same_call_in_a_thread_is_fine() -> None:
    blocks = await asyncio.to_thread(write_in, "handlers", CALLS["looking for a file"])
    await asyncio.to_thread(blocks)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningBot]:
    """A bot with a question that /progress draws."""
    scale = {"start": 1, "end": 5, "step": 1}
    calm = [{"type": "range", "name": "mood", "label": "How are you?", "parameters": scale}]
    folder = write_programme(tmp_path / "programmes", "calm", {"days": ["calm"]}, calm=calm)
    async with run_bot(folder, tmp_path) as opened:
        yield opened


async def test_pictures_and_data_files_are_made_in_threads(running: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that grows with what a person has answered."""
    threads: dict[str, list[int]] = {}

    def watch(module: Any, name: str) -> None:
        made = getattr(module, name)

        def watched(*arguments: Any) -> Any:
            threads.setdefault(name, []).append(threading.get_ident())
            return made(*arguments)

        monkeypatch.setattr(module, name, watched)

    for module, name in ((making, "chart_lines"), (chart, "draw_chart"), (making, "asdict")):
        watch(module, name)
    chat = running.person()
    chat.send("/start")
    await chat.see("How are you?")
    chat.press("3")
    await running.idle()
    chat.send("/progress")
    chat.send("/mydata")
    await running.idle()
    assert sorted(threads) == ["asdict", "chart_lines", "draw_chart"]
    assert threading.get_ident() not in {thread for used in threads.values() for thread in used}


@pytest.fixture
async def taker() -> AsyncIterator[tuple[str, list[int]]]:
    """A server that takes uploads and keeps nothing of them: its address, and the size of each."""
    sizes: list[int] = []

    async def take(request: web.Request) -> web.Response:
        sizes.append(sum([len(piece) async for piece in request.content.iter_chunked(PIECE_BYTES)]))
        return web.json_response({"ok": True, "result": {"message_id": 1}})

    app = web.Application()
    app.router.add_post("/sendVideo", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", sizes
    await runner.cleanup()


def write_video(path: Path) -> None:
    """So large a file, and not a byte of it on the disk."""
    path.parent.mkdir(parents=True)
    path.touch()
    os.truncate(path, VIDEO)


async def test_a_large_upload_is_never_whole_in_memory(tmp_path: Path, taker: tuple[str, list[int]]) -> None:
    """It is hashed, read and sent in pieces; three at once take less than one of them has bytes."""
    address, sizes = taker
    await asyncio.to_thread(write_video, tmp_path / "calm" / "media" / "film.mp4")
    library = Library(tmp_path)
    transport = Transport(address, read=30, write=30, connect=30, pool=30)
    await transport.initialize()
    try:
        await asyncio.to_thread(tracemalloc.start)
        file = await library.find("calm", "film.mp4")
        upload = Upload(file.name, file.mime, file.size, lambda: library.read(file))
        await asyncio.gather(*(transport.upload("sendVideo", {"chat_id": 1}, {"video": upload}) for _ in range(3)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        await transport.shutdown()
    assert len(sizes) == 3 and min(sizes) > VIDEO
    assert peak < VIDEO / 2
