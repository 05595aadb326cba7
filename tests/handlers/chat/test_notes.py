"""What went out is noted for many at once, beside everything else: nobody waits for it, and it comes back on nobody."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from database.records import Sent
from handlers.outgoing import notes
from tests.chat import Chat, RunningBot, run_bot
from tests.handlers.conftest import begin


class Noting:
    """A store that tells what was noted and deleted, in order, and holds notes back while `go` is not set."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.done: list[set[int] | str] = []
        self.held = 0
        self.go = asyncio.Event()
        self.go.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save_sent(self, sent: Mapping[int, Sent]) -> None:
        if not self.go.is_set():
            self.held += 1
            await self.go.wait()
        await self._store.save_sent(sent)
        self.done.append(set(sent))

    async def delete_person(self, person: int) -> None:
        await self._store.delete_person(person)
        self.done.append("deleted")


@pytest.fixture
async def held(programmes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[RunningBot, Chat, Noting]]:
    """Somebody who was asked the first question, and a store that holds back what is noted from now on."""
    monkeypatch.setattr(notes, "LINGER_SECONDS", 0.0)
    async with run_bot(programmes, tmp_path, wrap=Noting) as running:
        chat, store = await begin(running), running.store
        assert isinstance(store, Noting)
        await running.idle()
        store.go.clear()
        yield running, chat, store
        store.go.set()


async def test_an_orderly_end_notes_everybody_in_one_write(
    programmes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "LINGER_SECONDS", 600.0)
    async with run_bot(programmes, tmp_path, wrap=Noting) as running:
        chats = [await begin(running) for _ in range(8)]
        await chats[0].until(lambda: len(running.service.outbox.notes.resting) == 8, "rest")
        store: Any = running.store
        store.done.clear()
    assert store.done == [{chat.person for chat in chats}]
    async with run_bot(programmes, tmp_path, running.world):
        chats[0].press("3")
        await chats[0].see("Where are you?")
        await asyncio.gather(*(chat.nothing_more() for chat in chats))


async def test_who_answers_while_a_note_takes_long_is_asked_on(held: tuple[RunningBot, Chat, Noting]) -> None:
    running, chat, store = held
    chat.press("3")
    await chat.see("Where are you?")
    await chat.until(lambda: store.held, "a note")
    chat.press("Sitting")
    await chat.see("What do you see?")
    store.go.set()
    await running.idle()
    kept = await store.find_person(chat.person)
    assert kept.sent.sequence == kept.sequence
    assert await store.list_unsent() == []


async def test_a_note_is_written_before_its_person_is_deleted(held: tuple[RunningBot, Chat, Noting]) -> None:
    """Landing on whoever begins anew under that id, it would have their messages taken for sent."""
    _, chat, store = held
    chat.send("/forget")
    await chat.see("Shall I delete everything")
    await chat.until(lambda: store.held, "a note")
    chat.press("Delete everything")
    await chat.nothing_more()
    store.done.clear()
    store.go.set()
    await chat.see("Everything about you is deleted.")
    assert store.done == [{chat.person}, "deleted"]
