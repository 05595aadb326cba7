"""The parts of the bot that every visit may look at; made once, at the start."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from flow.reminders.due import Skipped
from handlers.incoming.lines import Lines
from handlers.visit.catalogue import Catalogue
from handlers.visit.clocks import Clocks


@dataclass(frozen=True, slots=True)
class BotContext:
    """The parts of the bot that a turn asks."""

    catalogue: Catalogue
    clocks: Clocks
    lines: Lines
    late: timedelta  # by which a reminder may go out late
    admins: frozenset[int]
    report: Callable[[], Awaitable[str]]
    reload: Callable[[int, str], Awaitable[str]]
    spoken: Callable[[], None]  # to be called for everybody who is told something unasked
    skipped: Callable[[str, Skipped], None]  # for each reminder of that programme that does not go out
