"""getUpdates that hangs, that is refused for good, and that brings an update nobody can read."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from handlers.incoming import intake
from handlers.operator.dead_letters import list_letters
from simulator.world.updates import Update
from tests.chat import RunningBot, run_bot, write_programme
from tests.process import BOT, QUESTIONS, Bot, end, make_crowd, until

BACK = 30.0  # seconds after a fault's end within which updates are to be taken in again
ADMIN = 100001


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=QUESTIONS)


async def test_a_poll_that_is_never_answered_is_given_up(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert intake.LONG_POLL_SECONDS + intake.LATE_SECONDS < BACK
    monkeypatch.setattr(intake, "LONG_POLL_SECONDS", 1)
    monkeypatch.setattr(intake, "LATE_SECONDS", 0.5)
    async with run_bot(folder, tmp_path) as running:
        rule = running.world.faults.add("getUpdates", kind="hang", seconds=600.0, times=1)
        chat = running.person()
        chat.send("/start")  # ends the poll that the fault came too late for
        await chat.until(lambda: running.world.faults.hits[rule], "a poll that hangs")
        chat.send("/menu")
        await chat.until(lambda: len(chat.messages) >= 2, "answers all the same")


async def test_a_token_revoked_while_running_ends_the_process_with_status_2(bot: Bot, size: Callable[[int, int], int]) -> None:
    """In the small size the process is as patient as that; in the full size as it is."""
    process = await bot.start(command=[sys.executable, "-c", run_with_patience(size(1, int(intake.REFUSED_SECONDS)))])
    await until(lambda: bot.world.calls["getupdates"] > 1, "polls")
    bot.world.faults.add("*", kind="unauthorized")
    bot.world.say(bot.world.add_person("Mona").id, "/start")  # ends the poll that the fault came too late for
    begun = time.monotonic()
    status, _, said = await end(process, patience=2 * intake.REFUSED_SECONDS)
    print(f"ended {time.monotonic() - begun:.0f} s after the token was revoked, status {status}")
    assert status == 2 and "Traceback" not in said
    assert said.splitlines()[-1].startswith("BOT_TOKEN: Telegram does not accept this token.")


def run_with_patience(seconds: int) -> str:
    """A program for `python -c`."""
    lines = (
        "import sys",
        f"sys.path.insert(0, {str(Path(BOT).parent)!r})",
        "from handlers.incoming import intake",
        f"intake.REFUSED_SECONDS = {seconds}",
        "import bot",
        "sys.exit(bot.main([]))",
    )
    return "; ".join(lines)


async def test_one_poison_update_among_a_hundred_stops_nobody_and_is_kept(
    folder: Path, tmp_path: Path, size: Callable[[int, int], int]
) -> None:
    async with run_bot(folder, tmp_path, ADMIN_IDS=str(ADMIN)) as running:
        admin = running.person("Operator", id=ADMIN)
        await polls_again(running)
        chats = make_crowd(running.world, 50)
        number = running.world.updates.next_id
        running.world.updates.next_id += 1
        body = b'{"update_id":%d,"message":{"message_id":1,"text":"secretword"}}' % number
        running.world.updates.put_back(Update(number, "message", 1, running.world.clock() + 3600, body))
        chats += make_crowd(running.world, 49)
        begun = time.monotonic()
        for chat in chats:
            await chat.see("First?")
        print(f"99 people were answered within {time.monotonic() - begun:.1f} s beside a poison update")
        admin.send("/stats")
        await admin.see("dead letters 1")
        assert any(str(number) in line and "secretword" not in line for line in await list_letters(running.store))


async def polls_again(running: RunningBot) -> None:
    """Until the bot waits for updates."""
    await until(lambda: running.world.calls["getupdates"], "the first poll")
