"""`python bot.py demo`: a Telegram of our own with a chat page, and the bot beside it as a process of its own."""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import available_timezones

from simulator.bot_api.server import Simulator
from simulator.page.guard import refuse_other_sites
from simulator.page.page import add_page
from simulator.world.clock_file import ClockFile
from simulator.world.world import World

log = logging.getLogger(__name__)

SAVE_SECONDS = 5.0
STOP_SECONDS = 12.0  # that the bot gets to end
OUT_OF_USE = 1


def run_demo(port: int, data: Path, bot: Sequence[str]) -> int:
    """Serve until Ctrl-C; the exit status. `data` keeps everybody's chats, `bot` is the command that starts the bot
    and takes `--clock`."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return asyncio.run(_serve(port, data, bot))
    except OSError as error:
        print(
            f"Port {port} can't be used ({error.strerror}). Is another demo running? DEMO_PORT=8091 takes another one.",
            file=sys.stderr,
        )
        return OUT_OF_USE


async def _serve(port: int, data: Path, bot: Sequence[str]) -> int:
    world = _make_world(data)
    ClockFile(_clock(data)).lead(world)
    simulator = Simulator(world, port=port)
    add_page(simulator.app, world)
    simulator.app.middlewares.append(refuse_other_sites)
    await simulator.start()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    command = [*bot, "--clock", str(_clock(data))]
    process = await asyncio.create_subprocess_exec(*command, env=_environment(simulator.url, data), start_new_session=True)
    print(
        f"\n  The chat page is at {simulator.url} (open it in a browser). Ctrl-C ends the demo; the chats are kept in {data}.\n",
        flush=True,
    )
    saving = asyncio.create_task(_save_for_ever(world, data))
    try:
        return await _until_stopped(process, stop)
    finally:
        saving.cancel()
        await _end(process)
        world.save(_file(data))
        await simulator.stop()


async def _until_stopped(process: asyncio.subprocess.Process, stop: asyncio.Event) -> int:
    """0 after Ctrl-C, the bot's own status when it ends by itself."""
    ended, stopped = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
    await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if ended.done():
        print("The bot has ended; the lines above say why.", file=sys.stderr)
        return ended.result() or OUT_OF_USE
    ended.cancel()
    return 0


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        log.warning("the bot did not end within %.0f s and is killed; nothing that it confirmed is lost", STOP_SECONDS)
        process.kill()
        await process.wait()


def _make_world(data: Path) -> World:
    world = World(read_token(data))
    world.is_closed = True
    with contextlib.suppress(FileNotFoundError):  # the first time there is none
        world.load(_file(data))
        world.next_message += 1_000  # after a crash the bot may know messages that were said after the last save
    if not world.people:
        world.add_person("You")
        world.add_person("Somebody else")
    return world


def read_token(data: Path) -> str:
    """The demo's own, which no other site can know; made for each folder of data."""
    path = data / "token"
    if not path.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"1000001:{secrets.token_urlsafe(26)}", encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _file(data: Path) -> Path:
    return data / "telegram.json"


def _clock(data: Path) -> Path:
    return data / "clock"


def _environment(url: str, data: Path) -> dict[str, str]:
    """The bot's: this Telegram, this data, whatever else a `.env` may say."""
    ours = {
        "BOT_TOKEN": read_token(data),
        "BOT_API_URL": url,
        "DATABASE_URL": f"sqlite:///{data / 'waymark.db'}",
        "MONGO_URI": "",
        "MODE": "polling",
        "WEB_PORT": "",
    }
    return {**find_zone(), **os.environ, **ours}


def find_zone() -> dict[str, str]:
    """This machine's zone for people who have chosen none: the page beside shows its times in it, too."""
    path = os.path.realpath("/etc/localtime")
    name = os.environ.get("TZ", "").removeprefix(":") or path.rpartition("/zoneinfo/")[2]
    return {"DEFAULT_TIMEZONE": name} if name in available_timezones() else {}


async def _save_for_ever(world: World, data: Path) -> None:
    """The chats as they are, every few seconds, so that not even a crash of the demo costs much."""
    while True:
        await asyncio.sleep(SAVE_SECONDS)
        world.save(_file(data))
