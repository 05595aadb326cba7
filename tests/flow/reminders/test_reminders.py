"""Reminders: one first one for each local date on which the day's flow is untouched, others after it, and none unwanted."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow.reminders.due import (
    FOREVER,
    Recipient,
    find_last_reminder,
    plan_reminders,
    redate_reminders,
    reminder_minute,
    take_reminder,
)
from flow.schedule import day_begun, day_done
from flow.times.local_time import is_quiet, moment_of
from tests.flow.reminders.lives import AGAIN, EVENING, Life, made, shown, utc

ZONES = sorted(available_timezones())
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("remind", "expected", "why"),
    [
        (AGAIN, ["01 19:00 0", "01 21:00 1", "02 15:00 2", "02 19:00 0"], "counted from the first, in order of time"),
        ({**AGAIN, "again_after": ["4h"]}, ["01 19:00 0", "02 08:00 1", "02 19:00 0"], "at the end of quiet hours"),
        ({**AGAIN, "again_after": ["4h", "6h"]}, ["01 19:00 0", "02 08:00 2", "02 19:00 0"], "of two, the newest"),
        ({**AGAIN, "again_after": ["24h", "3d"]}, ["01 19:00 0", "02 19:00 0", "03 19:00 0"], "the next date's takes their place"),
        (
            {**AGAIN, "at": "23:00"},
            ["02 08:00 0", "02 10:00 1", "03 08:00 0"],
            "a first one in quiet hours, and what counts from it",
        ),
        ({"at": "10:00"}, ["02 10:00 0", "03 10:00 0"], "nothing more than the first"),
        ({}, ["02 10:00 0", "03 10:00 0"], "at ten where nothing is said"),
    ],
)
def test_again(remind, expected, why):
    """The table of what goes out to someone who does not come, with ordinals."""
    found = Life(made(remind)).run("2026-03-04 00:00")
    assert [f"{moment[8:]} {key[-1]}" for moment, key in found][: len(expected)] == expected, why


def test_they_count_from_when_the_first_went_out():
    """A first one that is late moves its others."""
    life = Life(made(AGAIN))
    assert life.wake("2026-03-01 20:30") == "p/2026-03-01/0"
    assert shown(life.next) == "2026-03-02 08:00"
    assert life.run("2026-03-02 18:00") == [("2026-03-02 08:00", "2026-03-01/1"), ("2026-03-02 16:30", "2026-03-01/2")]


@pytest.mark.parametrize(
    ("at", "expected", "why"),
    [
        ("2026-03-01 12:30", "2026-03-02 19:00", "before the first: none today"),
        ("2026-03-01 19:30", "2026-03-02 19:00", "after the first: no other"),
        ("2026-03-01 21:30", "2026-03-02 19:00", "after the second: not the third"),
    ],
)
def test_they_end_when_the_flow_is_begun(at, expected, why):
    """Whoever arrives by themselves is left in peace until the next date, also if they leave again."""
    life = Life(made(AGAIN))
    life.run(at)
    life.begin("one", "2026-03-01")
    assert life.look(at) == expected, why


def test_a_flow_begun_between_planning_and_waking_is_not_reminded_of():
    """What has become untrue is dropped without a trace."""
    life = Life(made())
    life.begin("one", "2026-03-01")
    assert life.wake("2026-03-01 19:00") is None
    assert life.skipped == []
    assert shown(life.next) == "2026-03-02 19:00"


def test_a_flow_open_since_yesterday_is_reminded_of_unless_the_person_was_heard_today():
    """A half-finished evening is worth a reminder; somebody who goes on with it needs none."""
    life = Life(made())
    life.begin("one", "2026-03-01")
    life.change("2026-03-01 18:00", open_flow="one", heard_at=utc("2026-03-01 18:00"))
    assert life.wake("2026-03-02 19:00") == "p/2026-03-02/0"
    assert life.change("2026-03-03 00:10", heard_at=utc("2026-03-03 00:10")) == "2026-03-04 19:00"


def test_done_today_means_tomorrow_and_all_done_means_never():
    """The next day's flow is reminded of on the next date; after the last there is nothing."""
    life = Life(made())
    for number, flow in enumerate(("one", "two", "three"), 1):
        life.progress = day_done(day_begun(life.progress, flow, date(2026, 3, number)), flow, date(2026, 3, number))
        expected = f"2026-03-0{number + 1} 19:00" if number < 3 else None
        assert life.look(f"2026-03-0{number} 12:00") == expected
    assert life.wake("2026-03-04 19:00") is None


