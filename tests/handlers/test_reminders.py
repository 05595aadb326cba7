"""Reminders as a person meets them: once a day, at the programme's hour, until they come by themselves or say /pause."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.chat import Chat, House, open_house, text_of, write_programme
from utils import clock

STEPS = [{"type": "text", "name": "word", "label": "A word?"}]
BEGUN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def at(days: int, hour: int, minute: int = 0) -> None:
    """So many days after the first one, at that time of day."""
    moment = BEGUN.replace(hour=hour, minute=minute) + timedelta(days=days)
    clock.set(lambda: moment)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    head = {"days": ["one", "two", "three"], "remind": {"at": "19:00", "again_after": ["1h"], "quiet": ["22:00", "08:00"]}}
    folder = write_programme(tmp_path / "programmes", "study", head, one=STEPS, two=STEPS, three=STEPS)
    at(0, 8)
    async with open_house(folder, tmp_path) as opened:
        yield opened


async def first_day(house: House) -> Chat:
    chat = house.person()
    chat.send("/start")
    await chat.see("A word?")
    chat.send("calm")
    await chat.see("That was “One”. Tomorrow: “Two”.")
    await chat.see("What time is it where you are?")
    await house.idle()
    return chat


async def look(house: House) -> None:
    await house.service.reminders.look()
    await house.idle()


async def test_a_day_is_announced_once_at_its_hour_and_begun_by_its_button(house: House) -> None:
    chat = await first_day(house)
    at(0, 19, 5)
    await look(house)
    at(1, 18, 59)
    await look(house)
    await chat.nothing_more(0.05)
    at(1, 19, 0)
    await look(house)
    await chat.see("Day 2 of “Study” is there: “Two”.", "Begin")
    await look(house)
    await chat.nothing_more(0.05)
    chat.press("Begin")
    await chat.see("A word?")
    await house.idle()
    at(1, 20, 0)
    await look(house)
    await chat.nothing_more(0.05)


async def test_an_untouched_day_is_announced_again_and_then_left_until_tomorrow(house: House) -> None:
    chat = await first_day(house)
    at(1, 19, 0)
    await look(house)
    await chat.see("Day 2")
    at(1, 20, 0)
    await look(house)
    await chat.see("Day 2")
    at(1, 21, 30)
    await look(house)
    await chat.nothing_more(0.05)
    at(2, 19, 0)
    await look(house)
    await chat.see("Day 2")


async def test_what_is_late_by_hours_after_downtime_is_not_made_up_for(house: House) -> None:
    chat = await first_day(house)
    at(2, 8, 30)
    await look(house)
    await chat.nothing_more(0.05)
    at(2, 19, 1)
    await look(house)
    await chat.see("Day 2")


async def test_a_pause_holds_reminders_and_resume_brings_them_back(house: House) -> None:
    chat = await first_day(house)
    chat.send("/pause")
    await chat.see("For how long", "One day", "Three days", "One week", "Until I say /resume")
    chat.press("Until I say /resume")
    await chat.see("no reminders any more")
    await house.idle()
    at(1, 19, 0)
    await look(house)
    await chat.nothing_more(0.05)
    at(2, 10)
    chat.send("/resume")
    await chat.see("I remind you again.")
    await house.idle()
    at(2, 19, 0)
    await look(house)
    await chat.see("Day 2")


async def test_who_blocked_the_bot_is_not_written_to(house: House) -> None:
    chat = await first_day(house)
    house.world.block(chat.person)
    await house.idle()
    at(1, 19, 0)
    await look(house)
    assert house.world.calls["sendmessage"] == len(chat.messages)


async def test_a_reminder_survives_a_restart_and_is_said_once(house: House, tmp_path: Path) -> None:
    chat = await first_day(house)
    at(1, 19, 0)
    await look(house)
    await chat.see("Day 2")
    house.service.stop.set()
    async with open_house(tmp_path / "programmes", tmp_path, house.world) as again:
        chat.send("/help")
        await chat.see("I lead you")
        await look(again)
        await chat.nothing_more(0.05)
        assert sum("Day 2" in text_of(message) for message in chat.messages) == 1
