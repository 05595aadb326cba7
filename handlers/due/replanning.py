"""When the programmes' times have changed (/reload, a start with other files), whoever waits by the old ones gets a new moment.

A person's next moment is planned at the end of their turn. So everybody is woken once more, some people a second, beside the work;
at the end of that turn they are planned anew. Until all have had theirs, every turn plans anew.
"""

import hashlib
import logging
from collections.abc import Mapping

import orjson

from database.store import Store, StoreUnavailable
from flow.programme import Programme
from handlers.visit.catalogue import Catalogue
from utils import clock
from utils.outages import Outage

logger = logging.getLogger("waymark.replanning")

MARK = "hours"
PAGE_PEOPLE = 200
PAUSE_SECONDS = 1.0  # after each page: of a million people, the last is planned anew after 83 minutes
LOOK_SECONDS = 5.0  # between two looks whether all have had their turn


class Replanning:
    """`zone` is the one of people who have told none; the moments hang on it too."""

    def __init__(self, store: Store, catalogue: Catalogue, zone: str) -> None:
        self._store, self._catalogue, self._zone = store, catalogue, zone
        self._away = Outage("The database", logger)

    async def watch(self) -> None:
        """For ever; at the start the programmes count as changed."""
        changed = self._catalogue.changed
        while True:
            await changed.wait()
            changed.clear()
            try:
                await self.renew()
                self._away.over()
                self._catalogue.is_new = changed.is_set()
            except StoreUnavailable as error:
                self._away.report(error)
                changed.set()
                await clock.sleep(LOOK_SECONDS)

    async def renew(self) -> None:
        """Everybody's moment, if the times are others than those that were written down last. Raises StoreUnavailable; what was
        begun is then begun again, by the next process if need be."""
        now = fingerprint(self._catalogue.live, self._zone)
        before = await self._store.find_mark(MARK)
        if before is not None and before != now:
            logger.info("the times of the programmes have changed: everybody's next reminder is planned anew")
            await self._wake_all()
        if before != now:
            await self._store.save_mark(MARK, now)

    async def _wake_all(self) -> None:
        person, at = -1, clock.now().timestamp()
        while (last := await self._store.wake_people(at, person, PAGE_PEOPLE)) is not None:
            await clock.sleep(PAUSE_SECONDS)
            person, at = last, clock.now().timestamp()
        while await self._store.list_wakes(at, 1):
            await clock.sleep(LOOK_SECONDS)


def fingerprint(programmes: Mapping[str, Programme], zone: str) -> str:
    """Of all that says when somebody is to be looked at, but for what stands in flows: those that are open keep their content."""
    kept = {"remind", "days", "days_missed", "inactivity", "consent"}
    waits = {name: each for name, each in programmes.items() if each.remind is not None or each.inactivity.expire_after}
    times = {name: programme.model_dump(mode="json", include=kept) for name, programme in waits.items()}
    return hashlib.sha256(orjson.dumps([zone, times], option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
