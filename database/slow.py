"""A store that is slow for chosen people: the load test's proof that one slow person holds nobody else up."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any, cast

from database.records import Person
from database.store import Store

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
        async def slow(person: int | Person, *args: Any, **kwargs: Any) -> Any:
            if self._is_chosen(person if isinstance(person, int) else person.id):
                await asyncio.sleep(self._seconds)
            return await verb(person, *args, **kwargs)

        return slow


def slow_down(store: Store, persons: Collection[int] | Callable[[int], bool], seconds: float) -> Store:
    """A `SlowStore` as the Store that it is: its verbs are handed on, which a type checker can't see."""
    return cast(Store, SlowStore(store, persons, seconds))
