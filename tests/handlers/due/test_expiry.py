"""What ends by itself: questions that nobody answered in time, flows that were left open."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from secantus import SecantusDBServer

from database.records import Wake
from handlers.due import absence
from tests.chat import Chat, RunningBot, buttons_of, run_bot, text_of, write_programme
from utils import clock

BEGUN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
QUESTIONS = [
    {
        "type": "select_one",
        "name": "mood",
        "label": "How are you?",
        "choices": ["Well", "Not well"],
        "expires": "4h",
        "on_expiry": "late",
    },
    {"type": "text", "name": "why", "label": "Why?"},
    {"type": "note", "name": "thanks", "label": "Thanks.", "pause": "0s", "go": "end"},
    {"type": "note", "name": "late", "label": "Too late for that one.", "pause": "0s"},
    {"type": "text", "name": "other", "label": "Something else?", "expires": "1h"},
    {"type": "text", "name": "last", "label": "The last one?"},
]
HEAD = {
    "menu": ["one"],
    "days": ["day"],
    "remind": {"at": "09:00", "quiet": ["22:00", "08:00"]},
    "inactivity": {"expire_after": "2d"},
}


def pass_time(hours: float = 0, minutes: float = 0) -> None:
    """The clock stands so long after the beginning."""
    moment = BEGUN + timedelta(hours=hours, minutes=minutes)
    clock.set(lambda: moment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    day = [{"type": "text", "name": "word", "label": "A word?"}]
    return write_programme(tmp_path / "programmes", "study", HEAD, one=QUESTIONS, day=day)


@pytest.fixture
async def running(folder: Path, tmp_path: Path) -> AsyncIterator[RunningBot]:
    pass_time()
    async with run_bot(folder, tmp_path) as opened:
        yield opened


async def begin(running: RunningBot) -> Chat:
    chat = running.person()
    chat.send("/start study__one")
    await chat.see("How are you?", "Well", "Not well")
    await running.idle()
    return chat


async def answers_of(running: RunningBot, chat: Chat) -> list[tuple[str, object]]:
    record = await running.store.find_person(chat.person)
    assert record is not None
    runs = [*await running.store.list_runs(chat.person), *([record.run] if record.run else [])]
    return [(answer["step"], answer["value"]) for run in runs for answer in run["answers"]]


async def test_a_question_that_nobody_answered_leads_to_on_expiry_and_stays_empty(running: RunningBot) -> None:
    chat = await begin(running)
    pass_time(3, 59)
    await running.look()
    await chat.nothing_more(0.05)
    pass_time(4)
    await running.look()
    await chat.see("Too late for that one.")
    await chat.see("Something else?")
    assert buttons_of(chat.messages[0]) == []
    assert await answers_of(running, chat) == [("mood", None)]
    pass_time(5)
    await running.look()
    await chat.see("The last one?")
    assert await answers_of(running, chat) == [("mood", None), ("other", None)]
    pass_time(9)
    await running.look()
    await chat.nothing_more(0.05)


async def test_the_time_begins_when_the_question_was_sent(running: RunningBot) -> None:
    chat = running.person()
    fault = running.world.faults.add("sendMessage", chat.person, kind="too_many_requests", retry_after=1)
    chat.send("/start study__one")
    waiting = running.service.outbox.list_waiting
    await chat.until(
        lambda: running.world.faults.hits[fault] and any(lane.held_until for lane in waiting()), "the question to be held back"
    )
    pass_time(2)  # Telegram's wait is over, by this clock
    running.world.faults.clear()
    await chat.see("How are you?")
    await running.idle()
    pass_time(4, 30)
    await running.look()
    await chat.nothing_more(0.05)
    pass_time(6)
    await running.look()
    await chat.see("Too late for that one.")


async def test_an_answer_in_time_leaves_nothing_to_expire(running: RunningBot) -> None:
    chat = await begin(running)
    pass_time(1)
    chat.press("Well")
    await chat.see("Why?")
    await running.idle()
    pass_time(4)
    await running.look()
    pass_time(30)
    await running.look()
    await chat.nothing_more(0.05)
    assert await answers_of(running, chat) == [("mood", "Well")]


async def test_an_answer_that_waits_in_line_comes_first(running: RunningBot) -> None:
    chat = await begin(running)
    pass_time(4)
    chat.press("Well")
    await chat.until(lambda: running.service.lines.outstanding or len(chat.messages) > 1, "the press to arrive")
    await running.look()
    await chat.see("Why?")
    await chat.nothing_more(0.05)


@pytest.mark.parametrize("word", ["/cancel", "/forget"])
async def test_what_has_become_untrue_is_dropped_without_a_trace(running: RunningBot, word: str) -> None:
    chat = await begin(running)
    chat.send(word)
    await chat.next()
    if word == "/forget":
        chat.press("Delete everything")
        await chat.next()
    await running.idle()
    said = len(chat.messages)
    for hours in (4, 5, 100):
        pass_time(hours)
        await running.look()
    assert len(chat.messages) == said


async def test_at_night_it_waits_for_the_morning(running: RunningBot) -> None:
    pass_time(7)  # 19:00
    chat = await begin(running)
    pass_time(11)  # 23:00
    await running.look()
    pass_time(19, 59)
    await running.look()
    await chat.nothing_more(0.05)
    pass_time(20)
    await running.look()
    await chat.see("Too late for that one.")


async def test_a_restart_loses_no_expiry(running: RunningBot, folder: Path, tmp_path: Path) -> None:
    chat = await begin(running)
    running.service.stop.set()
    pass_time(5)
    async with run_bot(folder, tmp_path, running.world) as again:
        await chat.see("Too late for that one.")  # the look of the start
        await chat.see("Something else?")
        await again.look()
        await chat.nothing_more(0.05)


async def test_a_question_shown_again_expires_as_if_it_had_not_been(running: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence, "PRESS_SECONDS", float("inf"))  # else the clock's jump is an absence, which shows it too
    chat = await begin(running)
    pass_time(3)
    chat.send("/start")
    await chat.see("You are in the middle")
    chat.press("Continue")
    await chat.see("How are you?")
    await running.idle()
    pass_time(4)
    await running.look()
    await chat.see("Too late for that one.")


async def test_a_flow_left_open_is_closed_in_silence_and_its_answers_stay(running: RunningBot) -> None:
    chat = await begin(running)
    chat.press("Well")
    await chat.see("Why?")
    await running.idle()
    pass_time(40)
    chat.send("/help")
    await chat.see("I lead you")
    await running.idle()
    pass_time(49)  # two days after the question, nine hours after /help
    await running.look()
    assert (await running.store.count())["open_runs"] == 1
    pass_time(88)
    await running.look()
    await chat.nothing_more(0.05)
    (run,) = await running.store.list_runs(chat.person)
    assert (run["status"], [answer["value"] for answer in run["answers"]]) == ("expired", ["Well"])
    chat.send("because")
    await chat.see("Nothing is open just now.")


async def test_somebody_without_reminders_is_looked_at_for_an_expiry_alone(tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "programmes", "study", {"menu": ["one"]}, one=QUESTIONS)
    pass_time()
    async with run_bot(folder, tmp_path) as running:
        chat = await begin(running)
        assert await running.store.list_wakes((BEGUN + timedelta(hours=4)).timestamp()) == [
            Wake(chat.person, (BEGUN + timedelta(hours=4)).timestamp())
        ]
        chat.press("Well")
        await chat.see("Why?")
        await running.idle()
        assert await running.store.list_wakes((BEGUN + timedelta(days=400)).timestamp()) == []


async def test_nothing_ends_while_the_bot_is_blocked(running: RunningBot) -> None:
    chat = await begin(running)
    running.world.block(chat.person)
    await running.idle()
    calls = running.world.calls.total()
    for hours in (4, 100):
        pass_time(hours)
        await running.look()
    assert running.world.calls.total() - calls <= running.world.calls["getupdates"]
    assert (await running.store.count())["open_runs"] == 1
    running.world.unblock(chat.person)
    await running.idle()
    await running.look()
    assert [text_of(message) for message in chat.messages] == ["How are you?"]
    assert (await running.store.count())["open_runs"] == 0


async def test_the_same_on_mongodbs_wire(folder: Path, tmp_path: Path) -> None:
    """Found by its index, claimed, decided anew, and kept with what is known of the asking."""
    server = SecantusDBServer(storage_path=":memory:", port=0)
    server.start()
    try:
        pass_time()
        async with run_bot(folder, tmp_path, DATABASE_URL=server.uri) as running:
            chat = await begin(running)
            pass_time(4)
            await running.look()
            await chat.see("Too late for that one.")
            await chat.see("Something else?")
            pass_time(60)
            await running.look()
            (run,) = await running.store.list_runs(chat.person)
            assert run["status"] == "expired"
            (answer,) = run["answers"]
            assert (answer["value"], answer["elapsed"], answer["sent_at"]) == (None, True, BEGUN.isoformat())
    finally:
        server.stop()
