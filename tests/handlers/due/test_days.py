"""Days as a person meets them: one a local date, in order, with their closing words, by the calendar or waiting."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.chat import Chat, RunningBot, run_bot, write_programme
from utils import clock

BEGUN = datetime(2028, 2, 28, 12, 0, tzinfo=UTC)  # the day before a leap day
STEPS = [{"type": "range", "name": "calm", "label": "How calm?", "parameters": {"start": 1, "end": 5}}]
DAYS = ["one", "two", "three"]


def at(days: int, hour: int = 12, minute: int = 0) -> None:
    """So many days after the first one, at that time of day."""
    moment = BEGUN.replace(hour=hour, minute=minute) + timedelta(days=days)
    clock.set(lambda: moment)


def written(folder: Path, **head: object) -> Path:
    flows = dict.fromkeys((*DAYS, "breath"), STEPS)
    return write_programme(folder / "programmes", "study", {"days": DAYS, "menu": ["breath"], **head}, **flows)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningBot]:
    at(0)
    async with run_bot(written(tmp_path), tmp_path) as opened:
        yield opened


async def walk(chat: Chat, closing: str) -> None:
    chat.send("/start")
    await chat.see("How calm?")
    chat.press("4")
    await chat.see(closing, "Menu")


async def test_three_days_with_a_leap_day_among_them(running: RunningBot) -> None:
    chat = running.person()
    await walk(chat, "That was “One”. Tomorrow: “Two”.")
    chat.send("/start")
    await chat.see("Today's part is done.", "Menu")
    at(1)
    await walk(chat, "That was “Two”. Tomorrow: “Three”.")
    chat.send("/progress")
    await chat.see("2 of 3")
    picture = await chat.next()
    assert "photo" in picture
    at(2)
    await walk(chat, "That was the last day of “Study”.")
    chat.send("/progress")
    assert ", 3 in a row" in (await chat.see("3 of 3"))["text"]
    await chat.next()
    at(3)
    chat.send("/start")
    await chat.see("You have walked all of “Study”.", "Menu")
    chat.send("/menu")
    await chat.see("What would you like to do?", "Breath")
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None
    assert record.progress["study"]["done"] == {"one": "2028-02-28", "two": "2028-02-29", "three": "2028-03-01"}


async def test_a_missed_day_keeps_its_place_and_ends_the_row(running: RunningBot) -> None:
    chat = running.person()
    await walk(chat, "That was “One”.")
    at(4)
    await walk(chat, "That was “Two”. Tomorrow: “Three”.")
    chat.send("/progress")
    assert "in a row" not in (await chat.see("2 of 3"))["text"]


async def test_with_skip_the_days_go_on_with_the_calendar(tmp_path: Path) -> None:
    at(0)
    async with run_bot(written(tmp_path, days_missed="skip"), tmp_path) as running:
        chat = running.person()
        await walk(chat, "That was “One”. Tomorrow: “Two”.")
        at(2)
        await walk(chat, "That was the last day of “Study”.")
        late = running.person("Late")
        await walk(late, "That was “One”. Tomorrow: “Two”.")


async def test_an_evening_that_goes_past_midnight_belongs_to_the_day_it_was_begun(running: RunningBot) -> None:
    at(0, 23, 50)
    chat = running.person()
    chat.send("/start")
    await chat.see("How calm?")
    await running.idle()
    at(1, 0, 10)
    chat.press("4")
    await chat.see("That was “One”. Next: “Two”. /start begins it.")
    await walk(chat, "That was “Two”. Tomorrow: “Three”.")
