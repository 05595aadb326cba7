"""The rules of flow/reminders.py: what was settled, and what comes next."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from flow.local_time import MINUTES, ONE_DAY, after_quiet, has_day, minute_of, moment_of, plain_midnight, quiet_minutes
from flow.programme import Programme, Remind
from flow.reminder_ledger import Ledger
from flow.reminder_minute import reminder_minute
from flow.schedule import OVER, Due, Progress, due_day

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)  # a pause until then or later has no end
TWO_DAYS = 2 * ONE_DAY
FARTHEST = TWO_DAYS  # by which the calendar can turn back: from UTC+14 to UTC-12 just after midnight
NEVER: frozenset[int] = frozenset()
AHEAD = 8  # dates looked at for the next one: those passed over are few


@dataclass(frozen=True, slots=True)
class Recipient:
    """What the reminders of one programme depend on besides its progress.

    `open_flow` is the flow of this programme that is open, `heard_at` when the person last did anything. Datetimes are aware;
    `zone` is a ZoneInfo, or any tzinfo whose str() names it.
    """

    person: int
    zone: tzinfo
    blocked: bool = False
    paused_until: datetime | None = None
    open_flow: str | None = None
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """For the log: what did not go out, over `dates` local dates beginning with the key's. `reason`: `late` or `quiet`."""

    key: str
    reason: str
    dates: int = 1


class Found(NamedTuple):
    """A reminder on its way to be one."""

    due: Due
    date: date
    ordinal: int
    at: datetime


