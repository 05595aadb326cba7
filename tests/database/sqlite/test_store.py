"""What is promised of the SQLite file itself."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from database.connect import make_store
from database.records import SCHEMA_VERSION, Sent
from database.sqlite import people
from database.sqlite import wipe as sqlite_wipe
from database.sqlite.schema import connect
from database.sqlite.store import SqliteStore
from database.store import RevisionConflict, SchemaTooNew, StoreError, StoreUnavailable
from tests.database.conftest import make_person, make_run, make_update

ROOT = Path(__file__).parents[3]


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_people_who_come_together_share_commits(sqlite: SqliteStore) -> None:
    before = sqlite.commits
    await asyncio.gather(*(sqlite.save_person(make_person(person), applied=person) for person in range(1, 101)))
    assert 1 <= sqlite.commits - before <= 10
    assert (await sqlite.count())["people"] == 100


async def test_conflicts_share_a_commit_with_what_stands(sqlite: SqliteStore) -> None:
    await sqlite.save_person(make_person(3))
    before = sqlite.commits
    tasks = [sqlite.save_person(make_person(person), applied=person) for person in (1, 2, 3, 4)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, RevisionConflict) for result in results] == [False, False, True, False]
    assert sqlite.commits - before <= 2
    assert await sqlite.save_updates([make_update(number) for number in (1, 2, 3, 4)]) == {3}


async def test_a_failed_job_is_undone_whole(sqlite: SqliteStore) -> None:
    broken = replace(make_person(), closed=({"number": None, "programme": "calm"},))
    with pytest.raises(StoreError):
        await sqlite.save_person(broken)
    assert await sqlite.find_person(7) is None
    await sqlite.save_person(make_person())


async def test_a_caller_who_gives_up_harms_nobody(sqlite: SqliteStore) -> None:
    tasks = [asyncio.create_task(sqlite.save_person(make_person(person))) for person in range(1, 11)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["CancelledError", "Person"] * 5
    assert (await sqlite.count())["people"] == 10


async def test_closing_finishes_what_was_submitted(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "waymark.db")
    await store.open()
    tasks = [asyncio.create_task(store.save_person(make_person(person))) for person in range(1, 1201)]
    await asyncio.sleep(0)
    await store.close()
    assert {(await task).revision for task in tasks} == {1}
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.find_person(1)
    with sqlite3.connect(tmp_path / "waymark.db") as db:
        assert db.execute("SELECT count(*) FROM users").fetchone() == (1200,)
    db.close()


@pytest.mark.parametrize(
    ("query", "values", "index"),
    [
        (people.LIST_UNSENT, (-1, 10), "users_unsent"),
        (people.LIST_DUE, (1.0, 10), "users_due"),
        (people.LIST_OPEN, (-1, "2026", 10), "users_open"),
        (people.LIST_OPEN_RUNS, (-1, 10), "users_open"),
        ("SELECT update_id FROM inbox WHERE ord > ? ORDER BY ord, update_id LIMIT ?", (-1, 10), "inbox_ord"),
        ("SELECT update_id FROM applied WHERE at < ? LIMIT ?", (1.0, 10), "applied_at"),
    ],
)
async def test_lists_use_an_index_and_sort_nothing(
    sqlite: SqliteStore, tmp_path: Path, query: str, values: tuple[Any, ...], index: str
) -> None:
    db = connect(tmp_path / "waymark.db")
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    db.close()
    assert len(plan) == 1
    assert f"INDEX {index}" in plan[0]


async def test_counting_walks_no_table_that_grows(sqlite: SqliteStore, tmp_path: Path) -> None:
    """With a million people, /stats would else read gigabytes."""
    db = connect(tmp_path / "waymark.db")
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {people.COUNT}")]
    db.close()
    steps = [step for step in plan if step.startswith(("SCAN", "SEARCH"))]
    growing = [step for step in steps if step.split()[1] in ("users", "runs", "applied")]
    assert growing == ["SCAN users USING INDEX users_blocked"]  # a few bytes for each of those, who are few


async def test_the_tally_knows_who_comes_and_goes(sqlite: SqliteStore) -> None:
    for person in (1, 2, 3):
        saved = await sqlite.save_person(make_person(person, closed=(make_run(1, status="done"),)))
        await sqlite.save_person(replace(saved, closed=(make_run(1, status="left"), make_run(2, status="done"))))
    with pytest.raises(RevisionConflict):
        await sqlite.save_person(make_person(3))
    await sqlite.delete_person(2)
    assert {name: count for name, count in (await sqlite.count()).items() if count} == {"people": 2, "runs": 4}


async def test_the_tally_knows_whose_run_is_open(sqlite: SqliteStore, tmp_path: Path) -> None:
    """Begun, begun in another programme, ended, begun and deleted, and what was decided twice: always what a count would find."""

    async def open_runs() -> int:
        db = connect(tmp_path / "waymark.db")
        (found,) = db.execute("SELECT count(*) FROM users WHERE open_programme IS NOT NULL").fetchone()
        db.close()
        assert (await sqlite.count())["open_runs"] == found
        return int(found)

    idle, begun = [await sqlite.save_person(make_person(person, run=run)) for person, run in ((1, None), (2, make_run(1)))]
    assert await open_runs() == 1
    idle = await sqlite.save_person(replace(idle, run=make_run(1)))
    assert await open_runs() == 2
    idle = await sqlite.save_person(replace(idle, run=make_run(2, programme="quiz")))
    assert await open_runs() == 2
    with pytest.raises(RevisionConflict):
        await sqlite.save_person(replace(begun, revision=7, run=None))
    assert await open_runs() == 2
    await sqlite.save_person(replace(begun, run=None, closed=(make_run(1, status="done"),)))
    assert await open_runs() == 1
    await sqlite.delete_person(1)
    await sqlite.delete_person(2)
    assert await open_runs() == 0


async def test_an_operator_can_read_the_tables(sqlite: SqliteStore, tmp_path: Path) -> None:
    await sqlite.save_person(make_person(run=make_run(2), closed=(make_run(1, status="done"),), outbox=({"n": 4},)))
    await sqlite.save_sent({7: Sent(sequence=3, due=({"at": 5.0, "token": "t"},))})
    db = connect(tmp_path / "waymark.db")
    row = db.execute("SELECT id, revision, outbox_max, sent_sequence, due, blocked, open_programme FROM users").fetchone()
    assert row == (7, 1, 4, 3, 5.0, 0, "calm")
    assert db.execute("SELECT json_extract(document, '$.first_name') FROM users").fetchone() == ("Mona",)
    assert db.execute("SELECT person, number, json_extract(document, '$.status') FROM runs").fetchall() == [(7, 1, "done")]
    assert db.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == (str(SCHEMA_VERSION),)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


async def test_the_writer_syncs_every_commit_and_wipes_what_is_deleted(sqlite: SqliteStore) -> None:
    def settings(db: sqlite3.Connection) -> list[int]:
        return [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "secure_delete", "busy_timeout")]

    await sqlite.save_person(make_person())
    await sqlite.delete_person(7)
    assert await sqlite._writer.submit(settings, alone=True) == [2, 1, 5000]


async def test_a_newer_schema_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "waymark.db"
    db = sqlite3.connect(path)
    db.executescript("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('schema_version', '99');")
    db.close()
    before = path.read_bytes()
    with pytest.raises(SchemaTooNew, match="version 99"):
        await SqliteStore(path).open()
    assert path.read_bytes() == before
    assert names_in(tmp_path) == ["waymark.db"]


@pytest.mark.parametrize("kind", ["folder", "text", "other"])
async def test_what_can_never_be_opened_is_refused_in_clear_words(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "waymark.db"
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("This is a letter, and no database at all. " * 100)
    else:
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE users (id INTEGER)")
        db.close()
    words = {"folder": "is a folder", "text": "is no SQLite database", "other": "of another program"}[kind]
    with pytest.raises(StoreError, match=words) as caught:
        await SqliteStore(path).open()
    assert not isinstance(caught.value, StoreUnavailable)
    assert str(path) in str(caught.value)


async def test_a_place_that_may_come_back_is_unavailable_and_works_later(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    store = SqliteStore(tmp_path / "data" / "waymark.db")
    with pytest.raises(StoreUnavailable, match="can't open"):
        await store.open()
    (tmp_path / "data").unlink()
    await store.open()
    await store.ping()
    await store.close()


async def test_a_locked_database_is_unavailable_and_works_again(sqlite: SqliteStore, tmp_path: Path) -> None:
    await sqlite._writer.submit(lambda db: db.execute("PRAGMA busy_timeout = 20"), alone=True)
    other = connect(tmp_path / "waymark.db")
    other.execute("BEGIN IMMEDIATE")
    results = await asyncio.gather(*(sqlite.save_person(make_person(person)) for person in (1, 2)), return_exceptions=True)
    assert [type(result) for result in results] == [StoreUnavailable, StoreUnavailable]
    assert await sqlite.find_person(1) is None
    other.execute("ROLLBACK")
    other.close()
    assert (await sqlite.save_person(make_person(1))).revision == 1


async def test_a_full_disk_is_unavailable_and_leaves_the_rest_alone(sqlite: SqliteStore) -> None:
    await sqlite.save_person(make_person(1))

    def limit(db: sqlite3.Connection, pages: int) -> None:
        db.execute(f"PRAGMA max_page_count = {pages}")

    await sqlite._writer.submit(lambda db: limit(db, db.execute("PRAGMA page_count").fetchone()[0] + 2), alone=True)
    big = make_person(2, settings={"text": "x" * 100_000})
    with pytest.raises(StoreUnavailable, match="full"):
        await sqlite.save_person(big)
    assert (await sqlite.save_person(replace(await sqlite.find_person(1), last_name="small"))).revision == 2
    await sqlite._writer.submit(lambda db: limit(db, 1_000_000), alone=True)
    assert (await sqlite.save_person(big)).revision == 1


async def test_two_processes_on_one_file_see_each_other(sqlite: SqliteStore, tmp_path: Path) -> None:
    other = SqliteStore(tmp_path / "waymark.db")
    await other.open()
    saved = await sqlite.save_person(make_person())
    assert await other.find_person(7) == saved
    await other.save_person(saved)
    with pytest.raises(RevisionConflict):
        await sqlite.save_person(saved)
    await other.close()


WRITER = """
import asyncio, sys
from pathlib import Path
from database.records import Person, RawUpdate
from database.sqlite.store import SqliteStore

