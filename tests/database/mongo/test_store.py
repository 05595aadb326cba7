"""What is promised of MongoDB in particular: crashes between two writes, the pool, errors, the shape of documents."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import bson
import pytest
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError

from database.connect import make_store
from database.mongo import deferred_writes as mongo_later
from database.mongo import inbox as mongo_inbox
from database.mongo import people as mongo_people
from database.mongo.errors import translate, verb
from database.mongo.pool import OPTIONS, PoolCounter
from database.records import PoolStats, Sent
from database.store import SchemaTooNew, StoreError, StoreUnavailable
from tests.database.conftest import Backend, make_person, make_run, make_update, mongo_only, wire_only


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture
def no_moves(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """While it is entered, no ended run gets out of a person's document, as when the process ends at once."""

    @contextmanager
    def stop() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(mongo_later.DeferredWrites, "add", lambda *_: None)
            yield

    return stop


@pytest.fixture
async def reopened(backend: Backend) -> AsyncIterator[Callable[[], Any]]:
    """Gives opened stores on the same data, and closes them."""
    made = []

    async def reopen() -> Any:
        made.append(backend.make())
        await made[-1].open()
        return made[-1]

    yield reopen
    for store in made:
        await store.close()


@mongo_only
async def test_a_newer_schema_is_refused_and_nothing_is_touched(backend: Backend) -> None:
    store = backend.make()
    await store.open()
    db = store._db
    await db.meta.update_one({"_id": "schema"}, {"$set": {"version": 99}})
    await db.users.drop()
    other = backend.make()
    with pytest.raises(SchemaTooNew, match="version 99"):
        await other.open()
    with pytest.raises(StoreUnavailable, match="not open"):
        await other.find_person(1)
    assert "users" not in await db.list_collection_names()
    await store.close()


@mongo_only
async def test_runs_that_a_crash_left_in_the_document_are_moved_by_open(backend: Backend, reopened: Any, no_moves: Any) -> None:
    store = await reopened()
    saved = await store.save_person(make_person(run=make_run(1)))
    done = make_run(1, status="done", **{"day.1": "50 %"})
    with no_moves():
        await store.save_person(replace(saved, run=None, closed=(done,)))
    assert await store._db.runs.count_documents({}) == 0
    assert await store.list_runs(7) == [done]
    assert [run["number"] async for run in store.iterate_runs()] == [1]
    again = await reopened()
    assert (await again._db.users.find_one({"_id": 7}))["closed"] == []
    assert await again._db.runs.count_documents({}) == 1
    assert await again.list_runs(7) == [done]
    assert [run["number"] async for run in again.iterate_runs()] == [1]


@mongo_only
async def test_runs_that_were_left_are_moved_when_the_person_is_read_again(store: Any, no_moves: Any) -> None:
    with no_moves():
        await store.save_person(make_person(closed=(make_run(1, status="done"),)))
    found = await store.find_person(7)
    assert found.closed == ()
    await store.save_person(replace(found, closed=(make_run(2, status="left"),)))
    assert (await store.count())["runs"] == 2
    assert (await store._db.users.find_one({"_id": 7}))["closed"] == []
    assert [run["number"] for run in await store.list_runs(7)] == [1, 2]


@mongo_only
async def test_moving_leaves_runs_alone_that_a_later_turn_added(store: Any, no_moves: Any) -> None:
    with no_moves():
        await store.save_person(make_person(closed=(make_run(1), make_run(2))))
    for _ in range(2):  # the second time changes nothing
        await mongo_people.move_runs(store._db, [(7, make_run(1))])
    assert [run["number"] for run in (await store._db.users.find_one({"_id": 7}))["closed"]] == [2]
    assert [run["number"] async for run in store.iterate_runs()] == [2, 1]


