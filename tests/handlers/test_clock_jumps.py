"""The bot of a trial whose clock is put forward: what is due by the told time comes at once, and nothing else is disturbed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.due.absence import PRESS_SECONDS
from simulator.world.clock_file import ClockFile
from simulator.world.world import World
from tests.chat import TOKEN, RunningBot, run_bot, write_programme
from utils import clock

NOTE = {"type": "note", "name": "bye", "label": "Rested.", "pause": "0s"}
HEAD = {
    "days": ["one", "two"],
    "menu": ["rest", "slow"],
    "remind": {"at": "19:00", "quiet": ["22:00", "08:00"]},
}


@pytest.fixture
def told(tmp_path: Path) -> ClockFile:
    """What the bot follows."""
    return ClockFile(tmp_path / "clock")


@pytest.fixture
async def running(tmp_path: Path, told: ClockFile) -> AsyncIterator[RunningBot]:
    """A bot that follows the clock of its Telegram, at noon of a day to come."""
    folder = write_programme(
        tmp_path / "programmes",
        "study",
        HEAD,
        one=[{"type": "text", "name": "word", "label": "A word?"}],
        two=[{"type": "text", "name": "word", "label": "Another?"}],
        rest=[{"type": "timer", "name": "wait", "label": "Rest", "seconds": 600}, NOTE],
        slow=[{"type": "note", "name": "first", "label": "First.", "pause": "600s"}, NOTE],
    )
    world = World(TOKEN)
    told.lead(world)
    noon = (datetime.now(UTC) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    world.put_clock(noon.timestamp())
    clock.follow(tmp_path / "clock")
    try:
        async with run_bot(folder, tmp_path, world) as opened:
            await opened.service.clocks.ready()  # else the question about the time may come a flow later
            yield opened
    finally:
        clock.set()


def put(running: RunningBot, days: int, hour: int) -> None:
    """To that hour so many days from what is told now."""
    running.world.put_clock((clock.now().replace(hour=hour, minute=0, second=0) + timedelta(days=days)).timestamp())


async def test_a_reminder_comes_when_the_clock_is_put_to_its_hour(running: RunningBot) -> None:
    """By itself: nobody asks the bot to look. And it is dated by the told time."""
    chat = running.person()
    chat.send("/start")
    await chat.see("A word?")
    chat.send("calm")
    await chat.see("That was “One”")
    await chat.see("What time is it where you are?")
    await running.idle()
    put(running, 1, 19)
    reminder = await chat.see("Day 2 of “Study” is there")
    assert datetime.fromtimestamp(reminder["date"], UTC).hour == 19
    running.world.put_clock(running.world.now() + 3600)
    await chat.nothing_more(3 * clock.LOOK_SECONDS)


async def test_nothing_comes_twice_when_the_clock_was_wrong_and_is_set_back(running: RunningBot, told: ClockFile) -> None:
    """An hour back over the reminder's time, and on again: once is once. The next day has its own."""
    chat = running.person()
    chat.send("/start")
    await chat.see("A word?")
    chat.send("calm")
    await chat.see("That was “One”")
    await chat.see("What time is it where you are?")
    await running.idle()
    put(running, 1, 19)
    await chat.see("Day 2")
    told.ahead -= 3600
    await chat.nothing_more(3 * clock.LOOK_SECONDS)
    told.ahead += 3600
    await chat.nothing_more(3 * clock.LOOK_SECONDS)
    put(running, 1, 19)
    await chat.see("Day 2")


async def test_a_timer_is_over_when_the_clock_is_put_past_its_end(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start study__rest")
    await chat.see("Rest")
    await running.idle()
    running.world.put_clock(running.world.now() + 601)
    await chat.see("Rested.")


async def test_a_pause_between_two_messages_is_over_too(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start study__slow")
    await chat.see("First.")
    await chat.until(lambda: running.world.calls["sendchataction"], "the pause to begin")
    running.world.put_clock(running.world.now() + 601)
    await chat.see("Rested.")


async def test_a_jump_is_no_absence_of_the_bot(running: RunningBot) -> None:
    """Nobody's question is shown again, though the told time between two polls is longer than a press lives."""
    chat = running.person()
    chat.send("/start study__rest")
    await chat.see("Rest")
    await running.idle()
    chat.press("Skip")
    await chat.see("Rested.")
    await chat.see("That was")
    await chat.see("What time is it where you are?")
    chat.send("/start")
    await chat.see("A word?")
    running.world.put_clock(running.world.now() + 2 * PRESS_SECONDS)
    chat.send("/help")
    await chat.see("I lead you")
    await chat.nothing_more(3 * clock.LOOK_SECONDS)


async def test_telegrams_silence_is_kept_in_real_time(running: RunningBot) -> None:
    """A 429 is counted by Telegram's clock, not by the one that is told."""
    chat = running.person()
    running.world.faults.add("sendMessage", chat.person, 1.0, kind="too_many_requests", retry_after=1)
    chat.send("/start")
    waiting = running.service.outbox.list_waiting
    await chat.until(lambda: any(lane.held_until for lane in waiting()), "a chat that is held")
    [held] = [lane.held_until for lane in waiting()]
    running.world.faults.clear()
    running.world.put_clock(running.world.now() + 3600)
    await chat.see("A word?")
    assert clock.real().timestamp() >= held