async def write(store, person):
    record = Person(person)
    while True:
        update = person * 1_000_000 + record.revision
        await store.save_updates([RawUpdate(update, person, update, b"{}")])
        record = await store.save_person(record, applied=update)
        print(person, record.revision, flush=True)

async def main():
    store = SqliteStore(Path(sys.argv[1]))
    await store.open()
    await asyncio.gather(*(write(store, person) for person in range(1, 21)))

asyncio.run(main())
"""


def write_until_killed(path: Path, lines: int) -> dict[int, int]:
    """Gives the highest revision that was acknowledged, by person."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    told = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    told += process.communicate()[0].splitlines(keepends=True)
    return dict(tuple(map(int, line.split())) for line in told if line.endswith("\n"))


@pytest.mark.parametrize("lines", [200, 333])
async def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "waymark.db"
    acknowledged = await asyncio.to_thread(write_until_killed, path, lines)
    assert len(acknowledged) == 20
    store = SqliteStore(path)
    await store.open()
    for person, revision in acknowledged.items():
        found = await store.find_person(person)
        assert found.revision in (revision, revision + 1)
        updates = [make_update(person * 1_000_000 + number, person) for number in range(found.revision)]
        assert await store.save_updates(updates) == set()
        waiting = {update.update_id for update in await store.list_updates(after=person * 1_000_000 - 1) if update.person == person}
        assert waiting <= {person * 1_000_000 + found.revision}
    await store.close()


