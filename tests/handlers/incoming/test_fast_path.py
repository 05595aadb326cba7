"""Updates that are made durable by their own turn, and those that had better be stored first."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from secantus import SecantusDBServer

from database.connect import make_store
from database.mongo import deferred_writes as mongo_later
from database.records import RawUpdate
from database.store import StoreUnavailable
from handlers.incoming import fast_path
from handlers.incoming.arrivals import Arrival
from handlers.incoming.fast_path import PendingUpdate
from handlers.incoming.inbox import Inbox
from tests.chat import RunningBot, run_bot, write_programme
from tests.lines import make_lines
from utils.performance import performance_monitor


class Bot:
    """An inbox over a real store, with people who are all in memory; a turn ends when the test says so."""

    def __init__(self, store: Any) -> None:
        self.store, self.begun = store, dict[int, Arrival]()
        self.known = {1, 2, 3}
        self.lines = make_lines(self._take)
        self.inbox = Inbox(store, self.lines, self.known)

    def _take(self, arrival: Arrival) -> None:
        arrival.begun = time.monotonic()
        self.begun[arrival.update_id] = arrival

    def update(self, update_id: int, person: int = 1) -> PendingUpdate:
        arrival = Arrival(update_id, "text", person, person)
        return PendingUpdate(update_id, person, self.inbox.next_order(0.0), {"update_id": update_id}, arrival)

    async def stored(self) -> list[int]:
        return [raw.update_id for raw in await self.store.list_updates()]

    def end(self, update_id: int, well: bool = True) -> None:
        self.begun[update_id].is_durable = well
        self.inbox.done(self.begun[update_id])


@pytest.fixture
async def bot(tmp_path: Path) -> Any:
    store = make_store(f"sqlite:///{tmp_path / 'bot.db'}", mongo_db="")
    await store.open()
    yield Bot(store)
    await store.close()


async def keep(bot: Bot, *updates: PendingUpdate) -> "asyncio.Task[None]":
    """Begun, and as far as it comes by itself."""
    task = asyncio.create_task(bot.inbox.keep(updates))
    for _ in range(5):
        await asyncio.sleep(0)
    return task


async def test_nothing_is_confirmed_before_its_turn_has_ended_and_nothing_is_stored(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)
    keeping = await keep(bot, bot.update(10, 1), bot.update(11, 2))
    assert list(bot.begun) == [10, 11]
    bot.end(10)
    await asyncio.sleep(0.01)
    assert not keeping.done()
    bot.end(11)
    await keeping
    assert await bot.stored() == []


async def test_what_takes_long_is_stored_and_its_person_is_stored_first_from_then_on(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 0.02)
    keeping = await keep(bot, bot.update(10, 1), bot.update(11, 2))
    bot.end(11)
    await keeping
    assert await bot.stored() == [10]
    monkeypatch.setattr(fast_path, "SLOW_SECONDS", 0.01)
    bot.end(10)  # well, but late
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)  # who is not stored first is waited for
    await bot.inbox.keep([bot.update(12, 1)])
    assert await bot.stored() == [10, 12] and list(bot.begun) == [10, 11, 12]


async def test_who_is_slow_is_never_waited_for_again_until_a_turn_of_theirs_is_quick(bot: Bot, monkeypatch: Any) -> None:
    """Twenty slow people would else hold up a poll each, again and again."""
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 0.001)
    monkeypatch.setattr(fast_path, "SLOW_SECONDS", 0.0)
    await bot.inbox.keep([bot.update(10, 1)])
    bot.end(10)
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)  # who is not stored first is waited for
    for update_id in (11, 12, 13):
        await bot.inbox.keep([bot.update(update_id, 1)])
        monkeypatch.setattr(fast_path, "SLOW_SECONDS", 600.0 if update_id == 13 else 0.0)
        bot.end(update_id)
    assert await bot.stored() == [10, 11, 12, 13]
    keeping = await keep(bot, bot.update(14, 1))
    assert not keeping.done()
    bot.end(14)
    await keeping
    assert await bot.stored() == [10, 11, 12, 13]


async def test_who_was_slow_when_they_came_is_not_waited_for_even_once(bot: Bot, monkeypatch: Any) -> None:
    """Their first update was stored, since they were not in memory; it was the turn that took long, not the wait for it."""
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)
    monkeypatch.setattr(fast_path, "SLOW_SECONDS", 60.0)
    await bot.inbox.keep([bot.update(10, 4), bot.update(11, 5)])
    bot.begun[10].begun -= 120.0
    bot.end(10)
    bot.end(11)
    bot.known |= {4, 5}
    keeping = await keep(bot, bot.update(12, 4), bot.update(13, 5))
    while 12 not in bot.begun:
        await asyncio.sleep(0.001)
    assert await bot.stored() == [10, 11, 12] and not keeping.done()
    bot.end(13)
    await keeping


async def test_who_is_remembered_as_slow_is_bounded(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 0.001)
    monkeypatch.setattr(fast_path, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(fast_path, "MOST_SLOW", 2)
    await bot.inbox.keep([bot.update(10, 1), bot.update(11, 2), bot.update(12, 3)])
    for update_id in (10, 11, 12):
        bot.end(update_id)
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)
    await bot.inbox.keep([bot.update(13, 2), bot.update(14, 3)])
    keeping = await keep(bot, bot.update(15, 1))
    assert not keeping.done()
    bot.end(15)
    await keeping


async def test_turns_write_before_what_is_stored_first_and_so_share_its_commit(bot: Bot, monkeypatch: Any) -> None:
    """Behind a commit of its own the turns of everybody else would wait for two."""
    commits = bot.store.commits
    turns: list[asyncio.Task[None]] = []

    def begin(arrival: Arrival) -> None:
        turns.append(asyncio.create_task(bot.store.save_applied([arrival.update_id], 0.0)))
        turns[-1].add_done_callback(lambda _: bot.end(arrival.update_id))
        bot.begun[arrival.update_id] = arrival

    monkeypatch.setattr(bot.lines, "put", begin)
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)
    await bot.inbox.keep([bot.update(10, 1), bot.update(11, 2), bot.update(12, 4)])
    assert bot.store.commits == commits + 1
    await turns[-1]


async def test_a_turn_that_did_not_end_well_leaves_its_update_in_the_store(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 0.02)
    keeping = await keep(bot, bot.update(10, 1))
    bot.end(10, well=False)
    await keeping
    assert await bot.stored() == [10]


@pytest.mark.parametrize(
    ("update_id", "person"), [(9, 1), (10, 1), (11, 4)], ids=["an older id", "the same id", "a person who is not in memory"]
)
async def test_who_is_stored_first(bot: Bot, monkeypatch: Any, update_id: int, person: int) -> None:
    """The store knows what was applied in the last three days; memory only the last of each person."""
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)
    keeping = await keep(bot, bot.update(10, 1))
    bot.end(10)
    await keeping
    await bot.store.save_applied([9, 10], 0.0)
    await bot.inbox.keep([bot.update(update_id, person)])
    assert await bot.stored() == ([] if person == 1 else [11])
    assert list(bot.begun) == ([10] if person == 1 else [10, 11])


async def test_ids_that_begin_anew_far_below_are_taken_for_new_again(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)
    await bot.inbox.keep([bot.update(500_000_000, 4)])
    await bot.inbox.keep([bot.update(70, 5)])
    keeping = await keep(bot, bot.update(71, 1))
    bot.end(71)
    await keeping
    assert await bot.stored() == [500_000_000, 70]


async def test_two_updates_of_one_person_keep_their_order_after_a_crash_too(bot: Bot, monkeypatch: Any) -> None:
    """The second alone in the store would be handled at the next start before Telegram brings the first again."""
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)
    keeping = await keep(bot, bot.update(10, 1), bot.update(11, 1), bot.update(12, 2))
    while 11 not in bot.begun:
        await asyncio.sleep(0.001)
    assert list(bot.begun) == [10, 12, 11] and await bot.stored() == [10, 11]
    after_crash = Bot(bot.store)
    await after_crash.inbox.take_up()
    assert list(after_crash.begun) == [10, 11]
    bot.end(10)
    bot.end(12)
    await keeping


async def test_what_a_webhook_brings_behind_an_update_under_way_takes_it_along_into_the_store(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)
    bot.known.discard(2)
    first = await keep(bot, bot.update(10, 1))
    await bot.inbox.keep([bot.update(11, 2)])
    assert await bot.stored() == [11]
    bot.known.clear()  # something of theirs is waiting
    await bot.inbox.keep([bot.update(12, 1)])
    assert await bot.stored() == [10, 11, 12]
    bot.end(10)
    await first
    await bot.inbox.keep([bot.update(13, 1)])
    assert await bot.stored() == [10, 11, 12, 13]


async def test_a_dead_letter_does_not_come_back_by_its_own_late_commit(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 0.02)
    waiting, real = asyncio.Event(), bot.store.save_updates

    async def slow(updates: Any) -> Any:
        await waiting.wait()
        return await real(updates)

    keeping = await keep(bot, bot.update(10, 1))
    monkeypatch.setattr(bot.store, "save_updates", slow)
    await asyncio.sleep(0.05)
    monkeypatch.setattr(bot.store, "save_updates", real)
    await bot.inbox.store_now(10)
    await bot.store.save_dead(10, "a fault", "2026-01-01")
    bot.end(10)
    waiting.set()
    await keeping
    assert await bot.stored() == [] and [dead.update_id for dead in await bot.store.list_dead()] == [10]


async def test_a_store_that_was_away_leaves_no_doubt_behind(bot: Bot, monkeypatch: Any) -> None:
    """What was stored late is as little remembered as what was stored at once."""
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 0.01)
    refusals, real = [StoreUnavailable("away")], bot.store.save_updates

    async def away(updates: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return await real(updates)

    monkeypatch.setattr(bot.store, "save_updates", away)
    await (await keep(bot, bot.update(10, 1)))
    assert await bot.stored() == [10] and bot.inbox._doubtful == set()


async def test_a_late_store_does_not_bring_back_what_was_applied(bot: Bot) -> None:
    """The turn's write came first: its mark keeps the update out of the inbox."""
    await bot.store.save_applied([10], 0.0)
    assert await bot.store.save_updates([RawUpdate(10, 1, 1, b"{}")]) == set()
    assert await bot.stored() == []


