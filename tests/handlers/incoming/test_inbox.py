"""Updates that wait in the store: each into its line once, those that an operator revives while the bot runs among them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from database.connect import make_store
from database.records import RawUpdate
from database.store import Store, StoreUnavailable
from database.update_ids import highest_id
from handlers.incoming import inbox
from handlers.incoming.arrivals import Arrival, read_arrival
from handlers.incoming.fast_path import PendingUpdate
from handlers.incoming.inbox import Inbox
from handlers.operator.dead_letters import list_letters, retry_letters
from tests.chat import RunningBot, run_bot
from tests.lines import make_lines
from trials.faulty_store import FaultyStore


@pytest.fixture
async def store(tmp_path: Path) -> Any:
    """One that can be made to fail."""
    opened = FaultyStore(make_store(f"sqlite:///{tmp_path / 'inbox.db'}", mongo_db=""))
    await opened.open()
    yield opened
    await opened.close()


class Bot:
    """An inbox, and what it put into the lines."""

    def __init__(self, store: Any) -> None:
        self.ids: list[int] = []
        self.lines = make_lines(self._take)
        self.inbox = Inbox(store, self.lines)

    def _take(self, arrival: Arrival) -> None:
        self.ids.append(arrival.update_id)
        self.lines.outstanding = len(self.ids)

    def updates(self, *ids: int) -> list[PendingUpdate]:
        """Updates as Telegram brings them."""
        return [self._update(one) for one in ids]

    def _update(self, update_id: int) -> PendingUpdate:
        body = b'{"update_id":%d}' % update_id
        return PendingUpdate(update_id, None, self.inbox.next_order(0.0), body, read_arrival({"update_id": update_id}))


async def test_a_second_delivery_is_no_second_dispatch(store: Store) -> None:
    bot = Bot(store)
    await bot.inbox.keep(bot.updates(1, 2))
    await bot.inbox.keep(bot.updates(2, 3))
    assert bot.ids == [1, 2, 3]


async def test_a_look_passes_over_what_is_under_way(store: Store) -> None:
    bot = Bot(store)
    await bot.inbox.keep(bot.updates(1, 2))
    assert await bot.inbox.take_up() == 0
    bot.inbox.done(read_arrival({"update_id": 1}))  # without having been marked as applied
    assert await bot.inbox.take_up() == 1
    assert bot.ids == [1, 2, 1]


async def test_the_next_process_takes_up_in_order_what_the_last_one_left(store: Store) -> None:
    await Bot(store).inbox.keep((bot := Bot(store)).updates(5, 3, 4))
    assert await bot.inbox.take_up() == 3
    assert bot.ids == [5, 3, 4]
    assert bot.inbox.next_order(0.0) > 3


async def test_a_look_does_not_take_what_is_being_stored_or_ends_meanwhile(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store knows of an update before whoever stores it has heard so; and a turn may end while the store is being read."""
    bot = Bot(store)
    saving, reading = asyncio.Event(), asyncio.Event()
    save, read = store.save_updates, store.list_updates

    async def slow_save(raws: Sequence[RawUpdate]) -> set[int]:
        new = await save(raws)
        await saving.wait()
        return new

    async def slow_list(limit: int, after: int) -> list[RawUpdate]:
        found = await read(limit, after)
        await reading.wait()
        return found

    await bot.inbox.keep(bot.updates(1))
    monkeypatch.setattr(store, "save_updates", slow_save, raising=False)
    monkeypatch.setattr(store, "list_updates", slow_list, raising=False)
    keeping = asyncio.create_task(bot.inbox.keep(bot.updates(2)))
    while len(await read(10, -1)) < 2:
        await asyncio.sleep(0.001)
    looking = asyncio.create_task(bot.inbox.take_up())
    await asyncio.sleep(0.01)
    bot.inbox.done(read_arrival({"update_id": 1}))
    saving.set()
    await keeping
    reading.set()
    assert await looking == 0
    assert bot.ids == [1, 2]


async def test_a_commit_without_acknowledgement_is_recognised_when_the_update_comes_again(store: Any) -> None:
    bot = Bot(store)
    store.cuts = 1.0
    with pytest.raises(StoreUnavailable):
        await bot.inbox.keep(bot.updates(1), patience=1.0)
    store.cuts = 0.0
    assert bot.ids == []
    await bot.inbox.keep(bot.updates(1), patience=1.0)
    await bot.inbox.keep(bot.updates(1), patience=1.0)
    assert bot.ids == [1]


