"""A store that slows, fails, loses acknowledgements after the write, or is away for a while, as a real one does in a bad year."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from database.store import Store, StoreUnavailable

LIFE = frozenset({"open", "close", "ping"})  # always handed on as they are
WRITES = ("save_", "delete_", "revive_", "claim_")


class FaultyStore:
    """Hands every verb on to `store`. Everything may be switched at any moment:

    `away`: nothing is carried out. `fails`: share of the calls that are not carried out. `cuts`: share of the writes that are
    carried out although their caller is told that they were not. `seconds`: how long every call takes besides. `hits` counts what
    was done to whom, as `away`, `fails` and `cuts`.
    """

    def __init__(self, store: Store, seed: int = 0) -> None:
        self.away = False
        self.fails = self.cuts = self.seconds = 0.0
        self.hits: Counter[str] = Counter()
        self._store, self._random = store, random.Random(seed)

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._store, name)
        return self._spoil(name, verb) if asyncio.iscoroutinefunction(verb) and name not in LIFE else verb

    def _spoil(self, name: str, verb: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def spoilt(*args: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(self.seconds)
            if self.away:
                raise self._refusal("away")
            if self._random.random() < self.fails:
                raise self._refusal("fails")
            result = await verb(*args, **kwargs)
            if name.startswith(WRITES) and self._random.random() < self.cuts:
                raise self._refusal("cuts")
            return result

        return spoilt

    def _refusal(self, kind: str) -> StoreUnavailable:
        self.hits[kind] += 1
        return StoreUnavailable(f"the store is made to fail ({kind})")
