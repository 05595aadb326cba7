"""People in memory who think: what is kept of them, and that nothing is missing when they go on."""

import pytest

from database.records import Person, Sent
from handlers import outbox
from handlers.lanes import Entry
from tests.chat import House


async def test_who_thinks_keeps_nothing_that_is_said_already(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The messages that went out go, and the run is made anew by the next answer, which is taken as ever."""
    monkeypatch.setattr(outbox, "LINGER", 0.0)
    chat = house.person()
    chat.send("/start calm__walk")
    await chat.see("Good evening")
    await chat.see("How tense are you?")
    await house.idle()
    entry = house.service.states._resting[chat.person]
    await chat.until(lambda: entry.run is None, "rest")
    assert entry.record.outbox == ()
    assert entry.record.run is not None
    chat.press("3")
    await chat.see("Where are you?")
    stored = await house.store.find_person(chat.person)
    assert stored is not None and stored.run is not None
    assert [answer["value"] for answer in stored.run["answers"]] == [3]


def test_what_was_not_sent_yet_stays() -> None:
    """A person at rest whose message is still on its way can't be: but if they were, it would stay."""
    record = Person(1, outbox=({"n": 1}, {"n": 2}), sequence=2)
    entry = Entry(record, Sent(1), Sent(1))
    entry.rest()
    assert entry.record.outbox == ({"n": 2},)
