"""The bot's command beside a simulated Telegram: the environment of a trial, the process itself, and its export afterwards."""

import asyncio
import os
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from simulator.world.world import World

START_SECONDS = 30.0  # for the bot's first poll


class NotStarted(Exception):
    """The bot did not come to its first poll; the words are what it said."""


class ExportFailed(Exception):
    """The bot's own export did not come to its end."""


def make_environment(trial: str, token: str, url: str, folder: Path, admins: str = "") -> dict[str, str]:
    """A database of its own: SQLite below `folder`, or a new one on the MongoDB that MONGO_URI names."""
    ours = {
        "BOT_TOKEN": token,
        "BOT_API_URL": url,
        "DATABASE_URL": f"sqlite:///{folder / trial}.db",
        "MONGO_DB": f"waymark_{trial}_{time.time_ns()}",
        "PROGRAMMES": str(folder / "programmes"),
        "DATA_DIR": str(folder),
        "ADMIN_IDS": admins,
        "MODE": "polling",
        "WEB_PORT": "",
    }
    return {**os.environ, **ours}


@asynccontextmanager
async def run_bot(command: Sequence[str], environment: Mapping[str, str], world: World, log: Path) -> AsyncIterator[Process]:
    """A process of its own from its first poll on, ended in order afterwards; what it says goes to `log`. Raises NotStarted."""
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *command, env=dict(environment), stderr=said, stdout=said, start_new_session=True
        )
    try:
        await _wait_for_poll(world, process, log)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _wait_for_poll(world: World, process: Process, log: Path) -> None:
    until = time.perf_counter() + START_SECONDS
    while not world.calls["getupdates"]:
        if process.returncode is not None or time.perf_counter() > until:
            raise _not_started(log)
        await asyncio.sleep(0.02)


def _not_started(log: Path) -> NotStarted:
    return NotStarted(f"The bot did not start:\n{log.read_text(encoding='utf-8')}")


async def export_answers(bot: Sequence[str], environment: Mapping[str, str], *arguments: str) -> bytes:
    """JSON lines, one an answer. Raises ExportFailed."""
    process = await asyncio.create_subprocess_exec(
        *bot, "export", *arguments, "--format", "jsonl", env=dict(environment), stdout=asyncio.subprocess.PIPE
    )
    kept, _ = await process.communicate()
    if process.returncode:
        raise ExportFailed("The bot's answers could not be exported.")
    return kept
