"""Ten thousand people in all zones of the tz database for 400 days, with a process that is killed at random and at every boundary.

The normal run is a part of it. `SIMULATION=10000 pytest tests/flow/reminders/test_simulation.py -s` runs the whole with so many
people, on all processors, and says how much computing that was and how long it took.
"""

import json
import os
import time
from collections.abc import Iterator, Set
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest

from flow.reminders.due import Outlook, Recipient, Reminder, plan_reminders, reminder_minute, take_reminder
from flow.schedule import day_begun
from flow.times.local_time import minute_of, moment_of
from tests.flow.reminders.lives import QUIET, made

FULL = "SIMULATION" in os.environ
PEOPLE, DAYS = (int(os.environ["SIMULATION"]), 400) if FULL else (600, 30)
DOWN = 170 * 60  # seconds: less than what may be made up for
TWO_DAYS = timedelta(days=2)
MARGIN = timedelta(hours=12)  # what is due so shortly before a move may come after it, by another calendar
ZONES = sorted(available_timezones())
zone_of = lru_cache(None)(ZoneInfo)  # which itself forgets them, and reads them from the disk anew
PROGRAMMES = [
    made({"at": "19:00", "quiet": QUIET}),
    made({"at": {"between": ["18:00", "21:00"]}, "quiet": QUIET, "again_after": ["2h", "20h"]}),
    made({"at": "02:30"}),  # where most clocks jump
    made({"at": "00:00"}),  # where the others do
    made({"at": "07:00", "quiet": QUIET}),
    made({"at": "23:50", "quiet": ["00:00", "06:00"]}),
    made({"at": {"between": ["12:00", "20:00"]}, "quiet": QUIET}),
]
# Samoa's lost day and Russia's last summer time; Turkey's; North Korea's; this year's; a leap day.
STARTS = [datetime(*start, tzinfo=UTC) for start in ((2011, 3, 1), (2016, 3, 1), (2018, 2, 1), (2026, 1, 10), (2027, 9, 1))]
SECONDS = [timedelta(seconds=second) for second in range(60)]
NEAR = [datetime(*start, tzinfo=UTC) for start in ((2011, 12, 10), (2016, 10, 15), (2018, 4, 20), (2026, 3, 5), (2028, 2, 10))]


@dataclass
class Witness:
    """What one person saw."""

    served: dict[date, datetime] = field(default_factory=dict)
    came: set[date] = field(default_factory=set)  # dates on which they were quicker than the reminder
    stays: list[tuple[datetime, ZoneInfo]] = field(default_factory=list)
    last: tuple[date, int] = (date.min, 0)
    others: int = 0