def test_the_reminder_names_the_flow_and_its_number():
    """What the button will begin."""
    life = Life(made())
    life.progress = day_done(life.progress, "one", date(2026, 3, 1))
    due = take_reminder(life.programme, life.progress, life.who, utc("2026-03-02 19:00")).due
    assert (due.flow, due.number, due.date, due.ordinal, due.at) == ("two", 2, date(2026, 3, 2), 0, utc("2026-03-02 19:00"))


def test_days_that_run_with_the_calendar():
    """`days_missed: skip`: each date reminds of its own flow; others of yesterday's end with the night; at the end it is over."""
    life = Life(made({**EVENING, "again_after": ["2h", "15h"]}, "skip"))
    life.begin("one", "2026-03-01")
    found = [
        take.due
        for at in ("19:00", "21:00")
        if (take := take_reminder(life.programme, life.progress, life.who, utc(f"2026-03-02 {at}")))
    ]
    assert found[0].flow == "two"
    life.look("2026-03-01 12:00")
    keys = [key for _, key in life.run("2026-03-09 00:00")]
    assert keys == ["2026-03-02/0", "2026-03-02/1", "2026-03-03/0", "2026-03-03/1"]
    assert life.next is None


def test_a_look_that_finds_nothing_new_keeps_nothing_anew():
    """The very progress that was given comes back, so that nothing is written for it."""
    life = Life(made())
    assert plan_reminders(life.programme, life.progress, life.who, utc("2026-03-01 13:00")).progress is life.progress
    assert take_reminder(life.programme, life.progress, life.who, utc("2026-03-01 13:00")).progress is life.progress
    assert take_reminder(life.programme, life.progress, life.who, utc("2026-03-01 19:00")).progress is not life.progress


def test_a_programme_without_reminders_or_days_has_none():
    """Nothing is kept either."""
    for programme in (made(None), made(days=())):
        life = Life(programme)
        assert (life.next, life.progress) == (None, {})
        assert life.wake("2026-03-01 19:00") is None


# --- pauses and blocks
def test_a_pause_passes_over_what_falls_into_it():
    """Until the moment given; nothing of it is made up for."""
    life = Life(made(AGAIN))
    life.wake("2026-03-01 19:00")
    assert life.change("2026-03-01 20:00", paused_until=utc("2026-03-04 12:00")) == "2026-03-04 19:00"
    assert life.wake("2026-03-02 19:00") is None
    assert life.wake("2026-03-04 19:00") == "p/2026-03-04/0"
    assert life.skipped == []


def test_a_move_after_a_pause_makes_up_for_nothing_of_it():
    """What is still due moves with the zone; the evening that fell into the pause is over all the same."""
    life = Life(made())
    life.wake("2026-03-01 19:00")
    assert life.change("2026-03-02 10:00", paused_until=utc("2026-03-03 10:00")) == "2026-03-03 19:00"
    assert life.change("2026-03-03 12:00", zone="Europe/Berlin") == "2026-03-03 18:00"
    assert life.wake("2026-03-03 12:00") is None
    assert life.wake("2026-03-03 18:00") == "p/2026-03-03/0"


@pytest.mark.parametrize(
    ("resumed", "expected"),
    [("2026-03-03 18:59", "2026-03-03 19:00"), ("2026-03-03 19:30", "2026-03-04 19:00"), ("2026-03-01 20:30", "2026-03-01 21:00")],
)
def test_resuming_begins_with_the_next_moment(resumed, expected):
    """What passed in the pause is over; what comes after is due, others of today too."""
    life = Life(made(AGAIN))
    life.wake("2026-03-01 19:00")
    assert life.change("2026-03-01 20:00", paused_until=FOREVER) is None
    assert life.wake("2026-03-02 19:00") is None
    assert life.change(resumed, paused_until=None) == expected


def test_others_that_fell_into_a_pause_are_not_made_up_for():
    """Resumed at 21:30, the one of 21:00 is over."""
    life = Life(made(AGAIN))
    life.wake("2026-03-01 19:00")
    life.change("2026-03-01 20:00", paused_until=utc("2026-03-08 00:00"))
    assert life.change("2026-03-01 21:30", paused_until=None) == "2026-03-02 15:00"


