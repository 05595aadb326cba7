"""Typed words as people's apps send them: long texts in parts, replies, captions, albums. Each is taken for what it is meant."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulator.world.world import World
from tests.chat import TOKEN, Chat, RunningBot, labels_of, run_bot, text_of, write_programme

STEPS = [
    {"type": "text", "name": "first", "label": "First?"},
    {"type": "note", "name": "between", "label": "A note.", "pause": "0s"},
    {"type": "text", "name": "second", "label": "Second?"},
    {"type": "text", "name": "third", "label": "Third?"},
    {"type": "integer", "name": "age", "label": "How old?", "constraint": ". >= 1 and . <= 120"},
]
TIMER = [{"type": "timer", "name": "wait", "label": "Breathe.", "seconds": 1}, {"type": "text", "name": "over", "label": "Done?"}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_programme(tmp_path / "programmes", "trial", {"menu": ["walk", "rest"]}, walk=STEPS, rest=TIMER)


@pytest.fixture
async def running(folder: Path, tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with run_bot(folder, tmp_path) as opened:
        yield opened


async def begin(running: RunningBot) -> Chat:
    chat = running.person()
    chat.send("/start trial__walk")
    await chat.see("First?")
    return chat


async def answers_of(running: RunningBot, chat: Chat) -> dict[str, Any]:
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None and record.run is not None
    return {one["step"]: one["value"] for one in record.run["answers"] if not one["replaced"]}


async def test_a_text_of_one_message_is_taken_whatever_its_length(running: RunningBot) -> None:
    chat = await begin(running)
    chat.send("x" * 4096)
    await chat.see("A note.")
    await chat.see("Second?")
    assert await answers_of(running, chat) == {"first": "x" * 4096}


async def test_the_parts_of_a_long_text_are_one_answer_and_none_answers_the_next_question(running: RunningBot) -> None:
    chat = await begin(running)
    chat.send("a" * 4096)
    chat.send("b" * 4000)
    chat.send("the end")
    await chat.until(lambda: [text_of(one) for one in chat.messages].count("Second?") == 3, "the question after each part")
    assert await answers_of(running, chat) == {"first": "a" * 4096 + "b" * 4000 + "\nthe end"}
    chat.send("an answer")
    await chat.until(lambda: text_of(chat.last) == "Third?", "the next question")
    assert (await answers_of(running, chat))["second"] == "an answer"


async def test_a_text_above_16000_characters_is_complained_of_once(running: RunningBot) -> None:
    chat = await begin(running)
    for _ in range(6):
        chat.send("x" * 4096)
    await running.idle()
    words = [text_of(one) for one in chat.messages]
    assert sum("keep it under 16000 characters" in one for one in words) == 1
    record = await running.store.find_person(chat.person)
    assert record is not None and record.run is not None and record.run["step"] == "first"
    running.world.put_clock(running.world.now() + 10)
    chat.send("short")
    await chat.until(lambda: text_of(chat.last) == "Second?", "the next question")
    assert await answers_of(running, chat) == {"first": "short"}


async def test_what_was_refused_is_refused_with_all_its_parts(running: RunningBot) -> None:
    chat = await begin(running)
    for words in ("one", "two", "three"):
        chat.send(words)
        await running.idle()
    chat.send("9" * 4000)
    chat.send("7")
    await running.idle()
    assert text_of(chat.last).startswith("Please send a whole number")
    assert "age" not in await answers_of(running, chat)


async def test_a_reply_to_the_open_question_or_to_a_complaint_is_an_answer(running: RunningBot) -> None:
    chat = await begin(running)
    running.world.say(chat.person, "one", reply_to=chat.last["message_id"])
    await chat.see("A note.")
    await chat.see("Second?")
    note = chat.messages[-2]
    running.world.say(chat.person, "two", reply_to=note["message_id"])
    await chat.see("Third?")
    assert await answers_of(running, chat) == {"first": "one", "second": "two"}


async def test_a_reply_to_ones_own_answer_or_its_question_corrects_it(running: RunningBot) -> None:
    chat = await begin(running)
    own = chat.send("one")
    await chat.see("A note.")
    await chat.see("Second?")
    again = running.world.say(chat.person, "one, better", reply_to=own)
    await chat.see("A note.")
    await chat.see("Second?")
    assert await answers_of(running, chat) == {"first": "one, better"}
    running.world.say(chat.person, "one, best", reply_to=again)
    await chat.see("A note.")
    await chat.see("Second?")
    assert await answers_of(running, chat) == {"first": "one, best"}


async def test_a_reply_to_a_question_that_is_over_is_not_taken_for_the_open_one(running: RunningBot) -> None:
    chat = await begin(running)
    first = chat.last
    chat.send("one")
    await chat.see("A note.")
    await chat.see("Second?")
    chat.send("two")
    await chat.see("Third?")
    running.world.say(chat.person, "no, other", reply_to=first["message_id"])
    await chat.see("That question is over. This is the one that is open:")
    await chat.see("Third?")
    assert await answers_of(running, chat) == {"first": "one", "second": "two"}


async def test_a_caption_is_taken_as_text_and_an_album_gets_one_complaint(running: RunningBot) -> None:
    chat = await begin(running)
    running.world.send_media(chat.person, "photo", caption="with words")
    await chat.see("A note.")
    await chat.see("Second?")
    for _ in range(4):
        running.world.send_media(chat.person, "photo", media_group_id="77")
    await chat.see("Please answer this one in words.")
    await running.idle()
    await chat.nothing_more()
    assert await answers_of(running, chat) == {"first": "with words"}


async def test_the_rest_of_an_album_does_not_answer_the_next_question(running: RunningBot) -> None:
    chat = await begin(running)
    running.world.send_media(chat.person, "photo", caption="with words", media_group_id="78")
    running.world.send_media(chat.person, "photo", media_group_id="78", caption="more words")
    await chat.see("A note.")
    await chat.see("Second?")
    await running.idle()
    await chat.nothing_more()
    assert await answers_of(running, chat) == {"first": "with words"}


async def test_the_bounds_of_a_constraint_are_said(running: RunningBot) -> None:
    chat = await begin(running)
    for words in ("one", "two", "three", "200"):
        chat.send(words)
        await running.idle()
    assert text_of(chat.last) == "Please choose a number from 1 to 120."


async def test_a_finished_timer_says_so_in_its_last_line(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start trial__rest")
    message = await chat.see("Breathe.", "Skip")
    await chat.see("Done?")
    await chat.until(lambda: text_of(message) == "Breathe.\n\nTime is over.", "the last line")
    assert "reply_markup" not in message


async def test_an_answer_within_the_second_of_a_call_that_was_repeated_counts(folder: Path, tmp_path: Path) -> None:
    """The first try ended with 502, so there may be an earlier copy; but the answer is newer than the copy that is there."""
    world = World(TOKEN)
    world.faults.add("sendMessage", kind="server_error", times=1)
    async with run_bot(folder, tmp_path, world) as running:
        chat = running.person()
        chat.send("/start trial__walk")
        await chat.see("First?")
        chat.send("at once")
        await chat.see("A note.")
        await chat.see("Second?")


async def test_a_keyboard_that_is_too_large_comes_with_shorter_labels(tmp_path: Path) -> None:
    """Refusals and then silence for ever would leave the person standing."""
    labels = [f"{number:02} {'long words ' * 9}".strip() for number in range(96)]
    steps = [{"type": "select_one", "name": "town", "label": "Which?", "choices": labels}, *STEPS[:1]]
    folder = write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=steps)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        chat.send("/start")
        message = await chat.see("Which?")
        shown = labels_of(message)
        assert len(shown) == 96 and shown[7].startswith("07 long words") and shown[7].endswith("…")
        chat.press(shown[7])
        await chat.see("First?")
        assert await answers_of(running, chat) == {"town": labels[7]}


async def test_where_telegram_refuses_every_button_labels_are_typed(folder: Path, tmp_path: Path) -> None:
    steps = [{"type": "select_one", "name": "town", "label": "Which?", "choices": ["Rome", "Oslo"]}, *STEPS[:1]]
    write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=steps)
    world = World(TOKEN)
    async with run_bot(folder, tmp_path, world) as running:
        world.faults.add("sendMessage", kind="bad_request", times=2)  # as it is (its words are bare), and the apology
        chat = running.person()
        chat.send("/start trial__walk")
        message = await chat.see("Which?")
        assert text_of(message) == "Which?\n\nPlease type one of these:\n• Rome\n• Oslo" and not labels_of(message)
        chat.send("Oslo")
        await chat.see("First?")
