"""The person's own clock: asked after the first flow and in /settings, answered in whatever way is easiest."""

import re
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from database.records import Person
from handlers import startup
from handlers.visit.cities import Cities, load_zone_cities
from handlers.visit.clocks import Clocks
from tests.chat import Chat, RunningBot, labels_of, run_bot, write_programme
from utils import clock

STEPS = [{"type": "text", "name": "word", "label": "A word?"}]
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningBot]:
    head = {"days": ["one", "two"], "remind": {"at": "19:00"}}
    folder = write_programme(tmp_path / "programmes", "study", head, one=STEPS, two=STEPS)
    clock.set(lambda: NOW)
    async with run_bot(folder, tmp_path) as opened:
        await opened.service.clocks.ready()  # else the question about the time may come a flow later
        yield opened


async def asked(running: RunningBot) -> Chat:
    chat = running.person(language_code="ar")
    chat.send("/settings")
    await chat.see("For me it is 08:00 where you are.")
    question = await chat.see("What time is it where you are?")
    assert labels_of(question) == ["08:00", "09:00", "10:00", "11:00", "12:00"]
    return chat


async def zone_of(running: RunningBot, chat: Chat) -> str:
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None
    return str(record.settings.get("zone", ""))


async def test_a_time_is_pressed_and_where_several_zones_fit_a_city(running: RunningBot) -> None:
    chat = await asked(running)
    chat.press("10:00")
    cities = await chat.see("Which of these is nearest")
    chat.press(labels_of(cities)[0])
    await chat.see("So it is 10:00 where you are.")
    assert await zone_of(running, chat) == "Africa/Cairo"


@pytest.mark.parametrize(
    ("typed", "zone"), [("Kairo", "Africa/Cairo"), ("Deutschland", "Europe/Berlin"), ("القاهرة", "Africa/Cairo")]
)
async def test_a_city_or_country_can_be_typed(running: RunningBot, typed: str, zone: str) -> None:
    chat = await asked(running)
    chat.send(typed)
    await chat.see("So it is")
    assert await zone_of(running, chat) == zone


@pytest.mark.parametrize("typed", ["Haifa", "Portland", "Berl", "Ankara"])
async def test_a_name_that_is_only_like_a_known_one_is_offered_and_never_taken(running: RunningBot, typed: str) -> None:
    chat = await asked(running)
    chat.send(typed)
    message = await chat.see("I don't know that place.")
    assert await zone_of(running, chat) == ""
    labels = labels_of(message)
    assert labels and all(re.fullmatch(r".+, \d\d:\d\d", label) for label in labels)
    chat.send("Kairo")  # another try
    await chat.see("So it is")
    assert await zone_of(running, chat) == "Africa/Cairo"


async def test_a_place_can_be_shared(running: RunningBot) -> None:
    chat = await asked(running)
    running.world.send_media(chat.person, "location", latitude=35.68, longitude=139.69)
    await chat.see("So it is 17:00 where you are.")
    assert await zone_of(running, chat) == "Asia/Tokyo"


async def test_what_is_no_place_is_said_and_forgotten(running: RunningBot) -> None:
    chat = await asked(running)
    chat.send("Gotham City")
    await chat.see("I don't know that place or time.")
    assert await zone_of(running, chat) == ""