def test_a_pause_that_ended_long_ago_changes_nothing_when_it_is_forgotten():
    """The host may clear it whenever it likes."""
    life = Life(made())
    life.change("2026-03-01 12:00", paused_until=utc("2026-03-02 00:00"))
    assert life.wake("2026-03-02 19:00") == "p/2026-03-02/0"
    assert life.change("2026-03-02 20:00", paused_until=None) == "2026-03-03 19:00"


def test_a_blocked_person_gets_none_and_none_is_made_up_for():
    """Unblocked at 20:00, the next is tomorrow's."""
    life = Life(made())
    assert life.change("2026-03-01 13:00", blocked=True) is None
    assert life.wake("2026-03-01 19:00") is None
    assert life.change("2026-03-02 20:00", blocked=False) == "2026-03-03 19:00"
    assert life.change("2026-03-02 20:00", blocked=True) is None
    assert life.change("2026-03-03 18:00", blocked=False) == "2026-03-03 19:00"


def test_whoever_joins_in_the_evening_is_not_reminded_of_the_afternoon():
    """The first look settles what lies before it."""
    assert shown(Life(made(), at="2026-03-01 19:01").next) == "2026-03-02 19:00"
    assert shown(Life(made(), at="2026-03-01 19:00").next) == "2026-03-01 19:00"
    assert Life(made(), at="2026-03-01 20:00", blocked=True).change("2026-03-01 20:00", blocked=False) == "2026-03-02 19:00"


# --- the random minute
def test_between_draws_a_minute_a_day_for_each_person():
    """Within the window, the same whenever asked, different from person to person and day to day, every minute of it possible."""
    programme = made({"at": {"between": ["18:00", "21:00"]}})
    drawn = {
        (person, day): reminder_minute(programme, person, date(2026, 3, 1) + timedelta(days=day))
        for person in range(60)
        for day in range(60)
    }
    assert drawn == {
        key: reminder_minute(programme, key[0], date(2026, 3, 1) + timedelta(days=key[1])) for key in sorted(drawn, reverse=True)
    }
    assert set(drawn.values()) == set(range(18 * 60, 21 * 60 + 1))
    assert max(list(drawn.values()).count(minute) for minute in set(drawn.values())) < 50
    assert reminder_minute(programme, 7, date(2026, 3, 1)) == 1188  # by any process, on any machine


@pytest.mark.parametrize(
    ("between", "quiet", "allowed"),
    [
        (("20:00", "23:59"), ("22:00", "08:00"), set(range(1200, 1320))),
        (("22:00", "23:00"), ("21:00", "08:00"), set(range(1320, 1381))),
        (("23:00", "01:00"), None, {*range(1380, 1440), *range(61)}),
        (("09:00", "09:00"), None, {540}),
    ],
)
def test_the_window(between, quiet, allowed):
    """Quiet minutes are left out where there are others; over midnight it is both ends of the date; it may be one minute."""
    programme = made({"at": {"between": list(between)}, **({"quiet": list(quiet)} if quiet else {})})
    drawn = {reminder_minute(programme, person, date(2026, 3, 1)) for person in range(3000)}
    assert drawn == allowed


def test_the_minute_is_drawn_once_also_when_the_zone_changes():
    """It moves with the person."""
    programme = made({"at": {"between": ["18:00", "21:00"]}})
    life = Life(programme)
    minute = reminder_minute(programme, 7, date(2026, 3, 1))
    assert life.next == moment_of(date(2026, 3, 1), minute, UTC)
    life.change("2026-03-01 12:30", zone="Europe/Berlin")
    assert life.next == moment_of(date(2026, 3, 1), minute, UTC) - HOUR


def test_a_programme_that_does_not_remind_has_no_minute():
    with pytest.raises(ValueError, match="p does not remind"):
        reminder_minute(made(None), 7, date(2026, 3, 1))


# --- by which reminder
def test_the_last_reminder_is_known_as_long_as_its_cycle_may_run():
    """Studies ask which one brought somebody."""
    life = Life(made({**AGAIN, "again_after": ["1h", "2h"]}))
    assert find_last_reminder(life.programme, life.progress, date(2026, 3, 1)) is None
    life.run("2026-03-01 20:30")
    assert find_last_reminder(life.programme, life.progress, date(2026, 3, 1)) == "p/2026-03-01/1"
    assert find_last_reminder(life.programme, life.progress, date(2026, 3, 2)) == "p/2026-03-01/1"
    assert find_last_reminder(life.programme, life.progress, date(2026, 3, 3)) is None
    life.wake("2026-03-02 01:00")  # the third was four hours late
    assert find_last_reminder(life.programme, life.progress, date(2026, 3, 2)) == "p/2026-03-01/1"


