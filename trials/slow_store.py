"""A store that is slow for chosen people: the load test's proof that one slow person holds nobody else up."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, cast

from database.records import Person
from database.store import Store

About = int | Person | Mapping[int, Any]  # prefixes of verbs about people
PERSON_VERBS = frozenset({"find_person", "save_person", "save_sent", "delete_person", "list_runs"})


class SlowStore:
    """Hands every verb on; those about one person wait `seconds` first when that person is chosen."""

    def __init__(self, store: Store, persons: Collection[int] | Callable[[int], bool], seconds: float) -> None:
        self._store = store
        self._is_chosen = persons if callable(persons) else frozenset(persons).__contains__
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._store, name)
        return self._slow(verb) if name in PERSON_VERBS else verb

    def _slow(self, verb: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def slow(person: About, *args: Any, **kwargs: Any) -> Any:
            if any(map(self._is_chosen, _list_ids(person))):
                await asyncio.sleep(self._seconds)
            return await verb(person, *args, **kwargs)

        return slow


def _list_ids(about: About) -> Iterable[int]:
    if isinstance(about, Person):
        return (about.id,)
    return (about,) if isinstance(about, int) else about


def slow_down(store: Store, persons: Collection[int] | Callable[[int], bool], seconds: float) -> Store:
    """A `SlowStore` as the Store that it is: its verbs are handed on, which a type checker can't see."""
    return cast(Store, SlowStore(store, persons, seconds))
