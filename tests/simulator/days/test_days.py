"""The instrument of a run of days: who is owed which reminder, and that it can tell a wrong one."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from simulator.days.check import DayFindings, check_dweller
from simulator.days.life import ONE_DAY, Life
from simulator.days.person import Dweller
from simulator.days.programme import ANYTIME, EVENING
from simulator.world.world import World

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2027, 3, 9)


def berlin(days: int, hour: int, minute: int = 0) -> datetime:
    """That time so many days after the first one, in UTC."""
    return (datetime(FIRST.year, FIRST.month, FIRST.day, hour, minute, tzinfo=BERLIN) + timedelta(days=days)).astimezone(UTC)


@pytest.fixture
def life() -> Life:
    """Somebody in Berlin who has done the first of five days and is reminded in the evening."""
    return Life(EVENING, 5, BERLIN, done={1: FIRST}, heard=berlin(0, 12))


def test_the_next_day_is_owed_from_the_next_date_on_until_it_is_begun(life: Life) -> None:
    assert (life.owed(FIRST), life.owed(FIRST + ONE_DAY)) == (None, 2)
    assert life.awaits(berlin(0, 19, 5)) is None
    assert life.awaits(berlin(1, 18, 59)) is None
    assert life.awaits(berlin(1, 19, 5)) == FIRST + ONE_DAY
    life.begin(berlin(1, 12))
    assert life.owed(FIRST + ONE_DAY) is None and life.owed(FIRST + 2 * ONE_DAY) == 2
    life.finish()
    assert life.owed(FIRST + 2 * ONE_DAY) == 3


def test_what_is_open_from_before_is_owed_unless_the_person_was_there(life: Life) -> None:
    life.begin(berlin(1, 19, 5))
    life.heard = berlin(1, 19, 5)
    assert life.owed(FIRST + 2 * ONE_DAY) == 2
    life.heard = berlin(2, 10)
    assert life.owed(FIRST + 2 * ONE_DAY) is None


def test_nothing_is_owed_after_the_last_day(life: Life) -> None:
    life.done = dict.fromkeys(range(1, 6), FIRST)
    assert life.owed(FIRST + ONE_DAY) is None


def test_a_pause_and_a_block_hold_what_falls_into_them(life: Life) -> None:
    life.paused_until = berlin(2, 12)
    assert life.awaits(berlin(1, 19, 5)) is None and life.awaits(berlin(2, 19, 5)) == FIRST + 2 * ONE_DAY
    life.is_blocked = True
    assert life.awaits(berlin(2, 19, 5)) is None


def test_a_second_reminder_waits_for_the_morning_of_somebody_who_did_nothing(life: Life) -> None:
    life.reminded[FIRST + ONE_DAY] = berlin(1, 19, 5)
    assert life.awaits_again(berlin(2, 7, 59)) is None
    assert life.awaits_again(berlin(2, 8, 1)) == FIRST + ONE_DAY
    life.heard = berlin(1, 20)
    assert life.awaits_again(berlin(2, 8, 1)) is None


def test_what_may_be_due_next_is_the_morning_or_the_end_of_the_window(life: Life) -> None:
    assert life.upcoming(berlin(1, 7)) == berlin(1, 8)
    assert life.upcoming(berlin(1, 8)) == berlin(1, 19)
    life.kind = ANYTIME
    assert life.upcoming(berlin(1, 8)) == berlin(1, 20, 30)


# --- what it can tell


@pytest.fixture
def dweller() -> Dweller:
    """The same person, whom nothing makes react."""
    one = Dweller(World("1:token"), 0, EVENING, 5, random.Random(1))
    one.life = Life(EVENING, 5, BERLIN, done={1: FIRST}, heard=berlin(0, 12))
    one._react = lambda message: None  # type: ignore[method-assign]
    return one


def remind(one: Dweller, at: datetime, number: int = 2, words: str = "“Day {0}” is still open.") -> None:
    one.hear({"message_id": 1, "date": int(at.timestamp()), "text": words.format(number)})


def found(one: Dweller, rows: list[dict[str, Any]] | None = None) -> set[str]:
    findings = DayFindings()
    check_dweller(one, [{"flow": "day-1"}] if rows is None else rows, [], findings)
    return {name for name, lines in findings.by_name().items() if lines}


@pytest.mark.parametrize(
    ("at", "number", "finding"),
    [
        (berlin(1, 19, 5), 2, set()),
        (berlin(1, 22, 5), 2, {"in quiet hours"}),
        (berlin(1, 7, 59), 2, {"in quiet hours"}),
        (berlin(0, 19, 5), 2, {"not due"}),
        (berlin(1, 9), 2, {"not due"}),  # a second one without a first
        (berlin(1, 18, 59), 2, {"too early"}),
        (berlin(1, 19, 5), 3, {"wrong day"}),
        (berlin(9, 19, 5), 2, set()),
    ],
)
def test_a_reminder_is_held_against_what_is_owed(dweller: Dweller, at: datetime, number: int, finding: set[str]) -> None:
    remind(dweller, at, number)
    assert found(dweller) == finding


def test_one_in_a_pause_or_a_block_is_found(dweller: Dweller) -> None:
    dweller.life.paused_until = berlin(2, 12)
    remind(dweller, berlin(1, 19, 5))
    assert found(dweller) == {"in a pause"}


def test_two_for_one_date_are_found_whether_alike_or_not(dweller: Dweller) -> None:
    """Alike they are repeats, for which there was no kill."""
    remind(dweller, berlin(1, 19, 5))
    remind(dweller, berlin(1, 19, 6))
    assert found(dweller) == {"too many repeats"}
    remind(dweller, berlin(1, 20, 30), words="Day {0} of “Evening” is there")
    assert found(dweller) == {"too many repeats", "doubled"}


@pytest.mark.parametrize("rows", [[], [{"flow": "day-1"}, {"flow": "day-1"}], [{"flow": "day-2"}]])
def test_an_answer_that_is_lost_doubled_or_elsewhere_is_found(dweller: Dweller, rows: list[dict[str, Any]]) -> None:
    assert found(dweller, rows) == {"answers"}
