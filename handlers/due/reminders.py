"""Reminders: what `flow.reminders` decides is said in the person's own line; /pause and /resume."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from flow.programme import Programme
from flow.reminders.due import FOREVER, Recipient, Reminder, Skipped, plan_reminders, take_reminder
from flow.times.local_time import before_quiet
from handlers.rendering.keyboards import column, flow_data, row
from handlers.visit.answer_facts import note_reminder
from handlers.visit.visit import Visit
from utils.performance import pseudonym

logger = logging.getLogger("waymark.reminders")

PAUSED = "paused_until"  # in a person's settings: ISO 8601 in UTC
PAUSES = {"1": "pause_day", "3": "pause_days", "7": "pause_week", "0": "pause_open"}  # days -> what stands on the button; 0: no end


class Skips:
    """Reminders that did not go out, counted for the log: after a night away they concern everybody, and a line each would be a
    storm."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def note(self, programme: str, skipped: Skipped) -> None:
        """For one person."""
        self._counts[programme, skipped.reason] += skipped.dates

    def tell(self) -> None:
        """One line for all since the last one, if there are any."""
        if self._counts:
            told = ", ".join(f"{count} of {programme} ({reason})" for (programme, reason), count in sorted(self._counts.items()))
            logger.info("reminders that did not go out: %s", told)
            self._counts.clear()


def next_reminder(visit: Visit) -> float | None:
    """When this person is to be reminded next (epoch seconds); notes what happened to them just now."""
    at: float | None = None
    for programme in _reminding(visit):
        progress = visit.progress(programme.name)
        outlook = plan_reminders(programme, progress, _recipient(visit, programme), visit.now)
        if outlook.progress is not progress:
            visit.set_progress(programme.name, outlook.progress)
        if outlook.next is not None:
            moment = outlook.next.timestamp()
            at = moment if at is None else min(at, moment)
    return at


def remind(visit: Visit) -> None:
    """Say what is due now; the rest is logged."""
    for programme in _reminding(visit):
        who = _recipient(visit, programme)
        progress = visit.progress(programme.name)
        outlook = take_reminder(programme, progress, who, visit.now, visit.bot.late)
        if outlook.progress is not progress:
            visit.set_progress(programme.name, outlook.progress)
        for skipped in outlook.skipped:
            logger.debug("no reminder %s for person %s: %s", skipped.key, pseudonym(visit.person), skipped.reason)
            visit.bot.skipped(programme.name, skipped)
        if outlook.due is not None:
            _remind(visit, programme, outlook.due)


def _remind(visit: Visit, programme: Programme, due: Reminder) -> None:
    title, said = programme.flows[due.flow].title, len(visit.items)
    if visit.run is not None and (visit.run.programme, visit.run.flow) == (programme.name, due.flow):
        visit.say_sentence("remind_open", row((visit.sentence("continue"), f"o:continue:{visit.run.number}")), title=title)
    else:
        begin = row((visit.sentence("begin"), flow_data(programme.name, due.flow)))
        visit.say_sentence("remind", begin, programme=programme.title, number=due.number, title=title)
    until = _until(visit, programme).isoformat()
    for item in visit.items[said:]:
        item["reminder"], item["until"] = visit.now.isoformat(), until
    visit.record = note_reminder(visit.record, programme.name, due)


def _until(visit: Visit, programme: Programme) -> datetime:
    """How long it may go out, if something holds it up: as late as any may be, and not in quiet hours."""
    latest = visit.now + visit.bot.late
    quiet = before_quiet(visit.now, programme.remind.quiet if programme.remind else None, visit.zone)
    return latest if quiet is None else min(latest, quiet.astimezone(UTC))


def _reminding(visit: Visit) -> Iterator[Programme]:
    """The programmes that may remind this person: begun or chosen, agreed to, and with times to remind at."""
    record = visit.record
    for name in dict.fromkeys((*record.progress, *([record.programme] if record.programme else []))):
        programme = visit.bot.catalogue.live.get(name)
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
    visit.say_sentence("pause_ask", column(*((visit.sentence(words), f"z:{days}") for days, words in PAUSES.items())))


async def choose_pause(visit: Visit, days: str) -> None:
    """A press on how long."""
    visit.settle_pressed()
    if days not in PAUSES:
        visit.toast = visit.sentence("unknown_button")
        return
    until = visit.now + timedelta(days=int(days)) if days != "0" else FOREVER
    visit.change(settings={**visit.record.settings, PAUSED: until.isoformat()})
    visit.say_sentence("paused" if days != "0" else "paused_open")


async def resume(visit: Visit) -> None:
    """/resume: reminders again."""
    visit.change(settings={key: value for key, value in visit.record.settings.items() if key != PAUSED})
    visit.say_sentence("resumed")
