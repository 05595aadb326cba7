"""The rules of flow/reminders/due.py: what was settled, and what comes next."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from typing import NamedTuple

from flow.programme import Hours, Programme
from flow.reminders.ledger import Ledger
from flow.reminders.minute import first_moment
from flow.schedule import OVER, TOMORROW, Due, Progress, due_day, first_due, steady_day
from flow.times.local_time import ONE_DAY, after_quiet, clock_minute, has_day, iso_date, read_date

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)  # a pause until then or later has no end
TWO_DAYS = 2 * ONE_DAY
FARTHEST = TWO_DAYS  # by which the calendar can turn back: from UTC+14 to UTC-12 just after midnight
Found = tuple[Due, date, int, datetime]  # a reminder on its way to be one: what for, its date, ordinal and moment
NOTHING = Due(None, 0, TOMORROW)  # is owed
NONE_BEGUN: Mapping[str, str] = {}
AHEAD = 8  # dates looked at for the next one: those passed over are few


class Recipient(NamedTuple):
    """Everything but progress that the reminders of one programme depend on.

    `open_flow` is the flow of this programme that is open, `heard_at` when the person last did anything. Datetimes are aware;
    `zone` is a ZoneInfo, or any tzinfo whose str() names it.
    """

    person: int
    zone: tzinfo
    blocked: bool = False
    paused_until: datetime | None = None
    open_flow: str | None = None
    heard_at: datetime | None = None


class Skipped(NamedTuple):
    """For the log: what did not go out, over `dates` local dates beginning with the key's. `reason`: `late` or `quiet`."""

    key: str
    reason: str
    dates: int = 1


