"""People in memory who think: what is kept of them, and that nothing is missing when they go on."""

import asyncio

import pytest

from database.records import Person, Sent
from handlers import service
from handlers.outgoing import notes
from handlers.outgoing.lanes import Entry
from tests.chat import RunningBot


async def test_who_thinks_keeps_nothing_that_is_said_already(running: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The messages that went out go, and the run is made anew by the next answer, which is taken as ever."""
    monkeypatch.setattr(notes, "LINGER_SECONDS", 0.0)
    chat = running.person()
    chat.send("/start calm__walk")
    await chat.see("Good evening")
    await chat.see("How tense are you?")
    await running.idle()
    entry = running.service.cache._resting[chat.person]
    await chat.until(lambda: entry.run is None, "rest")
    assert entry.record.outbox == ()
    assert entry.record.run is not None
    chat.press("3")
    await chat.see("Where are you?")
    stored = await running.store.find_person(chat.person)
    assert stored is not None and stored.run is not None
    assert [answer["value"] for answer in stored.run["answers"]] == [3]


def test_what_was_not_sent_yet_stays() -> None:
    """A person at rest whose message is still on its way can't be: but if they were, it would stay."""
    record = Person(1, outbox=({"n": 1}, {"n": 2}), sequence=2)
    entry = Entry(record, Sent(1), Sent(1))
    entry.rest()
    assert entry.record.outbox == ({"n": 2},)


async def test_who_thinks_for_long_goes_on_where_they_were(running: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are folded meanwhile; the next answer finds everything, and the store gets all of it."""
    monkeypatch.setattr(notes, "LINGER_SECONDS", 0.0)
    chat = running.person()
    chat.send("/start calm__walk")
    await chat.see("Good evening")
    await chat.see("How tense are you?")
    chat.press("3")
    await chat.see("Where are you?")
    await running.idle()
    cache = running.service.cache
    entry = cache._resting[chat.person]
    await chat.until(lambda: entry.run is None, "rest")
    before = entry.record
    monkeypatch.setattr(service, "IDLE_SECONDS", 0.01)
    folding = asyncio.create_task(running.service._fold_idle())
    await chat.until(lambda: entry.folded, "folding")
    folding.cancel()
    assert chat.person in cache
    chat.press("Sitting")
    await chat.until(lambda: not entry.folded and entry.record.revision > before.revision, "the next answer")
    stored = await running.store.find_person(chat.person)
    assert stored is not None
    answers = [
        answer["value"] for run in (stored.run, *await running.store.list_runs(chat.person)) if run for answer in run["answers"]
    ]
    assert answers[:2] == [3, "Sitting"]
    assert (stored.created_at, stored.first_name, stored.updates.rpartition(" ")[0]) == (
        before.created_at,
        before.first_name,
        before.updates,
    )


def test_nothing_is_lost_by_folding() -> None:
    """The record, lists as lists and tuples as tuples, and what was sent; twice is once."""
    sent = Sent(7, {"1.2": [5, "2026-01-01T00:00:00+00:00", 0, "text"]}, 1.5, ({"at": 2.0, "token": "1.2"},))
    run = {"number": 1, "frames": [], "answers": [{"value": "Öl\ud800", "attempt": 2**70}, {"value": [1, None, True, 0.1]}]}
    record = Person(1, revision=3, run=run, updates="1 2", outbox=({"n": 9},), sequence=9, sent=Sent(6), wake_at=0.0)
    entry = Entry(record, sent, sent)
    assert entry.fold()
    assert not entry.fold()
    entry.unfold()
    assert entry.record == record.changed(sent=sent)
    assert (entry.sent, entry.durable, entry.run) == (sent, sent, None)
    assert entry.sent is entry.durable
    assert type(entry.record.outbox) is tuple


def test_what_is_not_durable_is_not_folded() -> None:
    """Its lane will see to that first."""
    record = Person(1)
    entry = Entry(record, Sent(2), Sent(1))
    assert not entry.fold()
    assert entry.record is record


def test_what_marshal_does_not_know_stays_as_it_is() -> None:
    """Whatever a store or a handler may put there one day."""
    record, sent = Person(1, settings={"odd": object()}), Sent()
    entry = Entry(record, sent, sent)
    assert not entry.fold()
    assert (entry.record, entry.sent, entry.folded) == (record, sent, b"")
