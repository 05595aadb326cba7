"""The store that is slow for chosen people."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from database.connect import make_store
from database.records import Sent
from tests.database.conftest import make_person, make_update
from trials.slow_store import slow_down


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Any]:
    store = make_store(f"sqlite:///{tmp_path}/waymark.db", mongo_db="")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return found


@pytest.mark.parametrize("chosen", [{7}, lambda person: person == 7])
async def test_only_the_chosen_wait_and_nothing_else_changes(sqlite: Any, waits: list[float], chosen: Any) -> None:
    store = slow_down(sqlite, chosen, 0.2)
    saved = await store.save_person(make_person(7), applied=1)
    assert waits == [0.2]
    await store.save_person(make_person(8))
    await store.save_sent({8: Sent()})
    assert await store.find_person(8) is not None
    assert await store.save_updates([make_update(1), make_update(2)]) == {2}
    assert [run async for run in store.iterate_runs()] == []
    assert store.pool_stats() is None
    assert waits == [0.2]
    await store.save_sent({7: Sent(sequence=1)})
    assert await store.find_person(person=7) == replace(saved, sent=Sent(sequence=1))
    assert await store.list_runs(7) == []
    await store.delete_person(7)
    assert waits == [0.2] * 5
    assert await sqlite.find_person(7) is None