# --- any life
zones = st.sampled_from(ZONES)
clocks = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
reminds = st.fixed_dictionaries(
    {"at": clocks | st.fixed_dictionaries({"between": st.tuples(clocks, clocks).map(list)})},
    optional={
        "quiet": st.tuples(clocks, clocks).map(list),
        "again_after": st.lists(st.sampled_from(["1m", "2h", "5h", "20h", "2d"]), max_size=3),
    },
)
events = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 3000)),
    st.tuples(st.just("zone"), zones),
    st.tuples(st.just("pause"), st.none() | st.integers(-500, 5000)),
    st.tuples(st.just("block"), st.booleans()),
    st.tuples(st.just("begin"), st.booleans()),
)


@given(
    remind=reminds,
    missed=st.sampled_from(["stop", "skip"]),
    zone=zones,
    start=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)),
    story=st.lists(events, max_size=25),
)
@settings(deadline=None)
def test_whatever_happens(remind, missed, zone, start, story):
    """No key twice, none in quiet hours, while paused or blocked, or of a date's flow that was begun; and never a storm."""
    programme, now = made(remind, missed), start.replace(microsecond=0, tzinfo=UTC)
    who, progress, sent = Recipient(7, ZoneInfo(zone)), {}, []
    for kind, value in story:
        match kind:
            case "wait":
                now += timedelta(minutes=value)
            case "zone":
                who = who._replace(zone=ZoneInfo(value))
            case "pause":
                who = who._replace(paused_until=None if value is None else now + timedelta(minutes=value))
            case "block":
                who = who._replace(blocked=value)
            case "begin":
                today = now.astimezone(who.zone).date()
                progress = day_begun(progress, "one", today)
                progress = day_done(progress, "one", today) if value else progress
        if kind != "wait":
            outlook = plan_reminders(programme, progress, who, now)
            assert plan_reminders(programme, outlook.progress, who, now) == outlook
            progress = outlook.progress
        for _ in range(3):
            outlook = take_reminder(programme, progress, who, now)
            progress = json.loads(json.dumps(outlook.progress))
            if outlook.due is None:
                break
            sent.append(outlook.due)
            assert not is_quiet(now, programme.remind.quiet, who.zone)
            assert not who.blocked
            assert who.paused_until is None or who.paused_until <= now
            assert progress.get("begun", {}).get(outlook.due.flow, "") < now.astimezone(who.zone).date().isoformat()
        assert outlook.due is None, "one at a time"
        assert outlook.next is None or outlook.next > now
    keys = [(reminder.date, reminder.ordinal) for reminder in sent]
    assert keys == sorted(set(keys))


def test_the_first_zone_leaves_what_was_only_supposed_behind():
    """Nobody was reminded yet: today's comes by the person's own clock, though the default one had passed its hour."""
    life = Life(made(), "UTC", "2026-03-02 20:00")
    assert shown(life.next) == "2026-03-03 19:00"
    life.progress = redate_reminders(life.progress, ZoneInfo("Pacific/Honolulu"))
    assert life.change("2026-03-02 20:10", zone="Pacific/Honolulu") == "2026-03-03 05:00"  # the 2nd, 19:00 there


def test_the_first_zone_counts_a_reminder_for_the_date_that_it_came_on():
    """19:00 in UTC was 04:00 of the 3rd in Tokyo, so the 3rd has had its one."""
    life = Life(made(), "UTC", "2026-03-02 12:00")
    assert life.wake("2026-03-02 19:00") == "p/2026-03-02/0"
    life.progress = redate_reminders(life.progress, ZoneInfo("Asia/Tokyo"))
    assert life.change("2026-03-02 20:00", zone="Asia/Tokyo") == "2026-03-04 10:00"


def test_nobody_looked_at_has_nothing_to_date_anew():
    """Other keys stay."""
    assert redate_reminders({"since": "2026-03-01"}, ZoneInfo("Asia/Tokyo")) == {"since": "2026-03-01"}