class Rules:
    """One programme's reminders of one person, looked at in one moment."""

    def __init__(self, programme: Programme, remind: Remind, progress: Progress, recipient: Recipient, now: datetime) -> None:
        self.programme, self.remind, self.progress, self.recipient, self.now = programme, remind, progress, recipient, now
        self.zone = recipient.zone
        self.here = now.astimezone(self.zone)
        self.today = self.here.date()
        at = remind.at
        self.minute = minute_of(at) if isinstance(at, str) else None
        self.quiet = quiet_minutes(remind.quiet) if remind.quiet is not None else NEVER
        self.is_plain = recipient.paused_until is None
        self.firsts: dict[date, tuple[datetime, bool]] = {}  # what was asked for already
        is_new = "since" not in progress  # whoever has begun nothing is due the first flow on any date
        self.untouched = due_day(programme, progress, self.today) if is_new else None

    # --- what happened since the last look
    def look(self, ledger: Ledger | None) -> Ledger:
        """The ledger as it is after what changed in the person's circumstances: new, moved, paused, resumed, blocked, back."""
        who = self.recipient
        if ledger is None or (ledger.off and not who.blocked):
            known = ledger or Ledger("", self.today - ONE_DAY)
            afresh = known._replace(zone=str(self.zone), after=None, until=who.paused_until, off=who.blocked)
            return self._mend(self._pass_by(afresh, self.now))
        if who.blocked:
            return ledger._replace(off=True)
        if ledger.until != who.paused_until:
            if ledger.until is not None:  # resumed, or paused anew: what fell into the old pause is over
                ledger = self._pass_by(ledger, min(self.now, ledger.until))
            ledger = ledger._replace(until=who.paused_until)
        if ledger.zone != str(self.zone):
            ledger = ledger._replace(zone=str(self.zone), after=self.now)
        return self._mend(ledger)

    def _mend(self, ledger: Ledger) -> Ledger:
        """What a clock that was wrong by days has left behind."""
        if ledger.through > self.today + FARTHEST:
            ledger = ledger._replace(through=self.today, first=None)
        if ledger.after is not None and ledger.after > self.now + ONE_DAY:
            ledger = ledger._replace(after=None)
        return ledger

    def _pass_by(self, ledger: Ledger, moment: datetime) -> Ledger:
        """Everything before that moment counts as settled."""
        day = moment.astimezone(self.zone).date()
        through = day if self._first_moment(day) < moment else day - ONE_DAY
        if through > ledger.through:
            return ledger.settle(through, 0)
        if ledger.first is None:
            return ledger
        return ledger._replace(again=max(ledger.again, sum(each < moment for each in self._again_moments(ledger))))

    # --- what comes next
    def find_next(self, ledger: Ledger) -> Found | None:
        """The earliest that is not settled; its moment may be over."""
        paused = self.recipient.paused_until
        if self.recipient.blocked or (paused is not None and paused >= FOREVER):
            return None
        spans = self.remind.again_after
        again = self._find_again(ledger) if ledger.again < len(spans) and ledger.first is not None else None
        return again or self._find_first(ledger)

    def _find_first(self, ledger: Ledger) -> Found | None:
        day = max(ledger.through, self.today - TWO_DAYS)
        if self.recipient.paused_until is not None:
            day = max(day, self.recipient.paused_until.astimezone(self.zone).date() - TWO_DAYS)
        for _ in range(AHEAD):
            day += ONE_DAY
            due = self.untouched or due_day(self.programme, self.progress, day)
            if due.reason == OVER:
                return None
            if self._is_owed(due, day) and (found := self._first_on(day, due, ledger)) is not None:
                return found
        return None

    def _first_on(self, day: date, due: Due, ledger: Ledger) -> Found | None:
        moment, undisturbed = self.firsts.get(day) or self._first(day)
        at = moment if undisturbed and ledger.after is None else self._settle_moment(moment, ledger)
        if at is None:
            return None
        reached = self.now if at < self.now else at
        if reached > moment:
            if reached >= self._first_moment(day + ONE_DAY):
                return None  # the next date's takes its place
            here = self._date_of(reached)
            if here > day:
                due = self.untouched or due_day(self.programme, self.progress, here)
                if not self._is_owed(due, here):
                    return None
        return Found(due, day, 0, at) if undisturbed or has_day(day, self.zone) else None

    def _find_again(self, ledger: Ledger) -> Found | None:
        """The newest of those that are due together."""
        found: tuple[int, datetime] | None = None
        moments = self._again_moments(ledger)
        for ordinal in range(ledger.again + 1, len(moments) + 1):
            at = self._settle_moment(moments[ordinal - 1], ledger)
            if at is None:
                continue
            if found is not None and at > max(found[1], self.now):
                break
            found = ordinal, at
        day = ledger.through
        if found is None or max(found[1], self.now) >= self._first_moment(day + ONE_DAY):
            return None
        here = self._date_of(max(found[1], self.now))
        due, then = due_day(self.programme, self.progress, day), due_day(self.programme, self.progress, here)
        if not self._is_owed(due, day) or not self._is_owed(then, here) or due.flow != then.flow:
            return None
        return Found(then, day, *found)

    # --- moments
    def _date_of(self, moment: datetime) -> date:
        return self.today if moment is self.now else moment.astimezone(self.zone).date()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing unasked may be said now."""
        return bool(self.quiet) and self.here.hour * 60 + self.here.minute in self.quiet

    def _first_moment(self, day: date) -> datetime:
        return (self.firsts.get(day) or self._first(day))[0]

    def _first(self, day: date) -> tuple[datetime, bool]:
        """The moment of that day's first reminder, and whether neither a jump of the clock, quiet hours nor a pause is near it."""
        minute, midnight = self.minute, plain_midnight(day, self.zone)
        if minute is None:
            minute = reminder_minute(self.programme, self.recipient.person, day)
        if midnight is None:
            found = moment_of(day, minute, self.zone), False
        else:
            found = midnight + MINUTES[minute], self.is_plain and minute not in self.quiet
        self.firsts[day] = found
        return found

    def _again_moments(self, ledger: Ledger) -> list[datetime]:
        assert ledger.first is not None, "they count from the first"
        return [ledger.first + span for span in _spans(self.remind.again_after)]

    def _settle_moment(self, moment: datetime, ledger: Ledger) -> datetime | None:
        """The moment as a change of zone and quiet hours leave it; None when it falls into a pause, before anything moves it."""
        if self.recipient.paused_until is not None and moment < self.recipient.paused_until:
            return None
        if ledger.after is not None and ledger.after > moment:
            moment = ledger.after
        return after_quiet(moment, self.remind.quiet, self.zone)

    # --- whether
    def _is_owed(self, due: Due, day: date) -> bool:
        """Whether a flow is due on that date and untouched on it."""
        if due.flow is None:
            return False
        begun = self.progress.get("begun")
        if begun and begun.get(due.flow, "") >= day.isoformat():
            return False
        who = self.recipient
        if who.open_flow != due.flow or who.heard_at is None:
            return True
        return who.heard_at.astimezone(self.zone).date() < day

    # --- what does not go out
    def put_off(self, found: Found, ledger: Ledger) -> Ledger:
        """To the end of the quiet hours that it is now; settled if it is over then."""
        waiting = ledger._replace(after=self.now)
        upcoming = self.find_next(waiting)
        if upcoming is None or (upcoming.date, upcoming.ordinal) != (found.date, found.ordinal):
            return ledger.settle(found.date, found.ordinal)
        return waiting

    def missed_before(self, found: Found, ledger: Ledger) -> tuple[Skipped, ...]:
        """The dates between the last one settled and this one, without those that the person needed no reminder for."""
        known = [ledger.through, *(date.fromisoformat(day) for day in self.progress.get("begun", {}).values())]
        if self.recipient.paused_until is not None:
            known.append(self.recipient.paused_until.astimezone(self.zone).date() - ONE_DAY)
        first = max(known) + ONE_DAY
        dates = sum(has_day(first + passed * ONE_DAY, self.zone) for passed in range((found.date - first).days))
        return (Skipped(make_key(self.programme, first, 0), "late", dates),) if dates else ()


@lru_cache(256)
def _spans(again_after: tuple[float, ...]) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=span) for span in sorted(again_after))


def make_key(programme: Programme, day: date, ordinal: int) -> str:
    """What a reminder is known by, unique for one person."""
    return f"{programme.name}/{day.isoformat()}/{ordinal}"
