"""What the Store promises of people, on every back end."""

import asyncio
import marshal
from dataclasses import replace
from typing import Any

import pytest

from database.documents import clean
from database.records import Person, Sent
from database.store import RevisionConflict
from tests.database.conftest import Backend, make_person, make_run, make_update

FULL = Person(
    id=987654321012,
    created_at="2026-01-01T00:00:00+00:00",
    seen_at="2026-01-02T00:00:00+00:00",
    first_name="Móna 🧭",
    last_name="Öz",
    username="mona",
    language="ar",
    blocked_at="2026-01-03T00:00:00+00:00",
    programme="calm",
    consents={"calm": "2026-01-01T00:00:00+00:00"},
    run=make_run(3, answers=[{"step": "before", "value": 9}, {"step": "x", "value": ["a", "b"]}, {"step": "y", "value": 7.5}]),
    run_count=3,
    answers={"calm": {"day-1": {"before": 9, "place": None, "sure": True}}},
    progress={"calm": {"day": 2, "stamp": 2**53}},
    settings={"quiet": ["22:00", "08:00"]},
    updates="5 6 7",
    outbox=({"n": 4, "method": "sendMessage", "body": {"text": "Hi"}},),
    sequence=4,
    sent=Sent(3, {"1.a.1": [55, "2026-01-02T00:00:00+00:00", 0, "text"]}, 12.5, ({"at": 99.5, "token": "1.a.1"},)),
    answer_message=54,
    wake_at=1_800_000_000.5,
)


async def test_nobody_is_found_before_the_first_save(store: Any) -> None:
    assert await store.find_person(7) is None


async def test_every_field_comes_back_as_it_was_saved(store: Any) -> None:
    saved = await store.save_person(FULL)
    assert saved == replace(FULL, revision=1)
    assert await store.find_person(FULL.id) == saved
    changed = replace(saved, first_name="Lina", run=None, blocked_at=None, updates="6 7 8", outbox=(), answers={})
    assert await store.save_person(changed) == replace(changed, revision=2)
    found = await store.find_person(FULL.id)
    assert found == replace(changed, revision=2)
    assert type(found.id) is int
    assert type(found.progress["calm"]["stamp"]) is int


async def test_a_found_person_is_plain_data(store: Any) -> None:
    """No type of a driver's own is in it, so that people in memory can be folded (`handlers/outgoing/lanes.py`)."""
    await store.save_person(FULL)
    found = await store.find_person(FULL.id)
    plain = {**found.__dict__, "sent": found.sent.__dict__}
    assert marshal.loads(marshal.dumps(plain)) == plain


async def test_what_was_saved_is_there_after_reopening(backend: Backend) -> None:
    first = backend.make()
    await first.open()
    saved = await first.save_person(FULL)
    await first.close()
    second = backend.make()
    await second.open()
    assert await second.find_person(FULL.id) == saved
    await second.close()
    await second.open()
    assert await second.find_person(FULL.id) == saved
    await second.close()


async def test_opening_and_closing_twice_is_harmless(backend: Backend) -> None:
    store = backend.make()
    await store.open()
    await store.open()
    await store.ping()
    await store.close()
    await store.close()


async def test_a_second_insert_is_a_conflict(store: Any) -> None:
    await store.save_person(make_person())
    with pytest.raises(RevisionConflict) as caught:
        await store.save_person(make_person())
    assert (caught.value.person, caught.value.revision) == (7, 0)


async def test_an_old_revision_is_a_conflict_and_changes_nothing(store: Any) -> None:
    first = await store.save_person(make_person())
    second = await store.save_person(replace(first, first_name="Lina"))
    for stale in (first, replace(second, revision=9)):
        with pytest.raises(RevisionConflict):
            await store.save_person(replace(stale, first_name="Stale", closed=(make_run(1, status="done"),)), applied=1)
    assert await store.find_person(7) == second
    assert await store.list_runs(7) == []


def answered(run: dict[str, Any], *more: Any) -> dict[str, Any]:
    """The run with these answers more, the earlier ones the very same objects, as `Run.to_dict` gives them."""
    return {**run, "step": f"s{len(more)}", "answers": [*run["answers"], *({"step": "a", "value": value} for value in more)]}


