"""The hard cases: clocks that jump, people who travel, processes that were down, system clocks that are wrong."""

from datetime import timedelta, tzinfo

import pytest

from flow.reminders.due import Skipped, take_reminder
from tests.flow.reminders.lives import AGAIN, QUIET, Life, made, shown

DAILY = [
    ("UTC", "2026-02-27 12:00", "2026-03-02 00:00", "19:00", ["02-27 19:00", "02-28 19:00", "03-01 19:00"], "the end of a month"),
    ("UTC", "2028-02-28 12:00", "2028-03-02 00:00", "19:00", ["02-28 19:00", "02-29 19:00", "03-01 19:00"], "a leap day"),
    ("UTC", "2026-12-31 12:00", "2027-01-02 00:00", "19:00", ["12-31 19:00", "01-01 19:00"], "the end of a year"),
    ("Europe/Berlin", "2026-03-28 00:00", "2026-03-31 00:00", "02:30", ["03-28 01:30", "03-29 01:00", "03-30 00:30"], "the gap"),
    ("Europe/Berlin", "2026-10-24 00:00", "2026-10-27 00:00", "02:30", ["10-24 00:30", "10-25 00:30", "10-26 01:30"], "the fold"),
    (
        "America/Nuuk",
        "2026-03-28 12:00",
        "2026-03-31 12:00",
        "23:30",
        ["03-29 01:00", "03-30 00:30", "03-31 00:30"],
        "gap to midnight",
    ),
    ("Africa/Cairo", "2026-04-22 23:00", "2026-04-25 12:00", "00:00", ["04-23 22:00", "04-24 21:00"], "midnight is jumped over"),
    ("Asia/Kolkata", "2026-03-01 00:00", "2026-03-03 00:00", "19:00", ["03-01 13:30", "03-02 13:30"], "half an hour"),
    ("Asia/Kathmandu", "2026-03-01 00:00", "2026-03-03 00:00", "19:00", ["03-01 13:15", "03-02 13:15"], "three quarters"),
    (
        "Australia/Lord_Howe",
        "2026-10-03 00:00",
        "2026-10-05 00:00",
        "02:10",
        ["10-03 15:30", "10-04 15:10"],
        "a gap of half an hour",
    ),
    ("Europe/Moscow", "2011-03-26 00:00", "2011-03-28 12:00", "19:00", ["03-26 16:00", "03-27 15:00"], "summer time for good"),
    ("Europe/Istanbul", "2016-10-29 00:00", "2016-10-31 12:00", "19:00", ["10-29 16:00", "10-30 16:00"], "no winter time any more"),
    ("Africa/Casablanca", "2026-02-14 00:00", "2026-02-16 00:00", "19:00", ["02-14 18:00", "02-15 19:00"], "Ramadan's own hour"),
    ("Asia/Pyongyang", "2018-05-03 00:00", "2018-05-05 12:00", "19:00", ["05-03 10:30", "05-04 10:30", "05-05 10:00"], "new rules"),
    (
        "Pacific/Apia",
        "2011-12-29 00:00",
        "2011-12-31 12:00",
        "19:00",
        ["12-29 05:00", "12-30 05:00", "12-31 05:00"],
        "a day is left out",
    ),
    (
        "Pacific/Chatham",
        "2026-04-04 00:00",
        "2026-04-06 00:00",
        "19:00",
        ["04-04 05:15", "04-05 06:15"],
        "three quarters and a fold",
    ),
    (
        "America/Sao_Paulo",
        "2018-11-03 00:00",
        "2018-11-05 00:00",
        "00:30",
        ["11-03 03:30", "11-04 03:00"],
        "the first half hour jumped",
    ),
    (
        "Antarctica/Troll",
        "2026-03-28 00:00",
        "2026-03-31 00:00",
        "02:30",
        ["03-28 02:30", "03-29 01:00", "03-30 00:30"],
        "two hours",
    ),
    ("America/Caracas", "2016-04-30 00:00", "2016-05-02 00:00", "19:00", ["04-30 23:30", "05-01 23:00"], "half an hour for good"),
    (
        "Europe/Dublin",
        "2026-10-24 00:00",
        "2026-10-26 00:00",
        "01:30",
        ["10-24 00:30", "10-25 00:30"],
        "where winter is the exception",
    ),
    (
        "Pacific/Kwajalein",
        "1993-08-20 00:00",
        "1993-08-23 00:00",
        "19:00",
        ["08-20 07:00", "08-21 07:00", "08-22 07:00"],
        "over the date line with the whole island: no 21st",
    ),
]


@pytest.mark.parametrize(("zone", "begin", "end", "at", "expected", "why"), DAILY)
def test_every_local_date_has_one(zone, begin, end, at, expected, why):
    """The table of moments (UTC), each line with its reason."""
    found = Life(made({"at": at}), zone, begin).run(end)
    assert [moment[5:] for moment, _ in found] == expected, why
    keys = [key for _, key in found]
    assert len(set(keys)) == len(keys)