class Walk:
    """One person through all the days. `kind`: stays, comes (by themselves, now and then), moves."""

    def __init__(self, person: int) -> None:
        self.random = Random(person)
        self.draw = self.random.random
        self.programme = PROGRAMMES[person % len(PROGRAMMES)]
        self.night = night_of(self.programme.remind.quiet)
        start = self.random.choice(STARTS if FULL else NEAR) + timedelta(minutes=self.random.randrange(1440))
        self.start, self.end = start, start + timedelta(days=DAYS)
        self.kind = self.random.choice(["stays"] * 4 + ["comes", "moves"])
        self.always = person % 40 == 0  # killed at every boundary
        self.who = Recipient(person, zone_of(ZONES[person * len(ZONES) // PEOPLE]))
        self.progress: dict = {}
        self.seen = Witness(stays=[(start, self.who.zone)])
        self.asked = 0  # how often the rules were asked

    def run(self) -> Witness:
        events = sorted(self.start + timedelta(minutes=self.random.randrange(DAYS * 1440)) for _ in range(DAYS // 20))
        now, upcoming = self.start, self.look(self.start)
        self.seen.came.add(date.fromisoformat(self.progress["reminders"]["through"]))  # what was over when they came
        for event in [*(events if self.kind != "stays" else ()), self.end]:
            while upcoming is not None and upcoming < event:
                now, upcoming = self.wake(upcoming if upcoming > now else now)
            now = max(now, event)
            if now < self.end:
                upcoming = self.happen(now)
        return self.seen

    def look(self, now: datetime) -> datetime | None:
        outlook = plan_reminders(self.programme, self.progress, self.who, now)
        self.progress = outlook.progress
        return outlook.next

    def wake(self, now: datetime) -> tuple[datetime, datetime | None]:
        """The host wakes up a little late, sometimes after a restart."""
        luck = self.draw()
        now += SECONDS[int(60 * self.draw())]
        if luck < 0.03 or self.always:  # killed before the write: what was decided is lost
            self.take(now)
            now += timedelta(seconds=self.random.randrange(DOWN))
        outlook = self.take(now)
        self.progress = outlook.progress
        if luck > 0.97 or self.always:  # killed after it: what is stored is all there is, and the wake may come again
            self.progress = json.loads(json.dumps(self.progress))
            again = self.take(now)
            assert (again.due, again.next) == (None, outlook.next)
        # Only a move can leave two dates to the same hour, of which the newer is served: `due_in` knows what must not be skipped.
        assert not outlook.skipped or self.kind == "moves", (self.who, outlook.skipped)
        upcoming = outlook.next
        assert upcoming is None or upcoming > now
        if outlook.due is not None:
            self.see(outlook.due, now)
        return now, upcoming

    def take(self, now: datetime) -> Outlook:
        self.asked += 1
        return take_reminder(self.programme, self.progress, self.who, now)

    def see(self, reminder: Reminder, now: datetime) -> None:
        begin, minutes = self.night
        if minutes:
            local = now.astimezone(self.who.zone)
            assert (local.hour * 60 + local.minute - begin) % 1440 >= minutes, (reminder, local)
        seen, key = self.seen, (reminder.date, reminder.ordinal)
        assert key > seen.last, reminder
        seen.last = key
        if reminder.ordinal:
            seen.others += 1
            assert reminder.date in seen.served
        else:
            seen.served[reminder.date] = now
        if "begun" in self.progress:
            assert self.progress["begun"]["one"] < now.astimezone(self.who.zone).date().isoformat()

    def happen(self, now: datetime) -> datetime | None:
        if self.kind == "moves":
            self.who = self.who._replace(zone=zone_of(self.random.choice(ZONES)))
            self.seen.stays.append((now, self.who.zone))
        else:
            today = now.astimezone(self.who.zone).date()
            self.progress = day_begun(self.progress, "one", today)
            self.seen.came |= {today, today - timedelta(days=1)} - set(self.seen.served)
        return self.look(now)


def night_of(quiet: tuple[str, str] | None) -> tuple[int, int]:
    """Quiet hours, told otherwise than the rules do: the minute at which they begin, and how many they last, round the clock."""
    if quiet is None:
        return 0, 0
    begin, end = minute_of(quiet[0]), minute_of(quiet[1])
    return begin, (end - begin) % 1440


@lru_cache(256)
def dates_of(zone: ZoneInfo, begin: datetime, end: datetime) -> frozenset[date]:
    """The dates around these moments and between them that the clock on the wall really shows: those that have a noon. For a time
    that it jumps over, the offset before the jump (fold 0) is less than the one after it (fold 1)."""
    days = range((begin - TWO_DAYS).toordinal(), (end + TWO_DAYS).toordinal() + 1)
    return frozenset(day for day, noon, after in map(noons_of, days) if zone.utcoffset(noon) >= zone.utcoffset(after))


@lru_cache(4096)
def noons_of(ordinal: int) -> tuple[date, datetime, datetime]:
    """A date, its noon, and the same with fold 1."""
    day = date.fromordinal(ordinal)
    noon = datetime(day.year, day.month, day.day, 12)
    return day, noon, noon.replace(fold=1)


def outermost(walk: Walk) -> set[date]:
    """The dates of somebody's first and last days, on which nothing need have been due."""
    around = [moment.toordinal() + days for moment in (walk.start - TWO_DAYS, walk.end - timedelta(days=1)) for days in range(4)]
    return set(map(date.fromordinal, around))


def due_in(walk: Walk) -> Set[date]:
    """The dates whose moment came while somebody lived by that zone's clock; of those who stay, all but the outermost."""
    stays = [*walk.seen.stays, (walk.end, walk.who.zone)]
    if len(stays) == 2:
        return dates_of(walk.who.zone, walk.start, walk.end) - outermost(walk)
    return {day for (begin, zone), (end, _) in pairwise(stays) for day in dates_lived(walk, zone, begin, end)}


def dates_lived(walk: Walk, zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[date]:
    """The dates whose moment came while they lived there."""
    for day in dates_of(zone, begin, end):
        if begin <= moment_of(day, reminder_minute(walk.programme, walk.who.person, day), zone) < end - MARGIN:
            yield day


def check(people: range) -> tuple[int, int, int, float]:
    """Walks them all: how many first reminders and how many others they got, how often the rules were asked, the seconds of
    computing."""
    first = others = asked = 0
    began = time.process_time()
    for person in people:
        walk = Walk(person)
        seen = walk.run()
        missing = due_in(walk) - seen.came - seen.served.keys()
        assert not missing, (person, walk.who.zone, sorted(missing))
        if walk.kind != "moves":
            surplus = seen.served.keys() - dates_of(walk.who.zone, walk.start, walk.end) - seen.came
            assert not surplus, (person, walk.who.zone, sorted(surplus))
        first, others, asked = first + len(seen.served), others + seen.others, asked + walk.asked
    return first, others, asked, time.process_time() - began


@pytest.mark.timeout(900)
def test_exactly_one_first_reminder_for_each_person_and_local_date_and_none_in_quiet_hours() -> None:
    """Whatever the clocks do, wherever people move, whenever the process dies."""
    began = time.perf_counter()
    if FULL:
        parts = [range(start, min(start + 250, PEOPLE)) for start in range(0, PEOPLE, 250)]
        with ProcessPoolExecutor() as workers:
            totals = list(workers.map(check, parts))
    else:
        totals = [check(range(PEOPLE))]
    first, others, asked, seconds = (sum(column) for column in zip(*totals, strict=True))
    print(
        f"{PEOPLE} people, {DAYS} days: {first} first reminders, {others} others, the rules asked {asked} times: "
        f"{seconds:.0f} s of computing in {time.perf_counter() - began:.0f} s on {os.cpu_count() if FULL else 1} processors"
    )
    assert first > PEOPLE * DAYS * 0.97
    assert others > PEOPLE * DAYS * 0.05
