"""Who is due is told at Telegram's pace, behind replies, whatever the number; by one process; not before all is heard."""

import asyncio
import os
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from database.records import Wake
from database.store import Store
from handlers.due.pace import CROWDED, PEOPLE_A_SECOND, Pace
from handlers.due.wakes import LEASE_SECONDS, PAGE_PEOPLE, Wakes
from handlers.incoming.arrivals import Arrival
from handlers.incoming.lines import Lines
from tests.chat import RunningBot, run_bot, text_of, write_programme
from utils import clock

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
TURN = 0.004  # seconds that a turn takes here, by the loop's own time
MANY = int(os.environ.get("DUE_AT_ONCE", "10000"))  # the pace is the same for 100,000, which take half a minute to count


class Leaping(selectors.DefaultSelector):
    """Nothing is waited for: the loop's time goes on by what it would have slept."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.now += timeout or 0.0
        return []


def run_leaping(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run it in a loop whose time costs none."""
    selector = Leaping()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()


class Crowd:
    """A store of people who are all due in the same minute, and the line that their turns are made in."""

    def __init__(self, people: int, speaks: bool = True) -> None:
        self.left = [Wake(person, NOW.timestamp()) for person in range(people, 0, -1)]
        self.pace = Pace(cast(Lines, self))
        self.wakes = Wakes(cast(Store, self), cast(Lines, self), self.pace, lambda: True)
        self.outstanding = self.peak = self.claims = 0
        self.told: list[float] = []
        self.speaks = speaks

    async def list_wakes(self, until: float, limit: int) -> list[Wake]:
        return self.left[: -limit - 1 : -1]

    async def claim_wake(self, wake: Wake, until: float) -> bool:
        assert until == NOW.timestamp() + LEASE_SECONDS
        self.claims += 1
        self.left.remove(wake) if self.left[-1] != wake else self.left.pop()
        await asyncio.sleep(TURN / 4)
        return True

    def put(self, arrival: Arrival) -> None:
        assert arrival.kind == "wake"
        self.outstanding += 1
        self.peak = max(self.peak, self.outstanding)
        asyncio.get_running_loop().call_later(TURN, self._turn)

    def _turn(self) -> None:
        self.outstanding -= 1
        if self.speaks:
            self.told.append(asyncio.get_running_loop().time())
            self.pace.spoken()

    async def tell_all(self) -> None:
        while await self.wakes.look():
            pass
        while self.outstanding:
            await asyncio.sleep(TURN)


@pytest.mark.timeout(120)
def test_a_multitude_due_in_one_minute_are_told_at_telegrams_pace() -> None:
    """Never more turns at once than leave room for replies, so that no update waits; in no second more than the pace."""
    clock.set(lambda: NOW)
    crowd = Crowd(MANY)
    run_leaping(crowd.tell_all)
    assert crowd.claims == len(crowd.told) == MANY
    assert crowd.peak < CROWDED
    first, last = crowd.told[0], crowd.told[-1]
    assert MANY / PEOPLE_A_SECOND <= last - first + 1 <= MANY / PEOPLE_A_SECOND * 1.02
    seconds = [crowd.told[start + int(PEOPLE_A_SECOND) + 2] - crowd.told[start] for start in range(0, MANY - 100, 97)]
    assert min(seconds) >= 1.0


def test_who_is_told_nothing_holds_nobody_up() -> None:
    """After an upgrade everybody is looked at once: that goes as fast as the store does."""
    clock.set(lambda: NOW)
    crowd = Crowd(2_000, speaks=False)
    run_leaping(crowd.tell_all)
    assert crowd.claims == 2_000
    assert crowd.peak <= CROWDED + 1


def test_replies_go_first_but_not_for_ever() -> None:
    """While more updates are under way than that, somebody is looked at every second."""
    clock.set(lambda: NOW)
    crowd = Crowd(10)
    crowd.outstanding = 2 * CROWDED

    async def five_seconds() -> None:
        looking = asyncio.ensure_future(crowd.tell_all())
        await asyncio.sleep(5.5)
        looking.cancel()

    run_leaping(five_seconds)
    assert crowd.claims == 5


async def test_nobody_is_looked_at_before_all_that_was_sent_is_known() -> None:
    """An answer that still lies at Telegram would find its question expired."""
    clock.set(lambda: NOW)
    crowd, present = Crowd(3), False
    crowd.wakes = Wakes(cast(Store, crowd), cast(Lines, crowd), crowd.pace, lambda: present)
    watching = asyncio.ensure_future(crowd.wakes.watch())
    await asyncio.sleep(0.05)
    assert crowd.claims == 0
    watching.cancel()
    present = True
    watching = asyncio.ensure_future(crowd.wakes.watch())
    while crowd.claims < 3:
        await asyncio.sleep(0.01)
    watching.cancel()


async def test_a_reply_overtakes_the_reminders_of_one_minute(tmp_path: Path) -> None:
    """Thirty people are due; somebody else's words are answered before all are told."""
    steps = [{"type": "text", "name": "word", "label": "A word?"}]
    folder = write_programme(tmp_path / "programmes", "study", {"days": ["one"], "remind": {"at": "19:00"}}, one=steps)
    begun = NOW.replace(hour=8)
    clock.set(lambda: begun)
    async with run_bot(folder, tmp_path) as running:
        await thirty(running)
        other = running.person()
        clock.set(lambda: NOW.replace(day=3))
        looking = asyncio.ensure_future(running.service.wakes.look())
        await other.until(lambda: told(running) > 2, "the first reminders")
        other.send("/help")
        await other.see("I lead you")
        assert told(running) < 30
        assert await looking == 30 <= PAGE_PEOPLE
        await running.idle()
        assert told(running) == 30
        await running.look()
        assert told(running) == 30


async def thirty(running: RunningBot) -> None:
    people = [running.person() for _ in range(30)]
    for chat in people:
        chat.send("/start")
    for chat in people:
        await chat.see("A word?")
    await running.idle()


def told(running: RunningBot) -> int:
    """Reminders that have arrived."""
    return sum("is still open" in text_of(message) for chat in running.world.chats.values() for message in chat.messages)


async def test_an_answer_that_moves_nothing_leaves_the_moment_alone(tmp_path: Path) -> None:
    """What was planned stays until it comes, or until something happens that it depends on."""
    steps = [{"type": "text", "name": name, "label": "A word?"} for name in ("first", "second")]
    head = {"days": ["one", "two"], "remind": {"at": "19:00"}, "inactivity": {"expire_after": "2d"}}
    folder = write_programme(tmp_path / "programmes", "study", head, one=steps, two=steps)
    clock.set(lambda: NOW.replace(hour=8))
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()

        async def planned() -> datetime:
            await running.idle()
            record = await running.store.find_person(chat.person)
            assert record is not None and record.wake_at is not None
            return datetime.fromtimestamp(record.wake_at, UTC)

        chat.send("/start")
        await chat.see("A word?")
        begun = await planned()
        assert begun == NOW.replace(day=3)
        clock.set(lambda: NOW.replace(hour=9))
        chat.send("calm")
        await chat.see("A word?")
        assert await planned() == begun
        chat.send("/settings")
        await chat.see("For me it is 09:00")
        await chat.see("What time is it")
        chat.send("Tokyo")
        await chat.see("So it is 18:00")
        assert await planned() == NOW.replace(day=3, hour=10)
        chat.send("/pause")
        await chat.see("For how long")
        chat.press("Until I say /resume")
        await chat.see("no reminders")
        assert await planned() == NOW.replace(day=4, hour=9)  # the flow, which is still open, ends by itself