@mongo_only
@pytest.mark.parametrize("steps", [1, 2, 3])
async def test_a_half_deletion_is_finished_by_open(
    backend: Backend, reopened: Any, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    store = await reopened()
    await store.save_updates([make_update(1), make_update(2)])
    await store.save_dead(2, "secret", "2026-01-01")
    await store.save_person(make_person(closed=(make_run(1, status="done"),)))
    assert (await store.count())["runs"] == 1
    db = store._db
    parts = [db.inbox.update_many, db.runs.delete_many, db.users.delete_one]

    async def delete_some(_: Any, person: int, at: float) -> None:
        changes = [({"person": person}, mongo_people.strip(at)), ({"person": person},), ({"_id": person},)]
        for part, arguments in list(zip(parts, changes, strict=True))[: steps - 1]:
            await part(*arguments)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(mongo_people, "_delete_rest", delete_some)
        with pytest.raises(Crash):
            await store.delete_person(7)
    again = await reopened()
    assert await again.count() == {"people": 0, "open_runs": 0, "runs": 0, "waiting": 0, "dead": 0, "blocked": 0}
    assert await again._db.deletions.count_documents({}) == 0
    assert sorted([tuple(sorted(each)) async for each in again._db.inbox.find()]) == [("_id", "at"), ("_id", "at")]


@mongo_only
async def test_settled_updates_keep_their_id_and_time_alone(store: Any) -> None:
    await store.save_updates([make_update(number) for number in (1, 2, 3)])
    await store.save_dead(3, "secret", "2026-01-01")
    await store.save_applied([1, 3], 5.5)
    await store.save_person(make_person(), applied=2)
    assert [update.update_id for update in await store.list_updates()] == []
    found = {each["_id"]: each async for each in store._db.inbox.find()}
    assert found[1] == {"_id": 1, "at": 5.5}
    assert found[3] == {"_id": 3, "at": 5.5}
    assert sorted(found[2]) == ["_id", "at"]


@mongo_only
async def test_marks_of_many_turns_are_written_together(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[list[int]] = []
    real = mongo_inbox.save_applied

    async def count(db: Any, update_ids: Any, at: float) -> None:
        batches.append(sorted(update_ids))
        await real(db, update_ids, at)

    monkeypatch.setattr(mongo_inbox, "save_applied", count)
    monkeypatch.setattr(mongo_later, "COLLECT_SECONDS", 30.0)
    await store.save_updates([make_update(number) for number in range(1, 41)])
    await asyncio.gather(*(store.save_person(make_person(number), applied=number) for number in range(1, 41)))
    assert await store.list_updates() == []
    assert batches == [list(range(1, 41))]


@mongo_only
async def test_marks_are_never_more_than_the_document_of_a_person_remembers(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo_later, "COLLECT_SECONDS", 30.0)
    person = await store.save_person(make_person())
    await store.save_updates([make_update(number) for number in range(1, 101)])
    unmarked = []
    for number in range(1, 101):
        person = await store.save_person(person, applied=number)
        unmarked.append(await store._db.inbox.count_documents(mongo_inbox.WAITS) - (100 - number))
    assert max(unmarked) == mongo_later.MOST_OF_ONE


@mongo_only
async def test_an_update_that_is_stored_while_it_is_marked_does_not_wait_afterwards(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mongo_inbox.insert_new

    async def late(db: Any, collection: str, documents: Any) -> set[int]:
        monkeypatch.setattr(mongo_inbox, "insert_new", real)
        assert await store.save_updates([make_update(1)]) == {1}
        return await real(db, collection, documents)

    await store.save_updates([make_update(2)])
    monkeypatch.setattr(mongo_inbox, "insert_new", late)
    await store.save_applied([1, 2, 3], 5.0)
    assert await store.list_updates() == []
    assert [each async for each in store._db.inbox.find({"_id": 1})] == [{"_id": 1, "at": 5.0}]


@mongo_only
async def test_updates_of_somebody_deleted_are_marked_before_their_document_goes(
    store: Any, monkeypatch: pytest.MonkeyPatch, backend: Backend, reopened: Callable[[], Any]
) -> None:
    """A crash at once: what comes again must not bring them back."""
    monkeypatch.setattr(mongo_later, "COLLECT_SECONDS", 30.0)
    await store.save_person(make_person(), applied=1)
    await store.delete_person(7)
    after_crash = await reopened()
    assert await after_crash.save_updates([make_update(1)]) == set()


async def test_what_could_not_be_written_later_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[list[int]] = []
    failures = [AutoReconnect("gone"), AutoReconnect("gone")]

    async def save(items: list[int]) -> None:
        if failures:
            raise failures.pop()
        written.append(items)

    monkeypatch.setattr(mongo_later, "AGAIN_SECONDS", 0.001)
    monkeypatch.setattr(mongo_later, "COLLECT_SECONDS", 0.001)
    later = mongo_later.DeferredWrites(save, "applied updates")
    later.add(7, 1)
    later.add(7, 2)
    await later._task
    assert written == [[1, 2]]
    assert "applied updates could not be written, trying again: AutoReconnect" in caplog.text
    failures.append(AutoReconnect("gone"))
    later.add(7, 3)
    with pytest.raises(AutoReconnect):
        await later.close()
    await later.flush()
    assert written == [[1, 2], [3]]


@mongo_only
async def test_what_an_older_program_kept_otherwise_is_read_and_its_answers_are_put_beside_their_run(backend: Backend) -> None:
    store = backend.make()
    await store.open()
    runs = {1: make_run(answers=[{"step": "a", "value": {"day.1": 5}}]), 2: make_run(answers=[]), 3: None}
    for person, run in runs.items():
        await store.save_person(make_person(person, run=run, updates="3 5"))
        await store._db.users.update_one({"_id": person}, {"$set": {"updates": "[3,5]"}})
        stored = await store._db.users.find_one({"_id": person})
        if run is not None:
            inside = {"run": {**stored["run"], "answers": stored["run_answers"]}}
            await store._db.users.update_one({"_id": person}, {"$set": inside, "$unset": {"run_answers": ""}})
    await store._db.meta.update_one({"_id": "schema"}, {"$set": {"version": 4}})
    assert [await store.find_person(person) for person in runs] == [
        make_person(n, run=r, updates="3 5", revision=1) for n, r in runs.items()
    ]
    again = backend.make()
    await again.open()
    for person, run in runs.items():
        found = await again.find_person(person)
        assert found == make_person(person, run=run, updates="3 5", revision=1)
        if run is not None:
            more = {**found.run, "answers": [*found.run["answers"], {"step": "b", "value": 6}]}
            await again.save_person(found.changed(run=more), before=found)
            assert (await again.find_person(person)).run == more
    assert [run["person"] async for run in again.iterate_runs()] == [1, 2]
    for each in (store, again):
        await each.close()


@mongo_only
async def test_the_index_of_unsent_holds_nobody_whose_messages_all_went_out(store: Any) -> None:
    await store.save_person(make_person(outbox=({"n": 1}, {"n": 2}), sequence=2))
    flags = []
    for sequence in (1, 2):
        await store.save_sent({7: Sent(sequence=sequence)})
        flags.append((await store._db.users.find_one({"_id": 7}))["unsent"])
    assert flags == [True, False]


@mongo_only
async def test_documents_are_readable_in_a_shell(store: Any) -> None:
    await store.save_person(
        make_person(run=make_run(2), closed=(make_run(1, status="done"),), answers={"calm": {"day.1": {"a": 5}}})
    )
    await store.save_sent({7: Sent(sequence=3, due=({"at": 5.0, "token": "t"},))})
    found = await store._db.users.find_one({"_id": 7})
    assert (found["revision"], found["first_name"], found["run"]["flow"], found["open"], found["due_at"]) == (
        1,
        "Mona",
        "day-1",
        True,
        5.0,
    )
    assert found["answers"] == {"calm": {"day%2E1": {"a": 5}}}
    assert (await store.count())["runs"] == 1
    assert (await store._db.runs.find_one({"_id": "7:1"}))["status"] == "done"


@wire_only
async def test_lists_have_their_indexes(store: Any) -> None:
    indexes = await store._db.users.index_information()
    keys = {tuple(key for key, _ in index["key"]) for index in indexes.values()}
    assert {("unsent", "_id"), ("due_at", "_id"), ("open", "_id", "seen_at"), ("closed.number",)} <= keys
    inbox = await store._db.inbox.index_information()
    assert {("ord", "_id"), ("person",), ("at",), ("dead_at", "ord")} <= {
        tuple(key for key, _ in index["key"]) for index in inbox.values()
    }


@wire_only
async def test_the_pool_is_counted(store: Any) -> None:
    before = store.pool_stats()
    assert before.created >= 1
    assert (before.checked_out, before.waiting) == (0, 0)
    await asyncio.gather(*(store.list_runs(person) for person in range(1, 41)))
    after = store.pool_stats()
    assert (after.checked_out, after.waiting) == (0, 0)
    assert 2 <= after.peak <= 20
    assert after.size == after.created - after.closed
    await store.close()
    end = store.pool_stats()
    assert (end.size, end.checked_out) == (0, 0)


@wire_only
async def test_the_driver_gets_the_promised_options(backend: Backend) -> None:
    store = backend.make()
    await store.open()
    client = store._client.delegate if backend.name.endswith("motor") else store._client
    assert client.write_concern.document == {"w": "majority", "j": True}
    assert client.options.retry_writes is True
    pool = client.options.pool_options
    assert (pool.max_pool_size, pool.min_pool_size) == (20, 0)
    assert (pool.max_idle_time_seconds, pool.wait_queue_timeout, pool.connect_timeout, pool.socket_timeout) == (30, 5, 5, 30)
    assert client.options.server_selection_timeout == 5
    assert (OPTIONS["maxPoolSize"], OPTIONS["minPoolSize"]) == (50, 10)
    await store.close()


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_a_server_that_is_away_is_unavailable(driver: str) -> None:
    store = make_store("mongodb://127.0.0.1:9", mongo_db="x", mongo_driver=driver, pool={"serverSelectionTimeoutMS": 100})
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:9"):
            await store.open()
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.ping()
    await store.close()


def test_pool_events_are_counted_from_any_thread() -> None:
    counter, event = PoolCounter(), SimpleNamespace()
    for _ in range(3):
        counter.connection_check_out_started(event)
    assert counter.stats() == PoolStats(waiting=3)
    counter.connection_created(event)
    counter.connection_ready(event)
    counter.connection_checked_out(event)
    counter.connection_check_out_failed(event)
    assert counter.stats() == PoolStats(checked_out=1, waiting=1, created=1, peak=1, size=1)
    counter.connection_checked_in(event)
    counter.connection_closed(event)
    assert counter.stats() == PoolStats(waiting=1, created=1, closed=1, peak=1)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (AutoReconnect("connection closed"), True),
        (ServerSelectionTimeoutError("no servers"), True),
        (OperationFailure("not primary", 10107, {"errorLabels": ["RetryableWriteError"]}), True),
        (OperationFailure("Authentication failed.", 18), False),
    ],
)
def test_what_may_pass_is_unavailable_and_the_rest_is_an_error(error: Any, passes: bool) -> None:
    failure = translate(error)
    assert isinstance(failure, StoreUnavailable) is passes
    assert str(error).split(",")[0] in str(failure)


async def test_no_document_gets_into_words_or_tracebacks(store: Any, caplog: pytest.LogCaptureFixture) -> None:
    text = "what I " + "wrote"  # so that the lines of this test in the traceback don't hold it

    @verb("save_updates")
    async def fail() -> None:
        bson.encode({"body": object(), "text": text})

    with pytest.raises(StoreError) as bulk:
        await fail()
    with pytest.raises((StoreError, TypeError)) as odd:
        await store.save_person(make_person(settings={"text": text, "odd": object()}))
    for caught in (bulk, odd):
        logging.getLogger("test").error("failed", exc_info=caught.value)
    assert "failed" in caplog.text
    assert text not in caplog.text