def test_a_day_that_never_was_has_none():
    """Samoa went from the 29th to the 31st."""
    found = Life(made({"at": "19:00"}), "Pacific/Apia", "2011-12-29 00:00").run("2012-01-01 12:00")
    assert [key for _, key in found] == ["2011-12-28/0", "2011-12-29/0", "2011-12-31/0", "2012-01-01/0"]


MOVES = [
    ("Europe/London", "18:30", "Europe/Berlin", ["03-01 18:30", "03-02 18:00"], "an hour east, over 19:00: at once, not skipped"),
    (
        "Europe/London",
        "19:30",
        "America/New_York",
        ["03-01 19:00", "03-03 00:00"],
        "west: today's is not sent again at its second 19:00",
    ),
    ("Europe/London", "19:30", "Asia/Tokyo", ["03-01 19:00", "03-02 10:00"], "east: the next is tomorrow's"),
    ("Europe/London", "12:00", "Asia/Kolkata", ["03-01 13:30", "03-02 13:30"], "still to come: it moves"),
    ("Asia/Kolkata", "13:00", "Asia/Kathmandu", ["03-01 13:15", "03-02 13:15"], "a quarter of an hour, before 19:00: it moves"),
    ("Asia/Kolkata", "13:20", "Asia/Kathmandu", ["03-01 13:20", "03-02 13:15"], "between the two 19:00s: at once"),
    ("Europe/London", "12:00", "America/New_York", ["03-02 00:00", "03-03 00:00"], "the same to the west"),
    (
        "Europe/London",
        "17:00",
        "Asia/Shanghai",
        ["03-02 00:00", "03-02 11:00"],
        "into the night at 01:00: at the end of quiet hours",
    ),
    ("Europe/London", "15:00", "Asia/Shanghai", ["03-02 00:00", "03-02 11:00"], "into quiet hours before midnight: the same"),
    ("Pacific/Honolulu", "23:30", "Pacific/Auckland", ["03-01 23:30", "03-02 06:00", "03-03 06:00"], "over the date line eastward"),
    (
        "Pacific/Auckland",
        "07:00",
        "Pacific/Honolulu",
        ["03-01 06:00", "03-03 05:00"],
        "and westward: the 1st comes again, unreminded",
    ),
    ("Etc/GMT+12", "12:30", "Pacific/Kiritimati", ["03-01 07:00", "03-01 18:00", "03-02 05:00"], "26 hours, over a whole date"),
    ("Etc/GMT+12", "06:30", "Pacific/Kiritimati", ["03-01 06:30", "03-02 05:00"], "over two 19:00s: one reminder at once, not two"),
]


@pytest.mark.parametrize(("zone", "at", "other", "expected", "why"), MOVES)
def test_moves(zone, at, other, expected, why):
    """A changed zone moves what is due; no date is served twice or passed over."""
    life = Life(made(), zone, "2026-03-01 00:01" if zone != "Pacific/Honolulu" else "2026-03-01 12:00")
    found = life.run(f"2026-03-01 {at}")
    life.change(f"2026-03-01 {at}", zone=other)
    found += life.run("2026-03-03 12:00")
    assert [moment[5:] for moment, _ in found][: len(expected)] == expected, why
    keys = [key for _, key in found]
    assert keys == sorted(set(keys)), why


class Ruled(tzinfo):
    """A zone as one edition of the tz database has it."""

    def __init__(self, hours):
        self.offset = timedelta(hours=hours)

    def __str__(self):
        return "Asia/Somewhere"

    def utcoffset(self, moment):
        return self.offset

    def dst(self, moment):
        return timedelta()

    def tzname(self, moment):
        return str(self)


@pytest.mark.parametrize(
    ("hours", "at", "expected", "why"),
    [
        (3, "12:00", ["03-01 16:00", "03-02 16:00"], "an hour earlier than was planned"),
        (1, "12:00", ["03-01 18:00", "03-02 18:00"], "an hour later: asked too early, it is planned anew"),
        (3, "16:30", ["03-01 16:00", "03-02 16:00"], "19:00 is over by the new rules: due at once, not skipped"),
        (1, "17:30", ["03-01 17:00", "03-02 18:00"], "19:00 comes again by the new rules: not sent again"),
    ],
)
def test_a_zone_whose_rules_are_changed_between_two_starts(hours, at, expected, why):
    """A government decides, the tz database follows, the bot is started with it: the name of the zone stays, its clock does not."""
    life = Life(made())
    life.who = life.who._replace(zone=Ruled(2))
    life.look("2026-03-01 00:02")
    found = life.run(f"2026-03-01 {at}")
    life.who = life.who._replace(zone=Ruled(hours))
    life.look(f"2026-03-01 {at}")
    found += life.run("2026-03-03 12:00")
    assert [moment[5:] for moment, _ in found] == expected, why
    assert [key for _, key in found] == ["2026-03-01/0", "2026-03-02/0"]


def test_there_and_back_sends_nothing_twice():
    """Whoever tries all zones in /settings is not reminded by it."""
    life = Life(made())
    assert life.wake("2026-03-01 19:00") == "p/2026-03-01/0"
    for zone in ("Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati", "Etc/GMT+12", "UTC"):
        life.change("2026-03-01 19:10", zone=zone)
        if life.who.zone.key != "Pacific/Kiritimati":
            assert life.wake("2026-03-01 19:10") is None
    assert life.sent == ["p/2026-03-01/0"]
    assert shown(life.next) == "2026-03-02 19:00"


