"""What is kept of each asked question besides the answer: when it was due, sent and first touched, and by which reminder."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.chat import Chat, RunningBot, run_bot, text_of, write_programme
from utils import clock

BEGUN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STEPS = [
    {"type": "integer", "name": "age", "label": "How old?"},
    {"type": "select_multiple", "name": "many", "label": "Which?", "choices": ["Red", "Blue"]},
    {"type": "calculate", "name": "twice", "calculation": "${age} * 2"},
    {"type": "text", "name": "why", "label": "Why?", "expires": "1h", "on_expiry": "end"},
]


def at(minutes: float, days: int = 0) -> str:
    """The clock stands so long after the beginning; as it is written."""
    moment = BEGUN + timedelta(days=days, minutes=minutes)
    clock.set(lambda: moment)
    return moment.isoformat()


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningBot]:
    head = {"days": ["one", "two"], "remind": {"at": "19:00", "again_after": ["1h"]}}
    folder = write_programme(tmp_path / "programmes", "study", head, one=STEPS, two=STEPS)
    at(0)
    async with run_bot(folder, tmp_path) as opened:
        await opened.service.clocks.ready()  # else the question about the time may come a flow later
        yield opened


async def facts_of(running: RunningBot, chat: Chat) -> list[dict[str, Any]]:
    """Of the newest run, answer by answer, only what is not the answer itself."""
    record = await running.store.find_person(chat.person)
    assert record is not None
    run = record.run or (await running.store.list_runs(chat.person))[-1]
    known = ("sent_at", "touched_at", "elapsed", "reminder", "due_at")
    return [{key: answer[key] for key in known if key in answer} for answer in run["answers"]]


async def walk(running: RunningBot, chat: Chat, days: int = 0) -> list[dict[str, Any]]:
    """The flow, with a wrong answer, a tick, and a last question that nobody answers; gives the moments by the way."""
    await chat.see("How old?")
    await running.idle()
    tried = at(5, days)
    chat.send("old")
    await chat.see("whole number")
    at(6, days)
    chat.send("very")
    await chat.see("whole number")
    asked = at(7, days)
    chat.send("40")
    await chat.see("Which?")
    await running.idle()
    ticked = at(9, days)
    chat.press("Red")
    await running.idle()
    last = at(10, days)
    chat.press("Done")
    await chat.see("Why?")
    await running.idle()
    at(71, days)
    await running.look()
    await chat.see("That was")
    await running.idle()
    return [{"touched_at": tried}, {"sent_at": asked, "touched_at": ticked}, {}, {"sent_at": last, "elapsed": True}]


async def test_when_each_question_was_sent_and_first_touched(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start")
    expected = await walk(running, chat)
    expected[0]["sent_at"] = BEGUN.isoformat()
    assert await facts_of(running, chat) == expected


async def test_which_reminder_led_to_an_answer(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start")
    await walk(running, chat)
    await chat.see("What time is it")
    due = at(7 * 60, days=1)
    await running.look()
    await chat.see("Day 2")
    again = at(8 * 60, days=1)
    await running.look()
    await chat.see("Day 2", "Begin")
    at(8 * 60 + 5, days=1)
    chat.press("Begin")
    await chat.see("How old?")
    await running.idle()
    chat.send("41")
    await chat.see("Which?")
    await running.idle()
    (first,) = await facts_of(running, chat)
    assert (first["reminder"], first["due_at"]) == ("study/2026-03-03/1", again)
    assert due < again
    at(7 * 60, days=2)
    await running.look()
    await chat.see("“Two” is still open", "Continue")
    chat.press("Red")
    await running.idle()
    chat.press("Done")
    await chat.until(
        lambda: text_of(chat.last) == "Why?", "the next question"
    )  # the one before may be shown again: a day's silence
    await running.idle()
    assert [fact.get("reminder") for fact in await facts_of(running, chat)] == ["study/2026-03-03/1", "study/2026-03-04/0", None]


async def test_a_reminder_of_days_ago_led_to_nothing(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start")
    await walk(running, chat)
    await chat.see("What time is it")
    at(7 * 60, days=1)
    await running.look()
    await chat.see("Day 2")
    chat.send("/pause")
    await chat.see("For how long")
    chat.press("One week")
    await running.idle()
    at(0, days=5)
    chat.send("/start")
    await chat.next()
    await chat.see("How old?")
    chat.send("41")
    await chat.see("Which?")
    await running.idle()
    (first,) = await facts_of(running, chat)
    assert "reminder" not in first