def secret(person: int) -> str:
    return f"S{person:05d}ECRET"


async def fill(store: SqliteStore, turns: int = 4) -> None:
    """Sixty people whose rows grow, shrink and move about in the file."""
    records = {person: make_person(person, first_name=secret(person)) for person in range(1, 61)}
    for turn in range(1, turns + 1):

        async def save(person: int, turn: int = turn) -> None:
            text = {f"a{number}": secret(person) * (1 + person * turn % 7) for number in range(person * 7 * turn % 40)}
            closed = (make_run(turn, status="done", text=secret(person) * (person * turn % 90)),)
            changed = replace(records[person], answers={"calm": {"day": text}}, closed=closed if turn % 2 else ())
            records[person] = await store.save_person(changed)

        order = sorted(records, key=lambda person: person * 37 * turn % 61)
        await asyncio.gather(*(save(person) for person in order))
        batch = [make_update(turn * 100 + person, person, body=secret(person).encode() * (1 + person % 50)) for person in order]
        await store.save_updates(batch)
        await store.save_applied([update.update_id for update in batch[::2]], 1.0)
        await store.save_dead(batch[1].update_id, secret(batch[1].person), "2026-01-01")


async def test_forgetting_leaves_no_byte(sqlite: SqliteStore, tmp_path: Path) -> None:
    await fill(sqlite)
    content = bytes_of(tmp_path)
    assert all(secret(person).encode() in content for person in range(1, 61))
    for person in range(1, 61, 2):
        await sqlite.delete_person(person)
        content = bytes_of(tmp_path)
        assert secret(person).encode() not in content
    assert all(secret(person).encode() in content for person in range(2, 61, 2))
    assert (tmp_path / "waymark.db-wal").stat().st_size < 20_000
    assert await sqlite._writer.submit(sqlite_wipe.has_deletions, alone=True) is False


