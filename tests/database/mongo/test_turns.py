"""How people who come together share their round trips to MongoDB, and what a lost race or a lost answer does to the others."""

import asyncio
from dataclasses import replace
from typing import Any, NamedTuple

import bson
import pytest
from pymongo.errors import AutoReconnect

from database.mongo import groups as mongo_groups
from database.mongo import people as mongo_people
from database.mongo.people import find_people
from database.mongo.turns import make_turn
from database.records import Person, Sent
from database.store import RevisionConflict, StoreUnavailable
from tests.database.conftest import make_person, make_run, mongo_only


class Item(NamedTuple):
    """What a group takes."""

    key: int
    size: int = 1


class Wire:
    """Notes what is sent, and answers when it is let."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()

    async def send(self, items: list[Item]) -> list[Exception | None]:
        self.batches.append([item.key for item in items])
        await self.open.wait()
        return [None] * len(items)


async def test_what_is_submitted_meanwhile_goes_with_the_next_round_trip() -> None:
    wire = Wire()
    group = mongo_groups.Group(wire.send)
    first = [group.submit(Item(key)) for key in (1, 2)]
    await asyncio.sleep(0)
    rest = [group.submit(Item(key)) for key in (3, 4, 3)]
    wire.open.set()
    await asyncio.gather(*first, *rest)
    assert wire.batches == [[1, 2], [3, 4], [3]]
    await group.close()


async def test_who_was_just_answered_goes_at_once_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo_groups, "WAIT_SECONDS", 600.0)
    wire = Wire()
    wire.open.set()
    group = mongo_groups.Group(wire.send)
    async with asyncio.timeout(5):
        for _ in range(3):
            await group.submit(Item(1))
    assert wire.batches == [[1], [1], [1]]


async def test_a_round_trip_that_hangs_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo_groups, "WAIT_SECONDS", 0.001)
    wire = Wire()
    group = mongo_groups.Group(wire.send)
    waiting = [group.submit(Item(1))]
    await asyncio.sleep(0)
    waiting += [group.submit(Item(2)), group.submit(Item(3))]
    async with asyncio.timeout(5):
        while len(wire.batches) < 2:
            await asyncio.sleep(0.001)
    assert wire.batches == [[1], [2, 3]]
    wire.open.set()
    await asyncio.gather(*waiting)
    await group.close()


async def test_a_slow_server_gets_less_at_once_until_it_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight at once take too long and fail each time: together they would never be kept."""
    monkeypatch.setattr(mongo_groups, "WAIT_SECONDS", 600.0)
    sizes: list[int] = []

    async def send(items: list[Item]) -> list[Exception | None]:
        sizes.append(len(items))
        if len(items) > 2:
            raise StoreUnavailable("timed out")
        return [None] * len(items)

    async def keep(key: int) -> None:
        while True:
            try:
                return await group.submit(Item(key))
            except StoreUnavailable:
                await asyncio.sleep(0)

    group = mongo_groups.Group(send)
    async with asyncio.timeout(5):
        await asyncio.gather(*(keep(key) for key in range(8)))
        assert sizes[:2] == [8, 4] and sizes[-1] <= 2
    await group.close()
    slow = mongo_groups.Group(Wire().send)
    slow.most = 8
    slow._adapt(8, False)
    slow._adapt(3, True)
    assert slow.most == 4  # one that carried less tells nothing about more
    for _ in range(20):
        slow._adapt(slow.most, True)
    assert slow.most == mongo_groups.MOST_AT_ONCE


async def test_a_round_trip_holds_no_more_than_a_message_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo_groups, "MOST_BYTES", 10)
    monkeypatch.setattr(mongo_groups, "MOST_AT_ONCE", 3)
    wire = Wire()
    wire.open.set()
    group = mongo_groups.Group(wire.send)
    sizes = (6, 6, 1, 99, 1, 1, 1)
    await asyncio.gather(*(group.submit(Item(key, size)) for key, size in enumerate(sizes)))
    assert wire.batches == [[0, 2, 4], [1, 5, 6], [3]]