@pytest.mark.parametrize(
    ("at", "key", "skipped", "following", "why"),
    [
        ("2026-03-01 18:59", None, [], "2026-03-01 19:00", "too early: asked in vain"),
        ("2026-03-01 21:59", "p/2026-03-01/0", [], "2026-03-02 19:00", "less than three hours late"),
        ("2026-03-01 22:00", None, [], "2026-03-02 08:00", "three hours, but it is quiet: it waits"),
        ("2026-03-01 22:01", None, [Skipped("p/2026-03-01/0", "late")], "2026-03-02 19:00", "more: passed over"),
        (
            "2026-03-02 19:00",
            "p/2026-03-02/0",
            [Skipped("p/2026-03-01/0", "late")],
            "2026-03-03 19:00",
            "the next one took its place",
        ),
        (
            "2026-03-09 12:00",
            None,
            [Skipped("p/2026-03-01/0", "late", 7), Skipped("p/2026-03-08/0", "late")],
            "2026-03-09 19:00",
            "a week",
        ),
        ("2026-03-09 20:00", "p/2026-03-09/0", [Skipped("p/2026-03-01/0", "late", 8)], "2026-03-10 19:00", "a week, and today's"),
    ],
)
def test_after_downtime(at, key, skipped, following, why):
    """One goes out at most, the rest is told to the log."""
    life = Life(made())
    assert life.wake(at) == key, why
    assert life.skipped == skipped, why
    assert shown(life.next) == following, why


def test_what_waits_for_the_end_of_quiet_hours_goes_out_then_and_once():
    """Also if the process was down when it was due."""
    life = Life(made({"at": "21:00", "quiet": QUIET, "again_after": ["30m"]}))
    assert life.wake("2026-03-01 22:30") is None
    assert life.run("2026-03-03 00:00") == [
        ("2026-03-02 08:00", "2026-03-01/0"),
        ("2026-03-02 08:30", "2026-03-01/1"),
        ("2026-03-02 21:00", "2026-03-02/0"),
        ("2026-03-02 21:30", "2026-03-02/1"),
    ]


def test_what_is_over_by_the_end_of_quiet_hours_is_dropped_and_told():
    """The next date's reminder comes first."""
    life = Life(made({"at": "06:00", "quiet": ["07:00", "06:00"]}), at="2026-03-01 00:00")
    assert life.wake("2026-03-01 07:30") is None
    assert life.skipped == [Skipped("p/2026-03-01/0", "quiet")]
    assert shown(life.next) == "2026-03-02 06:00"


def test_of_others_that_are_overdue_only_the_newest_goes_out():
    """Never a storm."""
    life = Life(made({"at": "12:00", "again_after": ["1h", "2h", "3h", "8h"]}))
    assert life.run("2026-03-01 12:30") == [("2026-03-01 12:00", "2026-03-01/0")]
    assert life.wake("2026-03-01 15:30") == "p/2026-03-01/3"
    assert life.wake("2026-03-01 15:31") is None
    assert shown(life.next) == "2026-03-01 20:00"


def test_a_clock_an_hour_fast_and_right_again_sends_one():
    """The date is served, however often 19:00 comes."""
    life = Life(made())
    assert life.wake("2026-03-01 19:00") == "p/2026-03-01/0"  # it was 18:00 in truth
    for minute in range(60):
        assert life.wake(f"2026-03-01 18:{minute:02}") is None
    assert life.wake("2026-03-01 19:00") is None
    assert life.run("2026-03-03 00:00") == [("2026-03-02 19:00", "2026-03-02/0")]


def test_a_clock_an_hour_slow_and_right_again_sends_one():
    """It comes an hour late, or as soon as the clock is right."""
    life = Life(made())
    assert life.wake("2026-03-01 18:00") is None
    assert life.wake("2026-03-01 19:20") == "p/2026-03-01/0"
    assert life.wake("2026-03-01 18:20") is None
    assert life.wake("2026-03-01 19:20") is None


def test_a_clock_that_was_weeks_fast_does_not_silence_anybody():
    """What it settled ahead of time does not count for good."""
    life = Life(made())
    assert life.wake("2026-04-01 19:00") == "p/2026-04-01/0"
    life.change("2026-04-01 19:30", zone="Asia/Tokyo")
    assert life.look("2026-03-01 20:00") == "2026-03-03 10:00"


def test_at_every_moment_of_a_write_a_crash_changes_nothing():
    """Before the write the decision is made again; after it nothing is left to decide."""
    life = Life(made(AGAIN))
    for _ in range(8):
        before, at = life.progress, life.next
        lost = take_reminder(life.programme, before, life.who, at)
        again = life.keep(take_reminder(life.programme, before, life.who, at))
        assert lost == again
        twice = take_reminder(life.programme, life.progress, life.who, at)
        assert (twice.due, twice.next, twice.progress) == (None, again.next, life.progress)
