"""One person's burst costs a few words, nobody else notices; and of people who have gone nothing stays in memory."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from handlers import service as service_module
from handlers.api.transport import Call, Transport
from handlers.incoming.arrivals import Arrival
from handlers.incoming.flood import FORGET_SECONDS, MOST_WAITING, WORDS, Flood
from handlers.visit.repeats import AGAIN_SECONDS, SAID, note_saying
from tests.chat import Chat, RunningBot, run_bot, text_of, write_programme
from tests.lines import make_lines
from utils import clock

STEPS = [
    {"type": "range", "name": "tense", "label": "How tense?", "parameters": {"start": 1, "end": 5}},
    {"type": "text", "name": "word", "label": "A word?"},
    {"type": "integer", "name": "age", "label": "How old?", "constraint": ". < 130", "constraint_message": "${first_name}, no."},
    {"type": "acknowledge", "name": "ready", "label": "Ready?"},
]
MOST_ANSWERS = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One flow of four questions."""
    return write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=STEPS)


@pytest.fixture
async def running(folder: Path, tmp_path: Path) -> AsyncIterator[RunningBot]:
    """The bot that serves it."""
    async with run_bot(folder, tmp_path) as opened:
        yield opened


async def begin(chat: Chat) -> None:
    chat.send("/start")
    await chat.see("How tense?")


async def pour(running: RunningBot, chat: Chat, *words: str) -> None:
    """1,000 messages in one go, these words in turns; returns when all is handled."""
    for number in range(1000):
        chat.send(words[number % len(words)].replace("#", str(number)))
    await running.idle()


def pass_seconds(seconds: float) -> None:
    """So much later; the clock runs on from there."""
    clock.set(lambda: datetime.now(UTC) + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense #",),
        ("/unknown#",),
        ("/menu",),
        ("/help", "/privacy"),
        ("/start",),
        ("/mydata",),
        ("x", "/back", "/start nowhere"),
    ],
)
async def test_1000_messages_at_once_get_a_few_answers_and_nobody_else_notices(running: RunningBot, words: tuple[str, ...]) -> None:
    flooder, other = running.person("Flood"), running.person("Other")
    await asyncio.gather(begin(flooder), begin(other))
    before = len(flooder.messages)
    pouring = asyncio.create_task(pour(running, flooder, *words))
    for press, seen in (("3", "A word?"), ("", "How old?")):
        other.press(press) if press else other.send("calm")
        await other.see(seen)
    await pouring
    assert 1 <= len(flooder.messages) - before <= MOST_ANSWERS, [text_of(message) for message in flooder.messages]
    assert running.service.flood.refused > 0
    pass_seconds(10)
    flooder.send("4")
    await flooder.until(lambda: text_of(flooder.last).startswith("A word?"), "the next question")


async def test_answers_in_a_flood_count_once_and_in_order(running: RunningBot) -> None:
    chat = running.person()
    await begin(chat)
    for number in range(1000):
        chat.send("2" if number == 0 else f"message {number}")
    await running.idle()
    pass_seconds(10)
    chat.send("after the flood")
    await chat.until(lambda: text_of(chat.last).startswith("How old?"), "the third question")
    record = await running.store.find_person(chat.person)
    assert record is not None and record.run is not None
    assert [answer["value"] for answer in record.run["answers"]] == [2, "after the flood"]


async def test_a_wrong_answer_alone_is_told_every_time(running: RunningBot) -> None:
    chat = running.person()
    await begin(chat)
    for _ in range(5):
        chat.send("nonsense")
        await chat.see("Please choose a number from 1 to 5.")
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None and SAID not in record.settings


async def test_what_is_refused_stands_in_the_operators_report(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path, ADMIN_IDS="100001") as running:
        admin, flooder = running.person("Operator"), running.person("Flood")
        await begin(flooder)
        await pour(running, flooder, "nonsense")
        admin.send("/stats")
        await admin.see(f"refused in floods {running.service.flood.refused}")
        assert running.service.flood.refused > 500