@mongo_only
async def test_one_who_lost_the_race_costs_the_others_nothing(store: Any) -> None:
    first = [await store.save_person(make_person(person)) for person in range(1, 6)]
    await store.save_person(first[2])
    outcomes = await asyncio.gather(
        *(store.save_person(replace(one, language="de")) for one in first),
        store.save_person(make_person(1)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [Person, Person, RevisionConflict, Person, Person, RevisionConflict]
    assert [(await store.find_person(person)).revision for person in range(1, 6)] == [2] * 5


@mongo_only
async def test_what_can_not_be_kept_fails_its_own_turn_alone(store: Any) -> None:
    saves = [store.save_person(make_person(person, settings={"x": object() if person == 2 else 1})) for person in (1, 2, 3)]
    outcomes = await asyncio.gather(*saves, return_exceptions=True)
    assert [isinstance(outcome, Person) for outcome in outcomes] == [True, False, True]
    assert [await store.find_person(person) is not None for person in (1, 2, 3)] == [True, False, True]


def test_a_turn_says_only_what_is_new() -> None:
    answers = [{"step": f"a{number}", "value": "words"} for number in range(20)]
    before = make_person(run=make_run(answers=answers[:19]), settings={"zone": "Asia/Tokyo"}, revision=4)
    saved = before.changed(run=make_run(answers=answers), revision=5)
    turn = make_turn(before, saved, [])
    statement = bson.decode(turn.data.raw)
    assert statement["u"]["$push"] == {"run_answers": {"$each": answers[19:]}}
    assert statement["u"]["$set"]["run"] == {name: value for name, value in saved.run.items() if name != "answers"}
    assert {"settings", "first_name", "run_answers"}.isdisjoint(statement["u"]["$set"])
    assert turn.size < make_turn(None, saved, []).size / 2


@mongo_only
async def test_a_turn_that_is_slow_does_not_take_back_what_was_noted_since(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was begun before and holds what had been sent then: landing last, it would have that sent again after a crash."""
    saved = await store.save_person(make_person(1))
    real, met = store._opened.command, []

    async def slowly(command: str, *args: Any, **options: Any) -> Any:
        met.append(command)
        if met == ["update"]:  # the turn's own
            await asyncio.sleep(0.3)
        return await real(command, *args, **options)

    monkeypatch.setattr(store._opened, "command", slowly)
    turn = asyncio.create_task(store.save_person(replace(saved, language="de")))
    await asyncio.sleep(0.05)
    await store.save_sent({1: Sent(sequence=7)})
    await turn
    kept = await store.find_person(1)
    assert (kept.language, kept.sent.sequence) == ("de", 7)


@mongo_only
async def test_a_lost_answer_is_asked_for_again_and_nothing_is_taken_for_a_conflict(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lost = store._opened.command, []

    async def lose(command: str, *args: Any, **options: Any) -> Any:
        reply = await real(command, *args, **options)
        if command in ("insert", "update") and command not in lost:
            lost.append(command)
            raise AutoReconnect("connection closed")
        return reply

    monkeypatch.setattr(store._opened, "command", lose, raising=False)
    first = await asyncio.gather(*(store.save_person(make_person(person)) for person in range(1, 4)))
    second = await asyncio.gather(*(store.save_person(one) for one in first))
    assert lost == ["insert", "update"]
    assert [one.revision for one in second] == [2, 2, 2]
    assert [(await store.find_person(person)).revision for person in range(1, 4)] == [2, 2, 2]


@mongo_only
async def test_who_is_looked_for_together_is_found_by_one_question_and_who_can_not_be_read_fails_alone(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (1, 2, 3):
        await store.save_person(make_person(person))
    await store._db.users.update_one({"_id": 2}, {"$unset": {"run": ""}})
    asked: list[list[int]] = []

    async def find(db: Any, wanted: Any) -> Any:
        asked.append([one.key for one in wanted])
        return await find_people(db, wanted)

    monkeypatch.setattr(mongo_people, "find_people", find)
    found = await asyncio.gather(*(store.find_person(person) for person in (1, 2, 3, 4)), return_exceptions=True)
    assert asked == [[1, 2, 3, 4]]
    assert [type(one).__name__ for one in found] == ["Person", "KeyError", "Person", "NoneType"]
    assert [found[0].id, found[2].id] == [1, 3]
