"""Stands in for the lines of people: what is put in is handed to the test."""

from collections.abc import Callable
from typing import cast

from handlers.incoming.arrivals import Arrival
from handlers.incoming.lines import Lines


class PretendLines:
    """`take` gets every arrival; `outstanding` and `busy` (the lines in which something waits) are as the test sets them."""

    def __init__(self, take: Callable[[Arrival], None]) -> None:
        self.put = take
        self.outstanding = 0
        self.busy: set[int] = set()

    def waiting(self, line: int) -> int:
        """As in `Lines`."""
        return int(line in self.busy)

    def notify(self, admin: int, words: str) -> None:
        """As in `Lines`."""
        self.put(Arrival(0, "notice", admin, admin, words))


def make_lines(take: Callable[[Arrival], None] = lambda arrival: None) -> Lines:
    """As whoever is given `Lines` sees them."""
    return cast(Lines, PretendLines(take))
