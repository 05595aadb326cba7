"""A clock that a trial puts forward while the bot runs."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.world.clock_file import ClockFile
from utils import clock

HOUR = 3600.0


@pytest.fixture
def told(tmp_path: Path) -> Iterator[ClockFile]:
    """The file, followed."""
    file = ClockFile(tmp_path / "clock")
    clock.follow(tmp_path / "clock")
    yield file
    clock.set()


def test_the_time_told_is_so_much_ahead_as_the_file_says(told: ClockFile) -> None:
    """From the next question on, and the machine's own time is known beside."""
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=60)
    told.ahead = 24 * HOUR
    assert clock.now() - clock.real() > timedelta(hours=23, minutes=59)
    assert abs(clock.real() - datetime.now(UTC)) < timedelta(seconds=60)


def test_the_file_keeps_it_over_a_restart(told: ClockFile, tmp_path: Path) -> None:
    """Made anew it is what it was."""
    told.ahead = HOUR
    assert ClockFile(tmp_path / "clock").ahead == HOUR


def test_what_is_no_clock_is_not_followed(tmp_path: Path) -> None:
    """Neither a file that is not there nor one that is too short; and the time told stays the machine's."""
    (tmp_path / "short").write_bytes(b"1234")
    with pytest.raises(ValueError):
        clock.follow(tmp_path / "short")
    with pytest.raises(OSError):
        clock.follow(tmp_path / "none")
    assert clock.now() - clock.real() < timedelta(seconds=60)


@pytest.mark.parametrize("unless", [False, True])
async def test_a_sleep_ends_when_the_clock_is_put_past_its_end(told: ClockFile, unless: bool) -> None:
    """Also one that something else may end sooner."""
    sleeping = asyncio.create_task(clock.sleep(HOUR, asyncio.Event() if unless else None))
    await asyncio.sleep(0)
    told.ahead = HOUR / 2
    await asyncio.sleep(2 * clock.LOOK_SECONDS)
    assert not sleeping.done()
    told.ahead = 2 * HOUR
    async with asyncio.timeout(10):
        await sleeping


async def test_a_sleep_ends_after_its_real_time_when_the_clock_is_set_back(told: ClockFile) -> None:
    """Nobody waits for the same hour twice."""
    told.ahead = HOUR
    sleeping = asyncio.create_task(clock.sleep(0.3))
    await asyncio.sleep(0)
    told.ahead = 0.0
    async with asyncio.timeout(10):
        await sleeping


@pytest.mark.parametrize("followed", [False, True])
async def test_a_sleep_ends_when_something_happens(tmp_path: Path, followed: bool) -> None:
    """With the machine's clock and with a trial's."""
    if followed:
        ClockFile(tmp_path / "clock")
        clock.follow(tmp_path / "clock")
    try:
        happened = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, happened.set)
        async with asyncio.timeout(10):
            await clock.sleep(HOUR, happened)
    finally:
        clock.set()
