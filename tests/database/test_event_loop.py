"""No verb of any store holds the event loop up."""

import asyncio
from dataclasses import replace

from blockbuster import blockbuster_ctx

from tests.database.conftest import Backend, make_person, make_run, make_update


async def test_no_verb_blocks_the_event_loop(backend: Backend) -> None:
    store = backend.make()
    if backend.name.endswith("pymongo"):  # PyMongo looks once for /.dockerenv while it connects: microseconds that are not ours
        await store.open()
    with blockbuster_ctx():
        await store.open()
        await store.save_updates([make_update(number) for number in range(1, 6)])
        saved = await asyncio.gather(*(store.save_person(make_person(person), applied=person) for person in range(1, 6)))
        await asyncio.gather(*(store.save_person(replace(each, closed=(make_run(1),)), applied=each.id + 10) for each in saved))
        await asyncio.gather(*(store.find_person(person) for person in range(1, 6)))
        assert len([run async for run in store.iterate_runs()]) == 5
        await store.delete_person(1)
        assert (await store.count())["people"] == 4
        await store.close()
