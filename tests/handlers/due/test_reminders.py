"""Reminders as a person meets them: once a day, at the programme's hour, until they come by themselves or say /pause."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flow.reminders.due import Skipped
from handlers.due.reminders import Skips
from tests.chat import PATIENCE, Chat, RunningBot, run_bot, text_of, write_programme
from utils import clock

STEPS = [{"type": "text", "name": "word", "label": "A word?"}]
BEGUN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def at(days: int, hour: int, minute: float = 0) -> None:
    """So many days after the first one, at that time of day."""
    moment = BEGUN.replace(hour=0) + timedelta(days=days, hours=hour, minutes=minute)
    clock.set(lambda: moment)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningBot]:
    head = {"days": ["one", "two", "three"], "remind": {"at": "19:00", "again_after": ["1h"], "quiet": ["22:00", "08:00"]}}
    folder = write_programme(tmp_path / "programmes", "study", head, one=STEPS, two=STEPS, three=STEPS)
    at(0, 8)
    async with run_bot(folder, tmp_path) as opened:
        await opened.service.clocks.ready()  # else the question about the time may come a flow later
        yield opened


async def first_day(running: RunningBot) -> Chat:
    chat = running.person()
    chat.send("/start")
    await chat.see("A word?")
    chat.send("calm")
    await chat.see("That was “One”. Tomorrow: “Two”.")
    await chat.see("What time is it where you are?")
    await running.idle()
    return chat


async def test_a_day_is_announced_once_at_its_hour_and_begun_by_its_button(running: RunningBot) -> None:
    chat = await first_day(running)
    at(0, 19, 5)
    await running.look()
    at(1, 18, 59)
    await running.look()
    await chat.nothing_more(0.05)
    at(1, 19, 0)
    await running.look()
    await chat.see("Day 2 of “Study” is there: “Two”.", "Begin")
    await running.look()
    await chat.nothing_more(0.05)
    chat.press("Begin")
    await chat.see("A word?")
    await running.idle()
    at(1, 20, 0)
    await running.look()
    await chat.nothing_more(0.05)


async def test_an_untouched_day_is_announced_again_and_then_left_until_tomorrow(running: RunningBot) -> None:
    chat = await first_day(running)
    at(1, 19, 0)
    await running.look()
    await chat.see("Day 2")
    at(1, 20, 0)
    await running.look()
    await chat.see("Day 2")
    at(1, 21, 30)
    await running.look()
    await chat.nothing_more(0.05)
    at(2, 19, 0)
    await running.look()
    await chat.see("Day 2")


async def test_what_is_late_by_hours_after_downtime_is_told_to_the_log_alone(
    running: RunningBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "waymark.reminders")
    chat = await first_day(running)
    at(2, 8, 30)
    await running.look()
    await chat.nothing_more(0.05)
    running.service.wakes.skips.tell()
    running.service.wakes.skips.tell()
    lines = [record.getMessage() for record in caplog.records if record.name == "waymark.reminders"]
    assert lines == ["reminders that did not go out: 1 of study (late)"]
    at(2, 19, 1)
    await running.look()
    await chat.see("Day 2")


def test_what_did_not_go_out_is_one_line_for_all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "waymark.reminders")
    skips = Skips()
    for number in range(1000):
        skips.note("study", Skipped(f"study/2026-03-03/{number}", "late", 2))
    skips.note("calm", Skipped("calm/2026-03-03/0", "quiet"))
    skips.tell()
    assert [record.getMessage() for record in caplog.records] == [
        "reminders that did not go out: 1 of calm (quiet), 2000 of study (late)"
    ]


async def test_a_pause_holds_reminders_and_resume_brings_them_back(running: RunningBot) -> None:
    chat = await first_day(running)
    chat.send("/pause")
    await chat.see("For how long", "One day", "Three days", "One week", "Until I say /resume")
    chat.press("Until I say /resume")
    await chat.see("no reminders any more")
    await running.idle()
    at(1, 19, 0)
    await running.look()
    await chat.nothing_more(0.05)
    at(2, 10)
    chat.send("/resume")
    await chat.see("I remind you again.")
    await running.idle()
    at(2, 19, 0)
    await running.look()
    await chat.see("Day 2")


async def test_who_blocked_the_bot_is_not_written_to(running: RunningBot) -> None:
    chat = await first_day(running)
    running.world.block(chat.person)
    await running.idle()
    at(1, 19, 0)
    await running.look()
    assert running.world.calls["sendmessage"] == len(chat.messages)


async def test_a_reminder_survives_a_restart_and_is_said_once(running: RunningBot, tmp_path: Path) -> None:
    chat = await first_day(running)
    at(1, 19, 0)
    await running.look()
    await chat.see("Day 2")
    running.service.stop.set()
    async with run_bot(tmp_path / "programmes", tmp_path, running.world) as again:
        chat.send("/help")
        await chat.see("I lead you")
        await again.look()
        await chat.nothing_more(0.05)
        assert sum("Day 2" in text_of(message) for message in chat.messages) == 1


async def until_heard(running: RunningBot, chat: Chat) -> None:
    """What they have just sent has had its turn."""
    async with asyncio.timeout(PATIENCE):
        while (record := await running.store.find_person(chat.person)) is None or record.seen_at != clock.now().isoformat():
            await asyncio.sleep(0.01)


async def test_a_reminder_that_waits_is_dropped_when_the_person_comes_by_themselves(running: RunningBot) -> None:
    chat = await first_day(running)
    at(1, 19, 0)
    fault = running.world.faults.add("sendMessage", chat.person, kind="too_many_requests", retry_after=1, times=1)
    await running.service.wakes.look()
    await chat.until(lambda: running.world.faults.hits[fault], "the reminder to be held back")
    at(1, 19, 0.01)
    chat.send("/help")
    await until_heard(running, chat)
    at(1, 19, 1)
    await chat.see("I lead you")
    await chat.nothing_more(0.05)
    await running.idle()
    assert await running.store.list_unsent() == []


@pytest.mark.parametrize(
    ("days", "hour", "minute", "comes"), [(1, 19, 30, True), (1, 22, 30, False), (2, 3, 0, False)], ids=["soon", "late", "at night"]
)
async def test_a_reminder_that_was_held_up_is_judged_again_when_it_goes_out(
    running: RunningBot, tmp_path: Path, days: int, hour: int, minute: int, comes: bool
) -> None:
    """Its call does not come through, the process ends, and the next one finds it among what is still to be said."""
    chat = await first_day(running)
    at(1, 19, 0)
    fault = running.world.faults.add("sendMessage", chat.person, kind="server_error")
    await running.service.wakes.look()
    await chat.until(lambda: running.world.faults.hits[fault], "a call that fails")
    running.service.stop.set()
    running.world.faults.clear()
    at(days, hour, minute)
    async with run_bot(tmp_path / "programmes", tmp_path, running.world) as again:
        if comes:
            await chat.see("Day 2")
        await again.look()
        await chat.nothing_more(0.05)
        assert await again.store.list_unsent() == []


async def test_it_stays_dropped_over_a_restart(running: RunningBot, tmp_path: Path) -> None:
    chat = await first_day(running)
    at(1, 19, 0)
    fault = running.world.faults.add("sendMessage", chat.person, kind="too_many_requests", retry_after=1)
    await running.service.wakes.look()
    await chat.until(lambda: running.world.faults.hits[fault], "the reminder to be held back")
    at(1, 19, 0.01)
    chat.send("/resume")
    await until_heard(running, chat)
    running.service.stop.set()
    running.world.faults.clear()
    at(1, 19, 1)
    async with run_bot(tmp_path / "programmes", tmp_path, running.world) as again:
        await chat.see("I remind you again.")
        await again.look()
        await chat.nothing_more(0.05)
