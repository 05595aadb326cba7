"""The part that all verbs of the MongoDB store share. A verb stands beside its commands, in the file of what it is about."""

from typing import Any

from database.mongo.deferred_writes import DeferredWrites
from database.store import StoreUnavailable
from utils import clock

Ended = tuple[int, dict[str, Any]]  # a person and a run of theirs that waits in their document


class Opened:
    """The database while the store is open, and the writes that wait. `MongoStore` sets them."""

    _opened: Any
    _marks: DeferredWrites[int]  # ids of applied updates
    _moves: DeferredWrites[Ended]

    @property
    def _db(self) -> Any:
        if self._opened is None:
            raise StoreUnavailable("the database is not open")
        return self._opened


def now() -> float:
    """Epoch seconds."""
    return clock.now().timestamp()
