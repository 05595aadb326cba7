"""What must never go wrong, in the plain case: nothing lost over a restart, nothing counted twice, nobody slowed by another."""

import threading
from pathlib import Path

import pytest

from handlers import startup
from simulator.world.world import World
from tests.chat import PATIENCE, TOKEN, Chat, RunningBot, run_bot, text_of, write_programme


async def test_updates_that_came_while_the_bot_was_down_are_handled_in_order(programmes: Path, tmp_path: Path) -> None:
    async with run_bot(programmes, tmp_path) as running:
        chat = running.person()
        chat.send("/start")
        await chat.see("Good evening")
        await chat.see("How tense")
        await running.idle()
        world = running.world
    chat.press("2")
    async with run_bot(programmes, tmp_path, world):
        await chat.see("Where are you?")


async def test_no_turn_begins_before_the_markdown_parser_is_loaded(
    programmes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two who load a library at the same time wait for one another; a turn may not, since everybody would wait with it."""
    loaded = threading.Event()
    monkeypatch.setattr(startup, "render_markdown", lambda _: loaded.wait(PATIENCE))
    world = World(TOKEN)
    chat = Chat(world, world.add_person("Mona").id)
    chat.send("/start")
    async with run_bot(programmes, tmp_path, world, waits=False):
        try:
            await chat.nothing_more(0.5)
        finally:
            loaded.set()
        await chat.see("Good evening")


async def test_an_update_delivered_again_counts_once(running: RunningBot) -> None:
    running.world.faults.add("getUpdates", kind="duplicate_updates")
    chats = [running.person() for _ in range(5)]
    for chat in chats:
        chat.send("/start")
        await chat.see("Good evening")
        await chat.see("How tense")
        chat.press("4")
        await chat.see("Where are you?")
        await chat.nothing_more(0.02)
    await running.idle()
    for chat in chats:
        record = await running.store.find_person(chat.person)
        assert record is not None and record.run is not None
        assert [answer["value"] for answer in record.run["answers"]] == [4]


async def test_one_who_floods_is_answered_a_little_and_nobody_else_waits(running: RunningBot) -> None:
    flooder, other = running.person("Flood"), running.person("Other")
    for number in range(1000):
        flooder.send(f"message {number}")
    other.send("/start")
    await other.see("Good evening Other")
    await other.see("How tense")
    await running.idle()
    assert running.service.flood.refused >= 900
    assert sum("that was a lot at once" in text_of(message) for message in flooder.messages) <= 3
    flooder.send("/menu")
    await flooder.until(lambda: "What would you like" in text_of(flooder.last), "the menu")


async def test_a_poison_update_is_put_aside_and_stops_nobody(running: RunningBot) -> None:
    await running.service.intake.take_in([{"update_id": 7, "message": {"chat": "none"}}])
    chat = running.person()
    chat.send("/start")
    await chat.see("Good evening")
    (dead,) = await running.store.list_dead()
    assert (dead.update_id, dead.body) == (7, b'{"update_id":7,"message":{"chat":"none"}}')


async def test_a_message_that_telegram_refuses_is_shown_plainly(tmp_path: Path) -> None:
    steps = [{"type": "text", "name": "word", "label": "A **strong** word?"}]
    folder = write_programme(tmp_path / "programmes", "study", {"menu": ["one"]}, one=steps)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        running.world.faults.add("sendMessage", kind="bad_request", description="Bad Request: can't parse entities", times=1)
        chat.send("/start")
        question = await chat.see("A strong word?")
        assert "entities" not in question
        chat.send("calm")
        await chat.see("That was “One”.")


async def test_a_question_that_could_not_be_shown_at_all_is_asked_again(tmp_path: Path) -> None:
    steps = [{"type": "text", "name": "word", "label": "A **strong** word?"}]
    folder = write_programme(tmp_path / "programmes", "study", {"menu": ["one"]}, one=steps)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        running.world.faults.add("sendMessage", kind="bad_request", description="Bad Request: no", times=3)
        chat.send("/start")
        await chat.until(lambda: running.service.outbox.delivery.refused == 3, "three refusals")
        chat.send("hello?")
        await chat.see("A strong word?")
        chat.send("calm")
        await chat.see("That was “One”.")


async def test_429_for_one_chat_holds_that_chat_only(running: RunningBot) -> None:
    slow, other = running.person("Slow"), running.person("Other")
    fault = running.world.faults.add("sendMessage", chat=slow.person, kind="too_many_requests", retry_after=1)
    slow.send("/start")
    other.send("/start")
    await other.see("Good evening")
    await other.see("How tense")
    assert slow.messages == []
    running.world.faults.remove(fault)
    await slow.see("Good evening")
    await slow.see("How tense")


async def test_server_errors_and_lost_answers_are_tried_again(running: RunningBot) -> None:
    running.world.faults.add("sendMessage", kind="server_error", probability=0.3)
    running.world.faults.add("sendMessage", kind="reset_before", probability=0.2)
    chat = running.person()
    chat.send("/start calm__breath")
    await chat.see("Ready?")
    chat.press("OK")
    await chat.see("Breathe.")
    await chat.see("That was “Breath”.")


async def test_a_handler_that_fails_costs_an_apology_and_not_the_person(running: RunningBot, monkeypatch) -> None:
    from handlers import routes

    async def broken(visit: object) -> None:
        raise KeyError("what the person typed")

    monkeypatch.setitem(routes.COMMANDS, "menu", broken)
    chat = running.person()
    chat.send("/menu")
    await chat.see("I'm sorry, something went wrong")
    chat.send("/start")
    await chat.see("Good evening")
    (dead,) = await running.store.list_dead()
    assert dead.reason.startswith("KeyError (test_promises.py:") and "typed" not in dead.reason


async def test_no_token_and_no_answer_in_the_log_at_debug(running: RunningBot, caplog) -> None:
    caplog.set_level("DEBUG")
    chat = running.person()
    chat.send("/start")
    await chat.see("Good evening")
    await chat.see("How tense")
    chat.press("3")
    await chat.see("Where are you?")
    chat.press("Other")
    chat.send("secretplace")
    await chat.see("What do you see?")
    chat.send("secretwords")
    await chat.next()
    await running.idle()
    assert "secretplace" not in caplog.text and "secretwords" not in caplog.text