class Rules:
    """One programme's reminders of one person, looked at in one moment."""

    def __init__(self, programme: Programme, hours: Hours, progress: Progress, recipient: Recipient, now: datetime) -> None:
        self.programme, self.hours, self.progress, self.recipient, self.now = programme, hours, progress, recipient, now
        person, zone, self.is_blocked, self.paused_until, open_flow, _ = recipient
        self.is_silent = self.is_blocked or (self.paused_until is not None and self.paused_until >= FOREVER)
        self.zone, self.here = zone, now.astimezone(zone)
        self.today = self.here.date()
        self.first_moment = partial(first_moment, hours, person, zone)  # of a date, and when it goes out
        self.begun: Mapping[str, str] = progress.get("begun", NONE_BEGUN)
        # `due` is owed on every date after `clear`; on those until then it depends on what was done when.
        if open_flow is None and not self.begun and "done" not in progress:
            self.due, self.clear = first_due(programme), date.min
        else:
            self.due, self.clear = self._find_steady()

    # --- what happened since the last look
    def look(self, ledger: Ledger | None) -> Ledger:
        """The ledger as it is after what changed in the person's circumstances: new, moved, paused, resumed, blocked, back."""
        if ledger is None or (ledger.off and not self.is_blocked):
            known = ledger or Ledger("", self.today - ONE_DAY)
            afresh = known.changed(zone=str(self.zone), after=None, until=self.paused_until, off=self.is_blocked)
            return self._mend(self._pass_by(afresh, self.now))
        if self.is_blocked:
            return ledger.changed(off=True)
        if ledger.until != self.paused_until:
            if ledger.until is not None:  # resumed, or paused anew: what fell into the old pause is over
                ledger = self._pass_by(ledger, min(self.now, ledger.until))
            ledger = ledger.changed(until=self.paused_until)
        if ledger.zone != str(self.zone):
            ledger = ledger.changed(zone=str(self.zone), after=self.now)
        return self._mend(ledger)

    def _mend(self, ledger: Ledger) -> Ledger:
        """Mend a ledger that a clock wrong by days has left behind."""
        if ledger.through > self.today and ledger.through > self.today + FARTHEST:
            ledger = ledger.changed(through=self.today, first=None)
        if ledger.after is not None and ledger.after > self.now + ONE_DAY:
            ledger = ledger.changed(after=None)
        return ledger

    def _pass_by(self, ledger: Ledger, moment: datetime) -> Ledger:
        """Everything before that moment counts as settled."""
        day = moment.astimezone(self.zone).date()
        through = day if self.first_moment(day)[0] < moment else day - ONE_DAY
        if through > ledger.through:
            return ledger.settle(through, 0)
        if ledger.first is None:
            return ledger
        over = sum(ledger.first + span < moment for span in self.hours.spans)
        return ledger.changed(again=max(ledger.again, over))

    # --- what comes next
    def find_next(self, ledger: Ledger) -> Found | None:
        """The earliest that is not settled; its moment may be over."""
        if self.is_silent:
            return None
        again = None
        if ledger.first is not None and ledger.again < len(self.hours.spans):
            again = self._find_again(ledger, ledger.first)
        return again or self._find_first(ledger)

    def _find_first(self, ledger: Ledger) -> Found | None:
        day, earliest = ledger.through, self.today - TWO_DAYS
        if day < earliest:
            day = earliest
        if self.paused_until is not None:
            day = max(day, self.paused_until.astimezone(self.zone).date() - TWO_DAYS)
        for _ in range(AHEAD):
            day += ONE_DAY
            due = self.due if day > self.clear else self._owed_on(day)
            if due.flow is None:
                if due.reason == OVER:
                    return None
            elif (at := self._first_on(day, ledger)) is not None:
                return due, day, 0, at
        return None

    def _first_on(self, day: date, ledger: Ledger) -> datetime | None:
        moment, at = self.first_moment(day)
        if at is not None and (ledger.after is not None or self.paused_until is not None):
            at = self._settle_moment(moment, ledger)
        if at is None:
            return None
        reached = self.now if at < self.now else at
        return at if reached <= moment or self._is_still_owed(day, reached) else None

    def _is_still_owed(self, day: date, reached: datetime) -> bool:
        """Whether that date's reminder may go out as late as that: not when the next date's takes its place."""
        if reached >= self.first_moment(day + ONE_DAY)[0]:
            return False
        here = self._date_of(reached)
        return here <= day or self._owed_on(here).flow is not None

    def _find_again(self, ledger: Ledger, first: datetime) -> Found | None:
        """The newest of those that are due together."""
        ordinal, reached, at = 0, self.now, first
        for number, span in enumerate(self.hours.spans[ledger.again :], ledger.again + 1):
            if ordinal and first + span > reached:
                break
            moment = self._settle_moment(first + span, ledger)
            if moment is None:
                continue
            if ordinal and moment > reached:
                break
            ordinal, at, reached = number, moment, max(moment, self.now)
        day = ledger.through
        if not ordinal or reached >= self.first_moment(day + ONE_DAY)[0]:
            return None
        due = self._owed_on(day)
        then = due if self.clear == date.min else self._owed_on(self._date_of(reached))  # on any date, where nothing was begun
        return (then, day, ordinal, at) if due.flow == then.flow is not None else None

    # --- moments
    def is_quiet(self) -> bool:
        """Whether it is now."""
        night = self.hours.night
        return bool(night) and clock_minute(self.here) in night

    def _date_of(self, moment: datetime) -> date:
        return self.today if moment is self.now else moment.astimezone(self.zone).date()

    def _settle_moment(self, moment: datetime, ledger: Ledger) -> datetime | None:
        """The moment as a change of zone and quiet hours leave it; None when it falls into a pause, before anything moves it."""
        if self.paused_until is not None and moment < self.paused_until:
            return None
        if ledger.after is not None and ledger.after > moment:
            moment = ledger.after
        return after_quiet(moment, self.hours.quiet, self.zone)

    # --- whether
    def _owed_on(self, day: date) -> Due:
        """The flow due on that date, unless it was touched on it."""
        if day > self.clear:
            return self.due
        due = due_day(self.programme, self.progress, day)
        return NOTHING if due.flow is not None and self._last_touched(due.flow) >= iso_date(day) else due

    def _find_steady(self) -> tuple[Due, date]:
        """The flow owed on every date after the given one."""
        steady = steady_day(self.programme, self.progress)
        if steady is None:
            return NOTHING, date.max
        after, due = steady
        last = after if due.flow is None else max(after, self._last_touched(due.flow))
        return due, read_date(last) if last else date.min

    def _last_touched(self, flow: str) -> str:
        """The last date (ISO) on which the flow was begun, or was open when the person was heard; "": never."""
        who, began = self.recipient, self.begun.get(flow, "")
        if who.open_flow != flow or who.heard_at is None:
            return began
        return max(began, iso_date(self._date_of(who.heard_at)))

    # --- what does not go out
    def put_off(self, found: Found, ledger: Ledger) -> Ledger:
        """To the end of the quiet hours that it is now; settled if it is over then."""
        waiting = ledger.changed(after=self.now)
        upcoming = self.find_next(waiting)
        if upcoming is None or upcoming[1:3] != found[1:3]:
            return ledger.settle(*found[1:3])
        return waiting

    def missed_before(self, day: date, ledger: Ledger) -> tuple[Skipped, ...]:
        """The dates between the last one settled and that one, without those that the person needed no reminder for."""
        known = [ledger.through, *(date.fromisoformat(began) for began in self.progress.get("begun", {}).values())]
        if self.recipient.paused_until is not None:
            known.append(self.recipient.paused_until.astimezone(self.zone).date() - ONE_DAY)
        first = max(known) + ONE_DAY
        dates = sum(has_day(first + passed * ONE_DAY, self.zone) for passed in range((day - first).days))
        return (Skipped(make_key(self.hours.programme, first, 0), "late", dates),) if dates else ()


def make_key(programme: str, day: date, ordinal: int) -> str:
    """A reminder's name, unique for one person."""
    return f"{programme}/{iso_date(day)}/{ordinal}"