async def test_a_crash_before_the_wiping_is_made_good_by_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteStore(tmp_path / "waymark.db")
    await store.open()
    await fill(store)
    for person in range(1, 31):
        await store._writer.submit(lambda db, person=person: people.delete_person(db, person, 1.0))
    assert any(secret(person).encode() in bytes_of(tmp_path) for person in range(1, 31))
    await store.close()
    await store.open()
    content = bytes_of(tmp_path)
    assert not any(secret(person).encode() in content for person in range(1, 31))
    assert (await store.count())["people"] == 30
    await store.close()


async def test_a_large_file_is_wiped_in_a_quiet_moment(
    sqlite: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_wipe, "SMALL_BYTES", 0)
    monkeypatch.setattr("database.sqlite.jobs.WIPE_AGAIN_SECONDS", 0.01)
    await fill(sqlite, turns=2)
    for person in range(1, 41):
        await sqlite.delete_person(person)
    assert any(secret(person).encode() in bytes_of(tmp_path) for person in range(1, 41))
    assert not sqlite._wiping.done()
    monkeypatch.setattr(sqlite_wipe, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(sqlite_wipe, "BYTES_A_SECOND", 1)  # as if it took days: it is not begun
    assert await sqlite_wipe.wipe_if_quiet(sqlite._writer) is False
    assert any(secret(person).encode() in bytes_of(tmp_path) for person in range(1, 41))
    monkeypatch.setattr(sqlite_wipe, "BYTES_A_SECOND", 1e12)
    await sqlite._wiping
    assert not any(secret(person).encode() in bytes_of(tmp_path) for person in range(1, 41))
    assert await sqlite._writer.submit(sqlite_wipe.has_deletions, alone=True) is False


async def test_a_long_statement_gives_way_to_writers_and_to_close(sqlite: SqliteStore) -> None:
    endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    writer, running = sqlite._writer, threading.Event()

    def job(db: sqlite3.Connection) -> None:
        with writer.giving_way():
            running.set()
            db.execute(endless).fetchone()

    async def begin() -> asyncio.Future[None]:
        running.clear()
        future = writer.submit(job, alone=True)
        await asyncio.to_thread(running.wait, 10)
        return future

    first = await begin()
    assert (await sqlite.save_person(make_person())).revision == 1
    with pytest.raises(StoreUnavailable, match="interrupted"):
        await first
    second = await begin()
    await sqlite.close()
    with pytest.raises(StoreUnavailable, match="interrupted"):
        await second


async def test_an_interrupted_wiping_is_not_taken_for_done(sqlite: SqliteStore, tmp_path: Path) -> None:
    await fill(sqlite, turns=1)
    await sqlite._writer.submit(lambda db: people.delete_person(db, 5, 1.0))

    def job(db: sqlite3.Connection) -> bool:
        db.set_progress_handler(lambda: True, 100)
        try:
            return sqlite_wipe.wipe(db)
        finally:
            db.set_progress_handler(None, 0)

    assert await sqlite._writer.submit(job, alone=True) is False
    assert await sqlite._writer.submit(sqlite_wipe.has_deletions, alone=True) is True
    assert (await sqlite.count())["people"] == 59


async def test_a_reader_elsewhere_puts_the_wiping_off(sqlite: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("database.sqlite.jobs.WIPE_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(sqlite_wipe, "BUSY_MS", 1)
    monkeypatch.setattr(sqlite_wipe, "QUIET_SECONDS", 0.0)
    await fill(sqlite, turns=1)
    other = connect(tmp_path / "waymark.db")
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM users").fetchone() == (60,)
    await sqlite.delete_person(5)
    assert await sqlite.find_person(5) is None
    assert secret(5).encode() in bytes_of(tmp_path)
    other.execute("COMMIT")
    other.close()
    await sqlite._wiping
    assert secret(5).encode() not in bytes_of(tmp_path)


async def test_a_store_made_by_address_makes_its_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url, path in (("sqlite:///a/b/c.db", tmp_path / "a/b/c.db"), (f"sqlite:///{tmp_path}/d/e.db", tmp_path / "d/e.db")):
        store = make_store(url, mongo_db="waymark")
        await store.open()
        await store.close()
        assert path.is_file()
        assert store.pool_stats() is None