# --- the parts

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_in_a_burst_the_same_is_said_again_after_two_seconds() -> None:
    first = note_saying({"other": 1}, "range", 5, NOW)
    assert first == {"other": 1, SAID: {"range": NOW.timestamp()}}
    assert note_saying(first, "range", 20, NOW + timedelta(seconds=AGAIN_SECONDS - 0.01)) is None
    assert note_saying(first, "range", 1, NOW + timedelta(seconds=1)) is None  # the burst's last ones
    both = note_saying(first, "early", 20, NOW + timedelta(seconds=1))
    assert both is not None and set(both[SAID]) == {"range", "early"}
    later = note_saying(both, "range", 20, NOW + timedelta(seconds=AGAIN_SECONDS))
    assert later is not None and set(later[SAID]) == {"range", "early"}
    assert note_saying(later, "range", 1, NOW + timedelta(seconds=60)) == {"other": 1}


def test_without_a_burst_nothing_is_noted() -> None:
    assert note_saying({}, "range", 4, NOW) == {}


def test_a_clock_that_was_put_back_silences_nobody() -> None:
    said = note_saying({}, "range", 5, NOW + timedelta(hours=1))
    assert said is not None
    assert note_saying(said, "range", 1, NOW) == {}


def burst(flood: Flood, person: int, at: float) -> None:
    """A person's batch of which one is too many."""
    flood.begin_batch(at)
    refused = [flood.refuses(Arrival(number, "text", person, person, received=at)) for number in range(MOST_WAITING + 1)]
    assert refused == [*[False] * MOST_WAITING, True]


def test_friendly_words_are_few_and_bursts_are_forgotten() -> None:
    said: list[tuple[str, Any]] = []
    flood = Flood(make_lines(), lambda method, params: said.append((method, params["chat_id"])))
    for second in range(20):
        burst(flood, 7, 1000.0 + second)
    assert said == [("sendMessage", 7)] * WORDS
    for person in range(100, 200):
        burst(flood, person, 1030.0)
    assert len(flood) > 100
    flood.begin_batch(1030.0 + FORGET_SECONDS)
    assert len(flood) == 100
    flood.begin_batch(1031.0 + FORGET_SECONDS)
    assert len(flood) == 0


# --- memory


class Instant(Transport):
    """A Telegram that answers every call at once; polls are never answered."""

    sent = 0

    def begin(self, method: str, params: Mapping[str, Any], timeout: float | None = None) -> Call:
        answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        if method != "getUpdates":
            Instant.sent += method == "sendMessage"
            result = {"message_id": 100_000 + Instant.sent, "id": 1, "username": "waymark_bot", "is_bot": True, "first_name": "W"}
            answer.set_result((200, orjson.dumps({"ok": True, "result": result})))
        return Call(method, answer)

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """python-telegram-bot's own calls."""
        return await self.begin("getMe", {})._answer


def start_of(person: int) -> dict[str, Any]:
    """An update: somebody's first /start."""
    sender = {"id": person, "is_bot": False, "first_name": "P"}
    chat = {"id": person, "type": "private"}
    return {"update_id": person, "message": {"message_id": person, "date": 1, "chat": chat, "from": sender, "text": "/start"}}


async def test_of_3000_people_who_came_and_went_only_a_bounded_number_stays(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "Transport", Instant)
    monkeypatch.setattr(service_module, "PEOPLE_IN_MEMORY", 500)
    monkeypatch.setattr(Instant, "sent", 0)
    async with run_bot(folder, tmp_path) as running:
        service = running.service
        async with asyncio.timeout(30):
            while not service.application.running:
                await asyncio.sleep(0.01)
            for first in range(1, 3001, 100):
                await service.intake.take_in([start_of(person) for person in range(first, first + 100)])
                while service.lines.outstanding:
                    await asyncio.sleep(0.001)
                assert len(service.cache) <= 500
            while len(service.outbox):
                await asyncio.sleep(0.01)
        await service.intake.take_in([])
        assert Instant.sent == 3000
        assert (await running.store.count())["open_runs"] == 3000
        assert len(service.cache) == 500 and service.cache.locked == 0
        assert (service.lines._waiters, service.lines._waiting, service.lines._turns) == ({}, {}, set())
        assert (len(service.outbox), len(service.timers), len(service.flood)) == (0, 0, 0)
