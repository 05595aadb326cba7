"""What must hold when Telegram, the store, a file or a person misbehaves: nothing lost, nothing doubled, nobody left in silence."""

import asyncio
import logging
import struct
import zlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from handlers.rendering.richtext import units
from simulator.world.faults import Faults
from simulator.world.world import World
from tests.chat import TOKEN, Chat, RunningBot, labels_of, run_bot, text_of, write_programme
from trials.faulty_store import FaultyStore

QUESTIONS = [
    {"type": "select_one", "name": "one", "label": "First?", "choices": ["Yes", "No"]},
    {"type": "text", "name": "two", "label": "Second?"},
    {"type": "integer", "name": "three", "label": "Third?"},
    {"type": "acknowledge", "name": "four", "label": "Fourth?"},
]
EARLY = "Your message came before I had asked."
SEEN = ["First?", "Second?", "Third?", "Fourth?", "That was “Walk”."]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One programme of four questions."""
    return write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=QUESTIONS)


@pytest.fixture
async def running_walk(folder: Path, tmp_path: Path) -> AsyncIterator[RunningBot]:
    """A bot that serves the four questions."""
    async with run_bot(folder, tmp_path) as opened:
        yield opened


@pytest.fixture
async def faulty(folder: Path, tmp_path: Path) -> AsyncIterator[tuple[RunningBot, FaultyStore]]:
    """A bot whose store can be made to fail."""
    stores: list[FaultyStore] = []

    def wrap(store: Any) -> FaultyStore:
        stores.append(FaultyStore(store))
        return stores[0]

    async with run_bot(folder, tmp_path, wrap=wrap) as running:
        yield running, stores[0]


async def walk(chat: Chat) -> None:
    """All four questions, each answered as soon as it comes."""
    chat.send("/start")
    await chat.see("First?")
    chat.press("Yes")
    await chat.see("Second?")
    await type_until_taken(chat, f"words of {chat.person}", "Third?")
    await type_until_taken(chat, str(chat.person), "Fourth?")
    chat.press("OK")
    await chat.see("That was “Walk”.")


async def type_until_taken(chat: Chat, words: str, following: str) -> None:
    """After a repeat, words of the very second in which their question was asked are not taken: send them again."""
    chat.send(words)
    if EARLY in text_of(message := await chat.next()):
        await asyncio.sleep(1.1)
        chat.send(words)
        message = await chat.next()
    assert following in text_of(message)


async def answers_of(running: RunningBot, chat: Chat) -> list[Any]:
    """Every answer ever given, replaced ones too."""
    record = await running.store.find_person(chat.person)
    assert record is not None
    runs = [*await running.store.list_runs(chat.person), *([record.run] if record.run else [])]
    return [answer["value"] for run in runs for answer in run["answers"]]


def all_answers(chat: Chat) -> list[Any]:
    """What `walk` answers."""
    return ["Yes", f"words of {chat.person}", chat.person, True]


def texts_of(chat: Chat) -> list[str]:
    """Everything the bot said, in order; a pressed question as it was asked."""
    return [text_of(message).split("\n")[0] for message in chat.messages]


async def all_walk(running: RunningBot, people: int) -> list[Chat]:
    """So many people walk at once."""
    chats = [running.person(f"Person {number}") for number in range(people)]
    await asyncio.gather(*(walk(chat) for chat in chats))
    await running.idle()
    return chats


async def check_walks(running: RunningBot, chats: list[Chat], passed_over: str = "") -> None:
    """Whatever went wrong must not be seen by any of them."""
    for chat in chats:
        assert [text for text in texts_of(chat) if not passed_over or passed_over not in text] == SEEN
        assert await answers_of(running, chat) == all_answers(chat)


# --- updates


async def test_every_update_delivered_three_times_counts_once(running_walk: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in = running_walk.service.intake.take_in

    async def take_in_thrice(batch: Sequence[dict[str, Any]]) -> int | None:
        return [await take_in(batch) for _ in range(3)][-1]

    monkeypatch.setattr(running_walk.service.intake, "take_in", take_in_thrice)
    await check_walks(running_walk, await all_walk(running_walk, 10))


async def test_of_two_options_pressed_10_ms_apart_exactly_the_first_counts(running_walk: RunningBot) -> None:
    async def press_both(chat: Chat) -> None:
        chat.send("/start")
        question = await chat.see("First?")
        yes, no = (button["callback_data"] for row in question["reply_markup"]["inline_keyboard"] for button in row)
        chat.world.press(chat.person, question["message_id"], yes)
        await asyncio.sleep(0.01)
        chat.world.press(chat.person, question["message_id"], no, stale=True)
        await chat.see("Second?")

    chats = [running_walk.person() for _ in range(500)]
    await asyncio.gather(*(press_both(chat) for chat in chats))
    await running_walk.idle()
    for chat in chats:
        assert texts_of(chat) == SEEN[:2]
        assert await answers_of(running_walk, chat) == ["Yes"]


# --- the store


async def test_with_acknowledgements_cut_nothing_is_doubled_and_nobody_waits(faulty: tuple[RunningBot, FaultyStore]) -> None:
    running, store = faulty
    store.cuts = 0.05
    chats = await all_walk(running, 40)
    assert store.hits["cuts"] > 5
    await check_walks(running, chats)


async def test_a_wait_whose_acknowledgement_is_lost_leaves_nobody_in_silence(tmp_path: Path) -> None:
    """A wait has no update id by which a second try could tell that the first one was written."""
    stores: list[FaultyStore] = []

    def wrap(store: Any) -> FaultyStore:
        stores.append(FaultyStore(store))
        return stores[0]

    steps = [{"type": "timer", "name": "wait", "label": "Count", "seconds": 1}, {"type": "text", "name": "word", "label": "And?"}]
    folder = write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=steps)
    async with run_bot(folder, tmp_path, wrap=wrap) as running:
        chat = running.person()
        chat.send("/start")
        await chat.see("Count")
        await running.idle()
        stores[0].cuts = 1.0
        await chat.until(lambda: stores[0].hits["cuts"] > 0, "a lost acknowledgement")
        stores[0].cuts = 0.0
        await chat.see("And?")
        assert [text_of(message) for message in chat.messages].count("And?") == 1


async def test_with_a_store_that_is_slow_and_fails_all_goes_on(faulty: tuple[RunningBot, FaultyStore]) -> None:
    running, store = faulty
    store.fails, store.cuts, store.seconds = 0.05, 0.05, 0.002
    chats = await all_walk(running, 30)
    assert store.hits["fails"] > 5 and store.hits["cuts"] > 5
    store.fails = store.cuts = 0
    await check_walks(running, chats)


async def test_a_store_that_is_away_loses_nothing_and_fills_no_log(
    faulty: tuple[RunningBot, FaultyStore], caplog: pytest.LogCaptureFixture
) -> None:
    running, store = faulty
    chats = [running.person() for _ in range(30)]
    for chat in chats:
        chat.send("/start")
    for chat in chats:
        await chat.see("First?")
    await running.idle()
    store.away = True
    caplog.clear()
    for chat in chats:
        chat.press("Yes")
    late = running.person("Late")
    late.send("/start")
    await asyncio.sleep(1.0)
    said = [record for record in caplog.records if record.name.startswith("waymark") and record.levelno >= logging.INFO]
    assert store.hits["away"] >= 3
    assert len(said) <= 3, [record.getMessage() for record in said]  # one for each that waits for the store, then one a minute
    assert all(len(chat.messages) == 1 for chat in chats)
    store.away = False
    for chat in chats:
        await chat.see("Second?")
    await late.see("First?")
    await running.idle()
    for chat in chats:
        assert await answers_of(running, chat) == ["Yes"]


async def test_a_store_that_is_away_at_the_start_is_waited_for(folder: Path, tmp_path: Path) -> None:
    stores: list[FaultyStore] = []

    def wrap(store: Any) -> FaultyStore:
        stores.append(FaultyStore(store))
        stores[0].away = True
        return stores[0]

    async with run_bot(folder, tmp_path, wrap=wrap, waits=False) as running:
        chat = running.person()
        chat.send("/start")
        await asyncio.sleep(0.3)
        stores[0].away = False
        await chat.see("First?")
        assert stores[0].hits["away"] > 0


# --- Telegram


async def test_who_blocks_the_bot_costs_one_more_call_and_goes_on_later(running_walk: RunningBot) -> None:
    chat = running_walk.person()
    chat.send("/start")
    await chat.see("First?")
    chat.press("Yes")
    await chat.see("Second?")
    await running_walk.idle()
    calls = running_walk.world.calls
    before = sum(count for method, count in calls.items() if method != "getupdates")
    chat.send("words")
    chat.world.block(chat.person)
    await chat.until(lambda: not chat.world.pending, "the updates to be fetched")
    await running_walk.idle()
    assert sum(count for method, count in calls.items() if method != "getupdates") - before <= 1
    chat.world.unblock(chat.person)
    chat.send("/start")
    await chat.see("You are in the middle of “Walk”.", "Continue", "Start again")
    chat.press("Continue")
    await chat.see("Third?")
    assert await answers_of(running_walk, chat) == ["Yes", "words"]


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("editMessageText", "Bad Request: message to edit not found"),
        ("editMessageText", "Bad Request: message is not modified: specified new message content and reply markup are the same"),
        ("editMessageText", "Bad Request: message can't be edited"),
        ("answerCallbackQuery", "Bad Request: query is too old and response timeout expired or query ID is invalid"),
    ],
)
async def test_refusals_that_change_nothing_are_passed_over(
    running_walk: RunningBot, caplog: pytest.LogCaptureFixture, method: str, words: str
) -> None:
    fault = running_walk.world.faults.add(method, kind="bad_request", description=words)
    chat = running_walk.person()
    await walk(chat)
    await running_walk.idle()
    assert running_walk.world.faults.hits[fault] == 2  # two questions are pressed, none of the calls is repeated
    assert texts_of(chat) == SEEN
    assert await answers_of(running_walk, chat) == all_answers(chat)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html", "times": 2},
        {"kind": "hang", "seconds": 0.3, "times": 2},
        {"kind": "conflict", "times": 2},
        {"kind": "unauthorized", "times": 2},
        {"kind": "not_found", "times": 2},
        {"kind": "server_error", "times": 2},
        {"kind": "reset_after", "times": 2},
        {"kind": "too_many_requests", "retry_after": 1, "times": 1},
    ],
    ids=lambda fault: fault["kind"],
)
async def test_polling_is_back_after_whatever_get_updates_answered(folder: Path, tmp_path: Path, fault: dict[str, Any]) -> None:
    async with run_bot(folder, tmp_path) as running:
        rule = running.world.faults.add("getUpdates", **fault)
        chat = running.person()
        chat.send("/start")  # ends the poll that the fault came too late for
        await chat.see("First?")
        chat.press("Yes")
        await chat.see("Second?")
        await chat.nothing_more(0.05)
        assert running.world.faults.hits[rule] == fault["times"]


@pytest.mark.parametrize("seed", [1, 10], ids=["first call", "second call"])
@pytest.mark.parametrize("kind", ["html", "server_error", "reset_before", "too_many_requests"])
async def test_the_bot_starts_although_telegram_fails_a_call(folder: Path, tmp_path: Path, kind: str, seed: int) -> None:
    world = World(TOKEN)
    world.faults = Faults(seed)
    fault = world.faults.add("getMe", kind=kind, probability=0.5, times=1)
    async with run_bot(folder, tmp_path, world) as running:
        chat = running.person()
        chat.send("/start")
        await chat.see("First?")
        assert world.faults.hits[fault] == 1 or world.calls["getme"] == 1


# --- words


async def test_what_a_person_is_called_and_types_is_shown_and_kept_exactly(tmp_path: Path) -> None:
    name, odd, emoji = '<b>&"{{7*7}}${x}', "</b>*_[](", "🙂🙃" * 1000
    names = ("odd", "a", "b", "c", "d", "e")
    steps: list[dict[str, Any]] = [{"type": "text", "name": one, "label": f"And {one}?"} for one in names]
    shown = "${first_name} wrote ${odd} and ${a}${b}${c}${d}${e}"
    steps.append({"type": "select_one", "name": "right", "label": shown, "choices": ["Yes", "No"]})
    folder = write_programme(tmp_path / "programmes", "odd", {"menu": ["walk"]}, walk=steps)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person(name)
        chat.send("/start")
        said = [odd, *[emoji] * 5]  # a client sends 10,000 characters in parts of at most 4,096 units
        for one, words in zip(names, said, strict=True):
            await chat.see(f"And {one}?")
            chat.send(words)
        await running.idle()
        parts = chat.messages[len(names) :]
        assert "".join(map(text_of, parts)) == f"{name} wrote {odd} and {emoji * 5}"
        assert all(units(text_of(part)) <= 4096 for part in parts)
        assert [labels_of(part) for part in parts] == [*[[]] * (len(parts) - 1), ["Yes", "No"]]
        assert await answers_of(running, chat) == said
        record = await running.store.find_person(chat.person)
        assert record is not None and record.first_name == name


# --- files


def make_png(side: int) -> bytes:
    """A white square."""
    rows = zlib.compress((b"\0" + b"\xff" * side) * side)
    parts = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    chunks = (struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.fixture
async def gallery(tmp_path: Path) -> AsyncIterator[tuple[RunningBot, Path]]:
    """A bot whose only question is a picture, and that picture."""
    steps = [{"type": "acknowledge", "name": "look", "label": "**Look**", "image": "square.png"}]
    folder = tmp_path / "programmes"
    picture = folder / "gallery" / "media" / "square.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(make_png(16))
    write_programme(folder, "gallery", {"menu": ["walk"]}, walk=steps)
    async with run_bot(folder, tmp_path) as running:
        yield running, picture


async def test_a_picture_for_1000_people_is_uploaded_at_most_three_times(gallery: tuple[RunningBot, Path]) -> None:
    running, _ = gallery
    chats = [running.person() for _ in range(1000)]
    for chat in chats:
        chat.send("/start")
    for chat in chats:
        assert "photo" in await chat.see("Look", "OK")
    assert 1 <= running.world.uploads.total() <= 3


async def test_a_picture_whose_id_is_refused_again_and_again_is_shown_all_the_same(gallery: tuple[RunningBot, Path]) -> None:
    """Telegram forgets the id of one upload, and of the next too: who is refused uploads the file, and nobody gets bare words."""
    running, _ = gallery
    first = running.person()
    first.send("/start")
    await first.see("Look")
    running.world.faults.add("sendPhoto", kind="wrong_file_id", probability=0.7)
    others = [running.person() for _ in range(20)]
    for chat in others:
        chat.send("/start")
    for chat in others:
        assert "photo" in await chat.see("Look", "OK")
    assert running.service.outbox.delivery.refused == 0


async def test_a_changed_picture_is_uploaded_anew(gallery: tuple[RunningBot, Path]) -> None:
    running, picture = gallery
    first, second = running.person(), running.person()
    first.send("/start")
    await first.see("Look")
    await asyncio.to_thread(picture.write_bytes, make_png(17))
    second.send("/start")
    shown = await second.see("Look")
    assert shown["photo"][-1]["width"] == 17
    assert len(running.world.uploads) == 2


async def test_a_picture_that_vanished_costs_a_text_and_a_line(
    gallery: tuple[RunningBot, Path], caplog: pytest.LogCaptureFixture
) -> None:
    running, picture = gallery
    await asyncio.to_thread(picture.unlink)
    chat = running.person()
    chat.send("/start")
    shown = await chat.see("Look", "OK")
    assert "photo" not in shown
    (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert "square.png" in line
    chat.press("OK")
    await chat.see("That was “Walk”.")


async def test_a_caption_that_telegram_can_not_read_is_shown_plainly(gallery: tuple[RunningBot, Path]) -> None:
    running, _ = gallery
    chat = running.person()
    running.world.faults.add("sendPhoto", kind="bad_request", description="Bad Request: can't parse entities: no", times=1)
    chat.send("/start")
    shown = await chat.see("Look", "OK")
    assert "entities" not in shown
    chat.press("OK")
    await chat.see("That was “Walk”.")


# --- the end of the process


async def test_restarts_in_the_middle_of_everything_lose_and_double_nothing(folder: Path, tmp_path: Path) -> None:
    world, chats, walks = None, [], []
    for _ in range(4):
        async with run_bot(folder, tmp_path, world) as running:
            world = running.world
            new = [running.person() for _ in range(8)]
            chats += new
            walks += [asyncio.create_task(walk(chat)) for chat in new]
            await asyncio.sleep(0.03)
    async with run_bot(folder, tmp_path, world) as running:
        await asyncio.gather(*walks)
        await running.idle()
        await check_walks(running, chats, passed_over=EARLY)
