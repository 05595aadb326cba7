"""Telegram's 429: a chat waits as told, the whole bot pauses when many chats are told so, and replies go first after it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulator.world.chats import Event
from simulator.world.world import World
from tests.chat import TOKEN, Chat, RunningBot, run_bot, text_of, write_programme
from utils import clock

STEPS = [{"type": "text", "name": "word", "label": "A word?"}]
BEGUN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


async def test_a_chat_that_is_told_to_wait_waits_as_told_over_a_restart_too(
    tmp_path: Path, size: Callable[[int, int], int]
) -> None:
    wait = size(4, 30)  # longer than what a stop leaves to calls under way
    folder = write_programme(tmp_path / "programmes", "study", {"menu": ["one"]}, one=STEPS)
    world = World(TOKEN)
    seen: list[float] = []
    async with run_bot(folder, tmp_path, world) as running:
        held, other = running.person("Held"), running.person("Other")
        rule = world.faults.add("sendMessage", held.person, kind="too_many_requests", retry_after=wait, times=1)
        world.subscribe(lambda event: note_message(event, held.person, world, seen))
        await held.until(lambda: world.calls["getupdates"], "the first poll")
        told = time.monotonic()
        held.send("/start")
        await held.until(lambda: world.faults.hits[rule], "the 429")
    async with run_bot(folder, tmp_path, world):
        other.send("/start")
        await other.see("A word?")
        await wait_for(held, seconds=wait)
    print(f"told to wait {wait} s, the message came after {seen[0] - told:.1f} s, over a restart")
    assert seen[0] - told >= wait
    assert world.calls["sendmessage"] == 3  # the refused one, the other's, and one after the wait


def note_message(event: Event, person: int, world: World, seen: list[float]) -> None:
    if event.kind == "message" and event.person_id == person and event.data["from"]["id"] == world.bot["id"]:
        seen.append(time.monotonic())


async def wait_for(chat: Chat, seconds: int) -> None:
    """The first message, which comes after so many seconds."""
    for _ in range(1 + seconds // 10):
        try:
            await chat.until(lambda: chat.messages, "the message that was held")
            return
        except AssertionError:
            continue
    raise AssertionError("it never came")


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> None:
    """The clock stands at this moment, so many days after the first one."""
    moment = BEGUN.replace(hour=hour, minute=minute, second=second) + timedelta(days=day)
    clock.set(lambda: moment)


async def begin(running: RunningBot, programme: str) -> Chat:
    """Somebody who was asked the first question of that programme."""
    chat = running.person()
    chat.send(f"/start {programme}")
    await chat.see("A word?")
    return chat


async def test_429_for_all_pauses_the_bot_then_everything_goes_out_replies_first(
    tmp_path: Path, size: Callable[[int, int], int]
) -> None:
    head = {"days": ["one", "two"], "remind": {"at": "19:00"}}
    folder = write_programme(tmp_path / "programmes", "study", head, one=STEPS, two=STEPS)
    write_programme(folder, "talk", {"menu": ["one"]}, one=STEPS)
    at(0, 8)
    async with run_bot(folder, tmp_path) as running:
        due = await begin(running, "study")
        due.send("calm")
        await due.see("That was “One”. Tomorrow: “Two”.")
        first = [await begin(running, "talk") for _ in range(3)]
        later = [await begin(running, "talk") for _ in range(size(10, 200))]
        await running.idle()
        at(1, 19)
        rule = running.world.faults.add("sendMessage", kind="too_many_requests", retry_after=1)
        for chat in first:
            chat.send("calm")
        await due.until(lambda: running.world.faults.hits[rule] == 3, "three chats that are told to wait")
        await running.service.wakes.look()
        await due.until(lambda: len(running.service.outbox.list_waiting()) >= 4, "the reminder, which is held")
        for chat in later:
            chat.send("calm")
        waiting = 4 + len(later)
        await due.until(lambda: len(running.service.outbox.list_waiting()) >= waiting, "everybody's messages")
        assert running.world.faults.hits[rule] == 3  # nobody calls while the bot is paused
        running.world.faults.remove(rule)
        at(1, 19, 0, 2)
        await due.until(lambda: "Day 2" in text_of(due.last), "the reminder")
        reminded = due.last["message_id"]
        replies = [chat.messages[1]["message_id"] for chat in (*first, *later)]
        print(f"{waiting} chats were held; {sum(number < reminded for number in replies)} replies came before the reminder")
        assert all(number < reminded for number in replies)
        await running.idle()
        assert all("That was “One”" in text_of(chat.messages[1]) for chat in (*first, *later))
