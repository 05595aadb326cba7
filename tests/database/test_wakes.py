"""Who is to be looked at when: found by time alone, taken by one process, and known of everybody after an upgrade."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from database.connect import make_store
from database.records import SCHEMA_VERSION, Sent, Wake
from database.sqlite.people import LIST_WAKES
from database.sqlite.schema import connect
from database.sqlite.store import SqliteStore
from tests.database.conftest import BACKENDS, Backend, make_person, make_run

mongo_only = pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "sqlite"], indirect=True)
wire_only = pytest.mark.parametrize("backend", [name for name in BACKENDS if name not in ("sqlite", "mongomock")], indirect=True)


async def test_who_is_due_comes_earliest_first(store: Any) -> None:
    assert await store.list_wakes(1e12) == []
    for person, at in ((1, 500.0), (2, 100.25), (3, 300.0), (4, None), (5, 300.0), (6, 0.0)):
        await store.save_person(make_person(person, wake_at=at))
    assert await store.list_wakes(-1.0) == []
    assert await store.list_wakes(0.0) == [Wake(6, 0.0)]
    assert await store.list_wakes(500.0) == [Wake(6, 0.0), Wake(2, 100.25), Wake(3, 300.0), Wake(5, 300.0), Wake(1, 500.0)]
    assert [wake.person for wake in await store.list_wakes(499.9, limit=3)] == [6, 2, 3]


async def test_a_turn_moves_the_moment_or_takes_it_away(store: Any) -> None:
    saved = await store.save_person(make_person(wake_at=100.0))
    saved = await store.save_person(replace(saved, wake_at=250.5))
    assert await store.list_wakes(1e12) == [Wake(7, 250.5)]
    assert (await store.find_person(7)).wake_at == 250.5
    saved = await store.save_person(replace(saved, wake_at=None))
    assert await store.list_wakes(1e12) == []
    assert await store.find_person(7) == saved


async def test_what_went_out_does_not_touch_the_moment(store: Any) -> None:
    await store.save_person(make_person(wake_at=100.0))
    await store.save_sent({7: Sent(sequence=1)})
    assert await store.list_wakes(100.0) == [Wake(7, 100.0)]


async def test_a_claim_puts_off_until_the_lease_is_over(store: Any) -> None:
    saved = await store.save_person(make_person(wake_at=100.0))
    assert await store.claim_wake(Wake(7, 100.0), 160.0) is True
    assert await store.list_wakes(159.9) == []
    assert await store.list_wakes(160.0) == [Wake(7, 160.0)]  # whoever claimed it died
    assert await store.find_person(7) == replace(saved, wake_at=160.0)
    after = await store.save_person(replace(saved, wake_at=900.0))  # the turn it made; a claim is no turn of its own
    assert after.revision == 2
    assert await store.list_wakes(1e12) == [Wake(7, 900.0)]


async def test_people_are_woken_page_by_page_and_nobody_later_than_planned(store: Any) -> None:
    for person, at in ((1, 500.0), (2, None), (3, 50.0), (4, 500.0), (5, 100.0)):
        await store.save_person(make_person(person, wake_at=at))
    assert await store.wake_people(100.0, -1, 3) == 3
    assert await store.list_wakes(1e12) == [Wake(3, 50.0), Wake(1, 100.0), Wake(2, 100.0), Wake(5, 100.0), Wake(4, 500.0)]
    assert await store.wake_people(100.0, 3, 3) == 5
    assert await store.wake_people(100.0, 5, 3) is None
    assert await store.list_wakes(100.0) == [Wake(3, 50.0), *(Wake(person, 100.0) for person in (1, 2, 4, 5))]
    assert (await store.find_person(1)).revision == 1


async def test_a_claim_fails_once_it_was_claimed_moved_or_deleted(store: Any) -> None:
    saved = await store.save_person(make_person(wake_at=100.0))
    assert await store.claim_wake(Wake(7, 99.0), 160.0) is False
    assert await store.claim_wake(Wake(7, 100.0), 160.0) is True
    assert await store.claim_wake(Wake(7, 100.0), 170.0) is False
    assert await store.list_wakes(1e12) == [Wake(7, 160.0)]
    await store.save_person(replace(saved, wake_at=None))
    assert await store.claim_wake(Wake(7, 160.0), 170.0) is False
    await store.delete_person(7)
    assert await store.claim_wake(Wake(7, 160.0), 170.0) is False
    assert await store.find_person(7) is None


async def test_of_processes_that_race_each_person_falls_to_one(backend: Backend, store: Any) -> None:
    other = backend.make()
    await other.open()
    await asyncio.gather(*(store.save_person(make_person(person, wake_at=float(person))) for person in range(1, 21)))
    found = await asyncio.gather(store.list_wakes(50.0), other.list_wakes(50.0))
    assert found[0] == found[1]
    claims = [one.claim_wake(wake, 100.0) for wake in found[0] for one in (store, other, store)]
    won = await asyncio.gather(*claims)
    assert [sum(won[start : start + 3]) for start in range(0, 60, 3)] == [1] * 20
    await other.close()


async def test_a_deleted_person_is_never_due(store: Any) -> None:
    await store.save_person(make_person(wake_at=100.0))
    await store.delete_person(7)
    assert await store.list_wakes(1e12) == []


@pytest.fixture
async def old_sqlite(tmp_path: Path) -> AsyncIterator[Path]:
    """A file as the first version wrote it, with two people."""
    path = tmp_path / "old.db"
    store = SqliteStore(path)
    await store.open()
    for person in (1, 2):
        await store.save_person(make_person(person, run=make_run(1)))
    await store.close()
    db = connect(path)
    db.executescript(
        "DROP INDEX users_open; CREATE INDEX users_open ON users (id) WHERE open_programme IS NOT NULL;"
        "DROP TRIGGER users_open_insert; DROP TRIGGER users_open_delete; DROP TRIGGER users_open_update;"
        "DROP TRIGGER users_insert; DROP TRIGGER users_delete; DROP TRIGGER runs_insert; DROP TRIGGER runs_delete;"
        "DROP TABLE tally;"
        "DROP INDEX users_wake; ALTER TABLE users DROP COLUMN heard; ALTER TABLE users DROP COLUMN wake;"
        "UPDATE meta SET value = '1' WHERE key = 'schema_version'"
    )
    db.close()
    yield path


def shape(path: Path) -> tuple[Any, ...]:
    """Columns, tables with their indexes and triggers, and version of a file."""
    db = connect(path)
    columns = db.execute("PRAGMA table_info(users)").fetchall()
    indexes = sorted(db.execute("SELECT name, tbl_name FROM sqlite_master WHERE type IN ('index', 'trigger', 'table')"))
    version = db.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    db.close()
    return columns, indexes, version


async def test_an_older_file_is_upgraded_and_everybody_is_looked_at_once(old_sqlite: Path, tmp_path: Path) -> None:
    store, fresh = SqliteStore(old_sqlite), SqliteStore(tmp_path / "fresh.db")
    await store.open()
    await fresh.open()
    assert await store.list_wakes(0.0) == [Wake(1, 0.0), Wake(2, 0.0)]
    assert {name: count for name, count in (await store.count()).items() if count} == {"people": 2, "open_runs": 2}
    found = await store.find_person(2)
    assert (found.revision, found.first_name, found.run) == (1, "Mona", make_run(1))
    await store.save_person(replace(found, wake_at=None))
    assert await store.list_wakes(1e12) == [Wake(1, 0.0)]
    await store.save_person(make_person(3))
    assert await store.list_wakes(1e12) == [Wake(1, 0.0)]
    await store.close()
    await fresh.close()
    assert shape(old_sqlite) == shape(tmp_path / "fresh.db")
    assert shape(old_sqlite)[2] == (str(SCHEMA_VERSION),)


async def test_a_file_that_did_not_count_open_runs_counts_them(tmp_path: Path) -> None:
    """As the third version wrote it; from then on what comes and goes is counted along."""
    path = tmp_path / "third.db"
    store = SqliteStore(path)
    await store.open()
    people = [await store.save_person(make_person(person, run=make_run(1) if person < 4 else None)) for person in range(1, 6)]
    await store.close()
    db = connect(path)
    for word in ("insert", "delete", "update"):
        db.execute(f"DROP TRIGGER users_open_{word}")
    db.executescript("DELETE FROM tally WHERE name = 'open_runs'; UPDATE meta SET value = '3' WHERE key = 'schema_version'")
    db.close()
    await store.open()
    assert (await store.count())["open_runs"] == 3
    await store.save_person(replace(people[0], run=None))
    await store.delete_person(2)
    assert (await store.count())["open_runs"] == 1
    await store.close()
    assert shape(path)[2] == (str(SCHEMA_VERSION),)


async def test_two_processes_may_upgrade_at_once(old_sqlite: Path) -> None:
    stores = [SqliteStore(old_sqlite) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    assert [len(await store.list_wakes(0.0)) for store in stores] == [2] * 4
    await asyncio.gather(*(store.close() for store in stores))


async def test_an_upgrade_that_fails_leaves_the_old_file(old_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shape(old_sqlite)
    broken = {1: ("ALTER TABLE users ADD COLUMN wake REAL DEFAULT 0", "CREATE INDEX nonsense ON nowhere (x)")}
    with monkeypatch.context() as patch:
        patch.setattr("database.sqlite.schema.STEPS", broken)
        with pytest.raises(Exception, match="nowhere"):
            await SqliteStore(old_sqlite).open()
    assert shape(old_sqlite) == before
    store = SqliteStore(old_sqlite)
    await store.open()
    assert len(await store.list_wakes(0.0)) == 2
    await store.close()


@mongo_only
async def test_an_older_database_is_upgraded_by_open_also_after_a_crash_half_way(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = backend.make()
    await store.open()
    for person in (1, 2):
        await store.save_person(make_person(person))
    await store._db.users.update_many({}, {"$unset": {"wake_at": ""}})
    await store._db.meta.update_one({"_id": "schema"}, {"$set": {"version": 1}})

    async def wake_one(db: Any) -> None:
        await db.users.update_one({"_id": 1}, {"$set": {"wake_at": 0.0}})
        raise RuntimeError("the process ends here")

    with monkeypatch.context() as patch:
        patch.setattr("database.mongo.people.wake_everybody", wake_one)
        with pytest.raises(RuntimeError):
            await backend.make().open()
    assert (await store._db.meta.find_one({"_id": "schema"}))["version"] == 1
    again = backend.make()
    await again.open()
    assert await again.list_wakes(0.0) == [Wake(1, 0.0), Wake(2, 0.0)]
    assert (await store._db.meta.find_one({"_id": "schema"}))["version"] == SCHEMA_VERSION
    await again.save_person(replace(await again.find_person(1), wake_at=None))
    third = backend.make()
    await third.open()  # nothing is woken twice
    assert await third.list_wakes(1e12) == [Wake(2, 0.0)]
    for each in (store, again, third):
        await each.close()


def steps_of(path: Path, until: float) -> int:
    """How many steps SQLite's machine takes to find who is due."""
    db, count = connect(path), 0

    def step() -> None:
        nonlocal count
        count += 1

    db.set_progress_handler(step, 1)
    db.execute(LIST_WAKES, (until, 100)).fetchall()
    db.close()
    return count


async def test_a_minute_in_which_nothing_is_due_costs_the_same_for_one_as_for_thousands(tmp_path: Path) -> None:
    """Read from the index alone, in its order; the steps that it takes are counted."""
    steps = []
    for people in (1, 3000):
        path = tmp_path / f"{people}.db"
        store = make_store(f"sqlite:///{path}", mongo_db="")
        await store.open()
        records = [make_person(person, wake_at=1000.0 + person if person % 3 else None) for person in range(1, people + 1)]
        await asyncio.gather(*(store.save_person(record) for record in records))
        await store.close()
        steps.append(steps_of(path, 1000.0))
    assert steps[0] == steps[1]
    assert steps[1] < steps_of(tmp_path / "3000.db", 1100.0)
    db = connect(tmp_path / "3000.db")
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {LIST_WAKES}", (1000.0, 100))]
    db.close()
    assert plan == ["SEARCH users USING COVERING INDEX users_wake (wake<?)"]


@wire_only
async def test_mongo_has_an_index_in_the_order_of_the_moments(store: Any) -> None:
    indexes = await store._db.users.index_information()
    assert [("wake_at", 1), ("_id", 1)] in [index["key"] for index in indexes.values()]
