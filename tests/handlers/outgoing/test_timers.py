"""Countdowns: in one edited message, skipped by a press, and over a restart as if nothing had been."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.chat import Chat, RunningBot, run_bot, text_of, write_programme
from utils import clock

BEGUN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STEPS = [
    {"type": "timer", "name": "wait", "label": "Breathe", "seconds": 600},
    {"type": "note", "name": "waited", "label": "Waited ${wait}.", "pause": "0s"},
    {"type": "text", "name": "word", "label": "A word?"},
]


def pass_time(seconds: float) -> None:
    """The clock stands so long after the beginning."""
    moment = BEGUN + timedelta(seconds=seconds)
    clock.set(lambda: moment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pass_time(0)
    return write_programme(tmp_path / "programmes", "study", {"menu": ["one"]}, one=STEPS)


async def begin(running: RunningBot) -> Chat:
    chat = running.person()
    chat.send("/start")
    await chat.see("Breathe", "Skip")
    await running.idle()
    return chat


async def test_a_skipped_countdown_counts_what_was_waited_and_ends_for_good(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        chat = await begin(running)
        pass_time(41.5)
        chat.press("Skip")
        await chat.see("Waited 41.5.")
        await chat.see("A word?")
        pass_time(601)
        await chat.nothing_more(0.6)
        assert len(running.service.timers) == 0


async def test_a_countdown_goes_on_over_a_restart_in_its_message(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        chat = await begin(running)
        world = running.world
    pass_time(570)
    async with run_bot(folder, tmp_path, world) as running:
        await chat.until(lambda: len(running.service.timers) == 1, "the countdown to be taken up")
        await chat.nothing_more(0.3)
        pass_time(580)
        await chat.until(lambda: "20" in text_of(chat.messages[0]), "the seconds that are left")
        pass_time(600)
        await chat.see("Waited 600.")
        await chat.see("A word?")
        await chat.nothing_more(0.3)


async def test_a_countdown_that_ended_while_the_bot_was_down_leads_on_at_the_start(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        chat = await begin(running)
        world = running.world
    pass_time(5_000)
    async with run_bot(folder, tmp_path, world) as running:
        await chat.see("Waited 600.")
        await chat.see("A word?")
        await running.idle()
        await chat.nothing_more(0.3)
    async with run_bot(folder, tmp_path, world) as running:
        await running.idle()
        await chat.nothing_more(0.3)


async def test_a_countdown_of_somebody_who_left_leaves_no_trace(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        chat = await begin(running)
        chat.send("/cancel")
        await chat.see("ends here")
        await running.idle()
        world = running.world
    pass_time(700)
    async with run_bot(folder, tmp_path, world) as running:
        await running.idle()
        await chat.nothing_more(0.6)
        assert await running.store.list_due(clock.now().timestamp()) == []
