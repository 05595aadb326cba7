"""A store that slows, fails, loses acknowledgements after the write, or is away for a while, as a real one does in a bad year.

For trials only. Tests put it around a store. `trials/run.py --store-faults FILE` does so in a process of its own and reads the
current faults from the file, again and again.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

import orjson

from database.store import Store, StoreUnavailable

LIFE = frozenset({"open", "close"})  # always handed on as they are
WRITES = ("save_", "delete_", "revive_", "claim_", "wake_")
LOOK_SECONDS = 0.05  # seconds between two looks at the file

logger = logging.getLogger("waymark.database")


@dataclass(slots=True)
class Switches:
    """`away`: nothing is carried out. `fails`: share of the calls that are not carried out. `cuts`: share of the writes that are
    carried out although their caller is told that they were not. `seconds`: how long every call takes besides."""

    away: bool = False
    fails: float = 0.0
    cuts: float = 0.0
    seconds: float = 0.0


class FaultyStore:
    """Hands every verb on to `store`. The fields of `Switches` are its own too and may be set at any moment; `hits` counts what was
    done to whom, as `away`, `fails` and `cuts`.
    """

    away: bool
    fails: float
    cuts: float
    seconds: float

    def __init__(self, store: Store, seed: int | None = 0) -> None:
        self.hits: Counter[str] = Counter()
        self._store, self._random = store, random.Random(seed)
        self._begun = asyncio.Event()  # set when the call that came last has begun
        self._begun.set()
        self.switch(Switches())

    def switch(self, switches: Switches) -> None:
        """All at once."""
        for one in fields(Switches):
            setattr(self, one.name, getattr(switches, one.name))

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._store, name)
        return self._spoil(name, verb) if asyncio.iscoroutinefunction(verb) and name not in LIFE else verb

    def _spoil(self, name: str, verb: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def spoilt(*args: Any, **kwargs: Any) -> Any:
            await self._be_slow()
            if self.away:
                raise self._refusal("away")
            if self._random.random() < self.fails:
                raise self._refusal("fails")
            result = await verb(*args, **kwargs)
            if name.startswith(WRITES) and self._random.random() < self.cuts:
                raise self._refusal("cuts")
            return result

        return spoilt

    async def _be_slow(self) -> None:
        """None is overtaken by one that came later and is not slow any more: the real stores keep that order, and lean on it."""
        before, self._begun = self._begun, (mine := asyncio.Event())
        try:
            await asyncio.sleep(self.seconds)
            await before.wait()
        finally:
            mine.set()

    def _refusal(self, kind: str) -> StoreUnavailable:
        self.hits[kind] += 1
        return StoreUnavailable(f"the store is made to fail ({kind})")


class FollowingStore(FaultyStore):
    """Faulty as the JSON object in `path` says (the fields of `Switches`); as long as there is no such file, all is well."""

    def __init__(self, store: Store, path: Path) -> None:
        super().__init__(store, seed=None)
        self._path = path
        self._watching: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Before it is first called the file has been read, so that a store can be away at the start."""
        self.switch(await asyncio.to_thread(read_switches, self._path))
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        if self.away:
            raise self._refusal("away")
        await self._store.open()

    async def close(self) -> None:
        """As ever."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        await self._store.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                self.switch(await asyncio.to_thread(read_switches, self._path))
            except ValueError as error:
                logger.warning("%s; what was switched before stays", error)


def read_switches(path: Path) -> Switches:
    """None are set where there is no file. Raises ValueError for anything but an object with their names."""
    try:
        given = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return Switches()
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    names = [one.name for one in fields(Switches)]
    if not isinstance(given, dict) or not given.keys() <= set(names):
        raise ValueError(f"{path} must hold a JSON object of some of {', '.join(names)}")
    return Switches(**given)


def make_faulty(store: Store, path: Path) -> Store:
    """A `FollowingStore` as the Store that it is: its verbs are handed on, which a type checker can't see."""
    return cast(Store, FollowingStore(store, path))