async def test_a_write_that_knows_what_is_stored_leaves_what_a_whole_one_would(store: Any) -> None:
    """What the person shares with `before` is not written again, and answers that are more are put behind the others."""
    first, second = {"step": "a", "value": "x"}, {"step": "b", "value": {"day.1": "50 %", "$": [1, "\ud83d"]}}
    saved = await store.save_person(make_person(run=make_run(1, answers=[first, second]), progress={"calm": {"done": {}}}))
    replaced = {**first, "replaced": True}
    for change in (
        {"run": answered(saved.run, "one")},
        {"run": answered(saved.run, "one", ["two"]), "username": "mona", "updates": "1 2"},
        {"settings": {"zone": "Asia/Tokyo"}, "outbox": ({"n": 1},), "sequence": 1},
        {"run": answered(make_run(1, answers=[replaced, second]), "one", "two", "three")},  # an earlier one is another now
        {"run": make_run(1, answers=[replaced])},
        {"run": make_run(2)},
        {"run": {"number": 2, "programme": "calm"}},
        {"run": answered(make_run(3), "one"), "closed": (make_run(2, status="done"),)},
        {"run": None, "blocked_at": "2026-01-01", "wake_at": 5.0, "sent": Sent(sequence=1)},
        {"run": make_run(4, answers=[first]), "blocked_at": None, "progress": {}},
    ):
        before, saved = saved, await store.save_person(saved.changed(**change), before=saved)
        found = await store.find_person(7)
        expected = saved.changed(run=clean(saved.run))
        assert (found, saved.revision) == (expected, before.revision + 1), change
        saved = found if saved.revision % 2 else saved  # as read, or as written


async def test_a_record_that_is_not_what_is_stored_does_not_count_as_before(store: Any) -> None:
    old = await store.save_person(make_person(username="old"))
    new = await store.save_person(old.changed(username="new"), before=old)
    await store.save_person(new.changed(username=old.username), before=old)
    assert (await store.find_person(7)).username == "old"
    created = old.changed(id=8, revision=0)
    await store.save_person(created, before=created)
    assert (await store.find_person(8)).username == "old"


async def test_saving_someone_deleted_is_a_conflict_and_brings_nobody_back(store: Any) -> None:
    saved = await store.save_person(make_person())
    await store.delete_person(7)
    with pytest.raises(RevisionConflict):
        await store.save_person(saved)
    assert await store.find_person(7) is None


async def test_of_writers_that_race_exactly_one_wins(store: Any) -> None:
    base = await store.save_person(make_person())
    for _ in range(10):
        results = await asyncio.gather(
            *(store.save_person(replace(base, first_name=name)) for name in ("one", "two", "three")), return_exceptions=True
        )
        assert sorted(type(result).__name__ for result in results) == ["Person", "RevisionConflict", "RevisionConflict"]
        base = await store.find_person(7)
        assert base in results


