"""Reminders whose hour the author moves: nobody has to come by first, and nobody waits for the old hour."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from database.store import Store, StoreUnavailable
from handlers.due import replanning
from handlers.due.replanning import fingerprint
from tests.chat import Chat, RunningBot, run_bot, write_programme
from tests.flow.reminders.lives import made
from trials.faulty_store import FaultyStore
from utils import clock

STEPS = [{"type": "text", "name": "word", "label": "A word?"}]
BEGUN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LATE, EARLY = {"at": "19:00"}, {"at": "07:00"}


def at(days: int, hour: int) -> None:
    """So many days after the first one, at that time of day."""
    moment = BEGUN.replace(hour=0) + timedelta(days=days, hours=hour)
    clock.set(lambda: moment)


def write(folder: Path, remind: dict[str, Any] | None) -> Path:
    head = {"days": ["one", "two", "three"], **({"remind": remind} if remind else {})}
    return write_programme(folder / "programmes", "study", head, one=STEPS, two=STEPS, three=STEPS)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replanning, "PAGE_PEOPLE", 2)
    monkeypatch.setattr(replanning, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(replanning, "LOOK_SECONDS", 0.01)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningBot]:
    at(0, 8)
    async with run_bot(write(tmp_path, LATE), tmp_path) as opened:
        await opened.service.clocks.ready()  # else the question about the time may come a flow later
        yield opened


async def first_days(running: RunningBot, people: int, is_reminded: bool = True) -> list[Chat]:
    """They have done the first day, and were asked for their time where there are reminders."""
    chats = [running.person() for _ in range(people)]
    for chat in chats:
        chat.send("/start")
    for chat in chats:
        await chat.see("A word?")
        chat.send("calm")
        await chat.see("Tomorrow: “Two”.")
        if is_reminded:
            await chat.see("What time is it where you are?")
    await running.idle()
    return chats


async def move(running: RunningBot, tmp_path: Path) -> None:
    """To the earlier hour, by /reload."""
    await asyncio.to_thread(write, tmp_path, EARLY)
    await running.service.reloader.reload()


async def settle(running: RunningBot) -> None:
    """Until everybody waits for the new hour."""
    while running.service.catalogue.is_new:
        with contextlib.suppress(StoreUnavailable):  # it starts, or is away
            await running.look()
        await asyncio.sleep(0.005)
    await running.idle()


async def test_an_earlier_hour_counts_from_the_next_day_on(running: RunningBot, tmp_path: Path) -> None:
    chats = await first_days(running, 5)
    await settle(running)
    await move(running, tmp_path)
    await settle(running)
    at(1, 6)
    await running.look()
    for chat in chats:
        await chat.nothing_more(0.01)
    at(1, 7)
    await running.look()
    for chat in chats:
        await chat.see("Day 2")


async def test_so_it_does_when_it_was_moved_while_the_bot_was_down(tmp_path: Path) -> None:
    at(0, 8)
    async with run_bot(write(tmp_path, LATE), tmp_path) as running:
        await running.service.clocks.ready()
        (chat,) = await first_days(running, 1)
        await settle(running)
        await asyncio.to_thread(write, tmp_path, EARLY)
    async with run_bot(tmp_path / "programmes", tmp_path, running.world) as again:
        await settle(again)
        at(1, 7)
        await again.look()
        await chat.see("Day 2")


async def test_who_is_heard_meanwhile_waits_for_the_new_hour_too(running: RunningBot, tmp_path: Path) -> None:
    (chat,) = await first_days(running, 1)
    await settle(running)
    await move(running, tmp_path)
    chat.send("/help")
    await chat.next()
    await settle(running)
    at(1, 7)
    await running.look()
    await chat.see("Day 2")


async def test_a_programme_that_begins_to_remind_reminds_those_who_are_in_it(tmp_path: Path) -> None:
    at(0, 8)
    async with run_bot(write(tmp_path, None), tmp_path) as running:
        (chat,) = await first_days(running, 1, is_reminded=False)
        await settle(running)
        await move(running, tmp_path)
        await settle(running)
        at(1, 7)
        await running.look()
        await chat.see("Day 2")


async def test_a_database_that_fails_meanwhile_is_asked_again(tmp_path: Path) -> None:
    at(0, 8)
    faulty: list[FaultyStore] = []

    def wrap(store: Store) -> FaultyStore:
        faulty.append(FaultyStore(store))
        return faulty[0]

    async with run_bot(write(tmp_path, LATE), tmp_path, wrap=wrap) as running:
        await running.service.clocks.ready()
        (chat,) = await first_days(running, 1)
        await settle(running)
        await move(running, tmp_path)
        faulty[0].away = True
        await asyncio.sleep(0.05)
        assert running.service.catalogue.is_new
        faulty[0].away = False
        await settle(running)
        at(1, 7)
        await running.look()
        await chat.see("Day 2")


async def test_nobody_is_woken_while_the_hours_stay(running: RunningBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await first_days(running, 1)
    await settle(running)

    async def never(at: float, after: int, limit: int) -> int | None:
        raise AssertionError("nobody's hour has changed")

    monkeypatch.setattr(running.store, "wake_people", never)
    await asyncio.to_thread(write_programme, tmp_path / "programmes", "other", {"menu": ["one"]}, one=STEPS)
    await running.service.reloader.reload()
    assert "other" in running.service.catalogue.live
    assert running.service.catalogue.is_new
    await settle(running)


def test_the_fingerprint_tells_what_moves_a_moment_from_what_does_not() -> None:
    study = made(LATE)
    assert fingerprint({"p": study}, "UTC") == fingerprint({"p": made(LATE)}, "UTC")
    assert fingerprint({"p": study, "q": study}, "UTC") == fingerprint({"q": study, "p": study}, "UTC")
    different = {
        fingerprint({"p": study}, "UTC"),
        fingerprint({"p": study}, "Asia/Tokyo"),
        fingerprint({"p": made(EARLY)}, "UTC"),
        fingerprint({"p": made(LATE, days=("one", "two"))}, "UTC"),
        fingerprint({"p": made(LATE, missed="skip")}, "UTC"),
    }
    assert len(different) == 5