async def test_while_a_flow_is_open_words_are_its_answer(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start")
    await chat.see("A word?")
    chat.send("Berlin")
    await chat.see("That was “One”.")
    await chat.see("What time is it where you are?")
    chat.send("/start study__two")
    await chat.see("A word?")
    chat.send("Berlin")
    await chat.see("That was “Two”.")
    assert await zone_of(running, chat) == ""
    (_, second) = await running.store.list_runs(chat.person)
    assert second["answers"][0]["value"] == "Berlin"


async def test_a_zone_moves_the_reminder_and_the_day(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start")
    await chat.see("A word?")
    chat.send("calm")
    await chat.see("That was “One”.")
    await chat.see("What time is it")
    chat.send("Tokyo")
    await chat.see("So it is 17:00 where you are.")
    await running.idle()
    clock.set(lambda: NOW + timedelta(days=1, hours=2))  # 10:00 in UTC, 19:00 in Tokyo
    await running.service.wakes.look()
    await chat.see("Day 2 of “Study” is there")


async def test_what_was_begun_before_the_first_zone_is_dated_by_the_persons_own_calendar(running: RunningBot) -> None:
    """06:00 in UTC is the evening before in Honolulu, so the next day's flow is due a date earlier than UTC would have it."""
    clock.set(lambda: NOW.replace(hour=6))
    chat = running.person()
    chat.send("/start")
    await chat.see("A word?")
    chat.send("calm")
    await chat.see("That was “One”.")
    await chat.see("What time is it")
    chat.send("Honolulu")
    await chat.see("So it is 20:00 where you are.")
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None
    assert record.progress["study"]["done"] == {"one": "2026-03-01"}
    clock.set(lambda: NOW.replace(day=3, hour=5))
    await running.look()
    await chat.see("Day 2 of “Study” is there")


async def test_a_later_zone_is_a_move_and_dates_nothing_anew(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start")
    await chat.see("A word?")
    chat.send("calm")
    await chat.see("That was “One”.")
    await chat.see("What time is it")
    chat.send("Tokyo")
    await chat.see("So it is 17:00")
    chat.send("/settings")
    await chat.see("For me it is 17:00")
    await chat.see("What time is it")
    chat.send("Honolulu")
    await chat.see("So it is 22:00")
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None
    assert record.progress["study"]["done"] == {"one": "2026-03-02"}
    chat.send("/start")
    await chat.see("Today's part is done.")


@pytest.mark.parametrize(
    ("language", "pressed", "cities"),
    [
        ("ar", "10:00", ["القاهرة", "طرابلس", "بيروت", "غزة"]),
        ("he", "10:00", ["ירושלים"]),
        ("ru", "11:00", []),  # all clocks that show this now go on alike
        ("de", "09:00", ["Berlin"]),
        ("pt-br", "05:00", ["São Paulo"]),
    ],
)
async def test_cities_are_offered_in_the_persons_language(
    running: RunningBot, language: str, pressed: str, cities: list[str]
) -> None:
    chat = running.person(language_code=language)
    chat.send("/settings")
    await chat.see("For me it is")
    assert pressed in labels_of(await chat.see("What time is it where you are?"))
    chat.press(pressed)
    if not cities:
        await chat.see(f"So it is {pressed} where you are.")
        return
    shown = labels_of(await chat.see("Which of these is nearest"))
    assert shown[: len(cities)] == cities


@pytest.mark.parametrize(
    ("typed", "says", "zone"),
    [
        ("13:30", "So it is 13:30", "Asia/Colombo"),
        ("1.45 pm", "So it is 13:45", "Asia/Kathmandu"),
        ("１３：３０", "So it is 13:30", "Asia/Colombo"),
        ("10:00", "Which of these is nearest", ""),
        ("Samoa", "Which of these is nearest", ""),
    ],
)
async def test_a_time_can_be_typed_and_cities_are_asked_only_where_several_zones_fit(
    running: RunningBot, typed: str, says: str, zone: str
) -> None:
    chat = await asked(running)
    chat.send(typed)
    await chat.see(says)
    assert await zone_of(running, chat) == zone


async def test_in_the_middle_of_a_flow_settings_go_first_and_the_question_stays_open(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start")
    await chat.see("A word?")
    chat.send("/settings")
    await chat.see("For me it is 08:00")
    await chat.see("What time is it")
    chat.send("Berlin")
    await chat.see("So it is 09:00")
    chat.send("calm")
    await chat.see("That was “One”.")
    assert await zone_of(running, chat) == "Europe/Berlin"


async def test_who_comes_before_the_cities_are_there_waits_and_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are loaded when updates are taken already."""
    gate, load = threading.Event(), startup._load_cities

    def load_late(languages: frozenset[str]) -> Cities:
        gate.wait()
        return load(languages)

    monkeypatch.setattr(startup, "_load_cities", load_late)
    folder = write_programme(tmp_path / "programmes", "study", {"days": ["one"]}, one=STEPS)
    clock.set(lambda: NOW)
    async with run_bot(folder, tmp_path) as opened:
        try:
            early, other = opened.person(language_code="ar"), opened.person()
            early.send("/settings")
            early.send("Kairo")
            other.send("/help")
            await other.see("/start")
            assert early.messages == []
            gate.set()
            await early.see("For me it is 08:00 where you are.")
            await early.see("What time is it where you are?")
            await early.see("So it is 10:00 where you are.")
        finally:
            gate.set()


def test_a_zone_that_was_told_counts_before_the_names_of_cities_are_there() -> None:
    """What is no zone, or none any more, is as if it had not been told."""
    clocks = Clocks(UTC)
    clocks.take(load_zone_cities())
    told = Person(1, settings={"zone": "Asia/Jerusalem"})
    assert clocks.knows(told)
    assert str(clocks.zone_of(told)) == "Asia/Jerusalem"
    for name in ("Atlantis/Capital", "../../etc/passwd", "Asia", ""):
        other = Person(2, settings={"zone": name})
        assert not clocks.knows(other)
        assert clocks.zone_of(other) is UTC


async def test_cities_that_can_not_be_loaded_are_told_to_whoever_needs_them() -> None:
    """Nobody waits for ever."""
    clocks = Clocks(UTC)

    async def fail() -> Cities:
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"):
        await clocks.learn(fail)
    with pytest.raises(RuntimeError, match="could not be loaded"):
        await clocks.ready()
