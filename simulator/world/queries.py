"""Presses of buttons that wait for answerCallbackQuery."""

from collections import OrderedDict
from collections.abc import Callable

_LIFETIME_SECONDS = 150.0  # in which a press can be answered


class Queries:
    """Open callback queries: their id and the chat they came from. Old ones are dropped as new ones come."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.next_id = 4_382_000_000_000_000_001
        self.open: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._clock = clock

    def add(self, chat_id: int) -> str:
        """A new query's id."""
        now = self._clock()
        while self.open and next(iter(self.open.values()))[1] < now - _LIFETIME_SECONDS:
            self.open.popitem(last=False)
        query_id = str(self.next_id)
        self.next_id += 1
        self.open[query_id] = (chat_id, now)
        return query_id

    def chat_of(self, query_id: str) -> int | None:
        """The chat of an open query."""
        chat_id, _ = self.open.get(query_id, (None, 0.0))
        return chat_id

    def close(self, query_id: str) -> int | None:
        """The chat of a query that is answered now, or None when it is unknown, answered before or too old."""
        chat_id, asked = self.open.pop(query_id, (None, 0.0))
        return chat_id if chat_id is not None and asked >= self._clock() - _LIFETIME_SECONDS else None
