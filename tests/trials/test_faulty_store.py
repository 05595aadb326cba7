"""The store that is made to fail: what each switch does, and how a process of its own is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from database.connect import make_store
from database.store import StoreUnavailable
from trials import faulty_store
from trials.faulty_store import FaultyStore, FollowingStore, read_switches


@pytest.fixture
def inner(tmp_path: Path) -> Any:
    return make_store(f"sqlite:///{tmp_path / 'x.db'}", mongo_db="")


@pytest.fixture
async def store(inner: Any) -> AsyncIterator[FaultyStore]:
    made = FaultyStore(inner)
    await made.open()
    yield made
    await made.close()


async def test_a_store_that_is_away_carries_nothing_out_and_answers_no_ping(store: FaultyStore) -> None:
    store.away = True
    for call in (store.save_mark("a", "1"), store.find_mark("a"), store.ping()):
        with pytest.raises(StoreUnavailable, match="away"):
            await call
    store.away = False
    assert await store.find_mark("a") is None
    assert store.hits["away"] == 3


async def test_a_cut_acknowledgement_is_a_write_that_was_done(store: FaultyStore) -> None:
    store.cuts = 1.0
    with pytest.raises(StoreUnavailable, match="cuts"):
        await store.save_mark("a", "1")
    assert await store.find_mark("a") == "1"


async def test_a_failure_is_none_that_was_done(store: FaultyStore) -> None:
    store.fails = 1.0
    with pytest.raises(StoreUnavailable, match="fails"):
        await store.save_mark("a", "1")
    store.fails = 0.0
    assert await store.find_mark("a") is None


async def test_a_slow_write_is_not_overtaken_by_a_quick_one_that_came_later(store: FaultyStore) -> None:
    store.seconds = 0.05
    slow = asyncio.create_task(store.save_mark("a", "first"))
    await asyncio.sleep(0)
    store.seconds = 0.0
    await store.save_mark("a", "second")
    assert slow.done()
    assert await store.find_mark("a") == "second"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_file_switches_it_while_it_runs(inner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away already at the start; garbage in the file changes nothing; without a file all is well."""
    monkeypatch.setattr(faulty_store, "LOOK_SECONDS", 0.005)
    path = tmp_path / "faults.json"
    path.write_text('{"away": true}')
    store = FollowingStore(inner, path)
    with pytest.raises(StoreUnavailable):
        await store.open()
    path.write_text('{"cuts": 0.5}')
    await until(lambda: not store.away)
    await store.open()
    assert store.cuts == 0.5
    path.write_text("garbage")
    await asyncio.sleep(0.05)
    assert store.cuts == 0.5
    path.unlink()
    await until(lambda: store.cuts == 0.0)
    await store.close()


@pytest.mark.parametrize("text", ["[]", '{"gone": true}', "{"])
def test_a_wrong_file_is_told_of(tmp_path: Path, text: str) -> None:
    (tmp_path / "f.json").write_text(text)
    with pytest.raises(ValueError, match=r"f\.json"):
        read_switches(tmp_path / "f.json")
