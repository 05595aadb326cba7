"""Which flow of `days` is due: one a local calendar day, in order, never twice."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow.programme import Programme
from flow.schedule import Due, day_begun, day_done, days_done, due_day, redate, steady_day, streak

FIRST = date(2026, 2, 27)  # the third day after it is in March
NAMES = ("one", "two", "three", "four")


def made(missed="stop", days=NAMES):
    """A programme with these days."""
    flows = {name: {"title": name, "steps": [{"type": "text", "name": "t", "label": "x"}]} for name in NAMES}
    head = {"programme": "p", "title": "P", "menu": ["one"], "days": list(days), "days_missed": missed}
    return Programme.load({"programme": head, "flows": flows})


def at(day):
    """The date of the calendar day number `day`, counted from 1."""
    return FIRST + timedelta(days=day - 1)


def told(*events):
    """The progress after events: `one@1` begun on calendar day 1 and done, `one@1?` begun and left."""
    progress = {}
    for event in events:
        flow, _, day = event.partition("@")
        began = at(int(day.rstrip("?")))
        progress = day_begun(progress, flow, began)
        if not day.endswith("?"):
            progress = day_done(progress, flow, began)
    return progress


@pytest.mark.parametrize(
    ("missed", "events", "today", "expected", "why"),
    [
        ("stop", [], 1, Due("one", 1, "due"), "nothing is begun: the first"),
        ("stop", [], 40, Due("one", 1, "due"), "whenever somebody comes, they begin with the first"),
        ("stop", ["one@1"], 1, Due(None, 2, "tomorrow"), "one a day"),
        ("stop", ["one@1"], 2, Due("two", 2, "due"), "the next on the next day"),
        ("stop", ["one@1"], 9, Due("two", 2, "due"), "missed days keep the place"),
        ("stop", ["one@1?"], 1, Due("one", 1, "due"), "left today, it may be begun again today"),
        ("stop", ["one@1?"], 3, Due("one", 1, "due"), "left earlier, it is still the one due"),
        ("stop", ["one@1?", "one@3"], 3, Due(None, 2, "tomorrow"), "done at the second try"),
        ("stop", ["one@1", "two@2", "three@3", "four@4"], 4, Due(None, 4, "over"), "nothing comes after the last"),
        ("stop", ["one@1", "two@2", "three@3", "four@4"], 9, Due(None, 4, "over"), "nor later"),
        ("stop", ["one@1", "two@2"], 1, Due(None, 3, "tomorrow"), "a journey west turns the date back: no third flow"),
        ("stop", ["one@1", "three@2"], 3, Due("two", 2, "due"), "what was done out of its turn leaves no gap behind"),
        ("stop", ["one@1", "three@2", "two@3"], 4, Due("four", 4, "due"), "and is not due again"),
        ("stop", ["gone@1"], 1, Due(None, 1, "tomorrow"), "a flow that was taken out of the days since counts as today's"),
        ("stop", ["gone@1"], 2, Due("one", 1, "due"), "but not as one of them"),
        ("skip", [], 40, Due("one", 1, "due"), "the calendar begins with the first flow begun"),
        ("skip", ["one@1"], 1, Due(None, 2, "tomorrow"), "one a day"),
        ("skip", ["one@1"], 2, Due("two", 2, "due"), "the next on the next day"),
        ("skip", ["one@1"], 3, Due("three", 3, "due"), "a missed day is passed over"),
        ("skip", ["one@1?"], 1, Due("one", 1, "due"), "left today, it may be begun again today"),
        ("skip", ["one@1?"], 2, Due("two", 2, "due"), "left earlier, it is passed over"),
        ("skip", ["one@1", "four@4"], 4, Due(None, 4, "over"), "nothing comes after the last"),
        ("skip", ["one@1"], 5, Due(None, 4, "over"), "the calendar ran out"),
        ("skip", ["one@1", "three@3"], 2, Due(None, 4, "tomorrow"), "the date turned back: still one a date, and no repetition"),
        ("skip", ["one@1"], 0, Due(None, 2, "tomorrow"), "a date before the first"),
    ],
)
def test_due(missed, events, today, expected, why):
    """The table of what is due, each line with its reason."""
    assert due_day(made(missed), told(*events), at(today)) == expected, why


@pytest.mark.parametrize(
    ("missed", "events", "expected"),
    [
        ("stop", [], ("", Due("one", 1, "due"))),
        ("stop", ["one@1?"], ("", Due("one", 1, "due"))),
        ("stop", ["one@1"], (at(1).isoformat(), Due("two", 2, "due"))),
        ("stop", ["one@1", "two@3", "three@4?"], (at(3).isoformat(), Due("three", 3, "due"))),
        ("stop", ["one@1", "two@2", "three@3", "four@4"], (at(4).isoformat(), Due(None, 4, "over"))),
        ("skip", [], ("", Due("one", 1, "due"))),
        ("skip", ["one@1"], None),
    ],
)
def test_what_stays_due_is_due_on_every_later_date(missed, events, expected):
    """Until something happens; for whom a missed day is passed over, the calendar alone changes it."""
    steady = steady_day(made(missed), told(*events))
    assert steady == expected
    if steady is not None:
        first = date.fromisoformat(steady[0]) + timedelta(days=1) if steady[0] else FIRST
        later = {due_day(made(missed), told(*events), first + timedelta(days=days)) for days in (0, 1, 2, 400)}
        assert later == {steady[1]}


def test_no_days():
    """A programme with only a menu has nothing due."""
    assert due_day(made(days=()), told("one@1"), at(1)) == Due(None, 0, "none")


def test_over_midnight():
    """A flow begun before midnight and finished after it belongs to the day it was begun: the next is due at once."""
    progress = day_begun({}, "one", at(1))
    assert due_day(made(), progress, at(2)) == Due("one", 1, "due")
    progress = day_done(progress, "one", at(1))
    assert progress["done"] == {"one": "2026-02-27"}
    assert due_day(made(), progress, at(2)) == Due("two", 2, "due")
    assert due_day(made(), day_done(day_begun(progress, "two", at(2)), "two", at(2)), at(2)) == Due(None, 3, "tomorrow")


def test_done_again_keeps_the_first_date():
    """An old day walked once more takes nothing from today."""
    progress = day_done(told("one@1"), "one", at(2))
    assert progress["done"] == {"one": "2026-02-27"}
    assert due_day(made(), progress, at(2)) == Due("two", 2, "due")


def test_done_without_begun():
    """A day whose beginning was not noted counts from the day given."""
    progress = day_done({}, "one", at(1))
    assert progress == {"since": "2026-02-27", "begun": {"one": "2026-02-27"}, "done": {"one": "2026-02-27"}}


def test_new_dicts():
    """What is given is never changed, and what the host keeps beside it stays."""
    given = {"since": "2026-02-27", "begun": {"one": "2026-02-27"}, "done": {}, "reminded": 3}
    kept = json.loads(json.dumps(given))
    changed = day_begun(day_done(given, "one", at(1)), "two", at(2))
    assert given == kept
    assert changed["reminded"] == 3
    assert changed["begun"] == {"one": "2026-02-27", "two": "2026-02-28"}


@pytest.mark.parametrize(
    ("events", "today", "expected", "why"),
    [
        ([], 1, 0, "nothing done"),
        (["one@1?"], 1, 0, "begun is not done"),
        (["one@1"], 1, 1, "up to today"),
        (["one@1"], 2, 1, "up to yesterday: today may still come"),
        (["one@1"], 3, 0, "a day between"),
        (["one@1", "two@2", "three@3"], 3, 3, "over the end of a month"),
        (["one@1", "three@3", "four@4"], 4, 2, "since the gap"),
        (["one@1", "two@2"], 1, 2, "the date turned back"),
    ],
)
def test_streak(events, today, expected, why):
    """Days in a row, each line with its reason."""
    assert streak(told(*events), at(today)) == expected, why


def test_days_done():
    """Only what came to its end counts, once."""
    assert days_done({}) == 0
    assert days_done(told("one@1?")) == 0
    assert days_done(day_done(told("one@1", "two@2", "three@3?"), "one", at(3))) == 2


@given(
    missed=st.sampled_from(["stop", "skip"]),
    visits=st.lists(st.tuples(st.integers(-1, 3), st.sampled_from(["done", "left", "later"])), max_size=30),
)
def test_in_order_and_never_twice(missed, visits):
    """Whenever a person comes and however they leave: in order, none twice, one a date, and over stays over."""
    programme, progress, today, done, open_since = made(missed), {}, FIRST, [], None
    for passed, how in visits:
        today += timedelta(days=passed)
        if open_since is not None:  # finished in the night after
            progress, open_since = day_done(progress, done[-1][0], open_since), None
        due = due_day(programme, progress, today)
        assert (due.flow is not None) == (due.reason == "due")
        if due.flow is None:
            continue
        assert due.flow == NAMES[due.number - 1]
        progress = day_begun(progress, due.flow, today)
        if how != "left":
            done.append((due.flow, today))
            open_since = today if how == "later" else None
            progress = day_done(progress, due.flow, today) if how == "done" else progress
    flows, dates = [flow for flow, _ in done], [began for _, began in done]
    assert flows == sorted(set(flows), key=NAMES.index)
    assert dates == sorted(set(dates))
    assert json.loads(json.dumps(progress)) == progress
    if missed == "stop":
        assert flows == list(NAMES[: len(flows)])


REDATED = [
    ("Pacific/Honolulu", "2026-03-02T06:00:00+00:00", "2026-03-01", "the evening before"),
    ("Pacific/Kiritimati", "2026-03-02T20:00:00+00:00", "2026-03-03", "already tomorrow"),
    ("Asia/Kathmandu", "2026-03-01T18:15:00+00:00", "2026-03-02", "midnight to the minute, three quarters of an hour off"),
    ("Asia/Kathmandu", "2026-03-01T18:14:59+00:00", "2026-03-01", "a second before it"),
    ("Europe/Berlin", "2026-03-28T23:30:00+00:00", "2026-03-29", "half an hour into the night in which the clocks change"),
    ("Europe/London", "2028-02-29T12:00:00+00:00", "2028-02-29", "a leap day stays one"),
]


@pytest.mark.parametrize(("zone", "moment", "expected", "why"), REDATED)
def test_what_was_begun_before_the_zone_was_known_is_dated_anew(zone, moment, expected, why):
    """By the calendar that the person had all along; later moves change no date any more."""
    began = datetime.fromisoformat(moment)
    progress = day_begun({"other": 1}, "one", began.date(), began)
    for kept in (progress, day_done(progress, "one", began.date())):
        right = redate(json.loads(json.dumps(kept)), ZoneInfo(zone))
        assert right["begun"] == {"one": expected}, why
        assert right["since"] == expected
        assert right.get("done", {"one": expected}) == {"one": expected}
        assert right["other"] == 1
        assert redate(right, ZoneInfo("Pacific/Apia")) == right


def test_what_was_begun_since_keeps_its_date():
    """Only what has a moment is dated anew."""
    began = datetime(2026, 3, 2, 6, tzinfo=UTC)
    progress = day_begun(day_begun({}, "one", date(2026, 2, 28)), "two", began.date(), began)
    right = redate(progress, ZoneInfo("Pacific/Honolulu"))
    assert (right["begun"], right["since"]) == ({"one": "2026-02-28", "two": "2026-03-01"}, "2026-02-28")
    assert redate({}, ZoneInfo("Asia/Tokyo")) == {}
