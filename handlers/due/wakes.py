"""When somebody must be looked at although nothing came in: a reminder, a question or an open flow whose time is over.

Each turn writes, beside everything else, when that is (`Person.wake_at`). A due person is claimed from the store by a lease: of
several processes one looks, and another one follows if that dies. Then an Arrival of kind `wake` goes through the person's line
like any update. There it is decided anew, so whatever became untrue meanwhile leaves no trace in the chat. The message and the note
that it went out are one write.
"""

import logging
from collections.abc import Callable

from database.records import Wake
from database.store import Store, StoreUnavailable
from handlers.due.expiry import could_expire, expire, next_expiry
from handlers.due.pace import Pace
from handlers.due.reminders import PAUSED, Skips, next_reminder, remind
from handlers.incoming.arrivals import Arrival
from handlers.incoming.lines import Lines
from handlers.visit.clocks import ZONE
from handlers.visit.visit import Visit
from utils import clock
from utils.outages import Outage

logger = logging.getLogger("waymark.wakes")

LOOK_SECONDS = 5.0  # between two looks into the store; what is due is up to so much late
LEASE_SECONDS = 300.0  # after which another process may look at somebody who was claimed
PAGE_PEOPLE = 200


def plan_wake(visit: Visit) -> None:
    """At the end of every turn: when to look at this person next.

    Waking someone too early only re-plans them. So an answer that changes nothing else leaves a coming moment alone, even if it
    moves the due time further away. Most turns are spared the planning.
    """
    planned = visit.record.wake_at
    is_to_come = planned is not None and planned > visit.now.timestamp()
    stays = is_to_come and visit.arrival.is_heard and not visit.bot.catalogue.is_new and _is_as_before(visit)
    at = planned if stays else next_reminder(visit)
    expiry = next_expiry(visit)
    if expiry is not None:
        at = expiry.timestamp() if at is None else min(at, expiry.timestamp())
    if at != planned:
        visit.change(wake_at=at)


def _is_as_before(visit: Visit) -> bool:
    """Whether all is as it was that the moment depends on, but for when the person was heard."""
    (before, run), record = visit.before, visit.record
    return (
        record.progress is before.progress
        and record.programme == before.programme
        and record.consents is before.consents
        and record.blocked_at == before.blocked_at
        and all(record.settings.get(name) == before.settings.get(name) for name in (ZONE, PAUSED))
        and (visit.run.number if visit.run else 0) == (run.number if run else 0)
        and not could_expire(visit, run)  # else the moment may have been that question's, which is answered
    )


async def wake(visit: Visit) -> None:
    """Somebody's time has come."""
    expire(visit)
    remind(visit)
    if visit.items:
        visit.bot.spoken()


class Wakes:
    """Looks for people whose time has come. `is_present` tells whether all that people sent is known: an answer that still lies at
    Telegram would come too late."""

    def __init__(self, store: Store, lines: Lines, pace: Pace, is_present: Callable[[], bool]) -> None:
        self._store, self._lines, self._pace, self._is_present = store, lines, pace, is_present
        self._away = Outage("The database", logger)
        self.skips = Skips()

    async def watch(self) -> None:
        """For ever."""
        while True:
            try:
                while self._is_present() and await self.look() == PAGE_PEOPLE:
                    pass
                self._away.over()
            except StoreUnavailable as error:
                self._away.report(error)
            await clock.sleep(LOOK_SECONDS)
            self.skips.tell()

    async def look(self) -> int:
        """Once, at most PAGE_PEOPLE; gives how many were found. Raises StoreUnavailable."""
        wakes = await self._store.list_wakes(clock.now().timestamp(), PAGE_PEOPLE)
        for found in wakes:
            await self._pace.keep()
            await self._take(found)
        return len(wakes)

    async def _take(self, found: Wake) -> None:
        now = clock.now().timestamp()
        if await self._store.claim_wake(found, now + LEASE_SECONDS):
            self._lines.put(Arrival(0, "wake", found.person, found.person, received=now))
