"""Which reminder a person is due next, and when. Pure: the host keeps each decision beside the days' progress, in one write with
the message that goes out. So a crash before that write repeats the decision, and one after it finds it made.

There is one first reminder for each local date on which the day's flow is untouched, at the programme's time on the person's own
clock. It begins the date's cycle, which ends with the first reminder's moment of the next date. Within it `again_after` counts
from the moment at which the first one went out. Everything has the key programme/local date/ordinal (0 the first).

- They end for a date when its flow is begun on it, or is open from before and its person was heard on that date.
- A reminder that would fall into quiet hours waits for their end, and is dropped if its cycle is over by then. Of several that are
  due by then, or after the process was down, the newest goes out.
- What is later than the host allows is passed over, and so is a date whose cycle is over.
- Another zone moves what is still due. A time of day that the move jumps over is due at once; a date that was served is never
  served again, also when the calendar turns back.
- What falls into a pause or a block, or came before the first look at a person, is not made up for.

What is kept: progress["reminders"] = {"zone": its name, "through": the last date settled, served or not, "first": when that
date's first reminder went out, "again": how many of its others are settled, "sent": the ordinal that went out last, "after":
nothing is due before (a zone was changed, quiet hours came between), "until": the pause last seen, "off": true while blocked}.
Times are ISO 8601 in UTC.
"""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from flow.programme import Hours, Programme
from flow.reminders.ledger import Ledger, read_ledger, redate_reminders, write_ledger
from flow.reminders.minute import reminder_minute
from flow.reminders.rules import FOREVER, Found, Recipient, Rules, Skipped, make_key
from flow.schedule import Progress
from flow.times.local_time import ONE_DAY

__all__ = [
    "FOREVER",
    "Outlook",
    "Recipient",
    "Reminder",
    "Skipped",
    "find_last_reminder",
    "plan_reminders",
    "redate_reminders",
    "reminder_minute",
    "take_reminder",
]

LATE = timedelta(hours=3)


class Reminder(NamedTuple):
    """`flow` is the one to begin or go on with, the day `number` (from 1); `date` the local date that it is for; `ordinal` 0 for
    the first; `at` (UTC) the moment it is to go out."""

    programme: str
    flow: str
    number: int
    date: date
    ordinal: int
    at: datetime

    @property
    def key(self) -> str:
        """Its name, unique for one person."""
        return make_key(self.programme, self.date, self.ordinal)


class Outlook(NamedTuple):
    """`progress` is to be kept (the very one that was given, where nothing changed), `due` to be sent now. `next` (UTC) is the
    moment to ask again; None: not before something happens."""

    progress: dict[str, Any]
    next: datetime | None
    due: Reminder | None = None
    skipped: tuple[Skipped, ...] = ()


def plan_reminders(programme: Programme, progress: dict[str, Any], recipient: Recipient, now: datetime) -> Outlook:
    """When to look at the person next; nothing goes out. Ask after everything that happens to them: it also notices that they are
    new, moved, were paused or blocked. `next` may lie in the past: then it is due at once."""
    if programme.hours is None:
        return Outlook(progress, None)
    rules, kept, ledger = _look(programme, programme.hours, progress, recipient, now)
    found = rules.find_next(ledger)
    return Outlook(progress if ledger is kept else write_ledger(progress, ledger), found[3] if found else None)


def _look(
    programme: Programme, hours: Hours, progress: dict[str, Any], recipient: Recipient, now: datetime
) -> tuple[Rules, Ledger | None, Ledger]:
    """The rules for one person, what was kept of their reminders, and what is to be kept now."""
    rules = Rules(programme, hours, progress, recipient, now)
    kept = read_ledger(progress)
    return rules, kept, rules.look(kept)


def take_reminder(
    programme: Programme, progress: dict[str, Any], recipient: Recipient, now: datetime, late: timedelta = LATE
) -> Outlook:
    """The reminder to send now, if any, and when to look next. Asked again with the progress that it gave, nothing goes out
    twice."""
    hours = programme.hours
    if hours is None:
        return Outlook(progress, None)
    rules, kept, ledger = _look(programme, hours, progress, recipient, now)
    due: Reminder | None = None
    skipped: tuple[Skipped, ...] = ()
    while (found := rules.find_next(ledger)) is not None and (at := found[3]) <= now:
        _, day, ordinal, _ = found
        if day > ledger.through + ONE_DAY:
            skipped += rules.missed_before(day, ledger)
        if now - at > late:
            ledger, reason = ledger.settle(day, ordinal), "late"
        elif rules.is_quiet():
            ledger, reason = rules.put_off(found, ledger), "quiet"
        else:
            ledger, due = ledger.settle(day, ordinal, now), _make_reminder(hours.programme, found)
            found = rules.find_next(ledger)
            break
        if ledger.has(day, ordinal):
            skipped += (Skipped(make_key(hours.programme, day, ordinal), reason),)
    progress = progress if ledger is kept else write_ledger(progress, ledger)
    return Outlook(progress, found[3] if found else None, due, skipped)


def find_last_reminder(programme: Programme, progress: Progress, today: date) -> str | None:
    """The key of the reminder that went out last, if its cycle may still have been running on the local date `today`."""
    ledger = read_ledger(progress)
    if ledger is None or ledger.first is None or ledger.through < today - ONE_DAY:
        return None
    return make_key(programme.name, ledger.through, ledger.sent)


def _make_reminder(programme: str, found: Found) -> Reminder:
    due, day, ordinal, at = found
    assert due.flow is not None, "only what is owed is reminded of"
    return Reminder(programme, due.flow, due.number, day, ordinal, at)
