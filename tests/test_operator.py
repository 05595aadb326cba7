"""What an operator meets at the shell: exports that say what they read, files for their owner alone, a database that is new."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from database.sqlite.schema import open_connections
from database.store import StoreError, StoreUnavailable
from tests.process import BOT, Bot, end, open_bot, until, until_said

ROOT = Path(BOT).parent


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with open_bot(tmp_path) as opened:
        yield opened


async def answered(bot: Bot) -> None:
    """Somebody has answered a question; the bot has ended."""
    process = await bot.start()
    chat = bot.world.add_person("Mona").id
    bot.world.say(chat, "/start")
    await until(lambda: len(bot.world.chat(chat).messages) > 1, "a question")
    await end(process, signal.SIGINT)


async def test_the_first_lines_tell_version_mode_and_database_and_that_it_is_new(bot: Bot) -> None:
    process = await bot.start()
    said = await until_said(process, "serving as")
    assert "Waymark 0.1.0, polling, on sqlite:///" in said and "is a new database" in said
    said = (await end(process, signal.SIGINT))[2]
    process = await bot.start()
    assert "new database" not in await until_said(process, "serving as")
    await end(process, signal.SIGINT)


def find_files(folder: Path) -> list[Path]:
    """The database and its companions."""
    return sorted(folder.rglob("*.db*"))


def is_wide(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)


async def test_files_are_for_their_owner_alone_and_an_older_one_is_mended(bot: Bot, tmp_path: Path) -> None:
    await answered(bot)
    files = find_files(tmp_path)
    assert files and not any(is_wide(path) for path in files)
    files[0].chmod(0o644)
    process = await bot.start()
    assert "could be read by others on this machine; now it is yours alone" in await until_said(process, "serving as")
    living = find_files(tmp_path)
    assert len(living) > 1 and not any(is_wide(path) for path in living)
    await end(process, signal.SIGINT)


async def test_sigterm_while_the_database_hangs_ends_within_ten_seconds_and_loses_nothing(bot: Bot, tmp_path: Path) -> None:
    process = await bot.start()
    chats = [bot.world.add_person("Mona").id for _ in range(5)]
    for chat in chats:
        bot.world.say(chat, "/start")
    await until(lambda: all(len(bot.world.chat(chat).messages) > 1 for chat in chats), "the first question")
    lock = sqlite3.connect(find_files(tmp_path)[0], isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    for chat in chats:
        bot.world.say(chat, "an answer")
    await asyncio.sleep(0.5)  # they have been fetched; nothing tells so, since their turns hang
    begun = time.monotonic()
    status, _, said = await end(process, signal.SIGTERM, patience=30.0)
    assert status == 0 and time.monotonic() - begun < 11.0, said
    lock.execute("ROLLBACK")
    lock.close()
    asked = {chat: len(bot.world.chat(chat).messages) for chat in chats}
    process = await bot.start()
    await until(lambda: all(len(bot.world.chat(chat).messages) > asked[chat] for chat in chats), "the next question")
    await end(process, signal.SIGINT)


async def test_an_export_says_what_it_read_and_knows_no_programme_that_is_not_there(bot: Bot) -> None:
    await answered(bot)
    status, out, said = await bot.run("export", "trial")
    assert status == 0 and out.startswith("person,") and said.strip().startswith("0 answers of trial, read from sqlite:///")
    status, out, said = await bot.run("export", "trail")
    assert (status, out) == (1, "") and said == "There is no programme trail and no answer to one of that name (there are trial).\n"
    status, out, said = await bot.run("export", "--demo")
    assert (status, out) == (1, "") and "there is no database at" in said


def test_a_reader_that_has_enough_ends_an_export_quietly_and_a_full_disk_clearly(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    environ = {**os.environ, "PROGRAMMES": str(ROOT / "programmes"), "DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}
    sqlite3.connect(tmp_path / "x.db").close()

    def run(behind: str) -> "subprocess.CompletedProcess[str]":
        command = f"{sys.executable} {BOT} export calm {behind}"
        return subprocess.run(command, shell=True, cwd=folder, env=environ, capture_output=True, text=True, check=False)

    assert "Traceback" not in run("| true").stderr
    if Path("/dev/full").exists():
        done = run("> /dev/full")
        assert done.returncode == 1 and "The answers could not be written: No space left on device" in done.stderr


def test_a_folder_that_may_not_be_written_is_no_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends the start with status 2; waiting would not mend it."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(StoreError, match="the folder may not be written") as raised:
        open_connections(tmp_path / "waymark.db", 1)
    assert not isinstance(raised.value, StoreUnavailable)


def test_the_version_is_that_of_the_project() -> None:
    from bot import VERSION

    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
