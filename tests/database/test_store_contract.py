"""Both back ends are whole, alike, and measured."""

import inspect
from typing import Any

import pytest

from database.mongo import MongoStore
from database.sqlite import SqliteStore
from database.store import Store
from utils.performance import performance_monitor

VERBS = [name for name, value in vars(Store).items() if inspect.isfunction(value) and not name.startswith("_")]


@pytest.mark.parametrize("kind", [SqliteStore, MongoStore])
@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_the_signature_of_the_contract(kind: type, name: str) -> None:
    assert inspect.signature(getattr(kind, name)) == inspect.signature(getattr(Store, name))


@pytest.mark.parametrize("kind", [SqliteStore, MongoStore])
def test_there_is_no_verb_beyond_the_contract(kind: type) -> None:
    public = {name for name, value in vars(kind).items() if inspect.isfunction(value) and not name.startswith("_")}
    assert public == set(VERBS)


async def test_every_verb_is_measured_under_its_name(store: Any) -> None:
    performance_monitor.reset()
    arguments: dict[str, tuple[Any, ...]] = {
        "find_person": (7,),
        "save_updates": ([],),
        "save_applied": ([], 1.0),
        "save_dead": (1, "", ""),
        "revive_dead": ([],),
        "delete_applied": (1.0,),
        "list_due": (1.0,),
        "list_runs": (7,),
        "delete_person": (7,),
        "find_content": ("d",),
        "save_content": ("d", "calm", {}),
        "find_file_id": ("d",),
        "save_file_id": ("d", "f"),
        "delete_file_id": ("d",),
    }
    asynchronous = [name for name in VERBS if inspect.iscoroutinefunction(getattr(Store, name))]
    left_out = {"open", "close", "save_person", "save_sent"}
    for name in asynchronous:
        if name not in left_out:
            await getattr(store, name)(*arguments.get(name, ()))
    assert [run async for run in store.iterate_runs()] == []
    measured = {name.removeprefix("database.") for name in performance_monitor.get_stats()}
    assert measured >= set(asynchronous) - left_out | {"iterate_runs"}
