"""What the Store promises of updates, content and files, on every back end."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from database.records import DeadUpdate
from database.store import RevisionConflict
from tests.database.conftest import Backend, make_person, make_update


async def ids(store: Any, **more: Any) -> list[int]:
    return [update.update_id for update in await store.list_updates(**more)]


async def test_a_batch_waits_in_its_order(store: Any) -> None:
    batch = [make_update(900, order=1), make_update(5, person=None, order=2, body=b"\x00\xff{}"), make_update(901, order=3)]
    assert await store.save_updates(batch) == {900, 5, 901}
    assert await store.list_updates() == batch
    assert await ids(store, limit=2) == [900, 5]
    assert await ids(store, after=1) == [5, 901]
    assert await ids(store, after=3) == []


async def test_an_empty_batch_is_fine(store: Any) -> None:
    assert await store.save_updates([]) == set()
    await store.save_applied([], 1.0)
    assert await store.revive_dead([]) == 0


async def test_only_new_ids_are_told_and_known_ones_are_left_as_they_are(store: Any) -> None:
    first = make_update(1, body=b"first")
    await store.save_updates([first])
    assert await store.save_updates([make_update(1, order=9, body=b"second"), make_update(2, order=10)]) == {2}
    assert (await store.list_updates())[0] == first
    assert await store.save_updates([make_update(1), make_update(2)]) == set()


async def test_an_id_twice_in_one_batch_is_kept_once(store: Any) -> None:
    batch = [make_update(1, order=1, body=b"first"), make_update(1, order=2, body=b"second")]
    assert await store.save_updates(batch) == {1}
    assert [update.body for update in await store.list_updates()] == [b"first"]


async def test_applied_ones_do_not_wait_and_are_known_until_forgotten(store: Any) -> None:
    await store.save_updates([make_update(number) for number in (1, 2, 3)])
    await store.save_applied([1], 100.0)
    await store.save_applied([2], 200.0)
    assert await ids(store) == [3]
    assert await store.save_updates([make_update(1), make_update(2)]) == set()
    assert await store.delete_applied(before=200.0) == 1
    assert await store.save_updates([make_update(1), make_update(2)]) == {1}
    assert await store.delete_applied(before=1e12) == 1
    assert await ids(store) == [1, 3]


async def test_an_id_is_known_though_it_never_lay_in_the_inbox(store: Any) -> None:
    await store.save_updates([make_update(1)])
    await store.save_applied([1, 2, 3], 100.0)
    await store.save_applied([2], 100.0)
    assert await store.save_updates([make_update(2), make_update(3), make_update(4)]) == {4}


async def test_many_are_settled_as_one_is(store: Any) -> None:
    numbers = range(1, 201)
    await store.save_updates([make_update(number) for number in numbers if number % 2])
    await store.save_applied([5], 100.0)
    await store.save_applied(numbers[:100], 200.0)
    assert await ids(store) == list(numbers[100::2])
    assert await store.save_updates([make_update(number) for number in numbers[:102]]) == {102}
    assert await store.delete_applied(before=300.0) == 100


async def test_turns_that_come_together_settle_each_their_own(store: Any) -> None:
    """Whoever was overtaken settles nothing, whatever becomes of the others."""
    await store.save_person(make_person(13))
    tasks = [store.save_person(make_person(person), applied=100 + person) for person in range(1, 31)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [person for person, result in enumerate(results, 1) if isinstance(result, RevisionConflict)] == [13]
    assert (await store.count())["people"] == 30
    assert await store.save_updates([make_update(100 + person) for person in range(1, 31)]) == {113}


async def test_a_turn_settles_its_update(store: Any) -> None:
    await store.save_updates([make_update(1), make_update(2)])
    saved = await store.save_person(make_person(updates="1"), applied=1)
    assert await ids(store) == [2]
    await store.save_person(replace(saved, updates="1 2"), applied=2)
    assert (await store.count())["waiting"] == 0
    assert await store.save_updates([make_update(1), make_update(2)]) == set()


async def test_what_a_turn_settled_is_settled_after_closing(backend: Backend) -> None:
    store = backend.make()
    await store.open()
    await store.save_updates([make_update(number) for number in range(1, 31)])
    people = [store.save_person(make_person(number, updates=str(number)), applied=number) for number in range(1, 30)]
    await asyncio.gather(*people)
    await store.close()
    again = backend.make()
    await again.open()
    assert await ids(again) == [30]
    await again.close()


async def test_a_dead_update_waits_no_more_and_is_told_with_its_reason(store: Any) -> None:
    await store.save_updates([make_update(1, body=b"one"), make_update(2, person=None, body=b"two"), make_update(3)])
    await store.save_dead(2, "no sense", "2026-01-01T00:00:00+00:00")
    await store.save_dead(1, "too long", "2026-01-02T00:00:00+00:00")
    assert await ids(store) == [3]
    assert await store.list_dead() == [
        DeadUpdate(2, None, b"two", "no sense", "2026-01-01T00:00:00+00:00"),
        DeadUpdate(1, 7, b"one", "too long", "2026-01-02T00:00:00+00:00"),
    ]
    assert len(await store.list_dead(limit=1)) == 1
    assert await store.save_updates([make_update(1)]) == set()


async def test_only_a_waiting_update_can_die(store: Any) -> None:
    await store.save_updates([make_update(1)])
    await store.save_applied([1], 1.0)
    await store.save_dead(1, "late", "2026-01-01")
    await store.save_dead(99, "unknown", "2026-01-01")
    assert await store.list_dead() == []


async def test_the_dead_come_back_at_the_end_in_their_old_order(store: Any) -> None:
    await store.save_updates([make_update(number, body=b"%d" % number) for number in (1, 2, 3, 4)])
    for number in (3, 1, 2):
        await store.save_dead(number, "broken", "2026-01-01")
    assert await store.revive_dead([2, 1, 77]) == 2
    assert await ids(store) == [4, 1, 2]
    assert [update.body for update in await store.list_updates()] == [b"4", b"1", b"2"]
    assert [dead.update_id for dead in await store.list_dead()] == [3]
    assert await store.revive_dead([1]) == 0
    await store.save_applied([4, 1, 2], 1.0)
    assert await store.revive_dead([3]) == 1
    assert await ids(store) == [3]


async def test_orders_may_be_nanoseconds(store: Any) -> None:
    order = 1_790_000_000_123_456_789
    await store.save_updates([make_update(1, order=order + 1), make_update(2, order=order)])
    assert await ids(store) == [2, 1]
    assert [update.order for update in await store.list_updates()] == [order, order + 1]


async def test_many_applied_ids_are_all_forgotten(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("database.sqlite.inbox.AT_ONCE", 7)
    await store.save_applied(range(40), 5.0)
    assert await store.delete_applied(before=6.0) == 40
    assert await store.delete_applied(before=6.0) == 0


async def test_content_is_kept_under_its_digest(store: Any) -> None:
    source = {"programme.yaml": {"title": "Calm", "a.b": {"$if": "${x} > 1", "": None}}, "day-1.yaml": [1, 2.5, {"no": "no"}]}
    assert await store.find_content("d1") is None
    await store.save_content("d1", "calm", source)
    await store.save_content("d1", "calm", {"other": 1})
    assert await store.find_content("d1") == source
    assert await store.find_content("d2") is None
    assert list((await store.find_content("d1"))["programme.yaml"]) == ["title", "a.b"]


async def test_file_ids_are_kept_replaced_and_forgotten(store: Any) -> None:
    assert await store.find_file_id("k") is None
    await store.save_file_id("k", "one")
    await store.save_file_id("k", "two")
    assert await store.find_file_id("k") == "two"
    await store.delete_file_id("k")
    await store.delete_file_id("k")
    assert await store.find_file_id("k") is None


async def test_marks_are_kept_replaced_and_apart_from_the_schema(backend: Backend) -> None:
    store = backend.make()
    await store.open()
    assert await store.find_mark("last_poll") is None
    for value in ("one", "two"):
        await store.save_mark("last_poll", value)
    for name in ("schema", "schema_version"):  # the names under which the back ends keep their own
        assert await store.find_mark(name) is None
        await store.save_mark(name, "99")
    await store.close()
    await store.open()  # would raise SchemaTooNew if a mark had changed the version
    assert [await store.find_mark(name) for name in ("last_poll", "schema", "schema_version")] == ["two", "99", "99"]
    await store.close()
