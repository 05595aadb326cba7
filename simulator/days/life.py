"""One life in a run of days: the deeds so far, and the reminder that is owed (pure)."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.days.programme import QUIET, Kind

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Life:
    """Dates are the person's own. `done`: the day's number -> the date on which it was begun; `open`: the same of the one that was
    begun and not finished; `heard`: when they last did anything; `reminded`: the dates whose reminder has come -> when."""

    kind: Kind
    days: int
    zone: ZoneInfo
    done: dict[int, date] = field(default_factory=dict)
    open: tuple[int, date] | None = None
    heard: datetime | None = None
    paused_until: datetime | None = None
    is_blocked: bool = False
    reminded: dict[date, datetime] = field(default_factory=dict)
    reminded_again: set[date] = field(default_factory=set)

    def here(self, now: datetime) -> datetime:
        """Their local time."""
        return now.astimezone(self.zone)

    def at(self, day: date, when: time) -> datetime:
        """That moment on their clock, in UTC."""
        return datetime.combine(day, when, self.zone).astimezone(UTC)

    # --- what they do
    def begin(self, now: datetime) -> None:
        """Today's flow, unless it was begun before."""
        if self.open is None:
            self.open = (len(self.done) + 1, self.here(now).date())

    def finish(self) -> None:
        """The flow that was open."""
        assert self.open is not None, "something was begun"
        number, began = self.open
        self.done[number], self.open = began, None

    # --- what they are owed
    def owed(self, day: date) -> int | None:
        """The number of the flow that is due and untouched on that date."""
        if any(began >= day for began in self.done.values()) or len(self.done) == self.days:
            return None
        if self.open is not None:
            heard = self.heard and self.here(self.heard).date()
            if self.open[1] >= day or (heard is not None and heard >= day):
                return None
        return len(self.done) + 1

    def is_held(self, moment: datetime) -> bool:
        """Whether a pause or a block stands in the way of what is due at that moment."""
        return self.is_blocked or (self.paused_until is not None and moment < self.paused_until)

    def awaits(self, now: datetime) -> date | None:
        """The date whose reminder ought to be there by now and is not."""
        day = self.here(now).date()
        if now < self.at(day, self.kind.closes) or day in self.reminded:
            return None
        return day if self.owed(day) and not self.is_held(self.at(day, self.kind.closes)) else None

    def awaits_again(self, now: datetime) -> date | None:
        """The date whose second reminder ought to be there this morning: nothing was done since the first one."""
        day = self.here(now).date() - ONE_DAY
        first = self.reminded.get(day)
        if self.kind.again is None or first is None or day in self.reminded_again or now < self.at(day + ONE_DAY, QUIET[1]):
            return None
        untouched = self.heard is None or self.heard < first
        return day if untouched and self.owed(day) and self.owed(day + ONE_DAY) and not self.is_held(now) else None

    def upcoming(self, now: datetime) -> datetime:
        """When something may be due next: this morning's, today's or tomorrow's."""
        day = self.here(now).date()
        moments = [self.at(day + ahead * ONE_DAY, when) for ahead in (0, 1) for when in (QUIET[1], self.kind.closes)]
        return min(moment for moment in moments if moment > now)
