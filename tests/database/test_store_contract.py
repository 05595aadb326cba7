"""Both back ends are whole, alike, and measured."""

import inspect
from typing import Any

import pytest

from database.mongo.store import MongoStore
from database.records import Sent, Wake
from database.sqlite.store import SqliteStore
from database.store import Store
from tests.database.conftest import make_person
from utils.performance import performance_monitor

VERBS = [name for name, value in vars(Store).items() if inspect.isfunction(value) and not name.startswith("_")]


@pytest.mark.parametrize("kind", [SqliteStore, MongoStore])
@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_the_signature_of_the_contract(kind: type, name: str) -> None:
    assert inspect.signature(getattr(kind, name)) == inspect.signature(getattr(Store, name))


@pytest.mark.parametrize("kind", [SqliteStore, MongoStore])
def test_there_is_no_verb_beyond_the_contract(kind: type) -> None:
    public = {name for name, value in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
    assert public == set(VERBS)


async def test_every_verb_is_measured_under_its_name(store: Any) -> None:
    performance_monitor.reset()
    arguments: dict[str, tuple[Any, ...]] = {
        "save_person": (make_person(),),
        "save_sent": ({7: Sent()},),
        "find_person": (7,),
        "save_updates": ([],),
        "save_applied": ([], 1.0),
        "save_dead": (1, "", ""),
        "revive_dead": ([],),
        "delete_applied": (1.0,),
        "list_due": (1.0,),
        "list_wakes": (1.0,),
        "claim_wake": (Wake(7, 1.0), 2.0),
        "wake_people": (1.0, -1, 10),
        "list_runs": (7,),
        "delete_person": (7,),
        "find_content": ("d",),
        "save_content": ("d", "calm", {}),
        "find_file_id": ("d",),
        "save_file_id": ("d", "f"),
        "delete_file_id": ("d",),
        "find_mark": ("m",),
        "save_mark": ("m", "v"),
    }
    asynchronous = [name for name in VERBS if inspect.iscoroutinefunction(getattr(Store, name))]
    assert [run async for run in store.iterate_runs()] == []
    for name in sorted(asynchronous, key=lambda name: name == "close"):
        await getattr(store, name)(*arguments.get(name, ()))
    measured = {name.removeprefix("database.") for name in performance_monitor.get_stats() if name.startswith("database.")}
    assert measured == {*asynchronous, "iterate_runs"}
