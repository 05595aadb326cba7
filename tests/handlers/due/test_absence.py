"""After the bot was away for more than 150 s, open questions with buttons are shown again, once, to those heard within a day."""

import asyncio
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from database.records import Person, Sent
from database.store import StoreUnavailable
from handlers.due import absence as module
from handlers.due import pace
from handlers.due.absence import MARK, SHOWN, Absence, Absences, has_lost_press
from handlers.due.pace import CROWDED, Pace
from handlers.incoming.arrivals import Arrival, sent_since
from handlers.incoming.intake import BATCH, Intake
from tests.chat import Chat, RunningBot, labels_of, run_bot, text_of, write_programme
from tests.lines import make_lines
from utils import clock

STEPS = [
    {"type": "select_one", "name": "one", "label": "First?", "choices": ["Yes", "No"]},
    {"type": "text", "name": "two", "label": "Second?"},
    {"type": "acknowledge", "name": "three", "label": "Third?"},
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gentle pace is for real chats."""
    monkeypatch.setattr(pace, "PEOPLE_A_SECOND", 1000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One flow of three questions, the second without buttons, and a timer."""
    timer = [{"type": "timer", "name": "wait", "label": "Count", "seconds": 3600}]
    return write_programme(tmp_path / "programmes", "trial", {"menu": ["walk", "wait"]}, walk=STEPS, wait=timer)


def later(**passed: float) -> None:
    """So much time has passed; it runs on from there."""
    shift = timedelta(**passed)
    clock.set(lambda: datetime.now(UTC) + shift)


async def begin(chat: Chat, flow: str = "walk", first: str = "First?") -> None:
    chat.send(f"/start trial__{flow}")
    await chat.see(first)


async def made_up_for(running: RunningBot) -> None:
    """Wait until this process has polled and everybody had their turn."""
    async with asyncio.timeout(5):
        while not await _is_made_up_for(running):
            await asyncio.sleep(0.01)
    await running.idle()


async def _is_made_up_for(running: RunningBot) -> bool:
    if not running.service.intake.last_poll:
        return False
    mark = orjson.loads(await running.store.find_mark(MARK) or "{}")
    return bool(mark) and not mark["absence"] and mark["last_poll"] > clock.now().timestamp() - 60


async def test_open_questions_with_buttons_are_shown_again_once(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        world = running.world
        waits, typing, presses, blocks, counts = chats = [running.person() for _ in range(5)]
        for chat in (waits, typing, presses, blocks):
            await begin(chat)
        await begin(counts, "wait", "Count")
        typing.press("Yes")
        await typing.see("Second?")
        await running.idle()
    presses.press("Yes")  # lies at Telegram until the bot is back
    world.block(blocks.person)
    later(minutes=10)
    async with run_bot(folder, tmp_path, world) as running:
        await presses.see("Second?")
        again = await waits.see("First?", "Yes", "No")
        await made_up_for(running)
        for chat in chats:
            await chat.nothing_more(0.02)
        first = waits.messages[-2]
        assert again["message_id"] > first["message_id"]
        later(minutes=11)
    async with run_bot(folder, tmp_path, world) as running:
        await made_up_for(running)
        for chat in chats:
            await chat.nothing_more(0.02)
        waits.press("No", again)
        await waits.see("Second?")


async def test_a_press_on_the_older_copy_counts_too(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        await begin(chat)
    later(minutes=10)
    async with run_bot(folder, tmp_path, running.world):
        await chat.see("First?")
        chat.press("Yes", chat.messages[0])
        await chat.see("Second?")
        await chat.nothing_more()


async def test_after_a_short_absence_nothing_is_said(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        await begin(chat)
    later(seconds=140)
    async with run_bot(folder, tmp_path, running.world) as running:
        await made_up_for(running)
        await chat.nothing_more()


async def test_every_absence_counts_by_itself(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        await begin(chat)
    for minutes in (10, 20, 30):
        later(minutes=minutes)
        async with run_bot(folder, tmp_path, running.world) as running:
            await chat.see("First?")
            await made_up_for(running)
            await chat.nothing_more(0.02)


async def test_who_was_not_heard_for_a_day_is_left_alone(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        old = running.person("Old")
        await begin(old)
    later(hours=20)
    async with run_bot(folder, tmp_path, running.world) as running:
        await old.see("First?")
        await made_up_for(running)
        new = running.person("New")
        await begin(new)
    later(hours=25)
    async with run_bot(folder, tmp_path, running.world) as running:
        await new.see("First?")
        await made_up_for(running)
        await old.nothing_more()


async def test_an_outage_while_the_process_lives_is_an_absence_too(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        chat, other = running.person(), running.person()
        await begin(chat)
        await running.idle()  # what was shown is noted before the clock jumps
        fault = running.world.faults.add("getUpdates", kind="server_error")
        other.send("/help")  # ends the poll that is under way
        await chat.until(lambda: running.world.faults.hits[fault] > 0, "a poll that fails")
        later(minutes=10)
        running.world.faults.remove(fault)
        await chat.see("First?")
        await made_up_for(running)
        await chat.nothing_more()


async def test_in_quiet_hours_nothing_is_shown_again(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    quiet = [f"{now - timedelta(hours=2):%H:%M}", f"{now + timedelta(hours=5):%H:%M}"]
    head = {"days": ["walk"], "remind": {"at": "19:00", "quiet": quiet}}
    folder = write_programme(tmp_path / "programmes", "trial", head, walk=STEPS)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        await begin(chat)
        await running.idle()
    later(minutes=10)
    async with run_bot(folder, tmp_path, running.world) as running:
        await made_up_for(running)
        await chat.nothing_more()
        chat.press("Yes")
        await chat.see("Second?")


async def test_ticks_and_the_flow_stay_as_they_were(tmp_path: Path) -> None:
    steps = [{"type": "select_multiple", "name": "things", "label": "What do you see?", "choices": ["Tree", "Lamp"]}]
    folder = write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=steps)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        await begin(chat, "walk", "What do you see?")
        chat.press("Lamp")
        await chat.until(lambda: "✓ Lamp" in labels_of(chat.last), "the tick")
    later(minutes=10)
    async with run_bot(folder, tmp_path, running.world):
        await chat.see("What do you see?", "Tree", "✓ Lamp", "Done")
        chat.press("Done")
        await chat.see("That was “Walk”.")


async def test_a_hundred_people_are_shown_theirs_and_replies_go_on(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        chats = [running.person() for _ in range(100)]
        await asyncio.gather(*(begin(chat) for chat in chats))
    later(minutes=10)
    async with run_bot(folder, tmp_path, running.world) as running:
        newcomer = running.person("New")
        await begin(newcomer)
        for chat in chats:
            await chat.see("First?")
        await made_up_for(running)
        assert [text_of(message) for chat in chats for message in chat.messages] == ["First?"] * 200


# --- the parts


class Marks:
    """A store of people with open runs, and one mark; may be away."""

    def __init__(self, *people: Person) -> None:
        self.people = {person.id: person for person in people}
        self.marks: list[dict[str, Any]] = []
        self.away = False

    def _check(self) -> None:
        if self.away:
            raise StoreUnavailable("away")

    async def find_mark(self, name: str) -> str | None:
        self._check()
        return orjson.dumps(self.marks[-1]).decode() if self.marks else None

    async def save_mark(self, name: str, value: str) -> None:
        self._check()
        self.marks.append(orjson.loads(value))

    async def list_open(self, after: int = -1, limit: int = 1000, heard_since: str = "") -> list[Person]:
        self._check()
        return [self.people[one] for one in sorted(self.people) if one > after][:limit]


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def stands(person: int = 7, shown: float = 3600.0, heard: float = 3600.0, kind: str = "text", **more: Any) -> Person:
    """Somebody whose question 1.3 was shown, and who was heard, so many seconds before NOW."""
    sent = {"1.3": [55, (NOW - timedelta(seconds=shown)).isoformat(), 0, kind]}
    fields = {"run": {"number": 1, "ask": 3}, "seen_at": (NOW - timedelta(seconds=heard)).isoformat(), "sent": Sent(5, sent)}
    return Person(person, **{**fields, **more})


AWAY = Absence(NOW.timestamp() - 600, NOW.timestamp())
WAIT = {"at": 0.0, "token": "1.3"}
SEEN = {"1.3": [55, (NOW - timedelta(hours=1)).isoformat(), 0, "text"]}


@pytest.mark.parametrize(
    ("record", "lost"),
    [
        (stands(), True),
        (stands(kind="caption"), True),
        (stands(kind="bare"), False),
        (stands(kind="reply"), False),  # its buttons send words, which live for a day
        (stands(shown=151), True),
        (stands(shown=149), False),  # a press on it still waits at Telegram
        (stands(heard=24 * 3600 - 1), True),
        (stands(heard=24 * 3600 + 1), False),
        (stands(run=None), False),
        (stands(blocked_at="2026-03-01T00:00:00+00:00"), False),
        (stands(run={"number": 1, "ask": 4}), False),  # never shown: the next word brings it
        (stands(sent=Sent(5, SEEN, 0.0, (WAIT,))), False),
        (stands(settings={SHOWN: AWAY.word}), False),
        (stands(settings={SHOWN: "1:2"}), True),
        (stands(outbox=({"n": 6, "method": "sendMessage", "token": "1.3"},)), False),
        (stands(outbox=({"n": 5, "method": "sendMessage", "token": "1.3"},)), True),  # that one has gone out
        (stands(outbox=({"n": 6, "method": "editMessageReplyMarkup", "token": "1.3"},)), True),
    ],
)
def test_whose_press_may_have_been_dropped(record: Person, lost: bool) -> None:
    assert has_lost_press(record, record.sent, AWAY) is lost


def test_an_absence_is_read_back_from_its_name() -> None:
    assert Absence.read(AWAY.word) == AWAY


class Line:
    """Takes what arrives."""

    def __init__(self, store: Marks, stop_after: int = 1000) -> None:
        self.store, self.stop_after = store, stop_after
        self.arrived: list[int] = []
        self.full = asyncio.Event()

    def take(self, arrival: Arrival) -> None:
        """As a turn does: the document says for which absence the question was shown."""
        if len(self.arrived) == self.stop_after:
            self.full.set()
            return
        assert arrival.kind == "returned" and arrival.update_id == 0
        self.arrived.append(arrival.line)
        record = self.store.people[arrival.line]
        self.store.people[arrival.line] = record.changed(settings={SHOWN: arrival.data})


@pytest.fixture
def at_noon() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


async def live(store: Marks, line: Line) -> tuple[Absences, asyncio.Task[None]]:
    lines = make_lines(line.take)
    absences = Absences(store, lines, Pace(lines))  # type: ignore[arg-type]
    await absences.open()
    return absences, asyncio.create_task(absences.watch())


def poll(absences: Absences, at: float) -> None:
    """One that brought all that was waiting."""
    absences.polled(at, at)


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_a_crash_broke_off_is_finished_and_nobody_is_asked_twice(at_noon: None) -> None:
    store = Marks(*(stands(person) for person in range(1, 11)))
    store.marks.append({"last_poll": NOW.timestamp() - 600, "absence": ""})
    first = Line(store, stop_after=4)
    absences, task = await live(store, first)
    poll(absences, NOW.timestamp())
    await first.full.wait()
    await end(task)  # without close(), as a kill would
    assert store.marks[-1]["absence"] == AWAY.word
    second = Line(store)
    absences, task = await live(store, second)
    poll(absences, NOW.timestamp() + 20)
    await until(lambda: store.marks[-1]["absence"] == "")
    await end(task)
    assert (first.arrived, second.arrived) == ([1, 2, 3, 4], [5, 6, 7, 8, 9, 10])


async def test_nobody_is_asked_before_all_that_waited_is_taken_in(at_noon: None) -> None:
    store, at = Marks(stands()), NOW.timestamp()
    store.marks.append({"last_poll": at - 600, "absence": ""})
    line = Line(store)
    absences, task = await live(store, line)
    for _ in range(3):
        absences.polled(at, at - 500)
        await asyncio.sleep(0.01)
    assert line.arrived == []
    poll(absences, at)
    await until(lambda: line.arrived == [7])
    await end(task)


async def test_to_be_far_behind_is_an_absence_too(at_noon: None) -> None:
    """A bot that polls, but slower than people write: Telegram drops the presses that it does not come to."""
    store, start = Marks(stands()), NOW.timestamp() - 400
    line = Line(store)
    absences, task = await live(store, line)
    poll(absences, start)
    for passed, known in ((100, 20), (180, 30), (260, 0), (300, 60)):
        absences.polled(start + passed, start + known if known else 0.0)
        await asyncio.sleep(0.01)
        assert not absences.is_present() and line.arrived == []
    poll(absences, start + 400)
    await until(lambda: line.arrived == [7])
    await until(lambda: store.marks[-1] == {"last_poll": start + 400, "absence": ""})
    await end(task)
    assert {mark["absence"] for mark in store.marks} == {"", f"{start + 20:.0f}:{start + 400:.0f}"}


async def test_to_be_busy_is_none(at_noon: None) -> None:
    store, start = Marks(stands()), NOW.timestamp()
    line = Line(store)
    absences, task = await live(store, line)
    poll(absences, start)
    for passed in range(10, 1000, 10):
        absences.polled(start + passed, start + passed - 20)  # full batches of what was sent just now
    poll(absences, start + 1000)
    await asyncio.sleep(0.01)
    await end(task)
    assert line.arrived == []
    assert not any(mark["absence"] for mark in store.marks)


def test_until_when_all_is_known_is_told_by_what_a_poll_brought(tmp_path: Path) -> None:
    intake = Intake(None, None, None, lambda at, known: None)  # type: ignore[arg-type]
    intake.last_poll = NOW.timestamp()
    sent = int(NOW.timestamp()) - 100
    press = {"update_id": 1, "callback_query": {"message": {"date": sent, "edit_date": sent + 90}}}
    edited = {"update_id": 2, "edited_message": {"date": sent - 900, "edit_date": sent - 5}}
    poison = [{"update_id": 3, "message": 7}, {"update_id": 4, "callback_query": [1]}, {"message": {"date": "x"}}, {"unknown": {}}]
    assert [sent_since(one) for one in (press, edited, *poison)] == [sent, sent - 5, 0, 0, 0, 0]
    few: list[dict[str, Any]] = [press, edited, *poison]
    full = [*few, *([edited] * (BATCH - len(few)))]
    assert intake._known_until(few) == intake.last_poll
    assert abs(intake._known_until(full) - sent) < 1
    assert intake._known_until([{"message": {"date": sent + 10**9}}] * BATCH) == intake.last_poll
    (tmp_path / "ahead").write_bytes(struct.pack("<d", 3600.0))
    clock.follow(tmp_path / "ahead")  # a trial whose Telegram is an hour ahead
    intake.last_poll = clock.real().timestamp()
    assert abs(intake._known_until([{"message": {"date": int(intake.last_poll) + 3500}}] * BATCH) - intake.last_poll + 100) < 2


async def test_the_last_poll_is_noted_every_30_s_and_at_a_clean_stop() -> None:
    store, line = Marks(), Line(Marks())
    start = NOW.timestamp()
    absences, task = await live(store, line)
    for second in range(65):
        clock.set(lambda second=second: NOW + timedelta(seconds=second))
        poll(absences, start + second)
        for _ in range(3):
            await asyncio.sleep(0)
    await end(task)
    assert [mark["last_poll"] - start for mark in store.marks] == [0, 30, 60]
    await absences.close()
    assert store.marks[-1] == {"last_poll": start + 64, "absence": ""}


async def test_a_stop_before_the_first_poll_notes_nothing_and_a_store_that_is_away_stops_nothing(at_noon: None) -> None:
    store = Marks()
    absences, task = await live(store, Line(store))
    await end(task)
    await absences.close()
    assert store.marks == []
    absences, task = await live(store, Line(store))
    poll(absences, NOW.timestamp())
    await until(lambda: store.marks)
    await end(task)
    store.away = True
    await absences.close()


async def test_a_store_that_is_away_is_waited_for(at_noon: None) -> None:
    store = Marks(stands(1), stands(2))
    store.marks.append({"last_poll": NOW.timestamp() - 600, "absence": ""})
    line = Line(store)
    absences, task = await live(store, line)
    store.away = True
    poll(absences, NOW.timestamp())
    await asyncio.sleep(0.05)
    assert line.arrived == []
    store.away = False
    await until(lambda: store.marks[-1]["absence"] == "" and len(store.marks) > 1)
    await end(task)
    assert line.arrived == [1, 2]


async def test_without_polls_the_process_itself_is_the_sign_of_life(at_noon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NOTE_SECONDS", 0.02)
    store = Marks(stands())
    store.marks.append({"last_poll": NOW.timestamp() - 600, "absence": ""})
    line = Line(store)
    absences, task = await live(store, line)
    beating = asyncio.create_task(absences.beat())
    await asyncio.sleep(0.005)
    assert line.arrived == []  # what waited is on its way
    await until(lambda: store.marks[-1] == {"last_poll": NOW.timestamp(), "absence": ""})
    assert line.arrived == [7]
    await end(beating)
    await end(task)


async def test_replies_go_first_but_nobody_waits_for_ever(at_noon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Marks(stands(1), stands(2))
    store.marks.append({"last_poll": NOW.timestamp() - 600, "absence": ""})
    line = Line(store)
    lines = make_lines(line.take)
    lines.outstanding = CROWDED + 1
    absences = Absences(store, lines, Pace(lines))  # type: ignore[arg-type]
    await absences.open()
    task = asyncio.create_task(absences.watch())
    poll(absences, NOW.timestamp())
    await asyncio.sleep(0.3)
    assert line.arrived == []
    await until(lambda: line.arrived == [1])
    lines.outstanding = 0
    await until(lambda: line.arrived == [1, 2])
    await end(task)