async def test_a_commit_that_takes_too_long_is_given_up(store: Any) -> None:
    bot = Bot(store)
    store.seconds = 5.0
    with pytest.raises(StoreUnavailable, match="no answer within 0 s"):
        await bot.inbox.keep(bot.updates(1), patience=0.05)


async def test_without_patience_a_store_that_is_away_is_waited_for(store: Any) -> None:
    bot = Bot(store)
    store.away = True
    keeping = asyncio.create_task(bot.inbox.keep(bot.updates(1)))
    await asyncio.sleep(0.05)
    assert bot.ids == []
    store.away = False
    await keeping
    assert bot.ids == [1]


# --- dead letters


async def fail_menu(visit: object) -> None:
    raise KeyError("what the person typed")


async def test_an_update_is_put_aside_listed_and_tried_again_while_the_bot_runs(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from handlers import routes

    works = routes.COMMANDS["menu"]
    chat = running.person()
    monkeypatch.setitem(routes.COMMANDS, "menu", fail_menu)
    chat.send("/menu secretwords")
    await chat.see("I'm sorry, something went wrong")
    head, line = await list_letters(running.store)
    (dead,) = await running.store.list_dead()
    assert head.split() == ["update", "when", "(UTC)", "person", "kind", "reason"]
    assert line.split()[0] == str(dead.update_id) and line.split()[3:6] == [str(chat.person), "message", "KeyError"]
    assert "secretwords" not in line and "typed" not in line
    monkeypatch.setitem(routes.COMMANDS, "menu", works)
    (said,), unknown = await retry_letters(running.store, None)
    assert said.startswith("1 put back") and unknown == 0
    assert await running.service.inbox.take_up() == 1
    await chat.see("What would you like")
    await running.idle()
    assert await list_letters(running.store) == ["No update was put aside."]
    assert await running.service.inbox.take_up() == 0


async def test_a_running_bot_looks_by_itself(programmes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "LOOK_SECONDS", 0.05)
    async with run_bot(programmes, tmp_path) as running:
        await running.service.intake.take_in([{"update_id": 7, "message": {"chat": "none"}}])
        assert (await running.store.count())["dead"] == 1
        running.service.inbox.poisoned = 0
        await retry_letters(running.store, [7])
        async with asyncio.timeout(5):
            while not running.service.inbox.poisoned or not await running.store.list_dead():
                await asyncio.sleep(0.01)
        (dead,) = await running.store.list_dead()
        assert dead.update_id == 7


async def test_what_was_revived_after_all_had_been_applied_changes_nothing_twice(running: RunningBot) -> None:
    """An update in the inbox that the person's document knows already, as a crash between turn and mark leaves it."""
    chat = running.person()
    chat.send("/start")
    await chat.see("Good evening")
    await chat.see("How tense")
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None
    again = {
        "update_id": highest_id(record.updates),
        "message": {
            "message_id": 1,
            "date": 1,
            "chat": {"id": chat.person, "type": "private"},
            "from": {"id": chat.person},
            "text": "/start",
        },
    }
    running.service.lines.put(read_arrival(again))
    await running.idle()
    await chat.nothing_more()


async def test_only_ids_that_are_dead_letters_are_revived(running: RunningBot) -> None:
    updates = [{"update_id": number, "message": {"chat": "none"}} for number in (11, 12, 13)]
    await running.service.intake.take_in(updates)
    lines, unknown = await retry_letters(running.store, [12, 99])
    assert lines[0].startswith("1 put back") and lines[1:] == ["99: no dead letter has this id"] and unknown == 1
    assert [letter.update_id for letter in await running.store.list_dead()] == [11, 13]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"update_id":1,"callback_query":{}}', "callback_query"),
        (b'{"update_id":1,"some words":1}', "unknown"),
        (b'{"update_id":1}', "unknown"),
        (b"[]", "unknown"),
        (b"{", "unreadable"),
    ],
)
def test_the_kind_of_a_letter_is_a_name_of_telegrams(body: bytes, kind: str) -> None:
    from database.records import DeadUpdate
    from handlers.operator.dead_letters import describe_letter

    line = describe_letter(DeadUpdate(1, None, body, "why", "2026-11-24T02:44:09+02:00"))
    assert line.split() == ["1", "2026-11-24", "00:44:09", "-", kind, "why"]
