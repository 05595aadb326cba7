"""Updates that are made durable by their own turn, and those that had better be stored first."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from database.connect import make_store
from database.records import RawUpdate
from handlers import prompt
from handlers.arrivals import Arrival
from handlers.inbox import Inbox
from handlers.prompt import Letter
from tests.chat import House
from utils.performance import performance_monitor


class Bot:
    """An inbox over a real store, with people who are all in memory; a turn ends when the test says so."""

    def __init__(self, store: Any) -> None:
        self.store, self.begun = store, dict[int, Arrival]()
        self.known = {1, 2, 3}
        self.inbox = Inbox(store, self._take, lambda: 0, self.known.__contains__)

    def _take(self, arrival: Arrival) -> None:
        self.begun[arrival.update_id] = arrival

    def letter(self, update_id: int, person: int = 1) -> Letter:
        arrival = Arrival(update_id, "text", person, person)
        return Letter(update_id, person, self.inbox.next_order(0.0), {"update_id": update_id}, arrival)

    async def stored(self) -> list[int]:
        return [raw.update_id for raw in await self.store.list_updates()]

    def end(self, update_id: int, well: bool = True) -> None:
        self.begun[update_id].is_durable = well
        self.inbox.done(self.begun[update_id])


@pytest.fixture
async def bot(tmp_path: Path) -> Any:
    store = make_store(f"sqlite:///{tmp_path / 'prompt.db'}", mongo_db="")
    await store.open()
    yield Bot(store)
    await store.close()


async def keep(bot: Bot, *letters: Letter) -> "asyncio.Task[None]":
    """Begun, and as far as it comes by itself."""
    task = asyncio.create_task(bot.inbox.keep(letters))
    for _ in range(5):
        await asyncio.sleep(0)
    return task


async def test_nothing_is_confirmed_before_its_turn_has_ended_and_nothing_is_stored(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(prompt, "PATIENCE", 600.0)
    keeping = await keep(bot, bot.letter(10, 1), bot.letter(11, 2))
    assert list(bot.begun) == [10, 11]
    bot.end(10)
    await asyncio.sleep(0.01)
    assert not keeping.done()
    bot.end(11)
    await keeping
    assert await bot.stored() == []


async def test_what_takes_long_is_stored_and_its_person_is_stored_first_from_then_on(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(prompt, "PATIENCE", 0.02)
    keeping = await keep(bot, bot.letter(10, 1), bot.letter(11, 2))
    bot.end(11)
    await keeping
    assert await bot.stored() == [10]
    bot.end(10)  # well, but late
    keeping = await keep(bot, bot.letter(12, 1))
    await keeping
    assert await bot.stored() == [10, 12] and list(bot.begun) == [10, 11, 12]


async def test_a_turn_that_did_not_end_well_leaves_its_update_in_the_store(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(prompt, "PATIENCE", 0.02)
    keeping = await keep(bot, bot.letter(10, 1))
    bot.end(10, well=False)
    await keeping
    assert await bot.stored() == [10]


@pytest.mark.parametrize(
    ("update_id", "person"), [(9, 1), (10, 1), (11, 4)], ids=["an older id", "the same id", "a person who is not in memory"]
)
async def test_who_is_stored_first(bot: Bot, monkeypatch: Any, update_id: int, person: int) -> None:
    """The store knows what was applied in the last three days; memory only the last of each person."""
    monkeypatch.setattr(prompt, "PATIENCE", 600.0)
    keeping = await keep(bot, bot.letter(10, 1))
    bot.end(10)
    await keeping
    await bot.store.save_applied([9, 10], 0.0)
    await bot.inbox.keep([bot.letter(update_id, person)])
    assert await bot.stored() == ([] if person == 1 else [11])
    assert list(bot.begun) == ([10] if person == 1 else [10, 11])


async def test_ids_that_begin_anew_far_below_are_taken_for_new_again(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(prompt, "PATIENCE", 600.0)
    await bot.inbox.keep([bot.letter(500_000_000, 4)])
    await bot.inbox.keep([bot.letter(70, 5)])
    keeping = await keep(bot, bot.letter(71, 1))
    bot.end(71)
    await keeping
    assert await bot.stored() == [500_000_000, 70]


async def test_two_updates_of_one_person_keep_their_order_and_the_second_is_stored(bot: Bot, monkeypatch: Any) -> None:
    monkeypatch.setattr(prompt, "PATIENCE", 600.0)
    keeping = await keep(bot, bot.letter(10, 1), bot.letter(11, 1))
    while 11 not in bot.begun:
        await asyncio.sleep(0.001)
    assert list(bot.begun) == [10, 11] and await bot.stored() == [11]
    bot.end(10)
    await keeping


async def test_a_late_store_does_not_bring_back_what_was_applied(bot: Bot) -> None:
    """The turn's write came first: its mark keeps the update out of the inbox."""
    await bot.store.save_applied([10], 0.0)
    assert await bot.store.save_updates([RawUpdate(10, 1, 1, b"{}")]) == set()
    assert await bot.stored() == []


async def test_an_answer_of_somebody_in_memory_is_one_write(house: House) -> None:
    chat = house.person()
    chat.send("/start")
    await chat.see("Good evening")
    await chat.see("How tense")
    await house.idle()
    performance_monitor.reset()
    chat.press("5")
    await chat.see("Where are you")
    counts = {name: stats["count"] for name, stats in performance_monitor.get_stats().items()}
    assert counts.get("database.save_updates") is None and counts["process_question"] == 1


async def test_an_update_that_always_fails_is_kept_for_the_operator_although_it_was_not_stored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from handlers import routes

    async def fail(visit: object) -> None:
        raise KeyError("what was typed")

    chat = house.person()
    chat.send("/help")
    await chat.see("/start")
    await house.idle()
    monkeypatch.setitem(routes.COMMANDS, "menu", fail)
    performance_monitor.reset()
    chat.send("/menu")
    await chat.see("something went wrong")
    await house.idle()
    (dead,) = await house.store.list_dead()
    assert b"/menu" in dead.body and "KeyError" in dead.reason and "typed" not in dead.reason