async def test_of_inserts_that_race_exactly_one_wins(store: Any) -> None:
    results = await asyncio.gather(*(store.save_person(make_person()) for _ in range(5)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Person"] + ["RevisionConflict"] * 4


async def test_one_conflict_does_not_touch_the_others(store: Any) -> None:
    people = await asyncio.gather(*(store.save_person(make_person(person)) for person in range(1, 21)))
    await store.save_person(people[4])
    results = await asyncio.gather(*(store.save_person(replace(each, username="new")) for each in people), return_exceptions=True)
    assert [person for person, result in enumerate(results, 1) if isinstance(result, RevisionConflict)] == [5]
    found = await asyncio.gather(*(store.find_person(person) for person in range(1, 21)))
    assert [each.username for each in found] == ["new"] * 4 + [""] + ["new"] * 15


async def test_a_turn_prunes_the_outbox_and_writes_what_was_sent_along(store: Any) -> None:
    entries = tuple({"n": number, "text": str(number)} for number in (1, 2, 3))
    first = await store.save_person(make_person(outbox=entries, sequence=3))
    assert first.outbox == entries
    await store.save_sent({7: Sent(sequence=2, messages={"t": [5, "", 0, "text"]})})
    read = await store.find_person(7)
    second = await store.save_person(read)
    assert [entry["n"] for entry in second.outbox] == [3]
    assert await store.find_person(7) == second
    third = await store.save_person(replace(second, sent=Sent(sequence=3, not_before=5.0), first_name="Lina"))
    assert third.outbox == ()
    assert await store.find_person(7) == third
    await store.save_sent({7: Sent(sequence=2)})  # a call that was overtaken
    assert (await store.find_person(7)).sent == Sent(sequence=3, not_before=5.0)


async def test_sent_is_unguarded_and_the_highest_sequence_wins(store: Any) -> None:
    saved = await store.save_person(make_person())
    await store.save_sent({7: Sent(sequence=5)})
    await store.save_sent({7: Sent(sequence=4)})
    await store.save_sent({7: Sent(sequence=5, not_before=77.25)})
    found = await store.find_person(7)
    assert found == replace(saved, sent=Sent(sequence=5, not_before=77.25))
    assert (await store.save_person(saved)).revision == 2


async def test_sent_of_nobody_makes_nobody(store: Any) -> None:
    await store.save_sent({7: Sent(sequence=5)})
    assert await store.find_person(7) is None
    assert (await store.count())["people"] == 0


async def test_unsent_are_those_whose_outbox_holds_more_than_was_sent(store: Any) -> None:
    outbox = ({"n": 1}, {"n": 2})
    for person in (30, 10, 20, 40):
        await store.save_person(make_person(person, outbox=outbox, sequence=2))
    await store.save_person(make_person(50))
    await store.save_sent({10: Sent(sequence=1)})
    await store.save_sent({20: Sent(sequence=2)})
    assert [each.id for each in await store.list_unsent()] == [10, 30, 40]
    assert [each.id for each in await store.list_unsent(limit=2)] == [10, 30]
    assert [each.id for each in await store.list_unsent(after=30)] == [40]
    assert (await store.list_unsent())[0] == await store.find_person(10)
    # A turn that did not know of the sending keeps the old entries: they are sent all the same.
    stale = replace(await store.find_person(20), sent=Sent())
    kept = await store.save_person(stale)
    assert len(kept.outbox) == 2
    assert [each.id for each in await store.list_unsent()] == [10, 20, 30, 40]
    await store.save_person(replace(await store.find_person(20), outbox=({"n": 3},), sequence=3))
    assert [each.id for each in await store.list_unsent()] == [10, 20, 30, 40]


async def test_a_page_of_unsent_is_full_even_when_settled_people_lie_between(store: Any) -> None:
    for person in range(1, 9):
        saved = await store.save_person(make_person(person, outbox=({"n": 1},)))
        if person % 2:
            await store.save_sent({person: Sent(sequence=1)})
            await store.save_person(replace(saved, sent=Sent(sequence=1)))
    assert [each.id for each in await store.list_unsent(limit=3)] == [2, 4, 6]
    assert [each.id for each in await store.list_unsent(after=6, limit=3)] == [8]


async def test_due_people_come_earliest_first(store: Any) -> None:
    assert await store.list_due(1e12) == []
    for person, times in ((1, (500.0,)), (2, (900.5, 100.25)), (3, (300.0,)), (4, ())):
        await store.save_person(make_person(person))
        await store.save_sent({person: Sent(due=tuple({"at": at, "token": str(at)} for at in times))})
    assert [each.id for each in await store.list_due(99.0)] == []
    assert [each.id for each in await store.list_due(500.0)] == [2, 3, 1]
    assert [each.id for each in await store.list_due(500.0, limit=2)] == [2, 3]
    assert (await store.list_due(100.25))[0] == await store.find_person(2)
    await store.save_sent({2: Sent(due=())})
    assert [each.id for each in await store.list_due(1e12)] == [3, 1]


async def test_open_are_those_with_an_open_run(store: Any) -> None:
    assert await store.list_open() == []
    for person in (30, 10, 20, 40):
        await store.save_person(make_person(person, run=make_run(1)))
    await store.save_person(make_person(15, closed=(make_run(1, status="done"),)))
    ended = replace(await store.find_person(20), run=None, closed=(make_run(1, status="done"),))
    await store.save_person(ended)
    assert [each.id for each in await store.list_open()] == [10, 30, 40]
    assert [each.id for each in await store.list_open(limit=2)] == [10, 30]
    assert [each.id for each in await store.list_open(after=30)] == [40]
    assert (await store.list_open())[0] == await store.find_person(10)


async def test_of_the_open_ones_those_who_were_heard_lately_are_listed(store: Any) -> None:
    moments = ("2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00", "2026-01-02T00:00:00.5+00:00", "")
    for person, seen_at in enumerate(moments, 1):
        await store.save_person(make_person(person, run=make_run(1), seen_at=seen_at))
    assert [each.id for each in await store.list_open(heard_since=moments[1])] == [2, 3]
    assert [each.id for each in await store.list_open(after=2, heard_since=moments[1])] == [3]


async def test_ended_runs_move_to_the_runs(store: Any) -> None:
    done, left = make_run(1, status="done"), make_run(2, "quiz", status="left", answers=[{"step": "a.b", "value": {"$x": 1}}])
    first = await store.save_person(make_person(run=make_run(1)))
    second = await store.save_person(replace(first, run=None, closed=(done,)))
    assert second.closed == ()
    third = await store.save_person(replace(second, closed=(left,), run=make_run(3)))
    assert await store.find_person(7) == third
    assert await store.list_runs(7) == [done, left]
    assert await store.list_runs(8) == []


async def test_a_run_that_is_closed_twice_is_kept_once_and_as_it_was_first(store: Any) -> None:
    saved = await store.save_person(make_person(closed=(make_run(1, status="done"),)))
    await store.save_person(replace(saved, closed=(make_run(1, status="left"), make_run(2, status="done"))))
    assert [(run["number"], run["status"]) for run in await store.list_runs(7)] == [(1, "done"), (2, "done")]


async def test_runs_are_listed_by_number_not_by_text(store: Any) -> None:
    await store.save_person(make_person(closed=tuple(make_run(number, status="done") for number in (10, 9, 2, 100))))
    assert [run["number"] for run in await store.list_runs(7)] == [2, 9, 10, 100]


async def test_every_run_is_walked_over_once(store: Any) -> None:
    await store.save_person(make_person(1, run=make_run(2), closed=(make_run(1, status="done"),)))
    await store.save_person(make_person(2, run=make_run(1, "quiz")))
    await store.save_person(make_person(3, closed=(make_run(1, "quiz", "left"), make_run(2, status="done"))))
    await store.save_person(make_person(4))
    runs = [run async for run in store.iterate_runs()]
    keys = sorted((run["person"], run["number"], run["programme"], run["status"]) for run in runs)
    assert keys == [
        (1, 1, "calm", "done"),
        (1, 2, "calm", "open"),
        (2, 1, "quiz", "open"),
        (3, 1, "quiz", "left"),
        (3, 2, "calm", "done"),
    ]
    quiz = [run async for run in store.iterate_runs("quiz")]
    assert sorted((run["person"], run["number"]) for run in quiz) == [(2, 1), (3, 1)]
    assert [run async for run in store.iterate_runs("none")] == []


async def test_a_run_that_ends_while_walked_over_comes_once(store: Any) -> None:
    people = [await store.save_person(make_person(person, run=make_run(1))) for person in range(1, 31)]
    keys = []
    async for run in store.iterate_runs():
        keys.append((run["person"], run["number"]))
        if len(keys) in (1, 10, 30):
            batch = [each for each in people if each.id % 3 == len(keys) % 3]
            await asyncio.gather(
                *(store.save_person(replace(each, run=None, closed=(make_run(1, status="done"),))) for each in batch)
            )
            people = [each for each in people if each not in batch]
    assert sorted(keys) == [(person, 1) for person in range(1, 31)]


async def test_walking_over_runs_goes_past_a_page(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("database.sqlite.people.PAGE_RUNS", 3)
    monkeypatch.setattr("database.mongo.people.PAGE_RUNS", 3)
    for person in (9, 10, 11, 100):
        closed = tuple(make_run(number, status="done") for number in (1, 2, 10))
        await store.save_person(make_person(person, closed=closed, run=make_run(11)))
    keys = [(run["person"], run["number"]) async for run in store.iterate_runs()]
    assert sorted(keys) == [(person, number) for person in (9, 10, 11, 100) for number in (1, 2, 10, 11)]


async def test_a_deleted_person_is_gone_everywhere_and_may_come_back(store: Any) -> None:
    await store.save_updates([make_update(1), make_update(2), make_update(3, person=8)])
    await store.save_dead(2, "broken", "2026-01-01")
    await store.save_person(make_person(run=make_run(2), closed=(make_run(1, status="done"),)))
    await store.save_person(make_person(8, closed=(make_run(1, status="done"),)))
    await store.delete_person(7)
    assert await store.find_person(7) is None
    assert await store.list_runs(7) == []
    assert [update.update_id for update in await store.list_updates()] == [3]
    assert await store.list_dead() == []
    assert await store.save_updates([make_update(1), make_update(2)]) == set()
    assert [run["person"] async for run in store.iterate_runs()] == [8]
    assert await store.count() == {"people": 1, "open_runs": 0, "runs": 1, "waiting": 1, "dead": 0, "blocked": 0}
    await store.delete_person(7)
    back = await store.save_person(make_person(closed=(make_run(1, status="left"),)))
    assert back.revision == 1
    assert await store.list_runs(7) == [make_run(1, status="left")]


async def test_counts(store: Any) -> None:
    assert await store.count() == {"people": 0, "open_runs": 0, "runs": 0, "waiting": 0, "dead": 0, "blocked": 0}
    await store.save_person(make_person(1, run=make_run(2), closed=(make_run(1, status="done"),)))
    await store.save_person(make_person(2, blocked_at="2026-01-01"))
    await store.save_updates([make_update(number) for number in (1, 2, 3, 4)])
    await store.save_applied([1], 5.0)
    await store.save_dead(2, "broken", "2026-01-01")
    assert await store.count() == {"people": 2, "open_runs": 1, "runs": 1, "waiting": 2, "dead": 1, "blocked": 1}