async def test_an_answer_of_somebody_in_memory_is_one_write(running: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", 600.0)
    monkeypatch.setattr(fast_path, "SLOW_SECONDS", 600.0)
    chat = running.person()
    chat.send("/start")
    await chat.see("Good evening")
    await chat.see("How tense")
    await running.idle()
    performance_monitor.reset()
    chat.press("5")
    await chat.see("Where are you")
    counts = {name: stats["count"] for name, stats in performance_monitor.get_stats().items()}
    assert counts.get("database.save_updates") is None and counts["process_question"] == 1


async def test_an_update_that_always_fails_is_kept_for_the_operator_although_it_was_not_stored(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from handlers import routes

    async def fail(visit: object) -> None:
        raise KeyError("what was typed")

    chat = running.person()
    chat.send("/help")
    await chat.see("/start")
    await running.idle()
    monkeypatch.setitem(routes.COMMANDS, "menu", fail)
    performance_monitor.reset()
    chat.send("/menu")
    await chat.see("something went wrong")
    await running.idle()
    (dead,) = await running.store.list_dead()
    assert b"/menu" in dead.body and "KeyError" in dead.reason and "typed" not in dead.reason


async def test_deletion_that_a_crash_cut_off_before_its_update_was_marked_is_finished_when_it_comes_again(
    programmes: Path, tmp_path: Path
) -> None:
    stores: list[Any] = []

    def wrap(store: Any) -> Any:
        stores.append(Crashing(store))
        return stores[-1]

    async with run_bot(programmes, tmp_path, wrap=wrap) as running:
        chat, world = running.person(), running.world
        chat.send("/forget")
        await chat.see("Shall I delete everything")
        await running.idle()
        chat.press("Delete everything")
        await chat.until(lambda: stores[0].has_crashed, "the deletion")
    async with run_bot(programmes, tmp_path, world) as running:
        await chat.see("Everything about you is deleted.")
        await running.idle()
        counts = await running.store.count()
        assert await running.store.find_person(chat.person) is None and (counts["people"], counts["waiting"]) == (0, 0)
    await chat.nothing_more()


@pytest.fixture(params=["sqlite", "mongodb"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bot.db'}"
        return
    server = SecantusDBServer(storage_path=":memory:", port=0)
    server.start()
    yield server.uri
    server.stop()


async def test_what_comes_again_after_a_crash_between_a_turn_and_a_mark_counts_once(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On MongoDB the marks are written a moment later than the turns; here never, as if the process ended before."""

    async def crash(later: mongo_later.DeferredWrites[Any]) -> None:
        later._items.clear()

    steps = [{"type": "text", "name": name, "label": f"{name}?"} for name in ("one", "two", "three")]
    folder = write_programme(tmp_path / "programmes", "study", {"menu": ["walk"]}, walk=steps)
    with monkeypatch.context() as patch:
        patch.setattr(mongo_later, "COLLECT_SECONDS", 600.0)
        patch.setattr(mongo_later.DeferredWrites, "flush", crash)
        async with run_bot(folder, tmp_path, DATABASE_URL=address) as running:
            chat, world = running.person(), running.world
            for words, question in (("/start", "one?"), ("first", "two?"), ("second", "three?")):
                chat.send(words)
                await chat.see(question)
            await running.idle()
    delivered = list(world.updates.recent)
    assert len(delivered) == 3
    for update in delivered:
        world.updates.put_back(update)
    async with run_bot(folder, tmp_path, world, DATABASE_URL=address) as running:
        for update in delivered:  # and once more, when the person is known again
            await chat.until(lambda: not world.pending, "the updates to be fetched")
            world.updates.put_back(update)
        await running.idle()
        await chat.nothing_more()
        record = await running.store.find_person(chat.person)
        assert record is not None and record.run is not None
        assert [answer["value"] for answer in record.run["answers"]] == ["first", "second"]
        assert await running.store.list_updates() == []
        chat.send("third")
        await chat.see("That was")


class Crashing:
    """From the first deletion on it does nothing more, as if the process had ended."""

    def __init__(self, store: Any) -> None:
        self._store, self.has_crashed = store, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name) if not self.has_crashed or name == "close" else self._away

    async def _away(self, *_: Any) -> Any:
        raise StoreUnavailable("the process has ended")

    async def delete_person(self, person: int) -> None:
        await self._store.delete_person(person)
        self.has_crashed = True
