"""Reminders: what `flow.reminders` decides is said in the person's own line; /pause and /resume.

Each turn writes, beside everything else, when somebody must look at the person next (`Person.wake_at`). Whoever is due is claimed
from the store by a lease, so that of several processes one looks, and one that dies is followed by another; then an Arrival of
kind `wake` goes through the person's line like any update. What goes out and the note that it did are one write.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from database.store import Store, StoreUnavailable
from flow.programme import Programme
from flow.reminders import FOREVER, Recipient, Reminder, plan_reminders, take_reminder
from handlers.arrivals import Arrival
from handlers.keyboards import column, flow_data, row
from handlers.sentences import sentence
from handlers.visit import Visit
from utils import clock
from utils.outages import Outage
from utils.performance import pseudonym

logger = logging.getLogger("waymark.reminders")

LOOK = 5.0  # seconds between two looks into the store; a reminder is up to so much late
LEASE = 300.0  # seconds after which another process may look at somebody who was claimed
PACE = 20.0  # people a second: a third of what Telegram lets a bot send stays free for replies
CROWDED = 20  # updates under way above which replies go first
PAGE = 200
PAUSED = "paused_until"  # in a person's settings: ISO 8601 in UTC
PAUSES = {"1": "pause_day", "3": "pause_days", "7": "pause_week", "0": "pause_open"}  # days -> what stands on the button; 0: no end


def plan_wake(visit: Visit) -> None:
    """At the end of every turn: when to look at this person next."""
    moments: list[datetime] = []
    for programme in _reminding(visit):
        outlook = plan_reminders(programme, visit.progress(programme.name), _recipient(visit, programme), visit.now)
        visit.set_progress(programme.name, outlook.progress)
        moments += [outlook.next] if outlook.next else []
    at = min(moments).timestamp() if moments else None
    if at != visit.record.wake_at:
        visit.record = visit.record.changed(wake_at=at)


async def wake(visit: Visit) -> None:
    """Somebody's time has come; what has become untrue meanwhile is dropped without a trace in the chat."""
    for programme in _reminding(visit):
        who = _recipient(visit, programme)
        outlook = take_reminder(programme, visit.progress(programme.name), who, visit.now, visit.house.late)
        visit.set_progress(programme.name, outlook.progress)
        for skipped in outlook.skipped:
            logger.info("no reminder %s for person %s: %s", skipped.key, pseudonym(visit.person), skipped.reason)
        if outlook.due is not None:
            _remind(visit, programme, outlook.due)


def _remind(visit: Visit, programme: Programme, due: Reminder) -> None:
    title = programme.flows[due.flow].title
    if visit.run is not None and (visit.run.programme, visit.run.flow) == (programme.name, due.flow):
        visit.say_sentence("remind_open", row((sentence("continue"), f"o:continue:{visit.run.number}")), title=title)
    else:
        begin = row((sentence("begin"), flow_data(programme.name, due.flow)))
        visit.say_sentence("remind", begin, programme=programme.title, number=due.number, title=title)


def _reminding(visit: Visit) -> Iterator[Programme]:
    """The programmes that may remind this person: begun or chosen, agreed to, and with times to remind at."""
    record = visit.record
    for name in dict.fromkeys((*record.progress, *([record.programme] if record.programme else []))):
        programme = visit.house.catalogue.live.get(name)
        if programme is None or programme.remind is None or not programme.days:
            continue
        if not programme.consent or name in record.consents:
            yield programme


def _recipient(visit: Visit, programme: Programme) -> Recipient:
    record, run = visit.record, visit.run
    return Recipient(
        visit.person,
        visit.zone,
        record.blocked_at is not None,
        _paused_until(visit),
        run.flow if run is not None and run.programme == programme.name else None,
        visit.now if visit.arrival.is_heard else datetime.fromisoformat(record.seen_at) if record.seen_at else None,
    )


def _paused_until(visit: Visit) -> datetime | None:
    until = visit.record.settings.get(PAUSED)
    return datetime.fromisoformat(until) if until else None


# --- /pause and /resume
async def pause(visit: Visit) -> None:
    """/pause: for how long?"""
    visit.say_sentence("pause_ask", column(*((sentence(words), f"z:{days}") for days, words in PAUSES.items())))


async def choose_pause(visit: Visit, days: str) -> None:
    """A press on how long."""
    visit.settle_pressed()
    if days not in PAUSES:
        visit.toast = sentence("unknown_button")
        return
    until = visit.now + timedelta(days=int(days)) if days != "0" else FOREVER
    visit.record = visit.record.changed(settings={**visit.record.settings, PAUSED: until.isoformat()})
    visit.say_sentence("paused" if days != "0" else "paused_open")


async def resume(visit: Visit) -> None:
    """/resume: reminders again."""
    visit.record = visit.record.changed(settings={key: value for key, value in visit.record.settings.items() if key != PAUSED})
    visit.say_sentence("resumed")


class Reminders:
    """Looks for people whose time has come. `arrive` puts an Arrival into a person's line, `outstanding` tells how many are under
    way; replies go first."""

    def __init__(self, store: Store, arrive: Callable[[Arrival], None], outstanding: Callable[[], int]) -> None:
        self._store, self._arrive, self._outstanding = store, arrive, outstanding
        self._away = Outage("The database", logger)

    async def watch(self) -> None:
        """For ever."""
        while True:
            try:
                while await self.look() == PAGE:
                    logger.info("more people than one look takes are due")
                self._away.over()
            except StoreUnavailable as error:
                self._away.report(error)
            await clock.sleep(LOOK)

    async def look(self) -> int:
        """Once, at most PAGE people; gives how many were found. Raises StoreUnavailable."""
        wakes = await self._store.list_wakes(clock.now().timestamp(), PAGE)
        for found in wakes:
            while self._outstanding() > CROWDED:  # noqa: ASYNC110 (a twentieth of a second more matters to nobody)
                await asyncio.sleep(1 / PACE)
            now = clock.now().timestamp()
            if await self._store.claim_wake(found, now + LEASE):
                self._arrive(Arrival(0, "wake", found.person, found.person, received=now))
                await asyncio.sleep(1 / PACE)
        return len(wakes)
